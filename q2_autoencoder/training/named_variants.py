"""The variants that are compared, by the names that tables, figures and study files give them."""

from q2_autoencoder.config import Variant

# "Alone" is the plain run itself, which has seen as many images as those that dis_net has joined.
PLAIN, PLAIN_MSE = "L1 alone", "MSE alone"

# Controls: what could do the same as dis_net with less. The first two change the reconstructions of
# the plain run by one number, fitted on training images; the others train, in dis_net's place.
CONTRAST, UNSHARP = "L1 alone, contrast stretched", "L1 alone, unsharp mask"
LONGER = "L1 alone, 8 epochs"  # takes about as long as 6 of which 2 are with dis_net
RANDOM, DIGITS = "L1 + random features", "L1 + digit features"
CONTROLS = (PLAIN, CONTRAST, UNSHARP, LONGER, RANDOM, DIGITS)

# Report 000's two losses with a discriminator; report 002's two strategies with the L1.
MSE = "MSE + dis_net"
FOUR, THREE = "L1 + dis_net, four-step", "L1 + dis_net, three-step"
VARIANTS = {
    PLAIN: Variant("l1", "none"),
    CONTRAST: Variant("l1", "none", processing="contrast"),
    UNSHARP: Variant("l1", "none", processing="unsharp"),
    LONGER: Variant("l1", "none", start="scratch", epochs=8),
    RANDOM: Variant("l1", "random-features"),
    DIGITS: Variant("l1", "digit-features"),
    PLAIN_MSE: Variant("mse", "none"),
    MSE: Variant("mse", "four-step"),
    FOUR: Variant("l1", "four-step"),
    THREE: Variant("l1", "three-step"),
}

# The ablation: FOUR with another adversarial weight, from none at all on; beside it PLAIN and
# THREE, FOUR without feature matching, and both strategies with separate updates.
SWEEP = {
    f"{FOUR}, adversarial weight 0": Variant("l1", "four-step", adversarial_weight=0.0),
    f"{FOUR}, adversarial weight 0.5": Variant("l1", "four-step", adversarial_weight=0.5),
    FOUR: VARIANTS[FOUR],
    f"{FOUR}, adversarial weight 2": Variant("l1", "four-step", adversarial_weight=2.0),
}
FOUR_SEPARATE, THREE_SEPARATE = f"{FOUR}, separate updates", f"{THREE}, separate updates"
SCORE_ONLY = f"{FOUR}, no feature matching"
ABLATION = SWEEP | {
    PLAIN: VARIANTS[PLAIN],
    SCORE_ONLY: Variant("l1", "four-step", feature_matching_weight=0.0),
    FOUR_SEPARATE: Variant("l1", "four-step", separate_updates=True),
    THREE: VARIANTS[THREE],
    THREE_SEPARATE: Variant("l1", "three-step", separate_updates=True),
}
