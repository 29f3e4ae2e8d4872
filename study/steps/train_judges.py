"""Train the two judges of a data set: the evaluation classifier and the held-out blur classifier.

Usage:
    python study/steps/train_judges.py
    python study/steps/train_judges.py --data fashion-mnist

They are kept beside the runs. Scripts that need one train it themselves where it is missing; this
one does it beforehand.
"""

from q2_autoencoder.options import DataSelection, parse_settings
from shared import cli


def parse() -> DataSelection:
    return parse_settings(__doc__, DataSelection)


if __name__ == "__main__":
    parse()  # before torch is imported: --help and a wrong option answer at once

from q2_autoencoder.evaluation import blur_classifier, classifier
from q2_autoencoder.evaluation.classifier import classify
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.networks.blur import accuracy_by_blur_width
from q2_autoencoder.records import data_set_name
from shared import datasets
from shared.device import choose_device
from shared.files import writable_folder


def main() -> None:
    selection = parse()
    device = choose_device(selection.device)
    folder = writable_folder(selection.results)
    data = datasets.load(selection.data, selection.data_dir).to(device)
    digits = classifier.load_or_train(folder, selection.data, data, device)
    blurs = blur_classifier.load_or_train(folder, selection.data, data, device)
    originals = to_pixels(data.test_images)
    right = classify(digits, originals) == data.test_labels.cpu()
    print(f"\n{data_set_name(selection.data)}, test images")
    print(f"  evaluation classifier's accuracy   {right.double().mean():.2%}")
    print("  held-out blur classifier's accuracy by the width of the blur:")
    for one in accuracy_by_blur_width(blurs, originals):
        print(f"    {one.width:4.2f} pixels  {one.accuracy:7.2%}")


if __name__ == "__main__":
    cli.run(main)
