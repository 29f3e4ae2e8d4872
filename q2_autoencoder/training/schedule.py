"""The learning rate over a training: a short rise, then half a cosine down to 0."""

import math

WARM_UP = 0.1  # share of the training


def one_cycle(step: int, steps: int) -> float:
    """Return the share of the greatest learning rate for step 0 … steps − 1.

    Linear rise over the first tenth, then cosine decay (Loshchilov and Hutter, "SGDR",
    2017). torch's OneCycleLR, which does this too, divides by zero in some short trainings.
    """
    rise = WARM_UP * steps
    if step + 1 < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step + 1 - rise) / (steps + 1 - rise)))
