"""What takes turns is timed under the same conditions."""

import time
from collections.abc import Callable, Mapping

import torch
from tqdm import tqdm

from shared.device import wait_for


def seconds_in_turns(
    rivals: Mapping[str, Callable[[], None]], rounds: int, device: torch.device
) -> dict[str, list[float]]:
    """Return the seconds of each rival, round by round; a first round, not among them, warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for count in tqdm(range(rounds + 1), unit="round", disable=None, leave=False):
        for name, run in rivals.items():
            started = time.perf_counter()
            run()
            wait_for(device)
            if count:
                seconds[name].append(time.perf_counter() - started)
    return seconds
