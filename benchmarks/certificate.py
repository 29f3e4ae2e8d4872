"""How many random parameter sets the certificates settle, and in what time.

Usage:
    python benchmarks/certificate.py
"""

import statistics
import time
from fractions import Fraction
from random import Random

from q1_bump.adam.certificate import Supremum, supremum
from q1_bump.optimizers.certificate import Certified, certify
from q1_bump.optimizers.table import OPTIMIZERS
from q1_bump.problem import Problem, Slopes
from q1_bump.slopes.height import SlopedHeight, sloped_height
from shared import cli

COUNT = 2000  # of each kind; of the ties half have β₁ < 0.3
LOW = 0.3
SQUARES = 100  # ties in which Lemma 7 does not hold: the known gap (THEORY.md)
RATES = 200  # learning rates of each optimizer
RATIOS = (-1.5, 1.5)  # of the slopes, as powers of 2
WIDTHS = (0.001, 0.003, 0.01)  # of enclosures, in units of α·s₁
LISTED = 20  # the most problems without a certificate that are printed


def main() -> None:
    cli.Parser(__doc__).parse_args()
    random = Random(0)
    sets = {
        "α 0.02 to 0.99, β₁ 0 to 0.99": [
            Problem(Fraction(random.uniform(0.02, 0.99)), Fraction(random.uniform(0, 0.99)))
            for _ in range(COUNT)
        ],
        "the same with ε 0.001 to 0.1": [
            Problem(
                Fraction(random.uniform(0.02, 0.99)),
                Fraction(random.uniform(0, 0.99)),
                epsilon=Fraction(random.uniform(0.001, 0.1)),
            )
            for _ in range(COUNT)
        ],
        "the same with L = 1 to 9 downhill steps (a tie), half with β₁ < 0.3": [
            tie(random, i, Fraction(999, 1000), Fraction(0), 9) for i in range(COUNT)
        ],
        "ties with β₂ 0 to 1 − 10⁻⁶, ε 0 to 0.1, L = 1 to 200 downhill steps": [
            tie(random, i, *other_settings(random, i // 2), 200) for i in range(COUNT)
        ],
        "ties with β₂ = 0.98 = 7²/50": [
            tie(random, i, Fraction(49, 50), Fraction(0), 9) for i in range(SQUARES)
        ],
        "ties with β₂ = 0.998001 = 0.999²": [
            tie(random, i, Fraction(999, 1000) ** 2, Fraction(0), 9) for i in range(SQUARES)
        ],
    }
    for name, problems in sets.items():
        measure(name, problems)
    measure_slopes(random)
    print(f"Every optimizer at {RATES} random learning rates, α 0.02 to 0.99:")
    print(
        f"  {'optimizer':11} {'certified':>9} {'attained':>8} {'limit':>6} {'undecided':>9} "
        f"{'widest':>8} {'median':>10} {'longest':>10}"
    )
    rates = [Problem(Fraction(random.uniform(0.02, 0.99))) for _ in range(RATES)]
    for name in OPTIMIZERS:
        measure_optimizer(name, rates)


def tie(random: Random, i: int, beta2: Fraction, epsilon: Fraction, most_steps: int) -> Problem:
    """Return a random problem in which a step starts exactly on the kink."""
    alpha = Fraction(random.uniform(0.02, 0.99))
    beta1 = Fraction(random.uniform(LOW, 0.99) if i % 2 else random.uniform(0, LOW))
    distance = alpha / (1 + epsilon) * random.randint(1, most_steps)
    return Problem(alpha, beta1, beta2, epsilon, distance)


def other_settings(random: Random, i: int) -> tuple[Fraction, Fraction]:
    """Return β₂, which is now and then 0 or near 1, and ε, which is 0 in two of three."""
    epsilon = Fraction(random.randint(1, 100), 1000)
    if i % 4 == 0:
        return Fraction(0), epsilon  # ε > 0, or Adam would divide by zero
    near_1 = 1 - Fraction(1, 10 ** random.randint(1, 6))
    beta2 = near_1 if i % 4 == 1 else Fraction(random.uniform(0, 1))
    return beta2, epsilon if random.random() < 1 / 3 else Fraction(0)


def measure(name: str, problems: list[Problem]) -> None:
    """Print how many of the problems are certified, how long that takes, and which are not."""
    times, found = [], []
    for problem in problems:
        started = time.perf_counter()
        found.append(supremum(problem))
        times.append(time.perf_counter() - started)
    certified = [answer for answer in found if isinstance(answer, Supremum)]
    later = sum(answer.attained is False for answer in certified)
    cycles = [answer.cycle_length for answer in certified if answer.cycle_length is not None]
    median, longest = 1e3 * statistics.median(times), 1e3 * max(times)
    widest = max(float(answer.upper - answer.lower) for answer in certified)
    print(f"{len(problems)} random sets, {name}:")
    print(f"  certified           {100 * len(certified) / len(problems):.2f} %")
    print(f"  widest enclosure    {widest:.0e}")
    print(f"  without a cycle     {len(certified) - len(cycles)}")
    print(f"  never attained      {later} (a limit of infinitely many excursions)")
    print(f"  cycle lengths       {min(cycles)} to {max(cycles)}")
    print(f"  time a set          median {median:.2f} ms, longest {longest:.0f} ms")
    pairs = zip(problems, found, strict=True)
    missing = [pair for pair in pairs if not isinstance(pair[1], Supremum)]
    for problem, answer in missing[:LISTED]:
        print(f"  not certified       {shown(problem)}: {answer.reason}")
    if len(missing) > LISTED:
        print(f"                      and {len(missing) - LISTED} more")


def measure_slopes(random: Random) -> None:
    """Print how many random problems with unequal slopes are certified, how closely, and times."""
    times, widths, attained = [], [], 0
    for _ in range(COUNT):
        alpha, beta1 = Fraction(random.uniform(0.02, 0.99)), Fraction(random.uniform(0, 0.99))
        slopes = Slopes(uphill=Fraction(2 ** random.uniform(*RATIOS)))
        started = time.perf_counter()
        found = sloped_height(Problem(alpha, beta1), slopes)
        times.append(time.perf_counter() - started)
        if isinstance(found, SlopedHeight):
            attained += bool(found.attained)
            widths.append(float((found.upper - found.lower) / (alpha * slopes.uphill)))
    median, longest = statistics.median(times), max(times)
    print(f"{COUNT} random sets, uphill over downhill slope 2^{RATIOS[0]} to 2^{RATIOS[1]}:")
    print(f"  certified           {100 * len(widths) / COUNT:.2f} %, if no late step is a tie")
    print(f"  attained            {100 * attained / COUNT:.2f} %, the others enclosed:")
    shares = (f"{100 * sum(w < wide for w in widths) / COUNT:.2f} % {wide:g}" for wide in WIDTHS)
    print(f"  closer than         {', '.join(shares)} of a step; the widest {max(widths):.3g}")
    print(f"  time a set          median {median:.2f} s, longest {longest:.0f} s", flush=True)


def measure_optimizer(name: str, problems: list[Problem]) -> None:
    """Print a line: the share certified, how the supremum is reached, widest enclosure, times."""
    times, found = [], []
    for problem in problems:
        started = time.perf_counter()
        found.append(certify(name, problem))
        times.append(time.perf_counter() - started)
    certified = [answer for answer in found if isinstance(answer, Certified)]
    attained, limits, undecided = (
        sum(answer.attained is value for answer in certified) for value in (True, False, None)
    )
    widest = max(float(answer.upper - answer.lower) for answer in certified)
    median, longest = 1e3 * statistics.median(times), 1e3 * max(times)
    print(
        f"  {name:11} {100 * len(certified) / len(problems):7.1f} % {attained:8} {limits:6} "
        f"{undecided:9} {widest:8.0e} {median:7.2f} ms {longest:7.0f} ms",
        flush=True,
    )


def shown(problem: Problem) -> str:
    """Return the parameters to 6 digits."""
    names = ("alpha", "beta1", "beta2", "epsilon", "distance")
    return ", ".join(f"{name} {float(getattr(problem, name)):.6g}" for name in names)


if __name__ == "__main__":
    cli.run(main)
