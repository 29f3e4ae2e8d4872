"""The results tables of README.md (short) and docs/results.md (in full), made from the records."""

from dataclasses import dataclass

from publish.contests import JUDGING, RATED, Contest, contest, known_controls
from publish.markdown import table
from q2_autoencoder.evaluation.clustering import K_MEANS_ON_CODES, MIXTURE_ON_EMBEDDING
from q2_autoencoder.plots.tables import (
    MEASURES,
    clustering_lines,
    dimension_lines,
    seeds_in_words,
)
from q2_autoencoder.records import (
    AdversarialComparison,
    Comparison,
    Metrics,
)
from q2_autoencoder.training.named_variants import FOUR, PLAIN
from shared.errors import BadInput
from shared.summary import WITH_MARGIN

HALVES = "two halves of the originals"
HINTON = 3.00  # squared error per image, Hinton and Salakhutdinov (Science 2006), 30 dimensions
# README's columns on Question 2(b): four unlike judges, and L1.
IN_SHORT = (
    "frechet_distance",
    "sharpness_error",
    "ssim",
    "two_sample_accuracy",
    "l1",
)
MEANINGS = "results/gallery/adversarial.md#what-the-numbers-say-and-what-they-do-not"


@dataclass(frozen=True)
class Height:
    """What is taken from adam_max_h.json: the greatest height, when it is reached, and the methods'
    largest disagreement."""

    h_max: float
    h_max_exact: str
    crossing_step: int
    disagreement: float


@dataclass(frozen=True)
class Results:
    """The records that the tables are made of.

    `anchor` is the run with 30 latent dimensions. `two_halves` is that of blind_spots.json.
    """

    height: Height
    comparison: Comparison
    adversarial: AdversarialComparison
    anchor: Metrics
    two_halves: dict[str, float]


def three_digits(value: float) -> str:
    """Return `value` with three significant digits."""
    return f"{value:#.3g}".removesuffix(".")


def percent(value: float) -> str:
    """Return a share as a percentage with three significant digits."""
    return f"{three_digits(100 * value)}%"


def readme_tables(results: Results) -> str:
    """Return README's three tables: one number a cell, three significant digits."""
    height = results.height
    first = table(
        ["greatest height *h* that Adam climbs", "exactly", "reached at step"],
        [[three_digits(height.h_max), height.h_max_exact, height.crossing_step]],
        text_columns=0,
    )
    second = table(
        [
            "latent dimension",
            "test L1",
            "PCA's L1",
            "accuracy of reconstructions",
            "1-NN accuracy",
            "clustering accuracy, codes",
            "clustering accuracy, t-SNE",
        ],
        [
            [
                dim,
                three_digits(found.test.l1.mean),
                three_digits(found.pca_test.l1),
                percent(found.reconstruction_accuracy.mean),
                percent(found.one_nn_accuracy.mean),
                percent(found.clustering[K_MEANS_ON_CODES].accuracy.mean),
                percent(found.clustering[MIXTURE_ON_EMBEDDING].accuracy.mean),
            ]
            for dim, found in results.comparison.latent_dims.items()
        ],
        text_columns=1,
    )
    third = table(
        [
            "latent dimension",
            "reconstructions",
            *(MEASURES[key].name.partition(",")[0] for key in IN_SHORT),
        ],
        [
            row
            for dim, variants in results.adversarial.latent_dims.items()
            for row in contest_rows(dim, [contest(variants, key) for key in IN_SHORT])
        ],
        text_columns=2,
    )
    return "\n\n".join(
        [
            "**Question 1**",
            first,
            "**Question 2(a)**: plain autoencoders, means over "
            f"{seeds_in_words(results.comparison.seeds)} ([with intervals](docs/results.md))",
            second,
            "**Question 2(b)**: without and with `dis_net`, means over "
            f"{seeds_in_words(results.adversarial.seeds)}; lower is better, but for SSIM",
            third,
            f"[What each measure means]({MEANINGS}). The weights of `dis_net` were chosen by "
            "another, the gradient distance, on other images. The best control is, for each "
            f"measure, the one with the best mean, of: {controls_in_words(results.adversarial)}. A "
            "difference is the mean over seeds that both have, which is not always that of the "
            "rows above it, with its 95 % interval. **Bold**: all of the interval is better with "
            "`dis_net`. *Italic*: all of it is worse.",
            f"By {len(JUDGING)} measures [in full](docs/results.md), against the best control: "
            f"{'; '.join(won_and_lost(results.adversarial))}. The gradient distance is not "
            "counted, nor is the equivalent blur, to which a control was fitted.",
        ]
    )


def controls_in_words(adversarial: AdversarialComparison) -> str:
    """Return the controls that were compared, with the seeds of those with fewer than dis_net."""
    variants = next(iter(adversarial.latent_dims.values()))
    seeds = {name: of.finished.seeds for name, of in variants.items() if of.finished}

    def words(name: str) -> str:
        fewer = len(seeds[name]) < len(seeds[FOUR])
        return f"{name} ({seeds_in_words(seeds[name])})" if fewer else name

    return "; ".join(map(words, known_controls(adversarial)))


def won_and_lost(adversarial: AdversarialComparison) -> list[str]:
    """Return by how many measures dis_net is better and worse than the best control, in words."""
    words = []
    for dim, variants in adversarial.latent_dims.items():
        won = [contest(variants, key).difference.better for key in JUDGING]
        words.append(
            f"with {dim} dimensions `dis_net` is better by {won.count(True)}, worse by "
            f"{won.count(False)}, and {won.count(None)} are undecided"
        )
    return words


