"""The variants that are compared, by the names that tables, figures and study files give them."""

from dataclasses import replace
from typing import NamedTuple

from q2_autoencoder.config import Variant

# "Alone" is the plain run itself, which has seen as many images as those that dis_net has joined.
PLAIN, PLAIN_MSE = "L1 alone", "MSE alone"

# Controls: what could do the same as dis_net with less. The first two change the reconstructions of
# the plain run, as fitted on training images; the others train, in dis_net's place.
CONTRAST, UNSHARP = "L1 alone, contrast stretched", "L1 alone, unsharp mask"
LONGER = "L1 alone, 8 epochs"  # about as long as 6 of which 2 are with dis_net
RANDOM, DIGITS = "L1 + random features", "L1 + digit features"
CONTROLS = (PLAIN, CONTRAST, UNSHARP, LONGER, RANDOM, DIGITS, PLAIN_MSE)

# Report 000's two losses with a discriminator; report 002's two strategies with the L1. Where the
# weights are not the default ones, `make choose` has chosen others (results/gallery/choice.md).
MSE = "MSE + dis_net"
FOUR, THREE = "L1 + dis_net, four-step", "L1 + dis_net, three-step"
VARIANTS = {
    PLAIN: Variant(loss="l1", strategy="none"),
    CONTRAST: Variant(loss="l1", strategy="none", processing="contrast"),
    UNSHARP: Variant(loss="l1", strategy="none", processing="unsharp"),
    LONGER: Variant(loss="l1", strategy="none", start="scratch", epochs=8),
    RANDOM: Variant(loss="l1", strategy="random-features").with_weights(0.0, 0.5),
    DIGITS: Variant(loss="l1", strategy="digit-features").with_weights(0.0, 0.5),
    PLAIN_MSE: Variant(loss="mse", strategy="none"),
    MSE: Variant(loss="mse", strategy="four-step").with_weights(4.0, 4.0),
    FOUR: Variant(loss="l1", strategy="four-step"),
    THREE: Variant(loss="l1", strategy="three-step").with_weights(0.5, 0.5),
}

# Report 002's own design: both networks begin untrained, labels real and fake are learned by
# cross-entropy, step 3 and 4 are updates of their own, no weight is named, no features are matched.
# It has the L1 only; the MSE, as in report 000, shows what that choice is worth.
REPORT_002 = Variant(
    loss="l1",
    strategy="four-step",
    separate_updates=True,
    start="scratch",
    score_loss="bce",
    unbalanced=True,
    adversarial_weight=1.0,
    feature_matching_weight=0.0,
)
REPORT_002_FOUR, REPORT_002_THREE = "report 002's L1, four-step", "report 002's L1, three-step"
REPORT_002_MSE_FOUR = "report 002's MSE, four-step"
REPORT_002_MSE_THREE = "report 002's MSE, three-step"
REPORT_002_LONG = f"{REPORT_002_FOUR}, 100 epochs"  # as many as the curves of report 002 have
PRINTED, PRINTED_MSE = "report 000's printed loss, L1", "report 000's printed loss, MSE"
REPORTS = {
    REPORT_002_FOUR: REPORT_002,
    REPORT_002_THREE: replace(REPORT_002, strategy="three-step"),
    REPORT_002_MSE_FOUR: replace(REPORT_002, loss="mse"),
    REPORT_002_MSE_THREE: replace(REPORT_002, loss="mse", strategy="three-step"),
    REPORT_002_LONG: replace(REPORT_002, epochs=100),
    PRINTED: Variant(loss="l1", strategy="blurred-input", start="scratch"),
    PRINTED_MSE: Variant(loss="mse", strategy="blurred-input", start="scratch"),
}
COMPARED = VARIANTS | REPORTS


class Parts(NamedTuple):
    """Variants by which the parts of the training with dis_net are told apart, by their names.

    Attributes:
        question: what they answer.
        file: the name of the files with the answer, without ending.
        line: those that a line joins in the figure, in its order.
        others: those that stand beside it.
        reference: the one with which all others are compared.
    """

    question: str
    file: str
    line: dict[str, Variant]
    others: dict[str, Variant]
    reference: str

    @property
    def all(self) -> dict[str, Variant]:
        """All of them."""
        return self.line | self.others


# FOUR with other adversarial weights, from none at all on; beside it PLAIN and THREE, FOUR without
# feature matching and with a score without end, and both strategies with separate updates.
FOUR_SEPARATE, THREE_SEPARATE = f"{FOUR}, separate updates", f"{THREE}, separate updates"
SCORE_ONLY = f"{FOUR}, no feature matching"
ENDLESS = f"{FOUR}, score without end"
MATCHING_ONLY = f"{FOUR}, adversarial weight 0"
AS_CHOSEN = f"{FOUR}, adversarial weight {VARIANTS[FOUR].adversarial_weight:g}"
WEIGHTS = Parts(
    "What each part of the adversarial loss is worth",
    "adversarial_weight",
    {
        MATCHING_ONLY: replace(VARIANTS[FOUR], adversarial_weight=0.0),
        f"{FOUR}, adversarial weight 1": replace(VARIANTS[FOUR], adversarial_weight=1.0),
        AS_CHOSEN: VARIANTS[FOUR],
        f"{FOUR}, adversarial weight 4": replace(VARIANTS[FOUR], adversarial_weight=4.0),
    },
    {
        PLAIN: VARIANTS[PLAIN],
        SCORE_ONLY: replace(VARIANTS[FOUR], feature_matching_weight=0.0),
        ENDLESS: replace(VARIANTS[FOUR], score_loss="endless-hinge"),
        FOUR_SEPARATE: replace(VARIANTS[FOUR], separate_updates=True),
        THREE: VARIANTS[THREE],
        THREE_SEPARATE: replace(VARIANTS[THREE], separate_updates=True),
    },
    reference=AS_CHOSEN,
)

# From report 002's design to FOUR, step by step. Beside it the three-step strategy, of
# which the report says, too, that two steps can be one.
ONE_UPDATE = "+ one update for both losses"
UP_TO_ORIGINAL = "+ score rises to the original's only"
REPORT_002_JOINED = f"{REPORT_002_THREE}, one update for both losses"
_ONE_UPDATE = replace(REPORT_002, separate_updates=False)
_HINGE = replace(_ONE_UPDATE, score_loss="endless-hinge")
_BALANCED = replace(_HINGE, unbalanced=False, adversarial_weight=VARIANTS[FOUR].adversarial_weight)
_MATCHING = replace(_BALANCED, feature_matching_weight=VARIANTS[FOUR].feature_matching_weight)
_JOINED = replace(VARIANTS[FOUR], score_loss="endless-hinge")
DESIGN = Parts(
    "From report 002's design to this one, step by step",
    "design",
    {
        REPORT_002_FOUR: REPORT_002,
        ONE_UPDATE: _ONE_UPDATE,
        "+ hinge": _HINGE,
        "+ balanced losses": _BALANCED,  # of both networks, and the adversarial weight is FOUR's
        "+ feature matching": _MATCHING,
        "+ dis_net joins the plain run": _JOINED,
        UP_TO_ORIGINAL: VARIANTS[FOUR],
    },
    {
        PLAIN: VARIANTS[PLAIN],
        REPORT_002_THREE: REPORTS[REPORT_002_THREE],
        REPORT_002_JOINED: replace(REPORTS[REPORT_002_THREE], separate_updates=False),
    },
    reference=UP_TO_ORIGINAL,
)
PARTS = {"weights": WEIGHTS, "design": DESIGN}
