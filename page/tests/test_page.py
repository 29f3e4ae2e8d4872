"""The interactive page in a real browser: what it computes, and that every part of it works."""

# pyright: reportMissingImports=false
# Playwright is installed by `make test-page` alone, which checks these types, too.

import json
import math
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Page, sync_playwright

from q1_bump.adam.certificate import Supremum, supremum
from q1_bump.adam.closed_form import first_excursion
from q1_bump.adam.simulator import kink_tolerance, resolvable, snap
from q1_bump.optimizers.table import OPTIMIZERS
from q1_bump.optimizers.torch_classes import make_optimizer
from q1_bump.problem import Problem, bump_slope
from shared.files import PROJECT

PAGE = PROJECT / "results" / "gallery" / "page.html"
AXE = PROJECT / "page" / "node_modules" / "axe-core" / "axe.min.js"
AGREE = 1e-9
SETS = 200
CERTIFICATE_STEPS = 20_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing; `make test-page` installs it"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


def opened(browser: Browser, width: int = 1440, theme: Any = "light") -> Page:
    """Open the page. Its policy against outside content would stop the test's own scripts."""
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme=theme, bypass_csp=True
    )
    page.set_default_timeout(60_000)
    return page


def load(page: Page) -> None:
    page.goto(PAGE.as_uri())
    page.wait_for_selector("body[data-ready=yes]")


def listen(page: Page) -> list[str]:
    """Return the list to which console messages, errors and requests will be added."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: heard.append(request.url))
    return heard


def complaints(heard: list[str]) -> list[str]:
    return [one for one in heard if one != PAGE.as_uri() and not one.startswith("data:")]


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """The page; a console message, an error or a request to anywhere fails the test."""
    page = opened(browser)
    heard = listen(page)
    load(page)
    yield page
    page.close()
    assert complaints(heard) == []


def test_it_works_under_its_own_policy(browser):
    page = browser.new_page()
    heard = listen(page)
    load(page)
    assert complaints(heard) == []
    page.evaluate("() => { new Image().src = 'https://example.org/x.png'; }")
    page.wait_for_timeout(200)
    assert any("Content Security Policy" in one for one in heard)
    page.close()


def texts(problem: Problem) -> dict[str, str]:
    names = ("alpha", "beta1", "beta2", "epsilon", "distance")
    return {name: str(getattr(problem, name)) for name in names}


# ---- what it computes --------------------------------------------------------------------------


def random_problems() -> Iterator[Problem]:
    """Yield problems of each kind for ever, those first of which a half is rare otherwise."""
    draw = random.Random(0)
    number = lambda low, high, of: Fraction(draw.randint(low, high), of)  # noqa: E731
    while True:
        alpha, beta1 = number(2, 99, 100), number(0, 98, 100)
        yield Problem(alpha, beta1, epsilon=number(1, 50, 1000))
        yield Problem(alpha, beta1, number(0, 999, 1000), distance=number(20, 300, 100))
        # A tie: the third or a later step starts exactly on the kink.
        yield Problem(alpha, number(30, 98, 100), distance=draw.randint(2, 9) * alpha)
        # Low β₁, or slow downhill: limits and later excursions are frequent.
        yield Problem(number(30, 99, 100), number(40, 80, 100))


def certified_problems() -> list[tuple[Problem, Supremum]]:
    """Return 200 problems with their certificates, which doubles can resolve."""
    found = []
    for problem in random_problems():
        answer = supremum(problem, CERTIFICATE_STEPS)
        if isinstance(answer, Supremum) and resolvable(problem, answer.clearance):
            found.append((problem, answer))
        if len(found) == SETS:
            return found
    raise AssertionError


def test_heights_are_those_of_the_certificate(page):
    problems = certified_problems()
    assert sum(answer.attained is False for _, answer in problems) >= 5  # limits
    later = [
        answer
        for problem, answer in problems
        if answer.step and answer.step > sum(first_excursion(problem)[:2])
    ]
    assert len(later) >= 20
    assert sum(0 in answer.slopes for _, answer in problems) >= 20  # ties
    all_texts = [texts(problem) for problem, _ in problems]
    heights = page.evaluate("all => all.map(one => page.greatestHeight(one))", all_texts)
    for (problem, answer), found in zip(problems, heights, strict=True):
        assert found["doubt"] is None, (problem, found)
        assert found["height"] == pytest.approx(float(answer.middle), abs=AGREE, rel=0), problem
        if answer.attained is not None:
            assert (found["step"] is None) == (not answer.attained), (problem, answer, found)


def test_the_map_is_that_of_the_certificate(page):
    draw = random.Random(1)
    for _ in range(100):
        alpha, beta1 = Fraction(draw.randint(2, 99), 100), Fraction(draw.randint(0, 98), 100)
        problem = Problem(alpha, beta1)
        answer = supremum(problem, CERTIFICATE_STEPS)
        if isinstance(answer, Supremum) and resolvable(problem, answer.clearance):
            found = page.evaluate("one => page.heightOnMap(one)", texts(problem))
            assert found["height"] == pytest.approx(float(answer.middle), abs=AGREE, rel=0)


def by_torch(name: str, problem: Problem, height: float, steps: int) -> list[float]:
    """Return x₀ … of torch's own optimizer over a bump, in float64."""
    x = torch.zeros(1, dtype=torch.float64)
    gradient = x.grad = torch.zeros_like(x)
    optimizer = make_optimizer(name, [x], problem)
    distance, tolerance = float(problem.distance), kink_tolerance(problem)
    positions = [0.0]
    for _ in range(steps):
        gradient.fill_(bump_slope(snap(positions[-1], distance, tolerance), distance, height))
        optimizer.step()
        positions.append(x.item())
    return positions


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_trajectories_are_those_of_torch(page, name):
    assert set(page.evaluate("page.optimizers")) == set(OPTIMIZERS)
    for problem, height in (
        (Problem(), 0.4),
        (Problem(), 0.42),
        (Problem(Fraction(1, 10), Fraction(4, 5), epsilon=Fraction(1, 100)), 0.7),
    ):
        ours = by_torch(name, problem, height, 300)
        arguments = [name, texts(problem), height, 300]
        found = page.evaluate("([n, p, h, s]) => page.trajectory(n, p, h, s)", arguments)
        found = [math.nan if x is None else x for x in found]
        assert found == pytest.approx(ours, abs=AGREE, rel=0, nan_ok=True)


