"""Fine detail: how much of it a window of an image holds, and how much a reconstruction keeps."""

import torch
from torch import Tensor
from torch.nn import functional

from q2_autoencoder.records import KeptDetail

WINDOW = 9  # pixels; about a stroke and its neighbourhood

# The second differences along both axes: what blurring takes first.
_LAPLACIAN = torch.tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])


def laplacian(images: Tensor) -> Tensor:
    """Return the Laplacian (N, 26, 26) of `images` (N, 28, 28)."""
    kernel = _LAPLACIAN.to(images)[None, None]
    return functional.conv2d(images[:, None], kernel)[:, 0]


def best_kept_detail(originals: Tensor, reconstructions: Tensor) -> list[KeptDetail]:
    """Return for each pair of images (N, 28, 28) the window of 9×9 pixels that is kept best.

    The detail in a window is the sum of the squared Laplacian there, and what is kept of it is
    1 − (squared error of the Laplacian)/(detail). Among the windows that hold at least half of
    the image's greatest detail the one that keeps the greatest share is taken: an empty
    window is easy to keep.
    """
    detail = laplacian(originals).square()
    lost = (laplacian(reconstructions) - laplacian(originals)).square()
    side = WINDOW - 2  # the Laplacian of a window needs one pixel more on each side
    detail, lost = (
        functional.avg_pool2d(values[:, None], side, stride=1)[:, 0] * side**2
        for values in (detail, lost)
    )
    rich = detail >= 0.5 * detail.amax((1, 2), keepdim=True)
    share = torch.where(rich, 1 - lost / detail.clamp(min=1e-12), -torch.inf)
    columns = share.shape[2]
    values, places = share.flatten(1).max(1)
    return [
        KeptDetail(place // columns, place % columns, WINDOW, value)
        for place, value in zip(places.tolist(), values.tolist(), strict=True)
    ]


def busiest_window(values: Tensor, side: int) -> list[tuple[int, int]]:
    """Return top and left of the window where each of `values` (N, H, W) sums to most.

    Windows are `side` wide and high.
    """
    sums = functional.avg_pool2d(values[:, None], side, stride=1)[:, 0]
    columns = sums.shape[-1]
    places = sums.flatten(1).argmax(1).tolist()
    return [(place // columns, place % columns) for place in places]
