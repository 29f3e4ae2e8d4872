"""The map of heights against the plain Python loop of report 000, per point, in one run.

Usage:
    python benchmarks/phase_diagram.py

The loop takes as many steps at each point as the map does. Also compared: the time that reading
and writing the map's arrays once a step would take at the bandwidth of a copy, if they had to come
from main memory each time.
"""

import statistics
import time
from random import Random
from typing import NamedTuple

import torch

from q1_bump.adam.grid import Grid, max_heights, steps_to_settle
from shared import cli
from shared.device import DEVICE_HELP, choose_device, device_label, wait_for

POINTS, REPEATS, LOOP_POINTS = 1000, 5, 150
ARRAY_VISITS = 11  # x, m, β₁^t and the maximum read and written, L, 1 − β₁ and n read


def grad(x: float, distance: float, h: float) -> int:
    """Return the slope, in the three cases of report 000."""
    if x < distance:
        return -1
    if x < distance + h:
        return 1
    return -1


def loop(learning_rate: float, beta1: float, beta2: float, distance: float, n: int) -> float:
    """Return the greatest x − L of n steps: report 000's loop as printed, with h = ∞.

    One simulation a point is the least that the loop can do; the report's search for the height
    needs one for each height that it tries.
    """
    epsilon, h = 0, float("inf")
    m = 0
    v = 0
    x = 0
    highest = 0
    for t in range(1, n):
        g = grad(x, distance, h)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        mhat = m / (1 - beta1**t)
        vhat = v / (1 - beta2**t)
        x = x - learning_rate * mhat / (vhat**0.5 + epsilon)
        highest = max(highest, x)
    return highest - distance


class Round(NamedTuple):
    """Seconds a point in one round, and the largest difference between loop and map."""

    map: float
    loop: float
    copy: float
    difference: float


def measure(grid: Grid, sample: list[tuple[int, int]], steps: float) -> Round:
    """Time the map on the grid, the loop on a sample of its points, and a copy in memory."""
    started = time.perf_counter()
    heights = max_heights(grid, 0.999, 0.0).height.cpu()
    map_time = (time.perf_counter() - started) / heights.numel()

    started = time.perf_counter()
    difference = 0.0
    for i, j in sample:
        a, b = grid.lr[i, j].item(), grid.beta1[i, j].item()
        value = loop(a, b, 0.999, 1.0, int(1 / a) + 2 + steps_to_settle(b))
        difference = max(difference, abs(value - heights[i, j].item()))
    loop_time = (time.perf_counter() - started) / len(sample)

    big = grid.lr.repeat(8, 1)
    started = time.perf_counter()
    big.add_(0)  # reads and writes every element once
    wait_for(big.device)
    bytes_per_second = 16 * big.numel() / (time.perf_counter() - started)
    return Round(map_time, loop_time, 8 * ARRAY_VISITS * steps / bytes_per_second, difference)


def main() -> None:
    parser = cli.Parser(__doc__)
    parser.add_argument("--device", default="auto", metavar="DEVICE", help=DEVICE_HELP)
    device = choose_device(parser.parse_args().device)
    beta1, lr = torch.meshgrid(
        torch.linspace(0, 0.99, POINTS, dtype=torch.float64, device=device),
        torch.linspace(0.02, 0.99, POINTS, dtype=torch.float64, device=device),
        indexing="ij",
    )
    grid = Grid(lr, beta1, torch.ones_like(lr))
    random = Random(0)
    sample = [(random.randrange(POINTS), random.randrange(POINTS)) for _ in range(LOOP_POINTS)]
    steps = sum(steps_to_settle(b) for b in beta1[:, 0].tolist()) / POINTS
    measure(grid, sample, steps)  # warms up
    rounds = [measure(grid, sample, steps) for _ in range(REPEATS)]

    print(f"{POINTS}×{POINTS} points, {steps:.0f} steps a point on average, {device_label(device)}")
    print_line("map, per point", [1e6 * r.map for r in rounds], "µs")
    print_line("Python loop of report 000, per point", [1e6 * r.loop for r in rounds], "µs")
    print_line(
        "memory traffic of the map's arrays, per point", [1e6 * r.copy for r in rounds], "µs"
    )
    print_line("loop / map", [r.loop / r.map for r in rounds], "  ")
    print_line("map / memory traffic", [r.map / r.copy for r in rounds], "  ")
    print(f"  largest difference between the two: {max(r.difference for r in rounds):.1e}")


def print_line(name: str, values: list[float], unit: str) -> None:
    """Print the median of the values, the least and the greatest."""
    middle = statistics.median(values)
    print(f"  {name:52} {middle:10.3f} {unit}   ({min(values):.3f} to {max(values):.3f})")


if __name__ == "__main__":
    cli.run(main)
