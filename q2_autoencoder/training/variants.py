"""The ways of training on that are compared: their losses, strategies, weights and names."""

import math
from typing import NamedTuple

# Of dis_net's score and of the distance of its features, by the size of the code; found at these
# three with the L1, at seed 0, by training images; the squared error takes the same. The score
# alone sharpens without end; the distance alone blurs, being squared: it prefers the mean of what
# is possible. Together they end about where the originals are. The less there is to be corrected,
# the less score it takes; what a code of two numbers makes is far from its original, so that the
# distance weighs more by itself.
WEIGHTS = {2: (0.05, 2.0), 16: (0.04, 7.0), 256: (0.012, 7.0)}


class Variant(NamedTuple):
    """One way of training on.

    Attributes:
        loss: reconstruction loss, "l1" or "mse".
        strategy: a key of `adversarial.STRATEGIES`.
        apart: whether steps 3 and 4 are two updates.
        score_weight: of dis_net's score; None for the default.
        feature_weight: of the distance of dis_net's features; None for the default.
    """

    loss: str
    strategy: str
    apart: bool = False
    score_weight: float | None = None
    feature_weight: float | None = None

    @property
    def name(self) -> str:
        """The part of a run's name that says how it went on; only given weights are named."""
        parts = [self.strategy]
        if self.apart:
            parts.append("apart")
        if self.score_weight is not None:
            parts.append(f"score{self.score_weight:g}")
        if self.feature_weight is not None:
            parts.append(f"features{self.feature_weight:g}")
        return "-".join(parts)

    def weights(self, latent: int) -> tuple[float, float]:
        """Return the weights of dis_net's score and of its features' distance."""
        score, features = default_weights(latent)
        return (
            score if self.score_weight is None else self.score_weight,
            features if self.feature_weight is None else self.feature_weight,
        )


def default_weights(latent: int) -> tuple[float, float]:
    """Return the `WEIGHTS` of the size that is nearest to `latent`, by ratio."""
    return WEIGHTS[min(WEIGHTS, key=lambda size: abs(math.log(latent / size)))]


# Report 000's three losses; report 002's two strategies with the L1. The plain ones go on without
# dis_net, for the same number of updates.
PLAIN, PLAIN_MSE, MSE, FOUR, THREE = (
    "L1 alone", "MSE alone", "MSE + dis_net", "L1 + dis_net, four-step",
    "L1 + dis_net, three-step",
)  # fmt: skip
VARIANTS = {
    PLAIN: Variant("l1", "none"),
    PLAIN_MSE: Variant("mse", "none"),
    MSE: Variant("mse", "four-step"),
    FOUR: Variant("l1", "four-step"),
    THREE: Variant("l1", "three-step"),
}

# The ablation: FOUR with its score weighted otherwise, from not at all on; beside it PLAIN and
# THREE, FOUR without the distance of features, and both strategies with steps 3 and 4 apart.
SWEEP = {
    f"{FOUR}, score 0": Variant("l1", "four-step", score_weight=0.0),
    f"{FOUR}, score 0.02": Variant("l1", "four-step", score_weight=0.02),
    FOUR: VARIANTS[FOUR],
    f"{FOUR}, score 0.1": Variant("l1", "four-step", score_weight=0.1),
}
FOUR_APART, THREE_APART = f"{FOUR}, 3 and 4 apart", f"{THREE}, last two apart"
SCORE_ONLY = f"{FOUR}, no distance of features"
OTHERS = {
    PLAIN: VARIANTS[PLAIN],
    SCORE_ONLY: Variant("l1", "four-step", feature_weight=0.0),
    FOUR_APART: Variant("l1", "four-step", apart=True),
    THREE: VARIANTS[THREE],
    THREE_APART: Variant("l1", "three-step", apart=True),
}
ABLATION = SWEEP | OTHERS