# ---- its controls ------------------------------------------------------------------------------


def test_the_assignment_is_proved_and_other_values_are_simulated(page):
    assert page.inner_text("#known") == "proved"
    assert "2071210444/5049463055" in page.inner_text("#how")
    page.fill("#alpha", "0.31")
    page.wait_for_function("document.querySelector('#known').textContent === 'simulated'")
    page.fill("#alpha", "3/10")
    page.wait_for_function("document.querySelector('#known').textContent === 'proved'")
    page.click("#just-above")
    page.wait_for_function("document.querySelector('#outcome').textContent.includes('not climbed')")
    page.click("#just-below")
    page.wait_for_function("document.querySelector('#outcome').textContent.includes(': climbed')")


def test_a_wrong_number_is_named_and_changes_nothing(page):
    before = page.inner_text("#h-max")
    for given, words in (("many", "write a number"), ("0", "above 0"), ("1/0", "write a number")):
        page.fill("#alpha", given)
        page.wait_for_function(f"document.querySelector('#alpha-wrong').value.includes('{words}')")
        assert page.get_attribute("#alpha", "aria-invalid") == "true"
        assert page.inner_text("#h-max") == before
    page.click("#assignment")
    assert page.get_attribute("#alpha", "aria-invalid") == "false"


def test_sliders_optimizer_steps_and_playing(page):
    for slider in page.locator("#parameters input[type=range]").all():
        slider.press("ArrowRight")
    page.select_option("#optimizer", "rmsprop")
    page.fill("#steps", "50")
    page.wait_for_function("document.querySelector('#current').max === '50'")
    page.click("text=Table of the steps")
    page.wait_for_function("document.querySelectorAll('#step-table tbody tr').length === 50")
    page.click("#play")
    page.wait_for_function("Number(document.querySelector('#current').value) < 50")
    page.click("#play")
    page.locator("#current").press("Home")
    assert page.inner_text("#current-words").startswith("after step 0: x = 0")


