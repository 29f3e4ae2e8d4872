"""What Question 1's main job prints and saves."""

from fractions import Fraction
from pathlib import Path

from q1_bump import closed_form, figures
from q1_bump.exact import AdamStep, rational
from q1_bump.max_height import Answer, Walk
from q1_bump.problem import Problem
from q1_bump.simulator import scan_height
from shared.figures import save_figure
from shared.files import write_json, write_text

SHOWN_STEPS = 40  # of a longer walk the table shows the end


def save(answer: Answer, walks: list[Walk], folder: Path) -> list[Path]:
    """Write the answer, the formulas and the figure; return the paths."""
    files = [folder / "adam_max_h.json", folder / "formulas.tex"]
    write_json(files[0], answer.as_json())
    write_text(files[1], closed_form.as_latex())
    if walks:
        title = f"Adam at the bump: the greatest height it climbs is h = {answer.h_max:.10g}"
        figure = figures.under_and_over(float(answer.problem.distance), walks, title)
        files.append(save_figure(figure, folder / "adam_max_h.png"))
    return files


def print_answer(answer: Answer, walks: list[Walk]) -> None:
    """Print the problem, the formulas, the step table, the methods and the certificate."""
    problem, found = answer.problem, answer.supremum
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
    steps, turning, height = closed_form.first_excursion(problem)
    kink = "" if problem.distance % problem.step else ", step n + 1 starts on the kink"
    print(
        f"Here n = {steps}{kink}, Adam turns back after k = {turning} uphill steps, and the first "
        f"excursion is {float(height):.15g} high."
    )
    for walk in walks[:1]:
        print(f"\nAdam's steps over a bump of height {walk.height:.6g}, just under the maximum:")
        print_steps(walk.steps)
    if answer.h_max is None:
        print(f"\nNo certified maximum height. It is at least {float(found.lower):.15g}.")
        return
    print("\nMaximum height of the bump:")
    for name, value in answer.methods.items():
        print(f"  {name.replace('_', ' '):34} {value:.16g}")
    if answer.exact is None:
        exact = "none: not attained, irrational, or of more than 120,000 digits"
    elif len(exact := str(rational(answer.exact))) > 100:
        exact = f"a fraction of {len(exact)} characters, in adam_max_h.json"
    print(f"  {'exact rational':34} {exact}")
    if "bisection" not in answer.methods:
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


def print_steps(steps: list[AdamStep]) -> None:
    """Print the step table, its end only where it is long."""
    print(f"  {'t':>4} {'g':>2} {'m':>13} {'v':>13} {'m̂':>14} {'v̂':>14} {'x':>14}")
    if len(steps) > SHOWN_STEPS:
        print(f"   … {len(steps) - SHOWN_STEPS} earlier steps …")
    for step in steps[-SHOWN_STEPS:]:
        t, gradient, *numbers = step
        print(f"  {t:4} {gradient:+2} " + " ".join(f"{number:13.10f}" for number in numbers))
