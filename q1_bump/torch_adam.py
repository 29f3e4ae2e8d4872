"""`torch.optim.Adam` itself, in double precision, in the endless valley."""

import torch

from q1_bump.problem import Problem, valley_slope
from q1_bump.simulator import near_kink


def valley_height(problem: Problem, steps: int) -> float:
    """Return the greatest x_t − L that torch.optim.Adam reaches in `steps` steps."""
    distance = float(problem.distance)
    x = torch.zeros((), dtype=torch.float64)
    x.grad = torch.zeros_like(x)
    adam = torch.optim.Adam(
        [x],
        lr=float(problem.alpha),
        betas=(float(problem.beta1), float(problem.beta2)),
        eps=float(problem.epsilon),
        foreach=False,
    )
    greatest = -distance
    for _ in range(steps):
        x.grad.fill_(valley_slope(near_kink(x.item(), distance), distance))
        adam.step()
        greatest = max(greatest, x.item() - distance)
    return greatest
