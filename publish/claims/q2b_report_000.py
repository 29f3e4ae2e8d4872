"""Question 2(b): what report 000 says on its results, tested on the losses that it prints.

It calls the one with the MSE b, that with the L1 c, and the plain one a. How is said in
report_designs.py.
"""

from publish.claim import Claims, Finding
from publish.claims.report_designs import (
    CHANCE,
    CORRECT,
    EVERYWHERE,
    FRECHET,
    SHARP,
    SHARPNESS,
    SSIM,
    Designs,
    all_hold,
)
from q2_autoencoder.training.named_variants import PLAIN, PRINTED, PRINTED_MSE

PLACE = "000, Question 2(b)"

claims: Claims[[Designs]] = Claims("2(b)")


@claims.register(
    PLACE,
    "The result of MSE is better than L1",
    criterion=f"better: the smaller Fréchet distance {EVERYWHERE}",
)
def mse_is_better(designs: Designs) -> Finding:
    values = designs.listed(FRECHET, PRINTED_MSE, PRINTED)
    return all_hold(values, designs.lower(FRECHET, PRINTED_MSE, PRINTED))


@claims.register(
    PLACE,
    "The reconstructed result of MSE is clearer",
    criterion=f"clearer: the higher sharpness ratio {EVERYWHERE}",
)
def mse_is_clearer(designs: Designs) -> Finding:
    values = designs.listed(SHARPNESS, PRINTED_MSE, PRINTED)
    return all_hold(values, designs.lower(SHARPNESS, PRINTED, PRINTED_MSE))


@claims.register(
    PLACE,
    "Comparing with result a, both results of latent 2D are unsatisfactory",
    criterion="unsatisfactory: a greater Fréchet distance than a's",
    remark="“both” is read as b and c",
)
def both_unsatisfactory(designs: Designs) -> Finding:
    values = designs.listed(FRECHET, PLAIN, PRINTED_MSE, PRINTED, dims=("2",))
    others = (PRINTED_MSE, PRINTED)
    parts = (designs.lower(FRECHET, PLAIN, other, dims=("2",)) for other in others)
    return all_hold(values, *parts)


@claims.register(
    PLACE,
    "a(2D) results look more structured",
    criterion="structured: the higher structural similarity (SSIM, which forgives "
    "softness), against b(2D)",
)
def plain_is_structured(designs: Designs) -> Finding:
    values = designs.listed(SSIM, PLAIN, PRINTED_MSE, dims=("2",))
    return all_hold(values, designs.lower(SSIM, PRINTED_MSE, PLAIN, dims=("2",)))


@claims.register(
    PLACE,
    "but lose elements in the numbers [a(2D)]",
    criterion="lose: fewer are classified as the original's digit than originals are as their own",
)
def plain_loses_elements(designs: Designs) -> Finding:
    original = designs.judges.classifier_accuracy
    return Finding(
        f"{designs.listed(CORRECT, PLAIN, dims=('2',))}, originals {original:.1%}",
        designs.against(CORRECT, "2", PLAIN, original),
    )


@claims.register(
    PLACE,
    "but clear elements of number [b(2D)]",
    criterion="clear: more are classified as the original's digit than with the L1 alone",
)
def mse_has_clear_elements(designs: Designs) -> Finding:
    values = designs.listed(CORRECT, PLAIN, PRINTED_MSE, dims=("2",))
    return all_hold(values, designs.lower(CORRECT, PLAIN, PRINTED_MSE, dims=("2",)))


@claims.register(
    PLACE,
    "b(2D) result looks blurred",
    criterion="blurred: the held-out blur classifier labels most of them blurred",
)
def mse_looks_blurred(designs: Designs) -> Finding:
    holds = designs.against(SHARP, "2", PRINTED_MSE, CHANCE)
    return Finding(designs.listed(SHARP, PRINTED_MSE, dims=("2",)), holds)


@claims.register(
    PLACE,
    "However, c shows the worst result of reconstruction",
    criterion=f"worst of the three: the greatest Fréchet distance {EVERYWHERE}",
)
def adversarial_l1_is_worst(designs: Designs) -> Finding:
    values = designs.listed(FRECHET, PLAIN, PRINTED_MSE, PRINTED)
    parts = (designs.lower(FRECHET, other, PRINTED) for other in (PLAIN, PRINTED_MSE))
    return all_hold(values, *parts)
