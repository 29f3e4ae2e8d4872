"""The rate-distortion curve: test errors against the latent dimension."""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from q2_autoencoder.config import LOSS_NAMES, Loss
from q2_autoencoder.plots.curves import LOSS_WORDS
from q2_autoencoder.records import RateDistortion
from shared.datasets import PIXELS
from shared.figures import BLACK, BLUE, GREEN, GREY, PURPLE, VERMILION, new_figure

TRAINED_WITH: dict[Loss, str] = {
    "l1": "trained with the L1",
    "mse": "trained with the squared error",
}
STYLES: dict[Loss, tuple[str, str]] = {"l1": ("o-", BLUE), "mse": ("^-", VERMILION)}


class Published(NamedTuple):
    """A test MSE per pixel that others have published for MNIST."""

    words: str
    latent_dim: int
    mse: float


# Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks" (2006): the
# squared error per image, here per pixel.
PUBLISHED = (
    Published("autoencoder (Hinton and\nSalakhutdinov 2006)", 30, 3.00 / PIXELS),
    Published("logistic PCA (the same)", 30, 8.01 / PIXELS),
    Published("PCA (the same)", 30, 13.87 / PIXELS),
)


def rate_distortion(found: RateDistortion, title: str) -> Figure:
    """Draw both test errors by the loss of the training; of MNIST beside the published ones."""
    figure, panels = new_figure(1, 2, size=(11, 4.6))
    figure.suptitle(title)
    dims = [int(dim) for dim in found.latent_dims]
    rates = found.latent_dims.values()
    for axes, error in zip(panels, LOSS_NAMES, strict=True):
        for loss, (style, colour) in STYLES.items():
            of_loss = [rate.trained_with[loss][error] for rate in rates]
            means = [one.mean for one in of_loss]
            margins = [np.nan if one.margin is None else one.margin for one in of_loss]
            axes.plot(dims, means, style, color=colour, markersize=4, label=TRAINED_WITH[loss])
            axes.errorbar(dims, means, yerr=margins, fmt="none", color=colour, capsize=3)
        pca = [getattr(rate.pca, error) for rate in rates]
        axes.plot(dims, pca, "s--", color=GREY, markersize=4, label="PCA")
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xticks(dims, [str(dim) for dim in dims])
        words = LOSS_WORDS[error]
        axes.set(xlabel="latent dimension (log scale)", ylabel=f"test {words} (log scale)")
    if found.data == "mnist":
        for one, marker, colour in zip(PUBLISHED, "*Pv", (BLACK, PURPLE, GREEN), strict=True):
            panels[1].plot(
                one.latent_dim, one.mse, marker, color=colour, markersize=8, label=one.words
            )
    for axes in panels:
        axes.legend(fontsize=9)
    return figure
