"""What the scripts of Question 1 write to their JSON files and print with `--json`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AdamRecord:
    """Adam's maximum height; what has no value without a certificate is None.

    Attributes:
        alpha, beta1, beta2, epsilon: Adam's parameters.
        distance: from the start to the local minimum, `--distance` less `--start`.
        h_max: the height, in double precision.
        h_max_exact: the height as a fraction, where it is rational and not too long.
        crossing_step: the step that passes the top of bumps just below h_max, where x_t is
            greatest; None where the supremum is not attained.
        enclosure: decimal bounds of h_max.
        cycle_length: period of the slopes in the end; None, too, where the proof needs no cycle.
        attained: whether some step reaches the supremum.
        certified: whether the height is proved for all time.
        lower_bound: a height that Adam provably reaches or comes arbitrarily near to.
        certificate: how the answer was found, or why there is none.
        closed_form, exact, bisection, torch_adam: the height by each of the four methods.
        disagreement: the greatest difference between two of them.
        tolerance: what rounding explains of the disagreement between the methods.
    """

    alpha: float
    beta1: float
    beta2: float
    epsilon: float
    distance: float
    h_max: float | None
    h_max_exact: str | None
    crossing_step: int | None
    enclosure: tuple[str, str] | None
    attained: bool | None
    certified: bool
    cycle_length: int | None
    lower_bound: str
    certificate: str
    closed_form: float | None
    exact: float | None
    bisection: float | None
    torch_adam: float | None
    disagreement: float | None
    tolerance: float


@dataclass(frozen=True)
class DescentRecord:
    """Gradient descent at the bump, in exact fractions.

    Attributes:
        alpha: the learning rate.
        distance, height: L and h of the bump.
        outcome: what becomes of it in the end, in words.
        points: the positions among which it stays.
        heights_above_minimum: of the loss at these points.
        crosses_below_height: it passes every bump that is lower than this.
        positions, losses: x₀ … and F(x₀) …, as many as are drawn.
    """

    alpha: str
    distance: str
    height: str
    outcome: str
    points: list[str]
    heights_above_minimum: list[str]
    crosses_below_height: str
    positions: list[str]
    losses: list[str]


@dataclass(frozen=True)
class SlopedRecord:
    """The maximum height of a bump with slopes of its own.

    Attributes:
        optimizer: "adam" or "sgd".
        alpha, beta1, beta2, epsilon: Adam's parameters; SGD takes the first alone.
        distance: from the start to the local minimum, `--distance` less `--start`.
        slopes: downhill, uphill and beyond the top, as fractions.
        h_max: the middle of the enclosure.
        enclosure: decimal bounds of the maximum height.
        attained: whether a position reaches it; None where that was not decided.
        step: that at which it is reached, or at which the highest computed position is.
        lower_bound: a height that is reached.
        certified: whether the enclosure is proved, if what is supposed is so; else there is none.
        supposes: what the proof supposes, in words, or None.
        reason: how it was found, or why there is none.
    """

    optimizer: str
    alpha: float
    beta1: float
    beta2: float
    epsilon: float
    distance: float
    slopes: list[str]
    h_max: float | None
    enclosure: tuple[str, str] | None
    attained: bool | None
    step: int | None
    lower_bound: str
    certified: bool
    supposes: str | None
    reason: str


@dataclass(frozen=True)
class FixedWidthRecord:
    """Two near heights of a bump of fixed width, of which Adam climbs one only.

    Attributes:
        alpha, beta1, beta2, epsilon: Adam's parameters.
        distance: from the start to the local minimum, `--distance` less `--start`.
        half_width: of the bump, as a fraction.
        every_height: whether every height is climbed, as one step leads past the top.
        climbed: a height that was proved to be climbed, as a fraction; None where none was.
        not_climbed: a higher one that was proved not to be, if no step after the computed ones
            starts exactly on L; None where none was.
        certified: whether the two are as near as was asked, or every height is climbed.
        reason: how they were found, or why the search ended before.
    """

    alpha: float
    beta1: float
    beta2: float
    epsilon: float
    distance: float
    half_width: str
    every_height: bool
    climbed: str | None
    not_climbed: str | None
    certified: bool
    reason: str


@dataclass(frozen=True)
class OptimizerRow:
    """The greatest height of one optimizer, the supremum of x_t − L over all t, but at least 0.

    Attributes:
        optimizer: as `--optimizer` takes it.
        height: it, or a lower bound where it is not certified; None where there is none, as no
            bound exists or the optimizer divides by zero or overflows.
        exact: the height as a fraction of at most 100 characters, where it is known to be one.
        enclosure: decimal bounds of the height, 1e-9·min(1, L) apart at most; None without one.
        attained: whether some step reaches it; None where that is not decided.
        step: the first step that does, or None.
        certified: whether the height is proved for all time, or that there is none.
        reason: why it holds for all time, or why that is not known.
    """

    optimizer: str
    height: float | None
    exact: str | None
    enclosure: tuple[str, str] | None
    attained: bool | None
    step: int | None
    certified: bool
    reason: str


@dataclass(frozen=True)
class OptimizersRecord:
    """The optimizers that were asked.

    Attributes:
        alpha, beta1, beta2, epsilon, distance: the problem; β₁, β₂ and ε are for those like Adam.
        heights: the highest first.
        not_applicable: why other optimizers of torch.optim were not asked.
    """

    alpha: float
    beta1: float
    beta2: float
    epsilon: float
    distance: float
    heights: list[OptimizerRow]
    not_applicable: dict[str, str]


@dataclass(frozen=True)
class MapRecord:
    """A phase diagram and its comparison with certified results at random points.

    Attributes:
        x, y: the axes, as `--x` and `--y` take them.
        points: of the map, in all.
        seconds: that the map took.
        device: on which it was computed.
        share_where_a_later_excursion_is_highest: of the points.
        sample: random points at which it was compared with the certificate.
        sample_uncertified: those of them without a certificate.
        largest_difference: of the height, at the others.
    """

    x: str
    y: str
    points: int
    seconds: float
    device: str
    share_where_a_later_excursion_is_highest: float
    sample: int
    sample_uncertified: int
    largest_difference: float
