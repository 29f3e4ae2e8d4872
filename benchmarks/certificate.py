"""How many random parameter sets the certificate settles, and in what time.

Usage:
    python benchmarks/certificate.py
"""

import statistics
import time
from fractions import Fraction
from random import Random

from q1_bump.certificate import Supremum, supremum
from q1_bump.problem import Problem
from shared import cli

COUNT = 500


def main() -> None:
    cli.Parser(__doc__).parse_args()
    random = Random(0)
    sets = {
        "α 0.02 to 0.99, β₁ 0 to 0.99": [
            Problem(Fraction(random.uniform(0.02, 0.99)), Fraction(random.uniform(0, 0.99)))
            for _ in range(COUNT)
        ],
        "the same with L a multiple of α (a tie)": [
            Problem(alpha, Fraction(random.uniform(0, 0.99)), distance=alpha * random.randint(1, 9))
            for alpha in (Fraction(random.uniform(0.02, 0.99)) for _ in range(COUNT))
        ],
    }
    for name, problems in sets.items():
        measure(name, problems)


def measure(name: str, problems: list[Problem]) -> None:
    """Print how many of the problems are certified, and how long that takes."""
    times, found = [], []
    for problem in problems:
        started = time.perf_counter()
        found.append(supremum(problem))
        times.append(time.perf_counter() - started)
    certified = [answer for answer in found if isinstance(answer, Supremum)]
    later = sum(answer.attained is False for answer in certified)
    cycles = [answer.cycle_length for answer in certified]
    median, longest = 1e3 * statistics.median(times), 1e3 * max(times)
    print(f"{len(problems)} random sets, {name}:")
    print(f"  certified           {100 * len(certified) / len(problems):.1f} %")
    print(f"  never attained      {later} (a limit of infinitely many excursions)")
    print(f"  cycle lengths       {min(cycles)} to {max(cycles)}")
    print(f"  time a set          median {median:.2f} ms, longest {longest:.0f} ms")


if __name__ == "__main__":
    cli.run(main)
