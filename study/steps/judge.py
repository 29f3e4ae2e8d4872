"""Judge one run: sharpness, distance to the originals, and what the two judges say.

Usage:
    python study/steps/judge.py --run results/q2_autoencoder/mnist-l1-four-step-latent16-seed0

The measures (evaluation/measures.py) are kept beside the run. compare_adversarial.py and
compare_parts.py judge the runs that were not judged yet; this script does it beforehand. A
plain run with the L1 is judged once more with its contrast stretched, and through an unsharp mask.
"""

from q2_autoencoder.options import FolderSelection, parse_settings
from q2_autoencoder.training import file_names
from shared import cli


def parse() -> FolderSelection:
    return parse_settings(__doc__, FolderSelection)


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

from q2_autoencoder.evaluation.judging import judged, load_judges
from q2_autoencoder.evaluation.variants import failure_of
from q2_autoencoder.plots.tables import MEASURES, Line, print_table
from q2_autoencoder.records import Measures
from q2_autoencoder.training import run_folder
from shared import datasets
from shared.device import choose_device
from shared.files import shown, writable_folder

AFTER = {"none": "as it is", "contrast": "contrast stretched", "unsharp": "unsharp mask"}


def main() -> None:
    selection = parse()
    device = choose_device(selection.device)
    if failure := failure_of(selection.run):
        print(f"{shown(selection.run)} failed: {failure.reason}; there is nothing to judge")
        return
    metrics = run_folder.load_metrics(selection.run)
    beside = writable_folder(selection.run.resolve().parent)
    data = datasets.load(metrics.config.data, selection.data_dir).to(device)
    judges = load_judges(beside, metrics.config.data, data, device)
    controls = metrics.adversarial is None and metrics.config.loss == "l1"
    processings = file_names.MEASURES if controls else ("none",)
    found = {name: judged(selection.run, judges, name) for name in processings}
    print(f"\n{metrics.title}")
    print_table([AFTER[name] for name in found], lines(list(found.values())))


def lines(found: list[Measures]) -> list[Line]:
    """Return a line of the table for each measure."""
    return [
        (words.name, [f"{getattr(one, key):{words.form}}" for one in found])
        for key, words in MEASURES.items()
    ]


if __name__ == "__main__":
    cli.run(main)
