"""The ways of training on that are compared: their losses, strategies, weights and names."""

from typing import NamedTuple

# Found on training images, at size 16. The squared error's slope is the smaller one, the nearer
# a picture is, so that beside it the adversarial loss weighs less.
WEIGHTS = {"l1": 0.2, "mse": 0.03}


class Variant(NamedTuple):
    """One way of training on.

    Attributes:
        loss: reconstruction loss, "l1" or "mse".
        strategy: a key of `adversarial.STRATEGIES`.
        apart: whether steps 3 and 4 are two updates.
        weight: of the adversarial loss; None for the loss's default.
        feature_weight: of the feature distance within it; None for the size's default.
    """

    loss: str
    strategy: str
    apart: bool = False
    weight: float | None = None
    feature_weight: float | None = None

    @property
    def name(self) -> str:
        """The part of a run's name that says how it went on; only given weights are named."""
        parts = [self.strategy]
        if self.apart:
            parts.append("apart")
        if self.weight is not None:
            parts.append(f"weight{self.weight:g}")
        if self.feature_weight is not None:
            parts.append(f"features{self.feature_weight:g}")
        return "-".join(parts)

    def weights(self, latent: int) -> tuple[float, float]:
        """Return the weights of the adversarial loss, and of the feature distance within it."""
        weight = WEIGHTS[self.loss] if self.weight is None else self.weight
        if self.feature_weight is None:
            return weight, default_feature_weight(latent)
        return weight, self.feature_weight


def default_feature_weight(latent: int) -> float:
    """Return the weight of the feature distance for a size of the code, found at 16 and at 2.

    It keeps sharpening from going beyond the originals', and pictures close to theirs. Codes of a
    few numbers are far from both: there it would hold back what sharpness can be had.
    """
    return 80.0 if latent >= 8 else 40.0


# Report 000's three losses; report 002's two strategies with the L1. The plain one goes on without
# dis_net, for the same number of updates.
PLAIN, MSE, FOUR, THREE = (
    "L1 alone", "MSE + dis_net", "L1 + dis_net, four-step", "L1 + dis_net, three-step",
)  # fmt: skip
VARIANTS = {
    PLAIN: Variant("l1", "none"),
    MSE: Variant("mse", "four-step"),
    FOUR: Variant("l1", "four-step"),
    THREE: Variant("l1", "three-step"),
}

# What the ablation puts beside PLAIN, FOUR and THREE: FOUR's weight a tenth and five times as
# great (`SWEEP` is the line through these), the score without the feature distance, and both
# strategies with steps 3 and 4 apart.
FOUR_APART, THREE_APART = f"{FOUR}, 3 and 4 apart", f"{THREE}, last two apart"
LIGHT, HEAVY = "four-step, weight 0.02", "four-step, weight 1"
SCORE_ONLY = "four-step, weight 0.003, score only"
ABLATION = {
    PLAIN: VARIANTS[PLAIN],
    LIGHT: Variant("l1", "four-step", weight=0.02),
    FOUR: VARIANTS[FOUR],
    HEAVY: Variant("l1", "four-step", weight=1.0),
    SCORE_ONLY: Variant("l1", "four-step", weight=0.003, feature_weight=0.0),
    FOUR_APART: Variant("l1", "four-step", apart=True),
    THREE: VARIANTS[THREE],
    THREE_APART: Variant("l1", "three-step", apart=True),
}
SWEEP = (PLAIN, LIGHT, FOUR, HEAVY)
