"""The map of heights against the plain Python loop of report 000, per point, in one run.

Usage:
    python benchmarks/phase_diagram.py

The loop walks the same number of steps as the map does at each point. Also compared: the time
that reading and writing the map's arrays once a step would take at the bandwidth of a copy,
had they to come from main memory each time.
"""

import statistics
import time
from random import Random

import torch

from q1_bump.grid import max_heights, walk_length
from shared import cli
from shared.device import choose_device, device_label

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
    """Return the greatest x − L of n steps: report 000's loop as printed, before an endless slope.

    One walk a point is the least that the loop can do; the report's search for the height
    walks once for each height that it tries.
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


def main() -> None:
    parser = cli.Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    device = choose_device(parser.parse_args().device)
    axis = {"dtype": torch.float64, "device": device}
    beta1, lr = torch.meshgrid(
        torch.linspace(0, 0.99, POINTS, **axis), torch.linspace(0.02, 0.99, POINTS, **axis),
        indexing="ij",
    )  # fmt: skip
    distance = torch.ones_like(lr)
    random = Random(0)
    sample = [(random.randrange(POINTS), random.randrange(POINTS)) for _ in range(LOOP_POINTS)]
    ratios, map_times, loop_times, copy_times, differences = [], [], [], [], []
    steps = sum(walk_length(b) for b in beta1[:, 0].tolist()) / POINTS
    big = torch.empty(8 * POINTS * POINTS, **axis)
    for repeat in range(REPEATS + 1):
        started = time.perf_counter()
        heights = max_heights(lr, beta1, distance, 0.999, 0.0).height.cpu()
        map_time = (time.perf_counter() - started) / heights.numel()
        started = time.perf_counter()
        for i, j in sample:
            a, b = lr[i, j].item(), beta1[i, j].item()
            n = int(1 / a) + 2 + walk_length(b)
            value = loop(a, b, 0.999, 1.0, n)
            differences.append(abs(value - heights[i, j].item()))
        loop_time = (time.perf_counter() - started) / len(sample)
        started = time.perf_counter()
        big.add_(0)  # reads and writes every element once
        if device.type == "cuda":
            torch.cuda.synchronize()
        bytes_per_second = 16 * big.numel() / (time.perf_counter() - started)
        if repeat:  # the first round warms up
            map_times.append(map_time)
            loop_times.append(loop_time)
            copy_times.append(8 * ARRAY_VISITS * steps / bytes_per_second)
            ratios.append(loop_time / map_time)

    def line(name: str, values: list[float], unit: str, scale: float) -> None:
        low, middle, high = (f(values) * scale for f in (min, statistics.median, max))
        print(f"  {name:52} {middle:10.3f} {unit}   ({low:.3f} to {high:.3f})")

    print(f"{POINTS}×{POINTS} points, {steps:.0f} steps a point on average, {device_label(device)}")
    line("map, per point", map_times, "µs", 1e6)
    line("Python loop of report 000, per point", loop_times, "µs", 1e6)
    line("memory traffic of the map's arrays, per point", copy_times, "µs", 1e6)
    line("loop / map", ratios, "  ", 1)
    traffic = [a / b for a, b in zip(map_times, copy_times, strict=True)]
    line("map / memory traffic", traffic, "  ", 1)
    print(f"  largest difference between the two: {max(differences):.1e}")


if __name__ == "__main__":
    cli.run(main)
