"""What the two reports say on Question 2(b), statement by statement, and how each is tested.

A statement is held against this project's trainings, whose numbers compare_adversarial.py and
adversary_weight.py wrote (means over the seeds). "Better" is said of pictures, not of losses: it
is judged by the Fréchet distance, "clearer" by the sharpness ratio.
"""

from collections.abc import Callable
from typing import Any

from shared.claim import Claim
from shared.errors import BadInput

Numbers = dict[str, Any]  # of one variant at one size, or a whole file
NAMES = ("2", "16", "256")
PLAIN, MSE, FOUR, THREE = (
    "L1 alone", "MSE + dis_net", "L1 + dis_net, four-step", "L1 + dis_net, three-step",
)  # fmt: skip
TOGETHER, APART = "four-step, weight 0.2", "weight 0.2, steps 3 and 4 apart"
ACCEPTABLE = 0.9  # share of reconstructions that show the original's digit
SIMILAR = 0.05  # relative difference of losses


def claims_part_b(adversarial: Numbers, weight: Numbers) -> list[Claim]:
    """Return the statements on part (b), to be held against the content of the two files.

    Raises:
        BadInput: a size or a variant is missing.
    """
    sizes = adversarial.get("sizes", {})
    if any(set(sizes.get(name, {})) < {PLAIN, MSE, FOUR, THREE} for name in NAMES):
        raise BadInput(f"the adversarial comparison lacks some of the sizes {', '.join(NAMES)}")
    if set(weight.get("variants", {})) < {TOGETHER, APART}:
        raise BadInput(f"the comparison of weights lacks {TOGETHER!r} or {APART!r}")

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
        words = table("digit_accuracy", ".1%", MSE, FOUR, names=("2",))
        return f"read as the original's digit: {words}", max(right) < ACCEPTABLE

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
            point["accuracy"]
            for of_size in sizes.values() for name, numbers in of_size.items() if name != PLAIN
            for of_seed in numbers["dis_net_accuracy"] for point in of_seed["before"]
            if point["width"] == 0 or point["width"] >= 1
        ]  # fmt: skip
        return (
            f"after one epoch of step 1 every dis_net told at least {min(told):.1%} of the clear "
            "test images, and of the blurred ones of any width from 1 pixel, rightly",
            min(told) > 0.95,
        )

    def can_be_joined() -> tuple[str, bool]:
        l1, distance = (
            [weight["variants"][name][key]["mean"] for name in (TOGETHER, APART)]
            for key in ("l1", "frechet_distance")
        )
        return (
            f"together and apart, size {weight['latent']}: L1 {l1[0]:.5f} and {l1[1]:.5f}, Fréchet "
            f"distance {distance[0]:.4f} and {distance[1]:.4f}",
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

    def better_of_two(key: str, words: Callable[..., str]) -> tuple[str, bool]:
        return words(FOUR, THREE), lower(key, THREE, FOUR)

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
        Claim(first, "a(2D) results look more structured", structured,
              "structured: the higher structural similarity (SSIM), against MSE + dis_net"),
        Claim(first, "b(2D) result looks blurred", looks_blurred,
              "blurred: a lower sharpness ratio than L1 alone has"),
        Claim(first, "However, c shows the worst result of reconstruction", adversarial_l1_worst,
              f"worst of the three: the greatest Fréchet distance {everywhere}"),
        Claim(second, "The D learns to distinguish blurred samples", learns_blur,
              "learns: more than 95 % told rightly"),
        Claim(second, "the step 4 can be aggreated in step 3", can_be_joined,
              f"can be: L1 and Fréchet distance within {SIMILAR:.0%} of each other"),
        Claim(second, "From the view of loss, the results are similar", losses_similar,
              f"similar: L1 within {SIMILAR:.0%} of the plain one's {everywhere}"),
        Claim(second, "the results of solution 1 and 2 with D are both worse than Q2_a", both_worse,
              f"worse: a greater Fréchet distance and less sharpness {everywhere}"),
        Claim(second, "solution 2 is better",
              lambda: better_of_two("frechet_distance", frechet),
              f"solution 2 is the three-step one; better: a smaller Fréchet distance {everywhere}"),
    ]  # fmt: skip
