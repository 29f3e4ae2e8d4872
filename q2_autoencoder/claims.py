"""What the two reports say on Question 2, statement by statement, and how each is tested.

The reports' networks are not published: a statement is held against this project's trainings,
whose numbers compare.py wrote (mean over the seeds). Words such as "well clustered" are given a
meaning in `reason` before they are judged.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from shared.ledger import Claim

CODES, PIXELS = "k-means on codes", "k-means on pixels"
WELL_CLUSTERED = 0.8  # share of images in their digit's cluster
ACCEPTABLE = 0.9  # share of reconstructions that show the original's digit


def claims_part_a(comparison: dict[str, Any]) -> list[Claim]:
    """Return the statements on part (a); `comparison` is compare.py's, of sizes 2, 16 and 256."""
    two, sixteen, many = sizes = [comparison["sizes"][size] for size in ("2", "16", "256")]
    names = ("2", "16", "256")

    def l1(size) -> float:
        return size["test"]["l1"]["mean"]

    def digit_accuracy(size) -> float:
        return size["digit_accuracy"]["mean"]

    def cluster_accuracy(size, points=CODES) -> float:
        return size["clustering"][points]["accuracy"]["mean"]

    def table(value: Callable[[Any], float], form: str) -> str:
        return ", ".join(f"{value(s):{form}} ({n})" for s, n in zip(sizes, names, strict=True))

    def read_as_three() -> tuple[str, bool]:
        read_as = np.array(two["confusion"]).sum(0)
        share = read_as / read_as.sum()
        return (
            f"{share[3]:.1%} are read as 3; the most frequent reading is {share.argmax()}, "
            f"{share.max():.1%}",
            share[3] > 0.5,
        )

    def similar() -> tuple[str, bool]:
        ratio = l1(sixteen) / l1(many)
        return f"L1 {l1(sixteen):.4f} and {l1(many):.4f}, {ratio:.1f} times", ratio < 1.1

    def most_confused(size) -> list[tuple[int, int]]:
        return largest_pairs(np.array(size["confusion"]), 2)

    def four_nine_three_eight() -> tuple[str, bool]:
        found = [most_confused(size) for size in (sixteen, many)]
        words = "; ".join(
            f"size {name}: {', '.join(f'{a} and {b}' for a, b in pairs)}"
            for name, pairs in zip(names[1:], found, strict=True)
        )
        return f"most confused at {words}", all(set(p) == {(4, 9), (3, 8)} for p in found)

    def three_eight_overlap() -> tuple[str, bool]:
        table = np.array(two["neighbour_confusion"])
        pairs = largest_pairs(table, 5)
        share = (table[3, 8] + table[8, 3]) / (table[3].sum() + table[8].sum())
        return (
            f"the nearest neighbour of {share:.1%} of the 3s and 8s is of the other digit; the "
            f"five most mixed pairs: {', '.join(f'{a}-{b}' for a, b in pairs)}",
            (3, 8) in pairs,
        )

    def well_clustered() -> tuple[str, bool]:
        return (
            f"accuracy {table(cluster_accuracy, '.3f')}; raw pixels "
            f"{cluster_accuracy(many, PIXELS):.3f}",
            min(cluster_accuracy(sixteen), cluster_accuracy(many)) >= WELL_CLUSTERED,
        )

    def more_is_better_clustered() -> tuple[str, bool]:
        values = [cluster_accuracy(size) for size in sizes]
        return f"accuracy {table(cluster_accuracy, '.3f')}", values[0] < values[1] < values[2]

    def centres() -> tuple[str, bool]:
        values = [size["centre_distance"]["mean"] for size in sizes]
        return (
            "mean distance of the decoded centres, in pixel values: "
            + table(lambda size: size["centre_distance"]["mean"], ".2f"),
            values[0] < values[1] < values[2],
        )

    def further_apart() -> tuple[str, bool]:
        first, last = (two["separation_by_epoch"][i] for i in (1, -1))
        return (
            f"between the digits' means {first['between']:.2f} after epoch 1 and "
            f"{last['between']:.2f} at the end, within a digit {first['within']:.2f} and "
            f"{last['within']:.2f}",
            last["between"] > first["between"],
        )

    def clearer_with_epochs() -> tuple[str, bool]:
        first, last = (two["curve"][i]["test"] for i in (0, -1))
        return f"test L1 {first:.4f} after epoch 1, {last:.4f} at the end", last < first

    def falls_with_size(words: str) -> Callable[[], tuple[str, bool]]:
        values = [l1(size) for size in sizes]
        return lambda: (f"{words} {table(l1, '.4f')}", values[0] > values[1] > values[2])

    def sometimes_wrong() -> tuple[str, bool]:
        return (
            f"read as the original's digit: {table(digit_accuracy, '.1%')}",
            digit_accuracy(two) < digit_accuracy(sixteen) < digit_accuracy(many),
        )

    def acceptable() -> tuple[str, bool]:
        values = [digit_accuracy(size) for size in sizes]
        return (
            f"read as the original's digit: {table(digit_accuracy, '.1%')}",
            min(values) >= ACCEPTABLE,
        )

    def all_lose() -> tuple[str, bool]:
        return f"L1 {table(l1, '.4f')}; none is 0", min(l1(size) for size in sizes) > 1e-3

    first, second = "000, Question 2(a)", "002, Question 2(a)"
    return [
        Claim(first, "the result for 2D latent space is the worst",
              falls_with_size("test L1"), "judged by the test L1 of the three sizes"),
        Claim(first, "most of the numbers being identified as 3", read_as_three,
              "most: more than half of the reconstructions at size 2, read by the classifier"),
        Claim(first, "The result of latent space 16 and 256 are similar", similar,
              "similar: test L1 within 10 %"),
        Claim(first, "both having difficulty distinguishing between 4 and 9, 3 and 8",
              four_nine_three_eight,
              "the two pairs of digits most often read for each other, at 16 and at 256"),
        Claim(first, "similar numbers such as 3 and 8 are overlapped [2D]", three_eight_overlap,
              "overlapped: among the five pairs most mixed by nearest neighbours in the plane"),
        Claim(first, "16D and 256D are well clustered", well_clustered,
              f"well: at least {WELL_CLUSTERED:.0%} of the images in their digit's cluster, "
              "k-means on the codes"),
        Claim(first, "[well clustered,] since they retained more features",
              more_is_better_clustered, "more dimensions would then cluster better, 2 < 16 < 256"),
        Claim(second, "Through the epochs ... the distances of the categories are further",
              further_apart, "distance of the digits' means from their mean in the 2-D plane"),
        Claim(second, "while the reconstructed figures are becoming more apparent",
              clearer_with_epochs, "judged by the test L1 at size 2"),
        Claim(second, "the clusters match separate categories better ... when the latent "
              "dimension increase", more_is_better_clustered,
              "accuracy of k-means on the codes under the best matching, 2 < 16 < 256"),
        Claim(second, "more information is recorded", falls_with_size("test L1"),
              "judged by what can be reconstructed"),
        Claim(second, "and the clusters are less alike", centres,
              "alike: distance of the cluster centres, decoded to images"),
        Claim(second, "All methods ... present acceptable reconstraction", acceptable,
              f"acceptable: at least {ACCEPTABLE:.0%} show the original's digit"),
        Claim(second, "All methods loss some details toward original image", all_lose,
              "some: a test L1 of more than 0.001"),
        Claim(second, "lower latent dimension may present ... wrong number", sometimes_wrong,
              "share of reconstructions read as the original's digit, 2 < 16 < 256"),
        Claim(second, "From a view of loss, higher latent dimension design have lower loss",
              falls_with_size("test L1"), "test L1, 2 > 16 > 256"),
    ]  # fmt: skip


def largest_pairs(confusion: np.ndarray, count: int) -> list[tuple[int, int]]:
    """Return the `count` pairs of digits most often taken for each other, either way."""
    both = confusion + confusion.T
    pairs = [(a, b) for a in range(10) for b in range(a + 1, 10)]
    return sorted(pairs, key=lambda pair: -both[pair])[:count]
