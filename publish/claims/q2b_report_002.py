"""Question 2(b): what report 002 says on its results, tested on its two solutions.

Both networks are trained from the first step on, with labels real and fake, without feature
matching: four-step (solution 1) and three-step (solution 2). How is said in report_designs.py.
"""

from publish.claim import Claims, Finding, all_of, within
from publish.claims.dimensions import DIMENSIONS
from publish.claims.report_designs import (
    CHANCE,
    CORRECT,
    EVERYWHERE,
    FRECHET,
    L1,
    SHARPNESS,
    SHORT,
    Designs,
    all_hold,
)
from q2_autoencoder.training.named_variants import (
    ONE_UPDATE,
    PLAIN,
    REPORT_002_FOUR,
    REPORT_002_JOINED,
    REPORT_002_THREE,
)

SIMILAR = 0.05  # relative difference
PLACE = "002, Question 2(b)"
CLOSE = f"can be: L1 and Fréchet distance within {SIMILAR:.0%} of each other"
SOLUTIONS = (REPORT_002_FOUR, REPORT_002_THREE)

claims: Claims[[Designs]] = Claims("2(b)")


@claims.register(
    PLACE,
    "The D learns to distinguish blurred samples",
    criterion="learns: at the end of its training every dis_net is better than chance, both on "
    "sharp images and on those blurred by at least 1 pixel",
)
def dis_net_learns_blur(designs: Designs) -> Finding:
    compared = {(name, dim): designs.result(dim, name) for name in SOLUTIONS for dim in DIMENSIONS}
    words, least = [], []
    for (name, dim), result in compared.items():
        by_seed = result.finished.dis_net_accuracy if result.finished else []
        sharp = [point.accuracy for of in by_seed for point in of if point.width == 0]
        blurred = [point.accuracy for of in by_seed for point in of if point.width >= 1]
        if not sharp or not blurred:
            return Finding(f"all runs of {SHORT[name]} at {dim} failed", None)
        words.append(f"{SHORT[name]} at {dim} {min(sharp):.1%} and {min(blurred):.1%}")
        least += [*sharp, *blurred]
    learned = min(least) > CHANCE
    return Finding(
        "what the worst dis_net labels rightly at the end, of the sharp test images and of those "
        f"blurred by 1 pixel and more: {', '.join(words)}",
        None if learned and any(result.failures for result in compared.values()) else learned,
    )


def separate_updates_change_little(designs: Designs, joint: str, separate: str) -> Finding:
    """Find whether two steps may be one update of the sum of their losses."""
    ratios = [designs.ratio_of_changes(measure, separate, joint) for measure in (L1, FRECHET)]
    l1, distance = (ratio.text("+.1%") for ratio in ratios)
    return Finding(
        f"separate updates (which are twice as many) against one, latent dimension "
        f"{designs.changes.latent_dim}: L1 {l1}, Fréchet distance {distance}",
        all_of(within(ratio, SIMILAR) for ratio in ratios),
    )


@claims.register(PLACE, "the step 4 can be aggreated in step 3", criterion=CLOSE)
def steps_three_and_four(designs: Designs) -> Finding:
    return separate_updates_change_little(designs, ONE_UPDATE, REPORT_002_FOUR)


@claims.register(
    PLACE,
    "the step 3 can be aggreated in step 2 [solution 2]",
    criterion=CLOSE,
)
def steps_two_and_three(designs: Designs) -> Finding:
    return separate_updates_change_little(designs, REPORT_002_JOINED, REPORT_002_THREE)


@claims.register(
    PLACE,
    "From the view of loss, the results are similar",
    criterion=f"similar: L1 within {SIMILAR:.0%} of the plain runs' at all three latent dimensions",
)
def losses_are_similar(designs: Designs) -> Finding:
    ratios = {
        (name, dim): designs.ratio(L1, dim, name, PLAIN) for name in SOLUTIONS for dim in DIMENSIONS
    }
    in_words = ", ".join(
        f"{SHORT[name]} at {dim} {ratio.text('+.1%')}" for (name, dim), ratio in ratios.items()
    )
    return Finding(
        f"{designs.listed(L1, PLAIN, *SOLUTIONS)}; against L1 alone: {in_words}",
        all_of(within(ratio, SIMILAR) for ratio in ratios.values()),
    )


@claims.register(
    PLACE,
    "However, the visualization shows another story",
    criterion="another: at some latent dimension a sharpness ratio more than "
    f"{SIMILAR:.0%} off the plain runs' (which need not be a worse one)",
)
def sharpness_differs(designs: Designs) -> Finding:
    values = designs.listed(SHARPNESS, PLAIN, *SOLUTIONS)
    alike = all_of(
        within(designs.ratio(SHARPNESS, dim, name, PLAIN), SIMILAR)
        for dim in DIMENSIONS
        for name in SOLUTIONS
    )
    return Finding(values, None if alike is None else not alike)


@claims.register(
    PLACE,
    "Due to the limitation of GAN (training difficulty)",
    criterion="difficult: some run of solution 1 or 2 fails, that is, a number is not finite or "
    "all reconstructions are one image (one that ends in images without digits is not counted)",
    remark="whether they are good is the next statement's question",
)
def some_run_fails(designs: Designs) -> Finding:
    compared = [designs.result(dim, name) for dim in DIMENSIONS for name in SOLUTIONS]
    failed = sum(len(result.failures) for result in compared)
    finished = sum(len(result.finished.seeds) for result in compared if result.finished)
    return Finding(
        f"{failed} of {failed + finished} runs of solution 1 and 2 failed; "
        f"{designs.listed(CORRECT, PLAIN, *SOLUTIONS)}",
        failed > 0,
    )


@claims.register(
    PLACE,
    "the results of solution 1 and 2 with D are both worse than Q2_a",
    criterion=f"worse: a greater Fréchet distance {EVERYWHERE}",
)
def both_are_worse(designs: Designs) -> Finding:
    values = designs.listed(FRECHET, PLAIN, *SOLUTIONS)
    parts = (designs.lower(FRECHET, PLAIN, other) for other in SOLUTIONS)
    return all_hold(values, *parts)


@claims.register(
    PLACE,
    "solution 2 is better",
    criterion=f"better: a smaller Fréchet distance {EVERYWHERE}",
    remark="solution 2 is the three-step strategy, solution 1 the four-step one; "
    "“without the adversarial design” stands before it",
)
def three_step_is_better(designs: Designs) -> Finding:
    values = designs.listed(FRECHET, REPORT_002_FOUR, REPORT_002_THREE)
    return all_hold(values, designs.lower(FRECHET, REPORT_002_THREE, REPORT_002_FOUR))
