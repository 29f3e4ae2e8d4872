"""What each judge of Question 2(b) sees, and what it does not: known distortions of originals.

Usage:
    python study/steps/blind_spots.py
    python study/steps/blind_spots.py --data digits

Distorts the test images in ten ways and measures them as reconstructions are measured. A judge
that says of a distortion what it says of the originals is blind to it. Beside that stands what the
measures of whole sets say of two halves of the originals, which share no image.
"""

from q2_autoencoder.options import DataSelection, parse_settings
from q2_autoencoder.training import file_names
from shared import cli


def parse() -> DataSelection:
    return parse_settings(__doc__, DataSelection)


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

from q2_autoencoder.evaluation.distortions import distorted, two_halves
from q2_autoencoder.evaluation.judging import load_judges
from q2_autoencoder.evaluation.measures import measure
from q2_autoencoder.plots.tables import MEASURES, Line, markdown_table, print_table, transposed
from q2_autoencoder.records import BlindSpots, data_set_name
from shared import datasets
from shared.device import choose_device
from shared.files import print_written, staged, writable_folder, write_record, write_text

UNDISTORTED, HALVES = "nothing", "two halves of the originals"


def main() -> None:
    selection = parse()
    device = choose_device(selection.device)
    data = datasets.load(selection.data, selection.data_dir).to(device)
    judges = load_judges(writable_folder(selection.results), selection.data, data, device)
    reference = judges.reference
    found = BlindSpots(
        data=selection.data,
        images=len(reference.originals),
        distorted={UNDISTORTED: measure(reference, reference.originals), **distorted(reference)},
        two_halves=two_halves(reference),
    )
    folder = writable_folder(selection.results / file_names.judges_folder(selection.data))
    with staged(folder) as stage:
        files = [stage / "blind_spots.md", stage / file_names.BLIND_SPOTS]
        write_text(files[0], as_markdown(found))
        write_record(files[1], found)
    print_table(*transposed(heads(found), lines(found)))
    print_written(folder, files)


def heads(found: BlindSpots) -> list[str]:
    """Return the names of the distortions, and of the two halves."""
    return [*found.distorted, HALVES]


def lines(found: BlindSpots) -> list[Line]:
    """Return a line of the table for each measure."""

    def of_halves(key: str, form: str) -> str:
        return f"{found.two_halves[key]:{form}}" if key in found.two_halves else "—"

    return [
        (
            words.name,
            [
                *(f"{getattr(one, key):{words.form}}" for one in found.distorted.values()),
                of_halves(key, words.form),
            ],
        )
        for key, words in MEASURES.items()
    ]


def as_markdown(found: BlindSpots) -> str:
    """Return all numbers as a Markdown table, a row for each distortion."""
    text = [
        "# What each judge sees, and what it does not",
        "",
        f"{data_set_name(found.data)}, {found.images:,} test images, distorted in known ways and "
        "measured as reconstructions are. A judge that says of a distortion what it says of "
        "nothing is blind to it. The last row has two halves of the originals, "
        f"{found.images // 2:,} images each: how far apart sets are that share no image. (A set of "
        "reconstructions, each compared with its original, can come nearer.) Another image of the "
        "digit: both sets hold the same images in another order, and the two-sample classifier is "
        "asked about some that it has learned as the other set's; so it falls below one half. "
        "Written by `python study/steps/blind_spots.py`.",
        "",
        *markdown_table(*transposed(heads(found), lines(found))),
    ]
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    cli.run(main)