def test_the_map_is_read_and_clicked(page):
    page.wait_for_function("document.querySelector('#map-status').value.includes('simulated')")
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    page.wait_for_function("document.querySelector('#map-pointed').value.includes('h_max')")
    words = page.inner_text("#map-pointed")
    page.mouse.down()
    page.mouse.up()
    alpha = page.input_value("#alpha")
    assert f"α = {alpha}, β₁ = {page.input_value('#beta1')}" in words
    said = float(words.rpartition("= ")[2])
    # A click sets four digits of the map's own values, which are these.
    columns = [0.02 + 0.97 * i / 159 for i in range(160)]
    rows = [0.99 * i / 119 for i in range(120)]
    near = lambda values, text: Fraction(min(values, key=lambda v: abs(v - float(text))))  # noqa: E731
    problem = Problem(near(columns, alpha), near(rows, page.input_value("#beta1")))
    answer = supremum(problem, CERTIFICATE_STEPS)
    assert isinstance(answer, Supremum)
    assert said == pytest.approx(float(answer.middle), abs=1e-8)


def test_the_latent_space_follows_pointer_epoch_and_sliders(page):
    def pixels(name: str) -> str:
        return page.evaluate(f"document.querySelector('#{name}').toDataURL()")

    page.locator("#codes").scroll_into_view_if_needed()
    box = page.locator("#codes").bounding_box()
    assert box is not None
    seen = set()
    for share in (0.2, 0.5, 0.8):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
        seen.add((pixels("decoded"), pixels("nearest")))
    assert len(seen) == 3
    page.locator("#code-1").press("End")
    assert (pixels("decoded"), pixels("nearest")) not in seen
    page.locator("#epoch").press("Home")
    assert page.inner_text("#epoch-words") == "before training"
    assert "last epoch only" in page.inner_text("#decoded-words")
    page.check("input[value='k-means cluster']")
    before = page.inner_text("#pointed-words")
    page.locator("#image").press("End")
    assert page.inner_text("#pointed-words") != before


def test_every_variant_is_shown_with_its_numbers(page):
    seen = set()
    for dimension in page.locator("input[name=dimension]").all():
        dimension.check()
        for variant in page.locator("input[name=variant]").all():
            variant.check()
            name = variant.get_attribute("value")
            page.wait_for_function(
                "name => document.querySelector('#pictures').ariaLabel.includes(name)", arg=name
            )
            page.wait_for_timeout(50)
            seen.add(page.evaluate("document.querySelector('#pictures').toDataURL()"))
    dimensions = page.locator("input[name=dimension]").count()
    variants = page.locator("input[name=variant]").count()
    assert len(seen) == dimensions * (variants - 1) + 1  # the originals are the same ones
    assert page.locator("#numbers tbody tr").count() >= 4


def test_statements_are_filtered_and_shown(page):
    count = page.locator("#claims-list li").count()
    page.select_option("#by-verdict", "wrong")
    wrong = page.locator("#claims-list li").count()
    assert 0 < wrong < count
    page.select_option("#by-question", "1")
    page.locator("#claims-list li", has_text="0.411").first.locator("button").click()
    assert page.input_value("#height") == "0.411"
    assert "not climbed" in page.inner_text("#outcome")


# ---- how it looks and how fast it is -----------------------------------------------------------


@pytest.mark.parametrize("width", [375, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_is_inaccessible_or_cut_off(browser, width, theme):
    page = opened(browser, width, theme)
    load(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("text=Table of the steps")
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    serious = [
        (one["id"], one["nodes"][0]["html"][:120])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert len(found["passes"]) > 15
    page.close()


def test_the_page_is_one_small_file():
    assert PAGE.stat().st_size <= 4_000_000
    text = PAGE.read_text(encoding="utf-8")
    assert 'src="http' not in text
    assert "@import" not in text


def test_the_page_is_what_its_source_builds_of_its_data(tmp_path):
    built = tmp_path / "built.html"
    subprocess.run(["node", "build.mjs", built, PAGE], cwd=PROJECT / "page", check=True)
    assert built.read_bytes() == PAGE.read_bytes()


def test_the_page_has_the_statements_of_the_gallery():
    text = PAGE.read_text(encoding="utf-8")
    data = re.search(r'<script id="data" type="application/json">(.*?)</script>', text, re.S)
    assert data is not None
    found = json.loads(data[1])["claims"]
    assert found == json.loads((PAGE.parent / "claims.json").read_text(encoding="utf-8"))["claims"]
