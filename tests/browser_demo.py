"""The demo in a real browser, on runs of its own: drawn on, given odd files, by ten at once.

`make test-demo` runs it; plain `pytest` does not collect a file of this name.
"""

# pyright: reportMissingImports=false
# Playwright is installed by `make test-demo` alone, which then checks these types, too.

import re
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch
from demo_browser import answer_to, chromium, clear, draw, opened, serving
from helpers import ADVERSARIAL, HERE, TRAIN, run_well
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

from q2_autoencoder.evaluation import classifier
from q2_autoencoder.evaluation.handwriting import mnist_like
from shared import datasets
from shared.files import PROJECT

AXE = PROJECT / "page" / "node_modules" / "axe-core" / "axe.min.js"
DIMS = ("2", "16", "256")
EPOCHS = "8"  # of few images


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """All runs of scikit-learn's digits, framed as MNIST's, as the pictures of the demo are."""
    whole = datasets.load("digits", Path())
    framed = [
        torch.stack([torch.from_numpy(mnist_like(Image.fromarray(i.numpy()))) for i in images])
        for images in (whole.train_images, whole.test_images)
    ]
    data = datasets.ImageData(framed[0], whole.train_labels, framed[1], whole.test_labels)
    folder = tmp_path_factory.mktemp("demo")
    with mock.patch.object(datasets, "_load_digits", return_value=data):
        for latent_dim in DIMS:
            options = (*HERE, "--latent", latent_dim, "--results", str(folder))
            run_well(TRAIN, *options, "--epochs", EPOCHS)
            run_well(ADVERSARIAL, *options)
        classifier.load_or_train(folder, "digits", data, torch.device("cpu"))
    return folder


@pytest.fixture(scope="module")
def address(results) -> Iterator[str]:
    with serving(*HERE, "--results", str(results)) as (found, _):
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser, address) -> Iterator[Page]:
    found = opened(browser, address)
    yield found
    found.context.close()


def classes(text: str) -> list[str]:
    return re.findall(r"classified as (\d)", text)


@pytest.mark.parametrize("digit", [0, 1, 3, 7])
def test_a_drawn_digit_comes_back_and_is_rightly_classified(digit, page):
    draw(page, digit)
    found = classes(answer_to(page, page.mouse.up))
    assert len(found) == 7  # the digit and its six reconstructions
    assert found[0] == str(digit)
    assert found[5:] == [str(digit)] * 2  # by 256 dimensions; fewer may keep another digit
    errors = [float(e) for e in re.findall(r"L1 per pixel ([\d.]+)", page.inner_text(".answer"))]
    assert len(errors) == 6
    assert errors[4] < errors[2] < errors[0]  # 256, 16 and 2 dimensions, without dis_net


def seven(picture: Image.Image, ink, corner: tuple[int, int] = (60, 50)) -> Image.Image:
    x, y = corner
    ImageDraw.Draw(picture).line(
        [(x, y), (x + 150, y), (x + 60, y + 200)], fill=ink, width=24, joint="curve"
    )
    return picture


ODD_PICTURES = {
    "inverted.png": seven(Image.new("L", (300, 300), 0), 255),
    "alpha.png": seven(Image.new("RGBA", (300, 300), (0, 0, 0, 0)), (0, 0, 0, 255)),
    "colours.jpg": seven(Image.new("RGB", (300, 300), "khaki"), "darkred"),
    "wide.webp": seven(Image.new("L", (3000, 320), 255), 0, (2500, 60)),
    "huge.png": seven(Image.new("L", (300, 300), 255), 0).resize((6000, 6000)),
}


@pytest.mark.parametrize("name", ODD_PICTURES)
def test_odd_pictures_are_classified(name, page, tmp_path):
    ODD_PICTURES[name].save(tmp_path / name)
    clear(page)
    answer = answer_to(page, lambda: page.set_input_files("input[type=file]", tmp_path / name))
    assert classes(answer)[0] == "7"
    assert "your picture as the networks see it" in answer


