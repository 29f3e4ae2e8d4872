"""What the two reports say on Question 2(b), statement by statement, and how each is tested.

A statement is held against this project's trainings, whose numbers compare_adversarial.py and
adversary_weight.py wrote: means over the seeds that did not fall apart. These trainings go on from
a finished plain one, and have a feature distance beside dis_net's score; the reports' do not.
"Better" is said of pictures, not of losses: it is judged by the Fréchet distance, "clearer" by the
sharpness ratio.
"""

from typing import Any

from q2_autoencoder.variants import FOUR, FOUR_APART, MSE, PLAIN, THREE, THREE_APART
from shared.claim import Claim
from shared.errors import BadInput

Numbers = dict[str, Any]  # of one variant at one size, or a whole file
NAMES = ("2", "16", "256")
ACCEPTABLE = 0.9  # share of reconstructions that show the original's digit
CHANCE = 0.5  # share of right answers to "clear or blurred?" by guessing
SIMILAR = 0.05  # relative difference of losses
# Report 000's code for one of its sizes; the others read the same.
PRINTED_LOSS = "loss_latent_2 = distance(output_latent_2, img) + distance(output_latent_2, og_img)"


def claims_part_b(adversarial: Numbers, weight: Numbers) -> list[Claim]:
    """Return the statements on part (b), to be held against the content of the two files.

    Raises:
        BadInput: a size or a variant is missing, or all its trainings fell apart.
    """
    sizes, ablation = adversarial.get("sizes", {}), weight.get("variants", {})
    needed = [(sizes.get(size, {}), (PLAIN, MSE, FOUR, THREE)) for size in NAMES]
    needed.append((ablation, (FOUR, FOUR_APART, THREE, THREE_APART)))
    for numbers, variants in needed:
        for variant in variants:
            if "l1" not in numbers.get(variant, {}):
                raise BadInput(f"a comparison has no numbers of {variant!r} at some size")

    def value(size: str, variant: str, key: str) -> float:
        return sizes[size][variant][key]["mean"]

    def table(key: str, form: str, *variants: str, names=NAMES) -> str:
        return "; ".join(
            f"size {size}: "
            + ", ".join(f"{value(size, variant, key):{form}} ({variant})" for variant in variants)
            for size in names
        )

    def lower(key: str, less: str, more: str, names=NAMES) -> bool:
        return all(value(size, less, key) < value(size, more, key) for size in names)

    def frechet(*variants: str, names=NAMES) -> str:
        return f"Fréchet distance {table('frechet_distance', '.4f', *variants, names=names)}"

    def sharp(*variants: str, names=NAMES) -> str:
        return f"sharpness {table('sharpness_ratio', '.3f', *variants, names=names)}"

    def mse_better() -> tuple[str, bool]:
        return frechet(MSE, FOUR), lower("frechet_distance", MSE, FOUR)

    def mse_clearer() -> tuple[str, bool]:
        return sharp(MSE, FOUR), lower("sharpness_ratio", FOUR, MSE)

    def unsatisfactory() -> tuple[str, bool]:
        right = [value("2", variant, "digit_accuracy") for variant in (MSE, FOUR)]
        words = table("digit_accuracy", ".1%", PLAIN, MSE, FOUR, names=("2",))
        return f"read as the original's digit: {words}", max(right) < ACCEPTABLE

    def plain_loses_elements() -> tuple[str, bool]:
        original = adversarial["judges"]["classifier_accuracy"]
        right = value("2", PLAIN, "digit_accuracy")
        return f"read rightly: {right:.1%}, originals {original:.1%}", right < original

    def clear_elements() -> tuple[str, bool]:
        return (
            f"read rightly {table('digit_accuracy', '.1%', PLAIN, MSE, names=('2',))}",
            lower("digit_accuracy", PLAIN, MSE, ("2",)),
        )

    def structured() -> tuple[str, bool]:
        return (
            f"SSIM {table('ssim', '.3f', PLAIN, MSE, names=('2',))}",
            value("2", PLAIN, "ssim") > value("2", MSE, "ssim"),
        )

    def looks_blurred() -> tuple[str, bool]:
        return sharp(PLAIN, MSE, names=("2",)), lower("sharpness_ratio", MSE, PLAIN, ("2",))

    def adversarial_l1_worst() -> tuple[str, bool]:
        return (
            frechet(PLAIN, MSE, FOUR),
            lower("frechet_distance", PLAIN, FOUR) and lower("frechet_distance", MSE, FOUR),
        )

    def learns_blur() -> tuple[str, bool]:
        told = [
            (point["width"], point["accuracy"])
            for of_size in sizes.values() for name, numbers in of_size.items() if name != PLAIN
            for of_seed in numbers["dis_net_accuracy"] for point in of_seed["before"]
        ]  # fmt: skip
        wide = min(share for width, share in told if width == 0 or width >= 1)
        slight = min(share for width, share in told if width == 0.5)
        return (
            f"after one epoch of step 1 every dis_net tells at least {wide:.1%} of the clear test "
            f"images, and of those blurred by 1 pixel and more; of those blurred by 0.5 pixels the "
            f"worst one tells {slight:.1%}",
            wide > CHANCE,
        )

    def can_be_joined(together: str, apart: str) -> tuple[str, bool]:
        l1, distance = (
            [ablation[name][key]["mean"] for name in (together, apart)]
            for key in ("l1", "frechet_distance")
        )
        return (
            f"together and apart (which makes twice the updates), size {weight['latent']}: L1 "
            f"{l1[0]:.5f} and {l1[1]:.5f}, Fréchet distance {distance[0]:.4f} and "
            f"{distance[1]:.4f}",
            all(abs(b / a - 1) <= SIMILAR for a, b in (l1, distance)),
        )

    def losses_similar() -> tuple[str, bool]:
        ratios = [
            value(size, variant, "l1") / value(size, PLAIN, "l1")
            for size in NAMES
            for variant in (FOUR, THREE)
        ]
        return (
            f"L1 {table('l1', '.5f', PLAIN, FOUR, THREE)}",
            all(abs(ratio - 1) <= SIMILAR for ratio in ratios),
        )

    def both_worse() -> tuple[str, bool]:
        def worse(variant: str) -> bool:
            return lower("frechet_distance", PLAIN, variant) and lower(
                "sharpness_ratio", variant, PLAIN
            )

        return (
            f"{frechet(PLAIN, FOUR, THREE)}; {sharp(PLAIN, FOUR, THREE)}",
            worse(FOUR) and worse(THREE),
        )

    def three_better() -> tuple[str, bool]:
        return frechet(FOUR, THREE), lower("frechet_distance", THREE, FOUR)

    def loss_has_a_discriminator() -> tuple[str, bool]:
        terms = [term.strip() for term in PRINTED_LOSS.split("=")[1].split("+")]
        return (
            f"the printed loss is {' + '.join(terms)}: "
            f"{sum('distance' in term for term in terms)} distances of images, "
            f"{sum('dis_net' in term for term in terms)} scores of a discriminator",
            any("dis_net" in term for term in terms),
        )

    first, second = "000, Question 2(b)", "002, Question 2(b)"
    everywhere = "at all three sizes"
    return [
        Claim(first, "The result of MSE is better than L1", mse_better,
              f"better: the smaller Fréchet distance {everywhere}, both with dis_net"),
        Claim(first, "The reconstructed result of MSE is clearer", mse_clearer,
              f"clearer: the higher sharpness ratio {everywhere}, both with dis_net"),
        Claim(first, "Comparing with result a, both results of latent 2D are unsatisfactory",
              unsatisfactory,
              f"satisfactory: at least {ACCEPTABLE:.0%} are read as the original's digit"),
        Claim(first, "L1 (MSE) loss and discriminate loss are coded as below",
              loss_has_a_discriminator,
              "og_img, the other argument of the second distance, is an image, and no network "
              "scores the output"),
        Claim(first, "a(2D) results look more structured", structured,
              "structured: the higher structural similarity (SSIM), against MSE + dis_net"),
        Claim(first, "but lose elements in the numbers [a(2D)]", plain_loses_elements,
              "lose: fewer are read as the original's digit than of the originals"),
        Claim(first, "but clear elements of number [b(2D)]", clear_elements,
              "clear: more are read as the original's digit than with L1 alone"),
        Claim(first, "b(2D) result looks blurred", looks_blurred,
              "blurred: a lower sharpness ratio than L1 alone has"),
        Claim(first, "However, c shows the worst result of reconstruction", adversarial_l1_worst,
              f"worst of the three: the greatest Fréchet distance {everywhere}"),
        Claim(second, "The D learns to distinguish blurred samples", learns_blur,
              "learns: better than by chance, both of the clear ones and of those blurred by at "
              "least 1 pixel"),
        Claim(second, "the step 4 can be aggreated in step 3",
              lambda: can_be_joined(FOUR, FOUR_APART),
              f"can be: L1 and Fréchet distance within {SIMILAR:.0%} of each other"),
        Claim(second, "the step 3 can be aggreated in step 2 [solution 2]",
              lambda: can_be_joined(THREE, THREE_APART),
              f"can be: L1 and Fréchet distance within {SIMILAR:.0%} of each other"),
        Claim(second, "From the view of loss, the results are similar", losses_similar,
              f"similar: L1 within {SIMILAR:.0%} of the plain one's {everywhere}"),
        Claim(second, "the results of solution 1 and 2 with D are both worse than Q2_a", both_worse,
              f"worse: a greater Fréchet distance and less sharpness {everywhere}"),
        Claim(second, "solution 2 is better", three_better,
              f"solution 2 is the three-step one; better: a smaller Fréchet distance {everywhere}"),
    ]  # fmt: skip
