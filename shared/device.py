"""Which device computes, and in which precision: asked for, checked, never swapped silently."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Any, TypeVar

from shared.errors import BadInput

if TYPE_CHECKING:  # torch takes seconds to import: each function does it when it is called
    from collections.abc import Callable

    import torch
    from torch import Tensor, nn

Network = TypeVar("Network", bound="nn.Module")

PRECISIONS = ("auto", "fp32", "bf16")
DEVICE_HELP = (
    "where to compute: auto (CUDA where there is one), cpu, cuda, cuda:N, or mps (Apple's GPUs; "
    "nobody has run it yet)"
)


def choose_device(name: str) -> torch.device:
    """Return the device for `--device auto|cpu|cuda|cuda:N|mps`.

    `auto` takes CUDA where there is one, and never MPS, on which this project has not been run.
    A device that was asked for by name and does not exist is an error, not a reason to compute
    elsewhere. On CUDA float32 then means float32: TF32 is switched off.

    Raises:
        BadInput: an unknown name, or a device that this machine lacks.
    """
    import torch

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cpu":
        return torch.device("cpu")
    if name == "mps":
        if not torch.backends.mps.is_available():
            raise BadInput("--device mps: this machine has no usable Apple GPU; give auto or cpu")
        return torch.device("mps")
    kind, _, index = name.partition(":")
    if kind != "cuda" or name == "cuda:" or (index and not index.isdecimal()):
        raise BadInput(f"--device {name}: not known; give auto, cpu, cuda, cuda:N or mps")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(index or 0) >= count:
        raise BadInput(
            f"--device {name}: this machine has {count} usable CUDA devices "
            f"(torch {torch.__version__}); give auto or cpu, or a lower number"
        )
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    return torch.device("cuda", int(index or 0))


def has_fast_bf16(device: torch.device) -> bool:
    """Say whether the hardware multiplies bfloat16 matrices faster than float32 ones.

    CUDA: compute capability 8.0 (Ampere) or newer. CPU: AMX, or AVX-512-BF16 but for Intel's,
    where it takes twice as long as float32 (measured: 90 and 180 GFLOP/s on a core without AMX).
    Elsewhere bfloat16 is emulated.
    """
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type != "cpu":
        return False
    abilities = torch.cpu.get_capabilities()
    intel = str(abilities.get("cpu_name", "")).startswith("Intel")
    return bool(abilities.get("amx_bf16") or (abilities.get("avx512_bf16") and not intel))


def choose_precision(name: str, device: torch.device) -> str:
    """Return the number format of matrix products, "fp32" or "bf16", for `--precision`.

    Raises:
        BadInput: an unknown name.
    """
    if name not in PRECISIONS:
        raise BadInput(f"--precision {name}: not known; give one of {', '.join(PRECISIONS)}")
    if name == "auto":
        return "bf16" if has_fast_bf16(device) else "fp32"
    return name


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Return the context in which matrix products on `device` have this `precision`.

    It may be entered as often as one likes.
    """
    import torch

    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


def in_precision(
    network: Callable[[Tensor], Tensor], device: torch.device, precision: str
) -> Callable[[Tensor], Tensor]:
    """Return `network` with matrix products of this `precision` and with outputs in float32."""
    context = autocast(device, precision)

    def call(inputs: Tensor) -> Tensor:
        with context:
            return network(inputs).float()

    return call


def move_network(network: Network, device: torch.device) -> Network:
    """Move `network` to `device`, with the channels of its kernels last, as they are fastest."""
    import torch

    moving: Any = network  # torch's own signature lacks memory_format
    return moving.to(device, memory_format=torch.channels_last)


def wait_for(device: torch.device) -> None:
    """Wait until `device` has computed all that it was given, as a timing must."""
    import torch

    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def device_label(device: torch.device) -> str:
    """Return what a reader of a timing needs to know: the model of the processor."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return f"{platform.processor()} GPU (MPS)"
    model = torch.cpu.get_capabilities().get("cpu_name", "CPU")
    threads = torch.get_num_threads()
    return f"{model}, {threads} thread{'s' * (threads != 1)}"


def make_deterministic() -> None:
    """Let torch use only algorithms that give the same bits every time, and raise otherwise.

    Must come before the first product on a CUDA device. On the CPU the bits depend on the number
    of threads as well. (torch's notes on reproducibility)
    """
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
