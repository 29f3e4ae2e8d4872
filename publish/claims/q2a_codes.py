"""Question 2(a): what the two reports say on the 2-D latent space, and on clusters of the codes."""

import numpy as np

from publish.claim import Claims, Finding, above, all_of, below, within
from publish.claims.dimensions import (
    DIMENSIONS,
    FIRST,
    SECOND,
    interval,
    largest_pairs,
    results_of,
)
from q2_autoencoder.evaluation.clustering import K_MEANS_ON_CODES, K_MEANS_ON_PIXELS
from q2_autoencoder.records import Comparison, DimensionResult, Separation, Table
from shared.errors import BadInput
from shared.summary import Spread, confidence_interval

WELL_CLUSTERED = 0.8  # share of images in their digit's cluster
WELL = f"well: at least {WELL_CLUSTERED:.0%} of the images in their digit's cluster"
CHANGED = 0.1  # relative difference
CHANCE = 0.1  # share of right guesses among ten digits

claims: Claims[[Comparison]] = Claims("2(a)")


def clustering_accuracy(result: DimensionResult, points: str = K_MEANS_ON_CODES) -> Spread:
    """Return the share of images that k-means puts into their digit's cluster."""
    return result.clustering[points].accuracy


def separations(result: DimensionResult) -> list[list[Separation]]:
    """Return the separations of 2-D codes, seed by seed, epoch by epoch.

    Raises:
        BadInput: there are none.
    """
    found = [of_seed for of_seed in result.separation_by_epoch if of_seed]
    if not found or len(found) < len(result.separation_by_epoch):
        raise BadInput("the comparison has no separation of the digits in the 2-D latent space")
    return found


def digits_without_cluster(table: Table) -> list[int]:
    """Return the digits that are the most frequent one in no cluster of a cluster table."""
    return sorted(set(range(10)) - set(np.array(table).argmax(1).tolist()))


# ---- the 2-D latent space ----------------------------------------------------------------------


@claims.register(
    FIRST,
    "Features are clearly clustered [2D plot]",
    criterion="clearly: a 1-NN accuracy of more than one half",
)
@claims.register(
    SECOND,
    "The visualization can roughly indicate the categories distributions",
    criterion="roughly: a 1-NN accuracy of more than one half in the 2-D latent space",
)
def latent_space_shows_digits(comparison: Comparison) -> Finding:
    nearest = results_of(comparison).two.one_nn_accuracy
    return Finding(
        f"1-NN accuracy in the 2-D latent space {nearest.mean:.1%}; by chance {CHANCE:.0%}",
        above(interval(nearest), 0.5),
    )


@claims.register(
    FIRST,
    "we can see that the numbers are not well clustered [2D plot]",
    criterion=f"{WELL}, by k-means on the codes",
)
def two_not_well_clustered(comparison: Comparison) -> Finding:
    found = clustering_accuracy(results_of(comparison).two)
    return Finding(f"clustering accuracy {found.mean:.3f}", below(interval(found), WELL_CLUSTERED))


@claims.register(
    FIRST,
    "There are many similar numbers such as 3 and 8 are overlapped",
    criterion="overlapped: among the five pairs that nearest neighbours mix most in the 2-D "
    "latent space",
)
def three_and_eight_overlap(comparison: Comparison) -> Finding:
    neighbours = np.array(results_of(comparison).two.neighbour_confusion)
    pairs = largest_pairs(neighbours, 5)
    mixed = neighbours[3, 8] + neighbours[8, 3]
    return Finding(
        f"the nearest neighbour of {mixed / neighbours[[3, 8]].sum():.1%} of the 3s and 8s is of "
        f"the other digit; most mixed: {', '.join(f'{a}-{b}' for a, b in pairs)}",
        (3, 8) in pairs,
    )


