"""How fast the interactive page is in chromium: until it is usable, and while a slider is dragged.

Usage:
    python benchmarks/page.py

`make test-page` installs what it needs. Frames are counted by the browser's own trace.
"""

# pyright: reportMissingImports=false
# Playwright is installed by `make test-page` alone, which checks these types, too.

from shared import cli


def parse() -> None:
    cli.Parser(__doc__).parse_args()


if __name__ == "__main__":
    parse()  # before Playwright is imported, which only the browser's tests need

import json
import shutil
import statistics

from playwright.sync_api import Browser, Page, sync_playwright

from shared.errors import BadInput
from shared.files import RESULTS

PAGE = RESULTS / "gallery" / "page.html"
OPENINGS, DRAGGED = 5, 3.0  # seconds
STEPS = 5000  # of the trajectory that is drawn while the slider is dragged
PRESENTED = "SubmitCompositorFrameToPresentationCompositorFrame"  # a frame that came to the screen
DRAG = """seconds => new Promise(resolve => {
  const slider = document.querySelector('#parameters input[type=range]');
  const began = performance.now();
  const move = () => {
    const part = (performance.now() - began) / (1000 * seconds);
    slider.value = String(0.2 + 0.6 * part);
    slider.dispatchEvent(new Event('input'));
    if (part < 1) requestAnimationFrame(move); else resolve();
  };
  requestAnimationFrame(move);
})"""


def main() -> None:
    parse()
    chromium = shutil.which("chromium")
    if chromium is None or not PAGE.exists():
        raise BadInput("chromium or the page is missing; `make page test-page` makes both")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        seconds = [opened(browser)[1] for _ in range(OPENINGS)]
        print(f"usable after {statistics.median(seconds):.2f} s, median of {OPENINGS} openings")
        page, _ = opened(browser)
        print(f"{frames(browser, page) / DRAGGED:.0f} frames a second with {STEPS} steps")
        browser.close()


def opened(browser: Browser) -> tuple[Page, float]:
    """Open the page; return it with the seconds from the navigation until all parts can be used."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    page.goto(PAGE.as_uri())
    page.wait_for_selector("body[data-ready=yes]")
    return page, page.evaluate("Number(document.body.dataset.readyAfter)") / 1000


def frames(browser: Browser, page: Page) -> int:
    """Return how many frames were drawn while a slider was dragged, by the browser's trace."""
    page.wait_for_function("document.querySelector('#map-status').value.includes('simulated')")
    page.fill("#steps", str(STEPS))
    page.wait_for_function(f"document.querySelector('#current').max === '{STEPS}'")
    browser.start_tracing(page=page, categories=["cc", "benchmark"])
    page.evaluate(DRAG, DRAGGED)
    trace = json.loads(browser.stop_tracing())
    begun = (event["name"] for event in trace["traceEvents"] if event["ph"] == "b")
    return sum(name == PRESENTED for name in begun)


if __name__ == "__main__":
    cli.run(main)
