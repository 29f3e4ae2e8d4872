"""What adam_max_h.py prints and saves."""

from fractions import Fraction
from pathlib import Path

from q1_bump.adam import closed_form
from q1_bump.adam.exact import AdamStep, rational
from q1_bump.adam.max_height import Answer, Trajectory
from q1_bump.adam.simulator import scan_height
from q1_bump.plots import figures
from q1_bump.problem import Problem
from q1_bump.records import AdamRecord
from shared.figures import save_figure
from shared.files import write_record, write_text

SHOWN_STEPS = 40  # of a longer trajectory the table shows the end


def save(record: AdamRecord, trajectories: list[Trajectory], folder: Path) -> list[Path]:
    """Write the record, the formulas and, if there are trajectories, the figure."""
    files = [folder / "adam_max_h.json", folder / "formulas.tex"]
    write_record(files[0], record)
    write_text(files[1], closed_form.as_latex())
    if trajectories:
        title = f"Adam climbs bumps up to h = {record.h_max:.10g}"
        figure = figures.under_and_over(record.distance, trajectories, title)
        files.append(save_figure(figure, folder / "adam_max_h.png"))
    return files


def print_problem(problem: Problem) -> None:
    """Print the problem, the formulas and the first excursion."""
    print(
        "The loss falls with slope −1 from x = 0 to L, rises with slope +1 to L + h and falls "
        "again;\nat a kink the slope is taken as 0. Adam starts at x = 0 with m = v = 0 and"
    )
    print(
        f"α = {problem.alpha}, β₁ = {problem.beta1}, β₂ = {problem.beta2}, "
        f"ε = {problem.epsilon}, L = {problem.distance}."
    )
    print("\nClosed forms (n steps downhill, then k uphill; derived by sympy):")
    for name, formula in closed_form.formulas().items():
        print(f"  {name:34} {formula}")
    first = closed_form.first_excursion(problem)
    kink = "" if problem.distance % problem.step else ", step n + 1 starts on the kink"
    print(
        f"Here n = {first.downhill_steps}{kink}, Adam turns back after k = {first.uphill_steps} "
        f"uphill steps, and the first excursion is {float(first.height):.15g} high."
    )


def print_answer(answer: Answer, trajectories: list[Trajectory]) -> None:
    """Print the step table, the methods and the certificate."""
    problem, found = answer.problem, answer.supremum
    for trajectory in trajectories[:1]:
        height = f"{trajectory.height:.6g}"
        print(f"\nAdam's steps over a bump of height {height}, just under the maximum:")
        print_steps(trajectory.steps)
    print("\nMaximum height of the bump:")
    for name, value in answer.methods.known().items():
        print(f"  {name.replace('_', ' '):34} {value:.16g}")
    if answer.exact is None:
        exact = "none: not attained, irrational, or of more than 120,000 digits"
    elif len(exact := str(rational(answer.exact))) > 100:
        exact = f"a fraction of {len(exact)} characters, in adam_max_h.json"
    print(f"  {'exact rational':34} {exact}")
    if answer.methods.bisection is None:
        print(
            f"  A position comes within {found.clearance:.0e} of the kink, where doubles cannot "
            "tell the side:\n  bisection and torch.optim.Adam are left out."
        )
    print(f"  {'largest disagreement':34} {answer.disagreement:.1e}")
    print(f"\nCertificate: {found.reason}.")
    if problem == Problem():
        climbed, failed = scan_height(problem, Fraction(1, 1000), found.horizon)
        print(
            f"Report 000 prints 0.411: raising h by 0.001 until Adam fails, h = "
            f"{float(climbed):g} is the last height\nclimbed and h = {float(failed):g} the first "
            "that is not, so 0.411 is the first failure, not the maximum."
        )


def print_steps(steps: list[AdamStep[float]]) -> None:
    """Print the step table, its end only where it is long."""
    print(f"  {'t':>4} {'g':>2} {'m':>13} {'v':>13} {'m̂':>14} {'v̂':>14} {'x':>14}")
    if len(steps) > SHOWN_STEPS:
        print(f"   … {len(steps) - SHOWN_STEPS} earlier steps …")
    for step in steps[-SHOWN_STEPS:]:
        t, gradient, *numbers = step
        print(f"  {t:4} {gradient:+2} " + " ".join(f"{number:13.10f}" for number in numbers))
