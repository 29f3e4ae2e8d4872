"""Fetch a data set where it is missing, and check it.

Usage:
    python study/steps/fetch.py --data mnist
"""

from pathlib import Path

from shared import cli, datasets


def main() -> None:
    parser = cli.Parser(__doc__)
    parser.add_argument("--data", default="mnist", choices=datasets.DATASETS, help="data set")
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=datasets.default_root(),
        metavar="DIR",
        help="folder of the data sets, in torchvision's layout",
    )
    options = parser.parse_args()
    data = datasets.load(options.data, options.data_dir)
    print(
        f"{options.data}: {len(data.train_images)} training and {len(data.test_images)} test images"
    )


if __name__ == "__main__":
    cli.run(main)
