"""What each measure is called and means, and tables of variants."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple

from q2_autoencoder.records import DimensionResult, FinishedRuns, VariantResult
from shared.summary import Interval, paired_difference

Line = tuple[str, list[str]]  # what is measured, and a cell for each variant


class MeasureWords(NamedTuple):
    """The name of a measure, the format of its numbers, and what it says and does not say.

    `better` is which numbers are better; None where it is those near 1, or as another line says.
    """

    name: str
    form: str
    meaning: str
    better: Literal["lower", "higher"] | None = "lower"


MEASURES = {
    "sharpness_ratio": MeasureWords(
        "sharpness ratio",
        ".3f",
        "variance of the Laplacian, reconstruction over original, median. 1 is as sharp as the "
        "originals, more is sharper. It knows edges and no digits: noise is sharp, too.",
        None,
    ),
    "sharpness_low": MeasureWords(
        "sharpness ratio, 5 % quantile",
        ".3f",
        "one image in twenty is less sharp than that, beside its original.",
        None,
    ),
    "sharpness_high": MeasureWords(
        "sharpness ratio, 95 % quantile",
        ".3f",
        "one image in twenty is sharper than that, beside its original.",
        None,
    ),
    "sharpness_error": MeasureWords(
        "error of the sharpness, mean absolute ln of the ratio",
        ".4f",
        "how far the images' sharpness lies from the originals', to either side: too sharp does "
        "not make up for too soft, as in the median.",
    ),
    "equivalent_blur": MeasureWords(
        "equivalent blur, pixels",
        ".3f",
        "the width of the blur that would make the originals as soft: the same number in a unit "
        "that is easy to picture. 0 for every run that is as sharp as the originals or sharper.",
    ),
    "spectrum_error": MeasureWords(
        "error of the power spectrum, dB",
        ".3f",
        "how far the mean power at 1 to 14 cycles an image lies from the originals', on average. "
        "It sees blur and noise of any kind, but of all images together, and not where.",
    ),
    "sharp_share": MeasureWords(
        "labelled as sharp",
        ".4f",
        "by the held-out blur classifier, which took part in no training. It knows what several "
        "kinds of blur do, and asks neither which digit it sees nor whether a pattern belongs "
        "there: a checkerboard is sharp to it.",
        "higher",
    ),
    "two_sample_accuracy": MeasureWords(
        "accuracy of the two-sample test",
        ".4f",
        "of a network that is trained afresh to tell these reconstructions from originals, on "
        "images that it has not seen; 0.5 is guessing. It finds whatever gives them away, and says "
        "neither what that is nor whether a person would see it.",
    ),
    "reconstruction_accuracy": MeasureWords(
        "classified as the original's digit",
        ".4f",
        "by the evaluation classifier. It asks which digit it sees, and forgives blur.",
        "higher",
    ),
    "frechet_distance": MeasureWords(
        "Fréchet distance",
        ".4f",
        "of originals and reconstructions as two sets, on the evaluation classifier's features: "
        "lower is more alike. It does not compare image with image, and knows what serves to tell "
        "digits. Not to be compared with distances on other features.",
    ),
    "kernel_distance": MeasureWords(
        "kernel distance",
        ".6f",
        "the same comparison by a cubic kernel, unbiased: of equal distributions 0 on average, or "
        "a little less.",
    ),
    "frechet_distance_random": MeasureWords(
        "Fréchet distance on random features",
        ".4f",
        "on features that nothing was taught: how much there is of which texture. It knows no "
        "digits.",
    ),
    "kernel_distance_random": MeasureWords(
        "kernel distance on random features", ".2f", "the same, unbiased."
    ),
    "ssim": MeasureWords(
        "SSIM",
        ".4f",
        "structural similarity of image and image: local mean, contrast and structure. It "
        "forgives a soft edge in the right place more than a sharp one beside it.",
        "higher",
    ),
    "gradient_distance": MeasureWords(
        "gradient distance",
        ".6f",
        "Wasserstein's distance of the gradient magnitudes, image by image: has it edges as steep, "
        "and as many, as the original? It does not ask where they are. The weights of dis_net were "
        "chosen by it, on other images than these: it is no judge of dis_net.",
    ),
    "l1": MeasureWords(
        "L1 per pixel",
        ".6f",
        "the loss of all runs but those trained with MSE. It favours the median of what is "
        "possible.",
    ),
    "mse": MeasureWords(
        "MSE per pixel",
        ".6f",
        "favours the mean of what is possible: between two possible edges, the blurred one.",
    ),
}


def seeds_in_words(seeds: Sequence[int]) -> str:
    """Return how many seeds there are."""
    return f"{len(seeds)} seed{'s' * (len(seeds) != 1)}"


def variant_lines(variants: Mapping[str, VariantResult]) -> list[Line]:
    """Return the lines of a table with a column for each of the variants."""
    results = list(variants.values())

    def cell(finished: FinishedRuns | None, key: str, form: str) -> str:
        return "—" if finished is None else finished.measures[key].text(form)

    lines = [
        (words.name, [cell(result.finished, key, words.form) for result in results])
        for key, words in MEASURES.items()
    ]
    seconds = ["—" if r.finished is None else r.finished.seconds.text(".0f") for r in results]
    counts = ["0" if r.finished is None else str(len(r.finished.seeds)) for r in results]
    failed = [str(len(result.failures)) for result in results]
    return [
        *lines,
        ("seconds of training, in all", seconds),
        ("finished seeds", counts),
        ("failed seeds", failed),
    ]


def difference_lines(
    variants: Mapping[str, VariantResult], name: str, others: Sequence[str]
) -> list[Line]:
    """Return the lines of a table of `name`'s differences to `others`, in Markdown.

    Means over common seeds with intervals, of the measures of which less or more is better; marked
    where all of an interval is better or worse, and no run failed.
    """
    return [
        (
            words.name,
            [
                _in_words(difference(variants[name], variants[other], key), words.form)
                for other in others
            ],
        )
        for key, words in MEASURES.items()
        if words.better is not None
    ]


def dimension_lines(results: Collection[DimensionResult]) -> list[Line]:
    """Return the lines of a table of plain autoencoders, a column for each latent dimension."""

    def over_seeds(key: str, form: str) -> list[str]:
        return [getattr(one, key).text(form) for one in results]

    return [
        ("test L1 per pixel", [one.test.l1.text(".5f") for one in results]),
        ("PCA's test L1", [f"{one.pca_test.l1:.5f}" for one in results]),
        ("test MSE per pixel", [one.test.mse.text(".6f") for one in results]),
        ("PCA's test MSE", [f"{one.pca_test.mse:.6f}" for one in results]),
        ("accuracy of reconstructions", over_seeds("reconstruction_accuracy", ".2%")),
        ("the same, PCA", [f"{one.pca_reconstruction_accuracy.mean:.2%}" for one in results]),
        ("1-NN accuracy", over_seeds("one_nn_accuracy", ".2%")),
        ("the same, standardised codes", over_seeds("one_nn_accuracy_standardised", ".2%")),
        ("accuracy of a linear probe", over_seeds("linear_probe_accuracy", ".2%")),
        ("the same, standardised codes", over_seeds("linear_probe_accuracy_standardised", ".2%")),
        ("effective dimension", over_seeds("effective_dimension", ".1f")),
        ("dead dimensions", over_seeds("dead_dimensions", ".1f")),
        ("Fréchet distance of drawn images", over_seeds("samples_distance", ".2f")),
        ("kept detail", over_seeds("kept_detail", ".2%")),
    ]


def clustering_lines(results: Collection[DimensionResult], scores: Mapping[str, str]) -> list[Line]:
    """Return the lines with the clusterings of these autoencoders.

    Args:
        results: one a latent dimension.
        scores: the fields of `ClusteringScores` that are shown, and their words.
    """
    return [
        (f"{words}, {points}", [getattr(r.clustering[points], key).text(".3f") for r in results])
        for points in next(iter(results)).clustering
        for key, words in scores.items()
    ]


class Difference(NamedTuple):
    """How much more of a measure one variant has than another.

    Attributes:
        interval: of the mean over common seeds.
        better: whether it is better with the first, all of the interval; None where the interval
            has 0 in it, a run of either failed, or neither less nor more of the measure is better.
    """

    interval: Interval
    better: bool | None

    def marked(self, text: str) -> str:
        """Return `text` in Markdown: bold where it is better, in italics where it is worse."""
        return {None: text, True: f"**{text}**", False: f"*{text}*"}[self.better]


def difference(first: VariantResult, second: VariantResult, key: str) -> Difference | None:
    """Return the difference by the measure `key`; None where no seed finished with both."""
    if first.finished is None or second.finished is None:
        return None
    values, others = first.finished.by_seed(key), second.finished.by_seed(key)
    if not values.keys() & others.keys():
        return None
    found = paired_difference(values, others)
    direction, decided = MEASURES[key].better, found.high < 0 or found.low > 0
    if direction is None or not decided or first.failures or second.failures:
        return Difference(found, None)
    return Difference(found, (found.high < 0) == (direction == "lower"))


def _in_words(found: Difference | None, form: str) -> str:
    return "—" if found is None else found.marked(found.interval.text(f"+{form}"))


def transposed(heads: Sequence[str], lines: Sequence[Line]) -> tuple[list[str], list[Line]]:
    """Return heads and lines of the same table with its lines as columns."""
    columns = zip(*(cells for _, cells in lines), strict=True)
    return [words for words, _ in lines], [
        (head, list(cells)) for head, cells in zip(heads, columns, strict=True)
    ]


def markdown_table(heads: Sequence[str], lines: Sequence[Line]) -> list[str]:
    """Return the lines of a Markdown table."""
    return [
        "| | " + " | ".join(heads) + " |",
        "|---" * (1 + len(heads)) + "|",
        *(f"| {words} | " + " | ".join(cells) + " |" for words, cells in lines),
    ]


def print_table(heads: Sequence[str], lines: Sequence[Line]) -> None:
    """Print a table, each column as wide as its widest entry."""
    first = [("", list(heads)), *lines]
    widths = [max(map(len, column)) for column in zip(*(cells for _, cells in first), strict=True)]
    margin = max(len(words) for words, _ in first)
    for words, cells in first:
        padded = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        print(words.ljust(margin), *padded, sep="  ")
