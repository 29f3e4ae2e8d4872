"""The parameters that can span a phase diagram; torch and matplotlib are not imported."""

from typing import NamedTuple


class Axis(NamedTuple):
    """A parameter on an axis: the field of Problem, its symbol and words, and the range."""

    field: str
    symbol: str
    words: str
    low: float
    high: float


AXES = {
    "lr": Axis("alpha", "α", "learning rate α", 0.02, 0.99),
    "beta1": Axis("beta1", "β₁", "decay of the first moment β₁", 0.0, 0.99),
    "distance": Axis("distance", "L", "distance L to the local minimum", 0.2, 3.0),
}
