"""The figures of Question 2."""

from matplotlib.figure import Figure
from torch import Tensor

from shared.figures import BLUE, GREY, VERMILION, image_axes, new_figure

LOSS_NAMES = {"l1": "L1 per pixel", "mse": "squared error per pixel"}


def loss_curve(curve: list[dict[str, float]], loss: str, pca: float, title: str) -> Figure:
    """Draw training and test loss against the epoch, with PCA's test loss as a level line."""
    figure, axes = new_figure(size=(7, 4.2))
    epochs = [point["epoch"] for point in curve]
    axes.plot(epochs, [p["train"] for p in curve], "o-", color=BLUE, markersize=3, label="training")
    axes.plot(epochs, [p["test"] for p in curve], "s-", color=VERMILION, markersize=3, label="test")
    axes.axhline(pca, color=GREY, linestyle="--", linewidth=1.2, label="PCA of the same size, test")
    axes.set(title=title, xlabel="epoch", ylabel=LOSS_NAMES[loss], yscale="log")
    # Plain numbers read better than powers of ten over less than a decade.
    axes.yaxis.set_major_formatter("{x:.4g}")
    axes.yaxis.set_minor_formatter("{x:.2g}")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend()
    return figure


def originals_over_reconstructions(
    originals: Tensor, reconstructions: Tensor, title: str
) -> Figure:
    """Draw pairs of pictures: `originals` over `reconstructions`, both (N, 28, 28) in [0, 1]."""
    figure, axes = new_figure(2, len(originals), size=(0.8 * len(originals) + 0.6, 2.3))
    figure.suptitle(title)
    for column, pair in enumerate(zip(originals, reconstructions, strict=True)):
        for panel, picture in zip(axes[:, column], pair, strict=True):
            image_axes(panel).imshow(picture.numpy(), cmap="gray_r", vmin=0, vmax=1)
    for panel, name in zip(axes[:, 0], ("original", "decoded"), strict=True):
        panel.set_ylabel(name)
    return figure
