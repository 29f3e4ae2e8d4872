"""What finished runs make of one digit that a user drew. All that takes time is done beforehand."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from q2_autoencoder.config import LATENT_DIMS, run_name
from q2_autoencoder.evaluation import classifier
from q2_autoencoder.evaluation.classifier import EvaluationClassifier
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.batches import map_batches, to_pixels
from q2_autoencoder.plots.answer import (
    Answer,
    CodeMap,
    Kind,
    Neighbour,
    Problem,
    Reconstruction,
    code_map,
    place_on,
)
from q2_autoencoder.training import file_names
from q2_autoencoder.training.named_variants import FOUR, PLAIN, VARIANTS
from q2_autoencoder.training.run_folder import load_run
from shared.datasets import ImageData
from shared.device import move_network
from shared.errors import BadInput

KINDS = [Kind(dim, with_dis_net) for dim in LATENT_DIMS for with_dis_net in (False, True)]
NEIGHBOURS = 5


class Runs(NamedTuple):
    """Which runs are shown.

    Attributes:
        folder: where they lie, one folder each, and the evaluation classifier beside them.
        data, seed: their data set and seed.
        options: command-line words that name all but the seed to the scripts that make them.
    """

    folder: Path
    data: str
    seed: int
    options: Sequence[str]

    def command(self, script: str, *words: str) -> str:
        """Return a command line for one of the project's scripts."""
        return shlex.join(["python", script, *words, *self.options])


@dataclass(frozen=True)
class ReadyRun:
    """A run that can answer.

    Attributes:
        model: its autoencoder, in evaluation mode.
        codes: of the test images (N, D), beside the model.
        code_map: their map, where D is 2.
    """

    model: Autoencoder
    codes: Tensor
    code_map: CodeMap | None


@dataclass(frozen=True)
class Ready:
    """All that answers need, on one device but for the test images.

    Attributes:
        runs: by kind; or why one is not there.
        classifier: the evaluation classifier, in evaluation mode; or why it is not there.
        test_images: uint8 (N, 28, 28).
        digits: of the test images (N,).
    """

    runs: dict[Kind, ReadyRun | Problem]
    classifier: EvaluationClassifier | Problem
    test_images: np.ndarray
    digits: np.ndarray

    @property
    def maps(self) -> dict[Kind, CodeMap]:
        """The maps of those runs that have one."""
        return {
            kind: run.code_map
            for kind, run in self.runs.items()
            if isinstance(run, ReadyRun) and run.code_map is not None
        }


def prepare(runs: Runs, data: ImageData, device: torch.device) -> Ready:
    """Load what is there of `runs` to `device`, and encode the test images of `data`.

    Runs and classifier that are absent or damaged become a `Problem` each.
    """
    return Ready(
        {kind: _ready_run(kind, runs, data, device) for kind in KINDS},
        _ready_classifier(runs, data, device),
        data.test_images.numpy(),
        data.test_labels.numpy(),
    )


def _ready_run(kind: Kind, runs: Runs, data: ImageData, device: torch.device) -> ReadyRun | Problem:
    variant = VARIANTS[FOUR if kind.with_dis_net else PLAIN]
    name = run_name(runs.data, variant.loss, kind.latent_dim, runs.seed, variant.name)
    script = "train_adversarial" if kind.with_dis_net else "train"
    words = ["--latent", str(kind.latent_dim), *(["--seed", str(runs.seed)] if runs.seed else [])]
    command = runs.command(f"q2_autoencoder/{script}.py", *words)
    if not (runs.folder / name).exists():
        return Problem("This run has not been trained yet.", command)
    try:
        model = move_network(load_run(runs.folder / name).model, device)
    except BadInput as error:
        return Problem(f"This run cannot be used: {error}.", command)
    codes = map_batches(lambda pixels: model.encode(pixels.to(device)), to_pixels(data.test_images))
    drawn = code_map(codes.numpy(), data.test_labels.numpy()) if kind.latent_dim == 2 else None
    return ReadyRun(model, codes.to(device), drawn)


def _ready_classifier(
    runs: Runs, data: ImageData, device: torch.device
) -> EvaluationClassifier | Problem:
    path = runs.folder / file_names.classifier(runs.data)
    command = runs.command("study/steps/train_judges.py")
    if not path.exists():  # training it would keep the user waiting for a minute
        return Problem("The evaluation classifier has not been trained yet.", command)
    try:
        return classifier.load_or_train(runs.folder, runs.data, data, device)
    except BadInput as error:
        return Problem(f"The classifier cannot be used: {error}. Remove the file.", command)


@torch.no_grad()
def answer(ready: Ready, image: np.ndarray) -> Answer:
    """Return what the runs make of `image`, uint8 (28, 28), ink bright on black."""
    pixels = to_pixels(torch.from_numpy(image)[None])
    return Answer(
        image,
        _probabilities(ready.classifier, pixels),
        {
            kind: run if isinstance(run, Problem) else _reconstruction(ready, run, pixels)
            for kind, run in ready.runs.items()
        },
    )


def _reconstruction(ready: Ready, run: ReadyRun, pixels: Tensor) -> Reconstruction:
    code = run.model.encode(pixels.to(run.codes.device))
    reconstruction = run.model.decode(code).cpu()
    distances = (run.codes - code).square().sum(1)  # exact, where torch.cdist takes a shortcut
    nearest = distances.topk(NEIGHBOURS, largest=False).indices.tolist()
    return Reconstruction(
        image=reconstruction.view(28, 28).mul(255).round().byte().numpy(),
        l1=(reconstruction - pixels).abs().mean().item(),
        probabilities=_probabilities(ready.classifier, reconstruction),
        neighbours=[Neighbour(ready.test_images[i], int(ready.digits[i])) for i in nearest],
        place=None if run.code_map is None else place_on(run.code_map, code[0].cpu().numpy()),
    )


def _probabilities(model: EvaluationClassifier | Problem, pixels: Tensor) -> list[float] | Problem:
    if isinstance(model, Problem):
        return model
    device = next(model.parameters()).device
    return model(pixels.to(device)).softmax(1)[0].tolist()
