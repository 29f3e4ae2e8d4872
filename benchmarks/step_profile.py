"""Where the time of a training step goes: in the previous recipe and in ours.

Usage:
    python benchmarks/step_profile.py
    python benchmarks/step_profile.py --latent 16

Twenty steps of each under torch's profiler, after ten that warm up, on the CPU. Times are those of
the operators alone; what Python does between them is "outside of them". Of our step it counts the
floating-point operations of products and convolutions as well, which are those of any device.
"""

import contextlib
import time
from collections.abc import Callable

import previous_recipe
import torch
from our_training import train
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from q2_autoencoder.config import TrainingConfig
from q2_autoencoder.networks.autoencoder import Autoencoder
from q2_autoencoder.networks.pca import principal_components
from shared import cli, datasets
from shared.datasets import PIXELS
from shared.device import choose_precision, device_label

WARMING, STEPS = 10, 20
# Parts of operators' names, the first that fits; Muon multiplies all of its matrices as a batch.
KINDS = {
    "convolutions": ("conv",),
    "batch normalisation": ("batch_norm",),
    "SiLU": ("silu",),
    "Muon's matrix products": ("bmm", "baddbmm"),
    "matrix products of linear layers": ("addmm", "aten::mm"),
    "Adam": ("adam",),
    "copies and changes of layout": ("copy", "shuffle", "index", "clone"),
}
OTHER, OUTSIDE = "other operators", "outside of them"


class Enough(Exception):
    """All steps are measured."""


def measured(run: Callable[[Callable[[int], None]], object]) -> dict[str, float]:
    """Return milliseconds a step by kind of operator; `run` calls its argument after each step."""
    profiler, began = profile(activities=[ProfilerActivity.CPU]), 0.0

    def after_step(step: int) -> None:
        nonlocal began
        if step == WARMING:
            profiler.start()
            began = time.perf_counter()
        elif step == WARMING + STEPS:
            began = time.perf_counter() - began
            profiler.stop()
            raise Enough

    with contextlib.suppress(Enough):
        run(after_step)
    found = dict.fromkeys([*KINDS, OTHER], 0.0)
    for event in profiler.key_averages():
        kind = next((k for k, parts in KINDS.items() if any(p in event.key for p in parts)), OTHER)
        found[kind] += event.self_cpu_time_total / 1e3 / STEPS
    return found | {OUTSIDE: 1e3 * began / STEPS - sum(found.values())}


def counted(run: Callable[[Callable[[int], None]], object]) -> tuple[float, float]:
    """Return GFLOP of the products of a step, and of Muon's among them; `run` as in `measured`."""
    counter, found = FlopCounterMode(display=False), list[tuple[float, float]]()

    def after_step(step: int) -> None:
        by_operator = counter.get_flop_counts()["Global"]
        muon = sum(count for operator, count in by_operator.items() if "bmm" in str(operator))
        found.append((counter.get_total_flops() / 1e9, muon / 1e9))
        if step == 2:
            raise Enough

    with contextlib.suppress(Enough), counter:
        run(after_step)
    (all_before, muon_before), (all_now, muon_now) = found
    return all_now - all_before, muon_now - muon_before


def main() -> None:
    parser = cli.Parser(__doc__)
    latent = cli.whole_number(1, PIXELS)
    parser.add_argument("--latent", type=latent, default=256, help="latent dimension")
    options = parser.parse_args()
    cpu = torch.device("cpu")
    config = TrainingConfig(latent_dim=options.latent, precision=choose_precision("auto", cpu))
    images = datasets.load(config.data, datasets.default_root()).train_images
    model = Autoencoder(options.latent, principal_components(images, options.latent))
    before = measured(
        lambda after_step: previous_recipe.train(
            images, options.latent, 0, config.precision, lambda step, _: after_step(step)
        )
    )
    now = measured(lambda after_step: train(model, config, images, after_step))
    operations, muon = counted(lambda after_step: train(model, config, images, after_step))
    print(
        f"latent dimension {options.latent}, batches of {config.batch_size}, {config.precision}, "
        f"{device_label(cpu)}; milliseconds a step\n\n{'':34} before    now"
    )
    for kind in before:
        print(f"{kind:34} {before[kind]:6.1f} {now[kind]:6.1f}")
    print(f"{'all':34} {sum(before.values()):6.1f} {sum(now.values()):6.1f}")
    print(f"\nproducts and convolutions of one of our steps: {operations:.1f} GFLOP", end="")
    print(f", of which Muon's, whatever the batch, {muon:.1f}")


if __name__ == "__main__":
    cli.run(main)
