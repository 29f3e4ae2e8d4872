"""Hand-written numbers of docs/question1.md and question2.md are those of the gallery's records.

Tables between markers are made by a command (test_readme.py); sentences are written by hand.
"""

from collections.abc import Iterator

import pytest
from torch import nn

from publish.gallery import GALLERY, read_results
from publish.results import MIXTURE_ON_EMBEDDING, three_digits
from q2_autoencoder.evaluation.clustering import K_MEANS_ON_CODES
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.discriminator import Discriminator
from q2_autoencoder.records import (
    VARIANTS_VERSION,
    AdversarialComparison,
    PartsComparison,
    VariantResult,
)
from q2_autoencoder.training.named_variants import (
    AS_CHOSEN,
    CONTRAST,
    DESIGN,
    FOUR,
    FOUR_SEPARATE,
    LONGER,
    MATCHING_ONLY,
    MSE,
    PLAIN,
    PLAIN_MSE,
    PRINTED,
    PRINTED_MSE,
    REPORT_002_FOUR,
    REPORT_002_MSE_FOUR,
    REPORT_002_MSE_THREE,
    REPORT_002_THREE,
    SCORE_ONLY,
    THREE,
    WEIGHTS,
)
from shared.files import PROJECT, read_json, read_record

RESULTS = read_results(GALLERY)
TEXT = (PROJECT / "docs" / "question2.md").read_text(encoding="utf-8")
WORDS = " ".join(TEXT.split())
DIMENSIONS = ("2", "16", "256")


class Means:
    """Means over the seeds of the variants of one latent dimension."""

    def __init__(self, variants: dict[str, VariantResult]):
        self.variants = variants

    def __call__(self, name: str, key: str) -> float:
        runs = self.variants[name].finished
        assert runs is not None
        return runs.measures[key].mean

    def ratio(self, key: str, name: str, other: str = PLAIN) -> float:
        """Return the mean of one variant over that of another."""
        return self(name, key) / self(other, key)

    def more(self, key: str, name: str, other: str = PLAIN) -> float:
        """Return by how many per cent it is higher."""
        return 100 * (self.ratio(key, name, other) - 1)


def compared(file: str) -> dict[str, Means]:
    """Return a comparison of variants in the gallery, by latent dimension."""
    found = read_record(GALLERY / file, AdversarialComparison, VARIANTS_VERSION)
    return {dim: Means(variants) for dim, variants in found.latent_dims.items()}


def parts(file: str) -> Means:
    """Return a comparison of parts in the gallery."""
    return Means(read_record(GALLERY / file, PartsComparison, VARIANTS_VERSION).variants)


SHARPNESS, SHARP, RIGHT = "sharpness_ratio", "sharp_share", "reconstruction_accuracy"
ERROR, FRECHET = "sharpness_error", "frechet_distance"


def with_dis_net() -> Iterator[str]:
    """Yield what is said of plain training, the controls and dis_net."""
    two, sixteen, many = (Means(RESULTS.adversarial.latent_dims[dim]) for dim in DIMENSIONS)
    yield f"{two.more('l1', FOUR):.1f} % more L1, {two.more('mse', FOUR):.0f} % more MSE"
    yield f"({two(FOUR, 'ssim'):.3f} after {two(PLAIN, 'ssim'):.3f}) with 2 dimensions"
    yield f"{sixteen.more('l1', FOUR):.1f} % more L1 with 16"
    yield f"with 256 the L1 is {-many.more('l1', FOUR):.1f} % lower"
    errors = two(FOUR, ERROR), two(CONTRAST, ERROR)
    yield "(error {:.3f} where stretched contrast has {:.3f})".format(*errors)
    ratios = two(FOUR, SHARPNESS), two(CONTRAST, SHARPNESS)
    yield "{:.2f} of the originals', where stretched contrast has {:.2f}".format(*ratios)
    for of in (sixteen, many):
        digits, control = (1, CONTRAST) if of is sixteen else (2, PLAIN_MSE)
        best, ours = (f"{100 * of(name, SHARP):.{digits}f} %" for name in (control, FOUR))
        yield f"({best} against {ours})"
    yield f"{sixteen(PLAIN, FRECHET):.3f} plain and {sixteen(FOUR, FRECHET):.3f} with `dis_net`"
    yield f"two halves of the originals, {RESULTS.two_halves[FRECHET]:.3f}"
    yield f"still labels {100 * sixteen(FOUR, 'two_sample_accuracy'):.0f} % rightly"
    yield f"with 2 dimensions sharpness is {two(PLAIN_MSE, SHARPNESS):.2f}"
    blurred = f"{sixteen(PLAIN_MSE, SHARPNESS):.2f} and {100 * sixteen(PLAIN_MSE, SHARP):.0f} % are"
    sharpened = f"{two(MSE, SHARPNESS):.2f} and {sixteen(MSE, SHARPNESS):.2f}"
    yield f"with 16 it is {blurred}. With `dis_net` it is {sharpened}"
    yield f"from {100 * two(PLAIN_MSE, RIGHT):.0f} % to {100 * two(MSE, RIGHT):.0f} %"
    yield f"the Fréchet distance, {sixteen(MSE, FRECHET):.3f}, is the lowest"
    yield f"from {many(PLAIN_MSE, FRECHET):.4f} to {many(MSE, FRECHET):.4f}"
    for of, words in (
        (two, "from {:.2f} to {:.2f} of the originals' with 2 dimensions, where four steps reach"),
        (sixteen, "from {:.2f} to {:.2f} with 16 (four:"),
        (many, "from {:.2f} to {:.2f} with 256 (four:"),
    ):
        plain, three, four = (of(name, SHARPNESS) for name in (PLAIN, THREE, FOUR))
        yield f"{words.format(plain, three)} {four:.2f}"


