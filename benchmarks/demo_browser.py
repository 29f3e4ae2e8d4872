"""The demo in a real browser: started, drawn on with the mouse, and read. Needs Playwright."""

# pyright: reportMissingImports=false
# Playwright is installed by `make test-demo` alone, which then checks these types, too.

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from shared.errors import BadInput
from shared.files import PROJECT

DEMO = PROJECT / "q2_autoencoder" / "demo.py"
# Digits of one stroke each: its corners, in shares of the paper's width and height.
STROKES = {
    0: ((0.5, 0.15), (0.33, 0.3), (0.3, 0.6), (0.5, 0.85), (0.7, 0.6), (0.67, 0.3), (0.5, 0.15)),
    1: ((0.5, 0.15), (0.5, 0.85)),
    3: (
        (0.32, 0.2),
        (0.55, 0.15),
        (0.66, 0.3),
        (0.47, 0.48),
        (0.7, 0.65),
        (0.55, 0.85),
        (0.3, 0.8),
    ),
    7: ((0.3, 0.18), (0.7, 0.18), (0.45, 0.85)),
}
LOOPBACK = "127.0.0.1"
PATIENCE = 120  # seconds: a busy machine may take that long to start


@contextmanager
def serving(*options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start the demo with these options; yield its address and its process, and end it.

    Raises:
        BadInput: it does not start; the message is its own.
    """
    with socket.create_server((LOOPBACK, 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, str(DEMO), "--port", str(port), *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            if not any(line.startswith("open http") for line in process.stdout):
                raise BadInput(process.stderr.read())
            yield f"http://{LOOPBACK}:{port}", process
        finally:
            if process.poll() is None:
                process.terminate()
                process.communicate()  # before its pipes are closed, on which it says farewell


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a browser, the system's own.

    Raises:
        BadInput: there is none.
    """
    path = shutil.which("chromium")
    if path is None:
        raise BadInput("chromium is not installed; `make test-demo` installs it on Debian")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Browser, address: str, width: int = 1440) -> Page:
    """Return the demo's page in a window of its own, ready to be drawn on."""
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    page.goto(address)
    page.wait_for_selector(".answer")
    page.wait_for_selector("canvas")
    return page


def clear(page: Page) -> None:
    """Clear the paper, and wait until the answer is gone, too."""
    page.get_by_role("button", name="Clear").click()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.answer')].every(e => e.querySelector('.hint'))"
    )


def draw(page: Page, digit: int) -> None:
    """Draw one of `STROKES` with the mouse on a clear paper, but for letting the button go."""
    clear(page)
    paper = page.locator("canvas").bounding_box()
    assert paper is not None
    x, y, width, height = (paper[name] for name in ("x", "y", "width", "height"))
    first, *others = [(x + across * width, y + down * height) for across, down in STROKES[digit]]
    page.mouse.move(*first)
    page.mouse.down()
    for place in others:
        page.mouse.move(*place, steps=5)


def answer_to(page: Page, act: Callable[[], None]) -> str:
    """Return the text of the answer that takes the place of the present one after `act`."""
    page.evaluate("document.querySelectorAll('.answer').forEach(e => e.classList.add('old'))")
    act()
    page.wait_for_selector(".answer:not(.old)", timeout=PATIENCE * 1000)
    return page.locator(".answer").inner_text()
