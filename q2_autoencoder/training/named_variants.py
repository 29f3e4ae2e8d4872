"""The variants that are compared, by the names that tables, figures and study files give them."""

from typing import NamedTuple

from q2_autoencoder.config import Variant

# "Alone" is the plain run itself, which has seen as many images as those that dis_net has joined.
PLAIN, PLAIN_MSE = "L1 alone", "MSE alone"

# Controls: what could do the same as dis_net with less. The first two change the reconstructions of
# the plain run, as fitted on training images; the others train, in dis_net's place.
CONTRAST, UNSHARP = "L1 alone, contrast stretched", "L1 alone, unsharp mask"
LONGER = "L1 alone, 8 epochs"  # takes about as long as 6 of which 2 are with dis_net
RANDOM, DIGITS = "L1 + random features", "L1 + digit features"
CONTROLS = (PLAIN, CONTRAST, UNSHARP, LONGER, RANDOM, DIGITS)

# Report 000's two losses with a discriminator; report 002's two strategies with the L1. Where the
# weights are not the default ones, `make choose` has chosen others (results/gallery/choice.md).
MSE = "MSE + dis_net"
FOUR, THREE = "L1 + dis_net, four-step", "L1 + dis_net, three-step"
VARIANTS = {
    PLAIN: Variant("l1", "none"),
    CONTRAST: Variant("l1", "none", processing="contrast"),
    UNSHARP: Variant("l1", "none", processing="unsharp"),
    LONGER: Variant("l1", "none", start="scratch", epochs=8),
    RANDOM: Variant("l1", "random-features").with_weights(0.0, 0.5),
    DIGITS: Variant("l1", "digit-features").with_weights(0.0, 0.5),
    PLAIN_MSE: Variant("mse", "none"),
    MSE: Variant("mse", "four-step").with_weights(4.0, 4.0),
    FOUR: Variant("l1", "four-step"),
    THREE: Variant("l1", "three-step").with_weights(0.5, 0.5),
}

# The reports' own designs: both networks begin untrained, labels real and fake are learned by
# cross-entropy, step 3 and 4 are updates of their own, no weight is named, no features are matched.
REPORTS_OWN = Variant(
    "l1",
    "four-step",
    separate_updates=True,
    start="scratch",
    score_loss="bce",
    unbalanced=True,
    adversarial_weight=1.0,
    feature_matching_weight=0.0,
)
REPORTS_FOUR, REPORTS_THREE = "reports' L1, four-step", "reports' L1, three-step"
REPORTS_MSE, REPORTS_MSE_THREE = "reports' MSE, four-step", "reports' MSE, three-step"
REPORTS_LONG = f"{REPORTS_FOUR}, 100 epochs"  # as many as the curves of report 002 have
PRINTED, PRINTED_MSE = "report 000's printed loss, L1", "report 000's printed loss, MSE"
REPORTS = {
    REPORTS_FOUR: REPORTS_OWN,
    REPORTS_THREE: REPORTS_OWN._replace(strategy="three-step"),
    REPORTS_MSE: REPORTS_OWN._replace(loss="mse"),
    REPORTS_MSE_THREE: REPORTS_OWN._replace(loss="mse", strategy="three-step"),
    REPORTS_LONG: REPORTS_OWN._replace(epochs=100),
    PRINTED: Variant("l1", "blurred-input", start="scratch"),
    PRINTED_MSE: Variant("mse", "blurred-input", start="scratch"),
}
COMPARED = VARIANTS | REPORTS


class Parts(NamedTuple):
    """Variants by which the parts of the training with dis_net are told apart, by their names.

    Attributes:
        question: what they answer.
        file: the name of the files with the answer, without ending.
        line: those that a line joins in the figure, in its order.
        others: those that stand beside it.
    """

    question: str
    file: str
    line: dict[str, Variant]
    others: dict[str, Variant]

    @property
    def all(self) -> dict[str, Variant]:
        """All of them."""
        return self.line | self.others


# FOUR with other adversarial weights, from none at all on; beside it PLAIN and THREE, FOUR without
# feature matching, and both strategies with separate updates.
FOUR_SEPARATE, THREE_SEPARATE = f"{FOUR}, separate updates", f"{THREE}, separate updates"
SCORE_ONLY = f"{FOUR}, no feature matching"
ENDLESS = f"{FOUR}, score without end"
MATCHING_ONLY = f"{FOUR}, adversarial weight 0"
WEIGHTS = Parts(
    "What each part of the adversarial loss is worth",
    "adversarial_weight",
    {
        MATCHING_ONLY: VARIANTS[FOUR]._replace(adversarial_weight=0.0),
        f"{FOUR}, adversarial weight 1": VARIANTS[FOUR]._replace(adversarial_weight=1.0),
        FOUR: VARIANTS[FOUR],
        f"{FOUR}, adversarial weight 4": VARIANTS[FOUR]._replace(adversarial_weight=4.0),
    },
    {
        PLAIN: VARIANTS[PLAIN],
        SCORE_ONLY: VARIANTS[FOUR]._replace(feature_matching_weight=0.0),
        ENDLESS: VARIANTS[FOUR]._replace(score_loss="endless-hinge"),
        FOUR_SEPARATE: VARIANTS[FOUR]._replace(separate_updates=True),
        THREE: VARIANTS[THREE],
        THREE_SEPARATE: VARIANTS[THREE]._replace(separate_updates=True),
    },
)

# From the reports' own design to FOUR, one change at a time. Beside it the three-step strategy, of
# which the report says, too, that two steps can be one.
ONE_UPDATE = "+ one update for both losses"
REPORTS_THREE_JOINED = f"{REPORTS_THREE}, one update for both losses"
_ONE_UPDATE = REPORTS_OWN._replace(separate_updates=False)
_HINGE = _ONE_UPDATE._replace(score_loss="endless-hinge")
_BALANCED = _HINGE._replace(unbalanced=False, adversarial_weight=VARIANTS[FOUR].adversarial_weight)
_MATCHING = _BALANCED._replace(feature_matching_weight=VARIANTS[FOUR].feature_matching_weight)
_JOINED = VARIANTS[FOUR]._replace(score_loss="endless-hinge")
DESIGN = Parts(
    "From the reports' design to this one, one change at a time",
    "design",
    {
        REPORTS_FOUR: REPORTS_OWN,
        ONE_UPDATE: _ONE_UPDATE,
        "+ hinge": _HINGE,
        "+ weights in units of gradients": _BALANCED,
        "+ feature matching": _MATCHING,
        "+ dis_net joins the plain run": _JOINED,
        FOUR: VARIANTS[FOUR],  # and the score rises up to the original's only
    },
    {
        PLAIN: VARIANTS[PLAIN],
        REPORTS_THREE: REPORTS[REPORTS_THREE],
        REPORTS_THREE_JOINED: REPORTS[REPORTS_THREE]._replace(separate_updates=False),
    },
)
PARTS = {"weights": WEIGHTS, "design": DESIGN}
