"""What the two reports say on Question 2(a), statement by statement, and how each is tested.

The reports' networks are not published: a statement is held against this project's trainings,
whose numbers compare.py wrote: means or sums over its seeds, but for the curve, the first seed's.
Words such as "well clustered" are given a meaning in `reason` before they are judged.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from publish.claim import Claim
from shared.errors import BadInput

Size = dict[str, Any]  # an entry of comparison.json's "sizes"
NAMES = ("2", "16", "256")
CODES, PIXELS = "k-means on codes", "k-means on pixels"
WELL_CLUSTERED = 0.8  # share of images in their digit's cluster
ACCEPTABLE = 0.9  # share of reconstructions that show the original's digit
CHANCE = 0.1  # share of right guesses among ten digits


def l1(size: Size) -> float:
    """Return the mean test L1 of a size."""
    return size["test"]["l1"]["mean"]


def digit_accuracy(size: Size) -> float:
    """Return the mean share of reconstructions that are read as the original's digit."""
    return size["digit_accuracy"]["mean"]


def cluster_accuracy(size: Size, points: str = CODES) -> float:
    """Return the mean share of images that k-means puts into their digit's cluster."""
    return size["clustering"][points]["accuracy"]["mean"]


def largest_pairs(confusion: np.ndarray, count: int) -> list[tuple[int, int]]:
    """Return the `count` pairs of digits most often taken for each other, either way."""
    both = confusion + confusion.T
    pairs = [(a, b) for a in range(10) for b in range(a + 1, 10)]
    return sorted(pairs, key=lambda pair: -both[pair])[:count]


def digits_without_cluster(table: list[list[int]]) -> list[int]:
    """Return the digits that are the most frequent one in no cluster of a cluster table."""
    return sorted(set(range(10)) - set(np.array(table).argmax(1).tolist()))


def relative_separation(separation: dict[str, float]) -> float:
    """Return the distance between the digits' means in units of the spread within a digit."""
    return separation["between"] / separation["within"]