def test_bad_files_give_a_message_and_leave_the_server_up(page, tmp_path):
    whole = tmp_path / "whole.png"
    noise = np.random.default_rng(0).integers(0, 255, (300, 300), np.uint8)
    Image.fromarray(noise).save(whole)
    for name, content, words in (
        ("cut.png", whole.read_bytes()[:5000], "damaged or cut off"),
        ("words.txt", b"no picture", "no picture of a known format"),
        ("empty.png", b"", "no picture of a known format"),
    ):
        (tmp_path / name).write_bytes(content)
        clear(page)
        upload = tmp_path / name
        said = answer_to(page, lambda upload=upload: page.set_input_files("[type=file]", upload))
        assert words in said
        assert page.get_by_role("alert").is_visible()
    heavy = tmp_path / "heavy.png"
    heavy.write_bytes(bytes(31_000_000))
    page.set_input_files("input[type=file]", heavy)
    page.get_by_text("exceed the maximum allowed size").wait_for()
    draw(page, 1)
    assert classes(answer_to(page, page.mouse.up))[0] == "1"


def test_ten_clients_at_once_get_their_own_answers(browser, address):
    with ExitStack() as stack:
        pages = []
        for _ in range(10):
            pages.append(opened(browser, address))
            stack.callback(pages[-1].context.close)
        digits = [(0, 1, 3, 7)[i % 4] for i in range(10)]
        for page, digit in zip(pages, digits, strict=True):
            draw(page, digit)
        for page in pages:
            page.mouse.up()  # and does not wait
        for page, digit in zip(pages, digits, strict=True):
            page.wait_for_selector(".digit")
            assert classes(page.inner_text(".answer"))[0] == str(digit)


def test_nothing_is_asked_from_elsewhere(browser, address):
    context = browser.new_context(viewport={"width": 375, "height": 800}, color_scheme="dark")
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.wait_for_selector("canvas")
    draw(page, 3)
    answer_to(page, page.mouse.up)
    page.wait_for_load_state("networkidle")
    assert len(asked) > 10
    here = (f"{address}/", "data:", f"blob:{address}")
    assert [url for url in asked if not url.startswith(here)] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 375  # nothing is cut off
    context.close()


def test_each_answer_comes_into_a_region_that_tells_of_it(page):
    """The region is there before the answer, as it must be, and stays."""
    region = page.locator("[role=status]:has(.answer)")
    page.evaluate("document.querySelector('[role=status]:has(.answer)').id = 'same'")
    draw(page, 3)
    answer_to(page, page.mouse.up)
    assert region.get_attribute("id") == "same"
    assert region.locator(".digit").count() == 1


@pytest.mark.parametrize("width", [375, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_is_inaccessible(browser, address, width, theme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("canvas")
    draw(page, 3)
    answer_to(page, page.mouse.up)
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(e => e.tagName[1])")
    assert levels[0] == "1"
    assert all(int(b) <= int(a) + 1 for a, b in pairwise(levels))  # none is left out
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    serious = [
        (one["id"], one["nodes"][0]["html"][:120])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert len(found["passes"]) > 15
    context.close()


def test_it_listens_to_this_computer_alone(address):
    """The kernel's own table: local addresses are hexadecimal, bytes reversed; state 0A listens."""
    port = int(address.rpartition(":")[2])
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
    assert listening == [f"{socket.inet_aton('127.0.0.1')[::-1].hex().upper()}:{port:04X}"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_no_upload_outlives_the_server(number, browser, tmp_path, monkeypatch):
    temporary, picture = tmp_path / "temporary", tmp_path / "picture.png"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    seven(Image.new("L", (300, 300), 255), 0).save(picture)
    with serving(*HERE, "--results", str(tmp_path)) as (address, process):
        page = opened(browser, address)
        answer_to(page, lambda: page.set_input_files("input[type=file]", picture))
        assert [path.read_bytes() for path in temporary.glob("demo-*/*/*.png")] == [
            picture.read_bytes()
        ]
        page.context.close()
        process.send_signal(number)
        process.communicate(timeout=60)
        assert process.returncode == 128 + number
    assert list(temporary.iterdir()) == []


def test_without_any_run_the_page_says_what_makes_them(browser, tmp_path):
    with serving(*HERE, "--results", str(tmp_path)) as (address, process):
        page = opened(browser, address)
        draw(page, 3)
        said = answer_to(page, page.mouse.up)
        for latent_dim in DIMS:
            for script in ("train.py", "train_adversarial.py"):
                command = f"python q2_autoencoder/{script} --latent {latent_dim} --data digits"
                assert command in said
        assert "python study/steps/train_judges.py" in said
        page.context.close()
        process.send_signal(signal.SIGINT)
        _, complained = process.communicate(timeout=60)
        assert process.returncode == 130
        assert complained.splitlines()[-1] == "demo.py: error: interrupted"