@claims.register(
    SECOND,
    "Through the epochs ... the distances of the categories are further",
    criterion="root mean square distance of the digits' means from their mean, over that of the "
    "codes from their digit's mean: greater at the end than after epoch 1",
)
def digits_move_apart(comparison: Comparison) -> Finding:
    ratios = [
        [epochs[i].between / epochs[i].within for i in (0, 1, -1)]
        for epochs in separations(results_of(comparison).two)
    ]
    before, first, last = (
        " / ".join(f"{ratio:.2f}" for ratio in at_epoch) for at_epoch in zip(*ratios, strict=True)
    )
    return Finding(
        f"between over within, seed by seed: {before} before training; {first} after epoch 1; "
        f"{last} at the end",
        above(confidence_interval([last - first for _, first, last in ratios])),
    )


@claims.register(
    SECOND,
    "(the scale also changed)",
    criterion=f"changed: by more than {CHANGED:.0%} from the start to the end",
)
def scale_changes(comparison: Comparison) -> Finding:
    of_seeds = separations(results_of(comparison).two)
    before, first, last = (
        float(np.mean([epochs[i].between for epochs in of_seeds])) for i in (0, 1, -1)
    )
    changed = [epochs[-1].between / epochs[0].between - 1 for epochs in of_seeds]
    unchanged = within(confidence_interval(changed), CHANGED)
    return Finding(
        f"distance of the digits' means from their mean: {before:.1f} before training, "
        f"{first:.1f} after epoch 1, {last:.1f} at the end",
        None if unchanged is None else not unchanged,
    )


@claims.register(
    SECOND,
    "while the reconstructed figures are becoming more apparent",
    criterion="judged by the test L1 at latent dimension 2",
)
def improves_with_epochs(comparison: Comparison) -> Finding:
    curve = results_of(comparison).two.curve
    first, last = curve[0].test, curve[-1].test
    return Finding(f"test L1 {first:.4f} after epoch 1, {last:.4f} at the end", last < first)


# ---- clusters ----------------------------------------------------------------------------------


@claims.register(FIRST, "K-Means result shows that 16D and 256D are well clustered", criterion=WELL)
def well_clustered(comparison: Comparison) -> Finding:
    results = results_of(comparison)
    _, sixteen, many = results
    return Finding(
        f"clustering accuracy {results.listed(clustering_accuracy, '.3f')}; raw pixels "
        f"{clustering_accuracy(many, K_MEANS_ON_PIXELS).mean:.3f}",
        all_of(
            above(interval(clustering_accuracy(one)), WELL_CLUSTERED) for one in (sixteen, many)
        ),
    )


@claims.register(
    FIRST,
    "since they retained more features",
    criterion="more dimensions would then cluster better, 2 < 16 < 256",
)
@claims.register(
    SECOND,
    "the clusters match separate categories better ... when the latent dimension increase",
    criterion="accuracy of k-means on the codes under the best matching, 2 < 16 < 256",
)
def more_is_better_clustered(comparison: Comparison) -> Finding:
    results = results_of(comparison)
    return Finding(
        f"clustering accuracy {results.listed(clustering_accuracy, '.3f')}",
        results.rises(clustering_accuracy),
    )


@claims.register(
    SECOND,
    "(each cluster the colored blocked corresponds to a different digit)",
    criterion="every digit is the most frequent one of some cluster",
)
def each_cluster_a_digit(comparison: Comparison) -> Finding:
    without = {
        dim: [digits_without_cluster(table) for table in result.cluster_table]
        for dim, result in zip(DIMENSIONS, results_of(comparison), strict=True)
    }
    listed = (
        f"latent dimension {dim}: "
        + " / ".join(" ".join(map(str, digits)) or "none" for digits in of_seeds)
        for dim, of_seeds in without.items()
    )
    return Finding(
        "digits that lead no cluster, seed by seed: " + "; ".join(listed),
        not any(digits for of_seeds in without.values() for digits in of_seeds),
    )


@claims.register(
    SECOND,
    "and the clusters are less alike",
    criterion="alike: mean distance of the cluster centres, decoded to images; 2 < 16 < 256",
)
def centres_differ(comparison: Comparison) -> Finding:
    def distance(result: DimensionResult) -> Spread:
        return result.centre_distance

    results = results_of(comparison)
    return Finding(
        f"mean distance of the decoded centres, in pixel values: {results.listed(distance, '.2f')}",
        results.rises(distance),
    )
