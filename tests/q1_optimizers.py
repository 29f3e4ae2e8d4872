"""torch.optim's single-tensor updates, line by line in 60-digit decimals: the reference for them.

No code is shared with the project. Each function makes an `update(x, g, t)` that returns the next
position; t counts from 1.
"""

from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction

from q1_reference import as_decimal

from q1_bump.problem import Problem

DIGITS = 60
NEAR = Decimal("1e-30")  # a position this near to the kink counts as on it
D = Decimal
Update = Callable[[Decimal, int, int], Decimal]


class Settings:
    """The options of a problem in decimals."""

    def __init__(self, problem: Problem):
        fields = (problem.alpha, problem.beta1, problem.beta2, problem.epsilon)
        self.lr, self.beta1, self.beta2, self.eps = map(as_decimal, fields)


def sgd(s: Settings, momentum: str = "0", nesterov: bool = False) -> Update:
    mu, buffer = D(momentum), None

    def update(x, g, t):
        nonlocal buffer
        buffer = D(g) if buffer is None else mu * buffer + g
        return x - s.lr * (g + mu * buffer if nesterov else buffer)

    return update


def asgd(s: Settings) -> Update:
    eta = s.lr

    def update(x, g, t):
        nonlocal eta
        x = x * (1 - D("1e-4") * eta) - eta * g
        root = (1 + D("1e-4") * s.lr * t).sqrt()
        eta = s.lr / (root * root.sqrt())
        return x

    return update


def rprop(s: Settings) -> Update:
    size, before = s.lr, 0

    def update(x, g, t):
        nonlocal size, before
        sign = g * before
        size *= D("1.2") if sign > 0 else D("0.5") if sign < 0 else 1
        size = min(max(size, D("1e-6")), D(50))
        before = 0 if sign < 0 else g
        return x - before * size

    return update


def adagrad(s: Settings) -> Update:
    total = D(0)

    def update(x, g, t):
        nonlocal total
        total += g * g
        return x - s.lr * g / (total.sqrt() + D("1e-10"))

    return update


def rmsprop(s: Settings) -> Update:
    square = D(0)

    def update(x, g, t):
        nonlocal square
        square = D("0.99") * square + D("0.01") * g * g
        return x - s.lr * g / (square.sqrt() + D("1e-8"))

    return update


def adadelta(s: Settings) -> Update:
    square = moved = D(0)

    def update(x, g, t):
        nonlocal square, moved
        square = D("0.9") * square + D("0.1") * g * g
        delta = (moved + D("1e-6")).sqrt() / (square + D("1e-6")).sqrt() * g
        moved = D("0.9") * moved + D("0.1") * delta * delta
        return x - s.lr * delta

    return update


def adafactor(s: Settings) -> Update:
    """The exponent −0.8 of t is (the fifth root of t)^−4; eps1 is near that of doubles."""
    variance, least = D(0), D("5e-32")

    def update(x, g, t):
        nonlocal variance
        size = max(D("1e-3"), abs(x)) * min(s.lr, 1 / D(t).sqrt())
        if variance != 1 or g == 0:
            variance += (g * g - variance) * D(t) ** D("-0.8")
        change = D(g) / D(max(variance, least)).sqrt()
        return x - size * change / max(D(1), abs(change))

    return update


def adam(s: Settings, decay: str = "0", amsgrad: bool = False) -> Update:
    m = v = greatest = D(0)
    power1 = power2 = D(1)

    def update(x, g, t):
        nonlocal m, v, greatest, power1, power2
        power1, power2 = power1 * s.beta1, power2 * s.beta2
        x *= 1 - s.lr * D(decay)
        m = s.beta1 * m + (1 - s.beta1) * g
        v = s.beta2 * v + (1 - s.beta2) * g * g
        greatest = max(greatest, v)
        root = (greatest if amsgrad else v).sqrt() / (1 - power2).sqrt() + s.eps
        return x - s.lr / (1 - power1) * m / root

    return update


def adamax(s: Settings) -> Update:
    m = norm = D(0)
    power1 = D(1)

    def update(x, g, t):
        nonlocal m, norm, power1
        power1 *= s.beta1
        m = s.beta1 * m + (1 - s.beta1) * g
        norm = max(s.beta2 * norm, abs(g) + s.eps)
        return x - s.lr / (1 - power1) * m / norm

    return update


def nadam(s: Settings) -> Update:
    m = v = D(0)
    product = power2 = fade = D(1)
    per_step = D("0.96") ** D("0.004")

    def update(x, g, t):
        nonlocal m, v, product, power2, fade
        fade, power2 = fade * per_step, power2 * s.beta2
        mu, following = (s.beta1 * (1 - f / 2) for f in (fade, fade * per_step))
        product *= mu
        m = s.beta1 * m + (1 - s.beta1) * g
        v = s.beta2 * v + (1 - s.beta2) * g * g
        root = (v / (1 - power2)).sqrt() + s.eps
        x -= s.lr * (1 - mu) / (1 - product) * g / root
        return x - s.lr * following / (1 - product * following) * m / root

    return update


def radam(s: Settings) -> Update:
    m = v = D(0)
    power1 = power2 = D(1)
    longest = 2 / (1 - s.beta2) - 1

    def update(x, g, t):
        nonlocal m, v, power1, power2
        power1, power2 = power1 * s.beta1, power2 * s.beta2
        m = s.beta1 * m + (1 - s.beta1) * g
        v = s.beta2 * v + (1 - s.beta2) * g * g
        length = longest - 2 * t * power2 / (1 - power2)
        step = s.lr * m / (1 - power1)
        if length > 5:
            step *= (1 - power2).sqrt() / (v.sqrt() + s.eps)
            step *= ((length - 4) * (length - 2) * longest).sqrt()
            step /= ((longest - 4) * (longest - 2) * length).sqrt()
        return x - step

    return update


UPDATES: dict[str, Callable[[Settings], Update]] = {
    "sgd": sgd,
    "momentum": lambda s: sgd(s, "0.9"),
    "nesterov": lambda s: sgd(s, "0.9", nesterov=True),
    "asgd": asgd,
    "rprop": rprop,
    "adagrad": adagrad,
    "adadelta": adadelta,
    "rmsprop": rmsprop,
    "adafactor": adafactor,
    "adam": adam,
    "amsgrad": lambda s: adam(s, amsgrad=True),
    "adamw": lambda s: adam(s, decay="0.01"),
    "adamax": adamax,
    "nadam": nadam,
    "radam": radam,
}


def decimal_heights(
    name: str, problem: Problem, steps: int, top: Fraction | None = None
) -> list[Decimal]:
    """Return x_t − L for t = 0 … steps, in the valley or over a bump with its `top` at that x."""
    with localcontext(prec=DIGITS):
        distance = as_decimal(problem.distance)
        beyond = None if top is None else as_decimal(top)
        update, x = UPDATES[name](Settings(problem)), D(0)
        heights = [x - distance]
        for t in range(1, steps + 1):
            gap = x - distance
            g = 0 if abs(gap) < NEAR else 1 if gap > 0 else -1
            if beyond is not None and x > beyond:
                g = -1
            x = update(x, g, t)
            heights.append(x - distance)
        return heights
