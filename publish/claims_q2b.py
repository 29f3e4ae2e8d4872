"""What the two reports say on Question 2(b), statement by statement, and how each is tested.

A statement is held against this project's trainings, whose numbers compare_adversarial.py and
adversary_weight.py wrote. These go on from a finished plain training, and have a distance of
dis_net's features beside its score; the reports' do not. "Better" is said of pictures, not of
losses: it is judged by the Fréchet distance, "clearer" by the sharpness ratio. Which of two
trainings has more is judged seed by seed, since those of one seed start from one plain training:
a statement holds where every seed says so at every size, and is wrong where all seeds deny it at
some size; else it is undecided, as it is where a seed fell apart. How alike trainings are is judged
by their means.

What a report says of its own design is held against this project's steps. Not testable: "following
the key concept of DCGAN", and that these steps are a simplification.
"""

import ast
import copy
from typing import Any, NamedTuple

import torch

from publish.claim import Claim
from q2_autoencoder.networks.autoencoder import PIXELS, Autoencoder
from q2_autoencoder.networks.discriminator import Discriminator
from q2_autoencoder.train import LOSSES
from q2_autoencoder.training import adversarial as steps
from q2_autoencoder.training.variants import (
    FOUR,
    FOUR_APART,
    MSE,
    PLAIN,
    THREE,
    THREE_APART,
    VARIANTS,
)
from shared.errors import BadInput

Numbers = dict[str, Any]  # of one variant at one size, or a whole file
NAMES = ("2", "16", "256")
CHANCE = 0.5  # share of right answers to "clear or blurred?" by guessing
SIMILAR = 0.05  # relative difference
# Report 000's code for one of its sizes; the others read the same.
PRINTED_LOSS = "loss_latent_2 = distance(output_latent_2, img) + distance(output_latent_2, og_img)"


def all_say(seeds: list[list[bool | None]]) -> bool | None:
    """Return whether a statement holds, from what each of the seeds says of it at each size.

    None is the answer of a seed that fell apart.
    """
    answers = [set(of_size) for of_size in seeds]
    if {False} in answers:
        return False
    return True if all(of_size == {True} for of_size in answers) else None


def every(parts: list[bool | None]) -> bool | None:
    """Return whether all parts of a statement hold; None where it hangs on an undecided one."""
    return False if False in parts else None if None in parts else True


def element_by_element(a: torch.Tensor, b: torch.Tensor) -> float:
    """Return the mean absolute difference of two tensors, one pair of numbers after another."""
    pairs = zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)
    return sum(abs(x - y) for x, y in pairs) / a.numel()


class Moved(NamedTuple):
    """What a step did to a network.

    Attributes:
        largest: by how much it moved a weight, at most.
        untouched: whether weights and buffers are as they were, and no weight has a gradient.
    """

    largest: float
    untouched: bool


