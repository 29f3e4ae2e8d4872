"""Compare one run with the plain run of its seed, with intervals over the test images.

Usage:
    python study/steps/bootstrap.py --run results/q2_autoencoder/mnist-l1-four-step-latent16-seed0

For runs that are trained once, as those of 100 epochs. The plain run with the L1 lies beside.
"""

from q2_autoencoder.options import FolderSelection, parse_settings
from q2_autoencoder.training import file_names
from shared import cli


def parse() -> FolderSelection:
    return parse_settings(__doc__, FolderSelection)


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

from pathlib import Path

from q2_autoencoder.config import run_name
from q2_autoencoder.evaluation.bootstrap import RESAMPLES, bootstrapped, per_image
from q2_autoencoder.evaluation.judging import load_judges
from q2_autoencoder.evaluation.variants import failure_of
from q2_autoencoder.networks.batches import map_batches
from q2_autoencoder.plots.tables import MEASURES, print_table
from q2_autoencoder.records import ImageBootstrap
from q2_autoencoder.training.run_folder import load_run
from shared import datasets
from shared.device import choose_device
from shared.files import locked, print_written, shown, writable_folder, write_record


def main() -> None:
    selection = parse()
    device = choose_device(selection.device)
    if failure := failure_of(selection.run):
        print(f"{shown(selection.run)} failed: {failure.reason}; there is nothing to compare")
        return
    run = load_run(selection.run)
    config = run.metrics.config
    plain = load_run(
        run.folder.resolve().parent / run_name(config.data, "l1", config.latent_dim, config.seed)
    )
    data = datasets.load(config.data, selection.data_dir).to(device)
    judges = load_judges(Path(plain.folder).parent, config.data, data, device)
    originals = judges.reference.originals
    of_run, of_plain = (
        per_image(judges.reference, map_batches(one.model.to(device), originals).to(device))
        for one in (run, plain)
    )
    found = ImageBootstrap(
        run=run.folder.name,
        epochs=run.metrics.epochs,
        plain=plain.folder.name,
        images=len(originals),
        resamples=RESAMPLES,
        measures={key: bootstrapped(of_run[key], of_plain[key]) for key in of_run},
    )
    with locked(writable_folder(run.folder)):
        write_record(run.folder / file_names.BOOTSTRAP, found)
    print(f"\n{run.metrics.title}, against the plain run")
    words = {key: MEASURES[key] for key in found.measures}
    print_table(
        ["this run", "plain", "difference"],
        [
            (
                words[key].name,
                [
                    f"{one.run:{words[key].form}}",
                    f"{one.plain:{words[key].form}}",
                    one.difference.text(f"+{words[key].form}"),
                ],
            )
            for key, one in found.measures.items()
        ],
    )
    print_written(run.folder, [run.folder / file_names.BOOTSTRAP])


if __name__ == "__main__":
    cli.run(main)