def claims_part_a(comparison: dict[str, Any]) -> list[Claim]:
    """Return the statements on part (a); `comparison` is compare.py's, of sizes 2, 16 and 256.

    Raises:
        BadInput: it is of other sizes.
    """
    if missing := set(NAMES) - set(comparison.get("sizes", {})):
        raise BadInput(f"the comparison lacks the sizes {', '.join(sorted(missing))}")
    two, sixteen, many = sizes = [comparison["sizes"][size] for size in NAMES]

    def table(value: Callable[[Size], float], form: str) -> str:
        return ", ".join(f"{value(s):{form}} ({n})" for s, n in zip(sizes, NAMES, strict=True))

    def falls(value: Callable[[Size], float]) -> bool:
        return value(two) > value(sixteen) > value(many)

    def loss_falls() -> tuple[str, bool]:
        return f"test L1 {table(l1, '.4f')}", falls(l1)

    def two_is_worst() -> tuple[str, bool]:
        worst = l1(two) > max(l1(sixteen), l1(many))
        return f"test L1 {table(l1, '.4f')}", worst

    def read_as_three() -> tuple[str, bool]:
        read_as = np.array(two["confusion"]).sum(0)
        share = read_as / read_as.sum()
        return (
            f"{share[3]:.1%} are read as 3; the most frequent reading is {share.argmax()}, "
            f"{share.max():.1%}",
            share[3] > 0.5,
        )

    def similar() -> tuple[str, bool]:
        ratio, points = l1(sixteen) / l1(many), digit_accuracy(many) - digit_accuracy(sixteen)
        return (
            f"L1 {l1(sixteen):.4f} and {l1(many):.4f}, {ratio:.1f} times; read rightly "
            f"{digit_accuracy(sixteen):.1%} and {digit_accuracy(many):.1%}",
            ratio < 1.5 and abs(points) < 0.01,
        )

    def four_nine_three_eight() -> tuple[str, bool]:
        words, holds = [], True
        for name, size in zip(NAMES[1:], (sixteen, many), strict=True):
            confusion, original = np.array(size["confusion"]), np.array(size["original_confusion"])
            pairs = largest_pairs(confusion, 2)
            counts = (
                f"{a}-{b} {confusion[a, b] + confusion[b, a]} times "
                f"(originals {original[a, b] + original[b, a]})"
                for a, b in pairs
            )
            words.append(f"size {name}: {', '.join(counts)} of {confusion.sum()}")
            holds = holds and set(pairs) == {(4, 9), (3, 8)}
        return f"most confused at {'; at '.join(words)}", holds

    def plane_shows_digits() -> tuple[str, bool]:
        nearest = two["nearest_neighbour_accuracy"]["mean"]
        return (
            f"the nearest neighbour in the plane has the digit for {nearest:.1%}; by chance "
            f"{CHANCE:.0%}",
            nearest > 0.5,
        )

    def plane_not_well_clustered() -> tuple[str, bool]:
        return f"accuracy {cluster_accuracy(two):.3f}", cluster_accuracy(two) < WELL_CLUSTERED

    def three_eight_overlap() -> tuple[str, bool]:
        neighbours = np.array(two["neighbour_confusion"])
        pairs = largest_pairs(neighbours, 5)
        mixed = neighbours[3, 8] + neighbours[8, 3]
        return (
            f"the nearest neighbour of {mixed / neighbours[[3, 8]].sum():.1%} of the 3s and 8s is "
            f"of the other digit; most mixed: {', '.join(f'{a}-{b}' for a, b in pairs)}",
            (3, 8) in pairs,
        )

    def well_clustered() -> tuple[str, bool]:
        return (
            f"accuracy {table(cluster_accuracy, '.3f')}; raw pixels "
            f"{cluster_accuracy(many, PIXELS):.3f}",
            min(cluster_accuracy(sixteen), cluster_accuracy(many)) >= WELL_CLUSTERED,
        )

    def more_is_better_clustered() -> tuple[str, bool]:
        rises = falls(lambda size: -cluster_accuracy(size))
        return f"accuracy {table(cluster_accuracy, '.3f')}", rises

    def each_cluster_a_digit() -> tuple[str, bool]:
        without = {
            name: [digits_without_cluster(of_seed) for of_seed in size["cluster_table"]]
            for name, size in zip(NAMES, sizes, strict=True)
        }
        return (
            "digits that lead no cluster, seed by seed: "
            + ", ".join(
                f"size {name}: {'; '.join(' '.join(map(str, m)) or 'none' for m in of_size)}"
                for name, of_size in without.items()
            ),
            not any(missing for of_size in without.values() for missing in of_size),
        )

    def centres_differ() -> tuple[str, bool]:
        def distance(size: Size) -> float:
            return size["centre_distance"]["mean"]

        return (
            f"mean distance of the decoded centres, in pixel values: {table(distance, '.2f')}",
            falls(lambda size: -distance(size)),
        )

    def further_apart() -> tuple[str, bool]:
        ratios = [
            [relative_separation(of_seed[epoch]) for of_seed in two["separation_by_epoch"]]
            for epoch in (0, 1, -1)
        ]
        before, first, last = (" / ".join(f"{ratio:.2f}" for ratio in r) for r in ratios)
        return (
            f"between over within, seed by seed: {before} before training, {first} after epoch 1, "
            f"{last} at the end",
            all(later > earlier for earlier, later in zip(ratios[1], ratios[2], strict=True)),
        )

    def scale_changes() -> tuple[str, bool]:
        between = [
            [of_seed[epoch]["between"] for of_seed in two["separation_by_epoch"]]
            for epoch in (0, 1, -1)
        ]
        before, first, last = (float(np.mean(values)) for values in between)
        return (
            f"between the digits' means: {before:.1f} before training, {first:.1f} after epoch 1, "
            f"{last:.1f} at the end, mean of the seeds",
            abs(last / before - 1) > 0.1,
        )

    def clearer_with_epochs() -> tuple[str, bool]:
        first, last = (two["curve"][epoch]["test"] for epoch in (0, -1))
        return f"test L1 {first:.4f} after epoch 1, {last:.4f} at the end", last < first

    def acceptable() -> tuple[str, bool]:
        return (
            f"read as the original's digit: {table(digit_accuracy, '.1%')}",
            min(map(digit_accuracy, sizes)) >= ACCEPTABLE,
        )

    def all_lose() -> tuple[str, bool]:
        return f"test L1 {table(l1, '.4f')}", min(map(l1, sizes)) > 1e-3

    def sometimes_wrong() -> tuple[str, bool]:
        wrong = 1 - digit_accuracy(two)
        more = digit_accuracy(two) < min(digit_accuracy(sixteen), digit_accuracy(many))
        return f"read as another digit at size 2: {wrong:.1%}", wrong > 0 and more

    def better_detail() -> tuple[str, bool]:
        def kept(size: Size) -> float:
            return size["kept_detail"]["mean"]

        return (
            f"share kept of the best-kept detail: {table(kept, '.1%')}",
            falls(lambda size: -kept(size)),
        )

    first, second = "000, Question 2(a)", "002, Question 2(a)"
    clusters = f"at least {WELL_CLUSTERED:.0%} of the images in their digit's cluster"
    return [
        Claim(first, "the result for 2D latent space is the worst", two_is_worst,
              "judged by the test L1 of the three sizes"),
        Claim(first, "with most of the numbers being identified as 3", read_as_three,
              "most: more than half of the reconstructions at size 2, read by the classifier"),
        Claim(first, "The result of latent space 16 and 256 are similar", similar,
              "similar: test L1 within 50 % and digits read rightly within one point"),
        Claim(first, "both having difficulty distinguishing between 4 and 9, 3 and 8",
              four_nine_three_eight,
              "the two pairs of digits most often read for each other, at 16 and at 256"),
        Claim(first, "Features are clearly clustered [2D plot]", plane_shows_digits,
              "clearly: more than half of the nearest neighbours have the digit"),
        Claim(first, "we can see that the numbers are not well clustered [2D plot]",
              plane_not_well_clustered, f"well: {clusters}, k-means on the codes"),
        Claim(first, "There are many similar numbers such as 3 and 8 are overlapped",
              three_eight_overlap,
              "overlapped: among the five pairs most mixed by nearest neighbours in the plane"),
        Claim(first, "K-Means result shows that 16D and 256D are well clustered", well_clustered,
              f"well: {clusters}"),
        Claim(first, "since they retained more features", more_is_better_clustered,
              "more dimensions would then cluster better, 2 < 16 < 256"),
        Claim(second, "The visualization can roughly indicate the categories distributions",
              plane_shows_digits, "roughly: more than half of the nearest neighbours in the plane"),
        Claim(second, "Through the epochs ... the distances of the categories are further",
              further_apart,
              "between: distance of the digits' means from their mean; within: of the codes from "
              "their digit's mean; from epoch 1 to the end, all seeds"),
        Claim(second, "(the scale also changed)", scale_changes,
              "changed: by more than 10 % from the start to the end"),
        Claim(second, "while the reconstructed figures are becoming more apparent",
              clearer_with_epochs, "judged by the test L1 at size 2"),
        Claim(second, "the clusters match separate categories better ... when the latent "
              "dimension increase", more_is_better_clustered,
              "accuracy of k-means on the codes under the best matching, 2 < 16 < 256"),
        Claim(second, "(each cluster the colored blocked corresponds to a different digit)",
              each_cluster_a_digit, "every digit is the most frequent one of some cluster"),
        Claim(second, "The results indicate that more information is recorded", loss_falls,
              "judged by what can be reconstructed, 2 > 16 > 256"),
        Claim(second, "and the clusters are less alike", centres_differ,
              "alike: distance of the cluster centres, decoded to images"),
        Claim(second, "All methods ... present acceptable reconstraction", acceptable,
              f"acceptable: at least {ACCEPTABLE:.0%} show the original's digit"),
        Claim(second, "All methods loss some details toward original image", all_lose,
              "some: a test L1 of more than 0.001"),
        Claim(second, "lower latent dimension may present worse results, which sometimes may be "
              "wrong number", sometimes_wrong, "more often at 2 than at 16 and 256"),
        Claim(second, "higher latent dimension present better detail", better_detail,
              "the detail (squared Laplacian) kept in each picture's best-kept window, "
              "mean over the test set, 2 < 16 < 256"),
        Claim(second, "From a view of loss, higher latent dimension design have lower loss",
              loss_falls, "test L1, 2 > 16 > 256"),
    ]  # fmt: skip