def longer() -> Iterator[str]:
    """Yield what eight plain epochs are worth, between runs of equal seeds."""
    ratios = []
    for dim in DIMENSIONS:
        runs = (RESULTS.adversarial.latent_dims[dim][name].finished for name in (FOUR, LONGER))
        four, plain = (of.by_seed("l1") if of else {} for of in runs)
        both = four.keys() & plain.keys()
        ratios.append(sum(four[seed] for seed in both) / sum(plain[seed] for seed in both))
    yield "it is {:.2f}, {:.2f} and {:.2f} times as high".format(*ratios)


def designs() -> Iterator[str]:
    """Yield what is said of the steps between report 002's training and this one."""
    of = parts("design.json")
    _, one_update, hinge, balanced, matching, joined, ours = DESIGN.line
    yield f"sharpness from {of(one_update, SHARPNESS):.2f} to {of(hinge, SHARPNESS):.2f}"
    yield f"Digits rise to {100 * of(balanced, RIGHT):.0f} %"
    yield f"the L1 falls from {of(hinge, 'l1'):.3f} to {of(balanced, 'l1'):.3f}"
    yield f"sharpness is back at {of(balanced, SHARPNESS):.2f}"
    distances = of(balanced, FRECHET), of(matching, FRECHET), of(PLAIN, FRECHET)
    yield "from {:.1f} to {:.3f} (plain training: {:.3f})".format(*distances)
    yield f"and the L1 to {of(matching, 'l1'):.3f}; by random features"
    yield f"saves {-of.more('l1', joined, matching):.0f} % of the L1"
    yield f"sharpness from {of(joined, SHARPNESS):.2f} to {of(ours, SHARPNESS):.2f} and the L1"
    plain = f"(plain: {of(PLAIN, SHARPNESS):.2f} and {of(PLAIN, 'l1'):.4f})"
    yield f"and the L1 to {of(ours, 'l1'):.4f} {plain}"


def parts_of_the_loss() -> Iterator[str]:
    """Yield what is said of the score and of feature matching, each by itself."""
    of = parts("adversarial_weight.json")
    twice = next(name for name in WEIGHTS.line if name.endswith("weight 4"))
    yield f"sharpness is {of(MATCHING_ONLY, SHARPNESS):.2f} of the originals', "
    yield f"{of(PLAIN, SHARPNESS):.2f} after plain training"
    names = (MATCHING_ONLY, PLAIN, AS_CHOSEN)
    yield "({:.3f}, plain {:.3f}, with both {:.3f})".format(*(of(name, FRECHET) for name in names))
    yield f"images too sharp ({of(SCORE_ONLY, SHARPNESS):.2f})"
    yield f"where it was ({of(SCORE_ONLY, FRECHET):.3f})"
    yield f"lie between, at {of(AS_CHOSEN, SHARPNESS):.2f}"
    yield f"brings {of(twice, SHARPNESS):.2f} for {of.more('l1', twice, AS_CHOSEN):.1f} % more L1"
    yield f"as two updates have {-of.more('l1', FOUR_SEPARATE, AS_CHOSEN):.1f} % less L1"


