"""Which device computes, and in which precision: asked for, checked, never swapped silently."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

from shared.errors import BadInput

if TYPE_CHECKING:  # torch takes seconds to import: each function does it when it is called
    from collections.abc import Callable

    import torch
    from torch import Tensor, nn

Network = TypeVar("Network", bound="nn.Module")

PRECISIONS = ("auto", "fp32", "bf16")
DEVICE_HELP = "where to compute: auto (CUDA where there is one), cpu, cuda or cuda:N"


def choose_device(name: str) -> torch.device:
    """Return the device for `--device auto|cpu|cuda|cuda:N`.

    `auto` takes CUDA where there is one. A CUDA device that was asked for by name and
    does not exist is an error, not a reason to compute elsewhere.

    Raises:
        BadInput: an unknown name, or a CUDA device that this machine lacks.
    """
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cpu":
        return torch.device("cpu")
    kind, _, index = name.partition(":")
    if kind != "cuda" or name == "cuda:" or (index and not index.isdecimal()):
        raise BadInput(f"--device {name}: not known; give auto, cpu, cuda or cuda:N")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(index or 0) >= count:
        raise BadInput(
            f"--device {name}: this machine has {count} usable CUDA devices "
            f"(torch {torch.__version__}); give auto or cpu, or a lower number"
        )
    return torch.device("cuda", int(index or 0))


def has_fast_bf16(device: torch.device) -> bool:
    """Say whether the hardware multiplies bfloat16 matrices natively.

    CUDA: compute capability 8.0 (Ampere) or newer. CPU: AVX-512-BF16 or AMX; elsewhere
    bfloat16 is emulated and slower than float32.
    """
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    abilities = torch.cpu.get_capabilities()
    return bool(abilities.get("avx512_bf16") or abilities.get("amx_bf16"))


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


def device_label(device: torch.device) -> str:
    """Return what a reader of a timing needs to know: the model of the processor."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    model = torch.cpu.get_capabilities().get("cpu_name", "CPU")
    return f"{model}, {torch.get_num_threads()} threads"


def make_deterministic() -> None:
    """Let torch use only algorithms that give the same bits every time, and raise otherwise.

    Must come before the first product on a CUDA device. On the CPU the bits depend on the number
    of threads as well. (torch's notes on reproducibility)
    """
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
