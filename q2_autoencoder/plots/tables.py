"""What is said of judged trainings: each measure's words, what it means, and tables of them."""

from typing import Any

from q2_autoencoder.networks.errors import mean_sd_text

# Each with its words, its form, and what it says and does not say.
MEASURES = {
    "sharpness_ratio": (
        "sharpness ratio", ".3f",
        "variance of the Laplacian, reconstruction over original, median. 1 is as sharp as the "
        "originals, more is sharper. It knows edges and no digits: noise is sharp, too.",
    ),
    "equivalent_blur": (
        "equivalent blur, pixels", ".3f",
        "the width of the blur that would make the originals as soft. The same number in a unit "
        "that can be imagined; 0 for every run that is as sharp as the originals or sharper.",
    ),
    "clear_share": (
        "scored clear by the referee", ".4f",
        "by a network that trained nobody. It knows what blur does, from 0.4 pixels on, and asks "
        "neither which digit it sees nor whether a pattern belongs there: what is chequered is "
        "clear to it.",
    ),
    "digit_accuracy": (
        "read as the original's digit", ".4f",
        "by the classifier. It asks which digit it sees, and forgives blur.",
    ),
    "frechet_distance": (
        "Fréchet distance", ".4f",
        "of originals and reconstructions as two sets, on the classifier's features: lower is more "
        "alike. It does not compare picture with picture, and knows what serves to tell digits. "
        "Not to be compared with distances on other features.",
    ),
    "ssim": (
        "SSIM", ".4f",
        "structural similarity of picture and picture: local mean, contrast and structure. It "
        "forgives a soft edge in the right place more than a sharp one beside it.",
    ),
    "l1": (
        "L1 per pixel", ".6f",
        "what was trained, but with MSE. It prefers the median of what is possible.",
    ),
    "mse": (
        "MSE per pixel", ".6f",
        "prefers the mean of what is possible: between two possible edges, the blurred one.",
    ),
    "seconds": ("seconds of training, in all", ".0f", ""),
}  # fmt: skip


def rows(variants: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Return the lines of a table: what is measured, and a cell for each of the variants."""
    lines = [
        (words, [mean_sd_text(v[key], form) if key in v else "—" for v in variants.values()])
        for key, (words, form, _) in MEASURES.items()
    ]
    fallen = [str(len(of_variant["failures"])) for of_variant in variants.values()]
    return [*lines, ("seeds that fell apart", fallen)]


def turned(heads: list[str], lines: list[tuple[str, list[str]]]) -> tuple[list[str], Any]:
    """Return heads and lines of the same table with its lines as columns."""
    columns = zip(*(cells for _, cells in lines), strict=True)
    return [words for words, _ in lines], [
        (head, list(cells)) for head, cells in zip(heads, columns, strict=True)
    ]


def markdown_table(heads: list[str], lines: list[tuple[str, list[str]]]) -> list[str]:
    """Return the lines of a Markdown table."""
    return [
        "| | " + " | ".join(heads) + " |",
        "|---" * (1 + len(heads)) + "|",
        *(f"| {words} | " + " | ".join(cells) + " |" for words, cells in lines),
    ]


def print_table(heads: list[str], lines: list[tuple[str, list[str]]]) -> None:
    """Print a table, each column as wide as its widest entry."""
    columns = [[words for words, _ in lines], *zip(*(cells for _, cells in lines), strict=True)]
    widths = [max(map(len, (h, *c))) for h, c in zip(["", *heads], columns, strict=True)]
    for words, cells in [("", heads), *lines]:
        print(
            words.ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)), sep="  ",
        )  # fmt: skip