def full_tables(results: Results) -> str:
    """Return the tables of docs/results.md: every digit that means something, with intervals."""
    return "\n\n".join(
        [
            "### Question 1",
            height_in_full(results.height),
            "### Question 2(a)",
            dimensions_in_full(results.comparison, results.anchor),
            "### Question 2(b)",
            variants_in_full(results.adversarial, results.two_halves),
        ]
    )


def height_in_full(height: Height) -> str:
    """Return the answer to Question 1 in full."""
    return table(
        ["", ""],
        [
            ["greatest height that Adam climbs", f"{height.h_max:.14f}"],
            ["exactly", height.h_max_exact],
            ["highest point reached at step", height.crossing_step],
            ["largest disagreement of the methods", f"{height.disagreement:.0e}"],
        ],
        text_columns=1,
    )


def dimensions_in_full(comparison: Comparison, anchor: Metrics) -> str:
    """Return the numbers of the plain autoencoders in full, a column for each dimension."""
    found = comparison.latent_dims.values()
    lines = [
        *dimension_lines(found),
        *clustering_lines(found, {"accuracy": "clustering accuracy"}),
        ("seconds of training", [of_dim.seconds.text(".0f") for of_dim in found]),
    ]
    setting = next(iter(found))
    return "\n\n".join(
        [
            table(
                ["latent dimension", *comparison.latent_dims],
                [[words, *cells] for words, cells in lines],
                text_columns=1,
            ),
            f"Over {len(comparison.seeds)} seeds, {WITH_MARGIN}; {setting.epochs} epochs "
            f"each, on {setting.device_name}, {setting.precision}. The evaluation classifier "
            f"classifies {comparison.classifier_accuracy:.2%} of the originals correctly.",
            f"With {anchor.config.latent_dim} latent dimensions and the squared error as loss: "
            f"{anchor.test.squared_error:.2f} per image, where Hinton and Salakhutdinov (2006) "
            f"report {HINTON:.2f}; {anchor.epochs} epochs, {anchor.seconds:.0f} s, seed "
            f"{anchor.config.seed}.",
            "What the lines say: the *effective dimension* is (Σλ)²/Σλ² of the variances λ of the "
            "codes' principal components. A dimension is *dead* if the decoder does not need it. "
            "*Standardised* codes have variance 1 in each dimension. *Kept detail* is the share of "
            "the detail (the squared Laplacian) that is kept, in the window of 9×9 pixels of each "
            "image where most of it is. "
            "*Drawn images* are decoded from a mixture of ten Gaussians on the codes. The "
            "*clustering accuracy* is the share of images that lie in their digit's cluster, under "
            "the best matching of clusters with digits.",
        ]
    )


def variants_in_full(adversarial: AdversarialComparison, two_halves: dict[str, float]) -> str:
    """Return the numbers of Question 2(b) in full, a table for each latent dimension.

    Args:
        adversarial: the variants over seeds.
        two_halves: what measures of whole sets say of two halves of the originals.
    """
    results = [of for variants in adversarial.latent_dims.values() for of in variants.values()]
    failed = sum(len(result.failures) for result in results)
    finished = [result.finished for result in results if result.finished]
    runs = failed + sum(len(of.seeds) for of in finished)
    parts = []
    for dim, variants in adversarial.latent_dims.items():
        rows = [
            [
                words.name,
                found.plain.text(words.form),
                f"{found.best.text(words.form)} ({found.control})",
                found.with_dis_net.text(words.form),
                found.difference.marked(found.difference.interval.text(f"+{words.form}")),
                f"{two_halves[key]:{words.form}}" if key in two_halves else "",
            ]
            for key in RATED
            for words, found in [(MEASURES[key], contest(variants, key))]
        ]
        heads = [f"{dim} latent dimensions", PLAIN, "best control", FOUR, "difference", HALVES]
        parts.append(table(heads, rows, text_columns=1))
    return "\n\n".join(
        [
            *parts,
            f"Over up to {len(adversarial.seeds)} seeds, {WITH_MARGIN}; "
            f"{plain_epochs(adversarial)} epochs in all where the name says nothing else. "
            "Difference: with `dis_net`, less the best control, between runs of equal seeds, with "
            "its 95 % interval; **bold** is better, *italic* worse, all of the interval. The "
            f"{HALVES} share no image, where a reconstruction is compared with its original among "
            f"the rest; and each has half as many. {failed} of the {runs} runs of all variants "
            "failed.",
        ]
    )


def plain_epochs(adversarial: AdversarialComparison) -> int:
    """Return the epochs of the plain runs, which those with dis_net have as well.

    Raises:
        BadInput: no plain run has finished.
    """
    plain = next(iter(adversarial.latent_dims.values()))[PLAIN].finished
    if plain is None:
        raise BadInput(f"adversarial.json has no finished run of {PLAIN!r}")
    return plain.epochs


def contest_rows(dim: str, contests: list[Contest]) -> list[list[object]]:
    """Return README's rows of a latent dimension, a column for each measure."""
    differences = [one.difference.marked(one.difference.interval.text("+.2g")) for one in contests]
    return [
        [dim, "plain", *(three_digits(one.plain.mean) for one in contests)],
        [dim, "best control", *(three_digits(one.best.mean) for one in contests)],
        [dim, "with `dis_net`", *(three_digits(one.with_dis_net.mean) for one in contests)],
        [dim, "difference", *differences],
    ]