def reports() -> Iterator[str]:
    """Yield what is said of the reports' own designs."""
    _, sixteen, many = compared("report-000.json").values()
    blurred = f"{100 * sixteen(PRINTED, SHARP):.0f} % (L1)"
    yield f"with 16, {blurred} and {100 * sixteen(PRINTED_MSE, SHARP):.0f} % (MSE)"
    yield f"after plain training {100 * sixteen(PLAIN, SHARP):.0f} %"
    ratios = f"{many(PRINTED_MSE, SHARPNESS):.2f} and {many(PLAIN, SHARPNESS):.2f}"
    yield f"({ratios} of the originals'), at {many.more('l1', PRINTED_MSE):.0f} % more L1"
    yield f"({100 * many(PRINTED, RIGHT):.0f} % are classified rightly)"
    two, sixteen, many = dims = tuple(compared("report-002.json").values())
    right = [100 * of(REPORT_002_FOUR, RIGHT) for of in (two, sixteen)]
    yield "{:.0f} % and {:.0f} % are classified rightly".format(*right)
    yield f"the L1 is {many.ratio('l1', REPORT_002_FOUR):.1f} times that of plain training"
    sharp = sorted(of(REPORT_002_THREE, SHARPNESS) for of in (two, sixteen, many))
    yield f"{sharp[0]:.1f} to {sharp[-1]:.1f} times the originals' sharpness"
    right = [100 * of(REPORT_002_THREE, RIGHT) for of in (two, sixteen)]
    yield "({:.0f} % and {:.0f} %), fewer with 256".format(*right)
    right = [100 * many(name, RIGHT) for name in (REPORT_002_THREE, REPORT_002_FOUR)]
    yield "({:.0f} %, where four steps have {:.0f} %)".format(*right)
    with_mse = [(of(REPORT_002_MSE_FOUR, RIGHT), of(REPORT_002_MSE_THREE, RIGHT)) for of in dims]
    four, three = ([100 * share for share in shares] for shares in zip(*with_mse, strict=True))
    yield "Four steps have {:.0f} %, {:.0f} % and {:.0f} %".format(*four)
    yield "three steps {:.0f} %, {:.0f} % and {:.0f} %".format(*three)
    sharp = sorted(of(REPORT_002_MSE_THREE, SHARPNESS) for of in dims)
    yield f"at {sharp[0]:.1f} to {sharp[-1]:.1f} times the originals' sharpness"
    names = PLAIN_MSE, REPORT_002_MSE_FOUR, REPORT_002_MSE_THREE
    plain, four, three = (two(name, SHARPNESS) for name in names)
    yield f"{plain:.2f} of the originals' before, {four:.2f} after four steps and {three:.2f} after"


QUOTED = [*with_dis_net(), *longer(), *designs(), *parts_of_the_loss(), *reports()]


@pytest.mark.parametrize("words", QUOTED)
def test_sentences_have_the_numbers_of_the_records(words):
    assert words in WORDS


def test_the_table_of_codes_has_the_numbers_of_the_records():
    of = [RESULTS.comparison.latent_dims[dim] for dim in DIMENSIONS]
    pixels = next(iter(of)).clustering["k-means on pixels"].accuracy.mean
    rows = {
        "clustering accuracy: k-means on the codes": [
            *(one.clustering[K_MEANS_ON_CODES].accuracy.mean for one in of),
            pixels,
        ],
        "k-means on standardised codes": [
            one.clustering["k-means on standardised codes"].accuracy.mean for one in of
        ],
        "clustering accuracy: Gaussian mixture on the t-SNE embedding": [
            one.clustering[MIXTURE_ON_EMBEDDING].accuracy.mean for one in of
        ],
        "1-NN accuracy": [one.one_nn_accuracy.mean for one in of],
    }
    for name, values in rows.items():
        assert f"| {name} | " + " | ".join(f"{value:.3f}" for value in values) in TEXT


def weights_of(network: nn.Module) -> str:
    return f"{sum(weight.numel() for weight in network.parameters()):,}"


def test_the_table_of_parameters_is_counted():
    networks = [Autoencoder(int(dim)) for dim in DIMENSIONS]
    rows = {
        "autoencoder in all": [weights_of(one) for one in networks],
        "`dis_net`": [weights_of(Discriminator())] * 3,
    }
    for part in ("encoder", "decoder"):
        rows[part] = [weights_of(getattr(one, part)) for one in networks]
        skips = [getattr(one, f"linear_{part}") for one in networks]
        rows[f"linear skip connection of the {part}"] = [weights_of(one) for one in skips]
    for name, counts in rows.items():
        assert f"| {name} | {' | '.join(counts)} |" in TEXT


WORDS_OF = {
    "momentum": "SGD with momentum 0.9",
    "nesterov": "SGD with Nesterov momentum 0.9",
    "adam": "Adam, AMSGrad, Adamax",
}


def test_the_table_of_optimizers_has_the_heights_of_the_record():
    """In its order; those that have Adam's height share its row."""
    heights = read_json(GALLERY / "optimizers.json")["heights"]
    by_name = {row["optimizer"]: row for row in heights}
    of_adam = by_name["adam"]["exact"]
    rows = []
    for name, row in by_name.items():
        assert row["certified"]
        if row["exact"] == of_adam and name != "adam":
            assert name in ("amsgrad", "adamax")
            continue
        exact = f"{row['exact']} = " if row["exact"] and len(row["exact"]) < 30 else ""
        step = row["step"] if row["attained"] else "never: a limit"
        words = WORDS_OF.get(name, name).casefold()
        rows.append(f"| {words} | {exact}{three_digits(row['height'])} | {step} |")
    page = (PROJECT / "docs" / "question1.md").read_text(encoding="utf-8").casefold()
    assert "\n".join(rows).casefold() in page
