"""How soon the demo answers a digit that is drawn in a browser.

Usage:
    python benchmarks/demo.py
    python benchmarks/demo.py --results results/other

Draws digits with the mouse, in chromium, and measures from letting the button go until the page
shows the answer: the way to the server, all networks, and the way back. Needs what `make test-demo`
installs.
"""

from pathlib import Path

from q2_autoencoder.options import Machine
from shared import cli
from shared.settings import add_settings


def parse() -> Path:
    parser = cli.Parser(__doc__)
    add_settings(parser, Machine, "results")
    return parser.parse_args().results


if __name__ == "__main__":
    parse()  # before Playwright is imported, which only the demo's tests need

import itertools
import statistics

from demo_browser import STROKES, chromium, draw, opened, serving

from shared.device import choose_device, device_label

ANSWERS = 20

# Measured by the browser's own clock: Playwright's commands take milliseconds each.
WATCH = """
() => new Promise(resolve => {
  const paper = document.querySelector("canvas");
  const picture = () => document.querySelector(".digit img")?.src;
  let released;
  paper.addEventListener("pointerup", () => { released = performance.now(); }, {once: true});
  const watch = new MutationObserver(() => {
    if (released === undefined || picture() === undefined) return;
    watch.disconnect();
    requestAnimationFrame(() => resolve(performance.now() - released));
  });
  watch.observe(document.body, {childList: true, subtree: true});
})
"""


def main() -> None:
    results = parse()
    with serving("--results", str(results)) as (address, _), chromium() as browser:
        page = opened(browser, address)
        milliseconds = []
        for digit in itertools.islice(itertools.cycle(STROKES), ANSWERS):
            draw(page, digit)
            page.evaluate(f"void (window.answered = ({WATCH})())")
            page.mouse.up()
            milliseconds.append(page.evaluate("window.answered"))
        where = device_label(choose_device("auto"))
        print(
            f"{ANSWERS} drawn digits, {where}: median "
            f"{statistics.median(milliseconds):.0f} ms from release to answer "
            f"({min(milliseconds):.0f} to {max(milliseconds):.0f})"
        )


if __name__ == "__main__":
    cli.run(main)