def what_moves(step: steps.Step) -> dict[str, Moved]:
    """Return what `step` does to the autoencoder "G" and to dis_net "D", on random pictures."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        networks = Autoencoder(2), Discriminator()
        clear = torch.rand(16, PIXELS)
    before = copy.deepcopy([network.state_dict() for network in networks])
    optimizers = [torch.optim.Adam(network.parameters()) for network in networks]
    players = steps.Players(
        *networks, *optimizers, LOSSES["l1"], 1.0, 1.0, 1.0, torch.Generator().manual_seed(0),
        torch.autocast("cpu", enabled=False),
    )  # fmt: skip
    step(players, clear)
    done = {}
    for name, network, old in zip("GD", networks, before, strict=True):
        now = network.state_dict()
        largest = max((now[key] - old[key]).abs().max().item() for key, _ in
                      network.named_parameters())  # fmt: skip
        still = all(torch.equal(now[key], old[key]) for key in old)
        bare = all(weight.grad is None for weight in network.parameters())
        done[name] = Moved(largest, still and bare)
    return done


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
            if not {"l1", "seeds", "dis_net_accuracy"} <= numbers.get(variant, {}).keys():
                raise BadInput(f"a comparison has no numbers of {variant!r} at some size")

    def value(size: str, variant: str, key: str) -> float:
        return sizes[size][variant][key]["mean"]

    def by_seed(size: str, variant: str, key: str) -> dict[int, float]:
        numbers = sizes[size][variant]
        return dict(zip(numbers["seeds"], numbers[key]["values"], strict=True))

    def table(key: str, form: str, *variants: str, names=NAMES) -> str:
        return "; ".join(
            f"size {size}: "
            + ", ".join(f"{value(size, variant, key):{form}} ({variant})" for variant in variants)
            for size in names
        )

    def lower(key: str, less: str, more: str, names=NAMES) -> tuple[str, bool | None]:
        """Whether `key` is lower with `less` than with `more`: in so many seeds, and in all."""
        said = []
        for size in names:
            low, high = (by_seed(size, name, key) for name in (less, more))
            said.append(
                [
                    low[seed] < high[seed] if seed in low and seed in high else None
                    for seed in low | high
                ]
            )
        counts = ", ".join(f"{of_size.count(True)} of {len(of_size)}" for of_size in said)
        return f"lower with {less} in {counts} seeds", all_say(said)

    def frechet(*variants: str, names=NAMES) -> str:
        return f"Fréchet distance {table('frechet_distance', '.4f', *variants, names=names)}"

    def sharp(*variants: str, names=NAMES) -> str:
        return f"sharpness {table('sharpness_ratio', '.3f', *variants, names=names)}"

    def less_than_both(
        key: str, less: str, both: tuple[str, str], names=NAMES
    ) -> tuple[str, bool | None]:
        words, holds = zip(*(lower(key, less, more, names) for more in both), strict=True)
        pairs = zip(both, words, strict=True)
        return "; ".join(f"against {more} {of}" for more, of in pairs), every(list(holds))

    def mse_better() -> tuple[str, bool | None]:
        words, holds = lower("frechet_distance", MSE, FOUR)
        return f"{frechet(MSE, FOUR)}; {words}", holds

    def mse_clearer() -> tuple[str, bool | None]:
        words, holds = lower("sharpness_ratio", FOUR, MSE)
        return f"{sharp(MSE, FOUR)}; {words}", holds

    def unsatisfactory() -> tuple[str, bool | None]:
        words, holds = less_than_both("frechet_distance", PLAIN, (MSE, FOUR), names=("2",))
        return f"{frechet(PLAIN, MSE, FOUR, names=('2',))}; {words}", holds

    def plain_loses_elements() -> tuple[str, bool | None]:
        original = adversarial["judges"]["classifier_accuracy"]
        right = by_seed("2", PLAIN, "digit_accuracy").values()
        return (
            f"read rightly: {value('2', PLAIN, 'digit_accuracy'):.1%}, originals {original:.1%}",
            all_say([[share < original for share in right]]),
        )

    def clear_elements() -> tuple[str, bool | None]:
        words, holds = lower("digit_accuracy", PLAIN, MSE, names=("2",))
        shares = table("digit_accuracy", ".1%", PLAIN, MSE, names=("2",))
        return f"read rightly: {shares}; {words}", holds

    def structured() -> tuple[str, bool | None]:
        words, holds = lower("ssim", MSE, PLAIN, names=("2",))
        return f"SSIM {table('ssim', '.4f', PLAIN, MSE, names=('2',))}; {words}", holds

    def looks_blurred() -> tuple[str, bool | None]:
        clear = by_seed("2", MSE, "clear_share").values()
        return (
            f"scored clear by the referee: {table('clear_share', '.1%', MSE, names=('2',))}",
            all_say([[share < 0.5 for share in clear]]),
        )

    def adversarial_l1_worst() -> tuple[str, bool | None]:
        words, holds = zip(
            *(lower("frechet_distance", name, FOUR) for name in (PLAIN, MSE)), strict=True
        )
        return f"{frechet(PLAIN, MSE, FOUR)}; {'; '.join(words)}", every(list(holds))

    def learns_blur() -> tuple[str, bool]:
        told = [
            (point["width"], point["accuracy"])
            for of_size in sizes.values() for numbers in of_size.values()
            for of_seed in numbers.get("dis_net_accuracy", [])
            for point in of_seed.get("before", [])
        ]  # fmt: skip
        wide = min(share for width, share in told if width == 0 or width >= 1)
        slight = min(share for width, share in told if width == 0.5)
        return (
            f"after one epoch of step 1 every dis_net tells at least {wide:.1%} of the clear test "
            f"images, and of those blurred by 1 pixel and more; of those blurred by 0.5 pixels the "
            f"worst one tells {slight:.1%}",
            wide > CHANCE,
        )

    def moves(step: steps.Step, moving: str) -> tuple[str, bool]:
        done = what_moves(step)
        [still] = set(done) - {moving}
        return (
            f"{step.__name__} moves weights of {moving} by {done[moving].largest:.1e} at most; "
            f"{still} is {'as it was' if done[still].untouched else 'touched'}, with its gradients",
            done[still].untouched and done[moving].largest > 0,
        )

    def one_three_four() -> tuple[str, bool]:
        four, three = (steps.STRATEGIES[name] for name in ("four-step", "three-step"))
        numbers = [four.index(step) + 1 for step in three]
        return f"the three-step strategy's are steps {numbers} of the four", numbers == [1, 3, 4]

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

    def absolute_distance() -> tuple[str, bool]:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            a, b = torch.rand(2, 3, PIXELS)
        library, loop = LOSSES["l1"](a, b).item(), element_by_element(a, b)
        return (
            f"of random pictures: {library:.6f}, pixel by pixel {loop:.6f}",
            abs(library - loop) < 1e-6,
        )

    def l1_ratios(variant: str) -> list[float]:
        return [value(size, variant, "l1") / value(size, PLAIN, "l1") for size in NAMES]

    def losses_similar() -> tuple[str, bool]:
        ratios = {name: l1_ratios(name) for name in (FOUR, THREE)}
        in_words = "; ".join(
            f"{name}: {', '.join(f'{ratio:.3f}' for ratio in of)} times"
            for name, of in ratios.items()
        )
        return (
            f"L1 {table('l1', '.5f', PLAIN, FOUR, THREE)} ({in_words})",
            all(abs(ratio - 1) <= SIMILAR for of in ratios.values() for ratio in of),
        )

    def another_story() -> tuple[str, bool]:
        told = [
            value(size, variant, "sharpness_ratio") / value(size, PLAIN, "sharpness_ratio")
            for size in NAMES
            for variant in (FOUR, THREE)
        ]
        return sharp(PLAIN, FOUR, THREE), any(abs(ratio - 1) > SIMILAR for ratio in told)

    def hard_to_train() -> tuple[str, bool]:
        trained = [
            numbers for of_size in sizes.values() for name, numbers in of_size.items()
            if VARIANTS[name].strategy != "none"
        ]  # fmt: skip
        trained += [numbers for name, numbers in ablation.items() if name not in VARIANTS]
        failures = sum(len(numbers["failures"]) for numbers in trained)
        seeds = sum(len(numbers.get("seeds", [])) for numbers in trained) + failures
        return f"{failures} of {seeds} trainings against dis_net fell apart", failures > 0

    def both_worse() -> tuple[str, bool | None]:
        words, holds = less_than_both("frechet_distance", PLAIN, (FOUR, THREE))
        return f"{frechet(PLAIN, FOUR, THREE)}; {words}", holds

    def three_better() -> tuple[str, bool | None]:
        words, holds = lower("frechet_distance", THREE, FOUR)
        return f"{frechet(FOUR, THREE)}; {words}", holds

    def loss_has_a_discriminator() -> tuple[str, bool]:
        called = [node.func.id for node in ast.walk(ast.parse(PRINTED_LOSS))
                  if isinstance(node, ast.Call)]  # fmt: skip
        return (
            f"the printed loss calls {', '.join(called)}",
            any(name != "distance" for name in called),
        )

    first, second = "000, Question 2(b)", "002, Question 2(b)"
    everywhere = "for every seed at all three sizes"
    design = "of this project's step, on random pictures: weights, buffers and gradients"
    return [
        Claim(first, "one is L1(MAE)", absolute_distance,
              "L1 is the mean absolute error: torch's against a loop"),
        Claim(first, "The result of MSE is better than L1", mse_better,
              f"better: the smaller Fréchet distance {everywhere}, both with dis_net, at weights "
              "found with the L1"),
        Claim(first, "The reconstructed result of MSE is clearer", mse_clearer,
              f"clearer: the higher sharpness ratio {everywhere}, both with dis_net, at weights "
              "found with the L1"),
        Claim(first, "Comparing with result a, both results of latent 2D are unsatisfactory",
              unsatisfactory, "unsatisfactory: for every seed a greater Fréchet distance than a's"),
        Claim(first, "L1 (MSE) loss and discriminate loss are coded as below",
              loss_has_a_discriminator,
              "by the names printed: og_img is an image, and nothing but distances of images is "
              "called, so that no network scores the output"),
        Claim(first, "a(2D) results look more structured", structured,
              "structured: the higher structural similarity (SSIM, which forgives softness), for "
              "every seed, against MSE + dis_net"),
        Claim(first, "but lose elements in the numbers [a(2D)]", plain_loses_elements,
              "lose: fewer are read as the original's digit than of the originals"),
        Claim(first, "but clear elements of number [b(2D)]", clear_elements,
              "clear: for every seed more are read as the original's digit than with L1 alone"),
        Claim(first, "b(2D) result looks blurred", looks_blurred,
              "blurred: for every seed the referee scores most of them blurred"),
        Claim(first, "However, c shows the worst result of reconstruction", adversarial_l1_worst,
              f"worst of the three: the greatest Fréchet distance {everywhere}"),
        Claim(second, "The D learns to distinguish blurred samples", learns_blur,
              "learns: every dis_net is better than chance, both on the clear ones and on those "
              "blurred by at least 1 pixel"),
        Claim(second, "use G to generate reconstructed samples (G without gradient) ... Update D "
              "only", lambda: moves(steps.reconstructions_as_fake, "D"), f"step 2; {design}"),
        Claim(second, "Update G only, clear the gradient for D ... D remain not updated",
              lambda: moves(steps.pseudo_real, "G"), f"step 3; {design}"),
        Claim(second, "the step 4 can be aggreated in step 3",
              lambda: can_be_joined(FOUR, FOUR_APART),
              f"can be: L1 and Fréchet distance within {SIMILAR:.0%} of each other"),
        Claim(second, "a training strategy with 3 steps (corresponding to 1,3,4 in solution 1)",
              one_three_four, "of this project's strategies, written after the report's"),
        Claim(second, "the step 3 can be aggreated in step 2 [solution 2]",
              lambda: can_be_joined(THREE, THREE_APART),
              f"can be: L1 and Fréchet distance within {SIMILAR:.0%} of each other"),
        Claim(second, "L1-norm reconstruction loss: ... element-wise absolute distance",
              absolute_distance, "torch's mean absolute error against a loop"),
        Claim(second, "From the view of loss, the results are similar", losses_similar,
              f"similar: L1 within {SIMILAR:.0%} of the plain one's at all three sizes"),
        Claim(second, "However, the visualization shows another story", another_story,
              f"another: at some size a sharpness more than {SIMILAR:.0%} off the plain one's (not "
              "that it is a worse one)"),
        Claim(second, "Due to the limitation of GAN (training difficulty)", hard_to_train,
              "difficult: some training falls apart"),
        Claim(second, "the results of solution 1 and 2 with D are both worse than Q2_a", both_worse,
              f"worse: a greater Fréchet distance {everywhere}"),
        Claim(second, "without the adversarial design, solution 2 is better", three_better,
              f"solution 2 is the three-step one; better: a smaller Fréchet distance {everywhere}"),
    ]  # fmt: skip
