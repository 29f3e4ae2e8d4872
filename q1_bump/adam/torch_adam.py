"""`torch.optim.Adam` itself, in double precision, in the valley."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import astuple
from fractions import Fraction

from q1_bump.adam.simulator import kink_tolerance, snap
from q1_bump.problem import Problem, valley_slope


def valley_height(problem: Problem, steps: int) -> float:
    """Return the greatest x_t − L that torch.optim.Adam reaches in `steps` steps.

    The function behind the class is called: making the class imports torch's compiler, which
    takes longer than all that is done here.
    """
    import torch  # here, since adam_max_h.py leaves this to another process
    from torch.optim.adam import adam

    distance, tolerance = float(problem.distance), kink_tolerance(problem)
    x, gradient, m, v = (torch.zeros((), dtype=torch.float64) for _ in range(4))
    step = torch.zeros(())
    greatest = -distance
    for _ in range(steps):
        gradient.fill_(valley_slope(snap(x.item(), distance, tolerance), distance))
        adam(
            [x],
            [gradient],
            [m],
            [v],
            [],
            [step],
            foreach=False,
            amsgrad=False,
            beta1=float(problem.beta1),
            beta2=float(problem.beta2),
            lr=float(problem.alpha),
            weight_decay=0.0,
            eps=float(problem.epsilon),
            maximize=False,
        )
        greatest = max(greatest, x.item() - distance)
    return greatest


def start_valley_height(problem: Problem, steps: int) -> Callable[[], float]:
    """Start `valley_height` in a process of its own; return the function that waits for it.

    Importing torch takes longer than all other work of Question 1's main job together.
    """
    arguments = [str(value) for value in (*astuple(problem), steps)]
    process = subprocess.Popen(
        [sys.executable, "-m", "q1_bump.adam.torch_adam", *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )

    def wait() -> float:
        printed, _ = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"the process of torch.optim.Adam ended with {process.returncode}")
        return float(printed)

    return wait


if __name__ == "__main__":
    *values, steps = sys.argv[1:]
    print(repr(valley_height(Problem(*map(Fraction, values)), int(steps))))
