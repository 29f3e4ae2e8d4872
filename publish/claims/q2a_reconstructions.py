"""Question 2(a): what the two reports say on the reconstructions, and on their errors."""

import numpy as np

from publish.claim import Claims, Finding, above, all_of, below, within
from publish.claims.dimensions import (
    FIRST,
    SECOND,
    accuracy,
    difference,
    interval,
    l1,
    largest_pairs,
    results_of,
)
from q2_autoencoder.records import Comparison, DimensionResult
from shared.summary import Spread, spread

ACCEPTABLE = 0.9  # share of reconstructions that are classified as the original's digit
SOME_L1 = 0.001
SIMILAR_L1, SIMILAR_POINTS = 1.5, 0.01  # ratio of the errors; difference of the accuracies

claims: Claims[[Comparison]] = Claims("2(a)")


@claims.register(
    FIRST,
    "the result for 2D latent space is the worst",
    criterion="worst: the highest test L1 of the three latent dimensions",
)
def two_is_worst(comparison: Comparison) -> Finding:
    results = results_of(comparison)
    others = (results.sixteen, results.many)
    worst = all_of(above(difference(l1(results.two), l1(other))) for other in others)
    return Finding(f"test L1 {results.listed(l1, '.4f')}", worst)


@claims.register(
    FIRST,
    "with most of the numbers being identified as 3",
    criterion="most: more than half of the reconstructions at latent dimension 2, as the "
    "evaluation classifier classifies them",
)
def most_are_threes(comparison: Comparison) -> Finding:
    classes = np.array(results_of(comparison).two.confusion).sum(0)
    share = classes / classes.sum()
    return Finding(
        f"{share[3]:.1%} are classified as 3; the most frequent class is {share.argmax()}, "
        f"{share.max():.1%}",
        bool(share[3] > 0.5),
    )


@claims.register(
    FIRST,
    "The result of latent space 16 and 256 are similar",
    criterion=f"similar: test L1 within {SIMILAR_L1 - 1:.0%} and accuracy of the reconstructions "
    f"within {SIMILAR_POINTS:.0%} of the images",
)
def sixteen_is_like_many(comparison: Comparison) -> Finding:
    _, sixteen, many = results_of(comparison)
    ratio = l1(sixteen).mean / l1(many).mean
    points = difference(accuracy(many), accuracy(sixteen))
    excess = difference(l1(sixteen), spread([SIMILAR_L1 * value for value in l1(many).values]))
    return Finding(
        f"test L1 {l1(sixteen).mean:.4f} and {l1(many).mean:.4f}, {ratio:.1f} times; classified as "
        f"the original's digit {accuracy(sixteen).mean:.1%} and {accuracy(many).mean:.1%}",
        all_of([below(excess), within(points, SIMILAR_POINTS)]),
    )


@claims.register(
    FIRST,
    "both having difficulty distinguishing between 4 and 9, 3 and 8",
    criterion="the two pairs of digits most often classified as each other, at 16 and at 256",
)
def four_nine_three_eight(comparison: Comparison) -> Finding:
    _, sixteen, many = results_of(comparison)
    words, holds = [], True
    for dim, result in (("16", sixteen), ("256", many)):
        confusion, original = np.array(result.confusion), np.array(result.original_confusion)
        pairs = largest_pairs(confusion, 2)
        counts = (
            f"{a}-{b} {confusion[a, b] + confusion[b, a]} times "
            f"(originals {original[a, b] + original[b, a]})"
            for a, b in pairs
        )
        words.append(f"latent dimension {dim}: {', '.join(counts)} of {confusion.sum()}")
        holds = holds and set(pairs) == {(4, 9), (3, 8)}
    return Finding("; ".join(words), holds)


@claims.register(
    SECOND,
    "All methods ... present acceptable reconstraction",
    criterion=f"acceptable: at least {ACCEPTABLE:.0%} are classified as the original's digit",
)
def all_are_acceptable(comparison: Comparison) -> Finding:
    results = results_of(comparison)
    return Finding(
        f"classified as the original's digit: {results.listed(accuracy, '.1%')}",
        all_of(above(interval(accuracy(result)), ACCEPTABLE) for result in results),
    )


@claims.register(
    SECOND,
    "All methods loss some details toward original image",
    criterion=f"some: a test L1 of more than {SOME_L1}",
)
def all_lose_detail(comparison: Comparison) -> Finding:
    results = results_of(comparison)
    lost = all_of(above(interval(l1(result)), SOME_L1) for result in results)
    return Finding(f"test L1 {results.listed(l1, '.4f')}", lost)


@claims.register(
    SECOND,
    "lower latent dimension may present worse results, which sometimes may be wrong number",
    criterion="more often at 2 than at 16 and 256",
)
def sometimes_wrong(comparison: Comparison) -> Finding:
    two, sixteen, many = results_of(comparison)
    less = [difference(accuracy(two), accuracy(other)) for other in (sixteen, many)]
    return Finding(
        f"misclassified at latent dimension 2: {1 - accuracy(two).mean:.1%}",
        all_of([*map(below, less), below(interval(accuracy(two)), 1.0)]),
    )


@claims.register(
    SECOND,
    "higher latent dimension present better detail",
    criterion="the detail (squared Laplacian) kept in each image's best-kept window, mean over "
    "the test set, 2 < 16 < 256",
)
def more_keeps_detail(comparison: Comparison) -> Finding:
    def kept(result: DimensionResult) -> Spread:
        return result.kept_detail

    results = results_of(comparison)
    return Finding(
        f"share kept of the best-kept detail: {results.listed(kept, '.1%')}", results.rises(kept)
    )


@claims.register(
    SECOND,
    "The results indicate that more information is recorded",
    criterion="judged by what can be reconstructed: test L1, 2 > 16 > 256",
)
@claims.register(
    SECOND,
    "From a view of loss, higher latent dimension design have lower loss",
    criterion="test L1, 2 > 16 > 256",
)
def loss_falls(comparison: Comparison) -> Finding:
    results = results_of(comparison)
    return Finding(f"test L1 {results.listed(l1, '.4f')}", results.falls(l1))
