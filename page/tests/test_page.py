"""The interactive page in a real browser: what it computes, and that every part of it works."""

# pyright: reportMissingImports=false
# Playwright is installed by `make test-page` alone, which checks these types, too.

import io
import json
import math
import random
import re
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.stats
import torch
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from publish.claim import Row
from publish.interactive.examples import (
    EXAMPLES,
    BumpExample,
    EmbeddingExample,
)
from publish.interactive.side_by_side import MEASURED
from q1_bump.adam.certificate import Supremum, supremum
from q1_bump.adam.closed_form import first_excursion
from q1_bump.adam.simulator import kink_tolerance, resolvable, snap
from q1_bump.optimizers.certificate import Certified, certify
from q1_bump.optimizers.table import OPTIMIZERS
from q1_bump.optimizers.torch_classes import make_optimizer
from q1_bump.problem import Problem, bump_slope
from q2_autoencoder.plots.tables import MEASURES
from shared.files import PROJECT

PAGE = PROJECT / "results" / "gallery" / "page.html"
AXE = PROJECT / "page" / "node_modules" / "axe-core" / "axe.min.js"
AGREE = 1e-9
SETS = 200
CERTIFICATE_STEPS = 20_000
LEAST_CONTRAST = 3  # of a graphical object (WCAG 2.2, 1.4.11)
LEAST_DISTANCE = 0.1  # of two colours in OKLab, as it is seen without one kind of cone


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


@pytest.fixture(scope="module")
def kept(browser) -> Iterator[Page]:
    """One page for tests that set all that they read; loading it takes a second."""
    page = opened(browser)
    page.emulate_media(reduced_motion="reduce")
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
def test_trajectories_are_those_of_torch(kept, name):
    assert set(kept.evaluate("page.optimizers")) == set(OPTIMIZERS)
    for problem, height in (
        (Problem(), 0.4),
        (Problem(), 0.42),
        (Problem(Fraction(1, 10), Fraction(4, 5), epsilon=Fraction(1, 100)), 0.7),
    ):
        ours = by_torch(name, problem, height, 300)
        arguments = [name, texts(problem), height, 300]
        found = kept.evaluate("([n, p, h, s]) => page.trajectory(n, p, h, s)", arguments)
        found = [math.nan if x is None else x for x in found]
        assert found == pytest.approx(ours, abs=AGREE, rel=0, nan_ok=True)


def settle(page: Page, name: str, **values: str) -> str:
    """Set an optimizer and parameters, and return what the page says of h_max."""
    page.click("#assignment")
    page.select_option("#optimizer", name)
    for key, value in values.items():
        page.fill(f"#{key}", value)
    page.evaluate("() => new Promise(done => setTimeout(done, 100))")  # after the next frame
    return page.inner_text("#h-max")


@pytest.mark.parametrize(
    "name",
    [name for name in OPTIMIZERS if name not in ("adam", "sgd")],
)
def test_simulated_bounds_are_below_the_certificate(kept, name):
    found = 0
    for alpha in ("0.07", "0.31", "0.47"):
        certificate = certify(name, Problem(Fraction(alpha)))
        words = settle(kept, name, alpha=alpha)
        if not isinstance(certificate, Certified) or not words.startswith("at least "):
            continue
        found += 1
        bound = float(words.removeprefix("at least "))
        assert bound <= max(certificate.upper, Fraction(0))
        assert "later steps may go higher" in kept.inner_text("#how")
    assert found >= 1


def test_a_simulated_bound_gives_no_verdict_for_all_time(page):
    certificate = certify("asgd", Problem(Fraction("0.31")))
    assert isinstance(certificate, Certified)
    bound = float(settle(page, "asgd", alpha="0.31", height="0.25").removeprefix("at least "))
    # It comes higher after the last step that the page makes.
    assert bound < 0.25 < certificate.lower
    assert certificate.step is not None
    assert certificate.step > 5000
    assert "5,000 steps in double precision" in page.inner_text("#how")
    assert "not climbed within 5,000 steps." in page.inner_text("#outcome")
    page.click("#just-below")
    page.wait_for_function(
        "document.querySelector('#outcome').textContent.includes('is climbed within')"
    )


def test_no_number_gives_no_verdict(page):
    assert settle(page, "adagrad", alpha="0.02", distance="3") == "not known"
    assert by_torch("adagrad", Problem(Fraction("0.02"), distance=Fraction(3)), 1, 5000)[-1] < 3
    assert "L has not been reached within 5,000 steps" in page.inner_text("#how")
    no_verdict(page)
    assert settle(page, "adam", alpha="1e-7") == "not known"
    no_verdict(page)
    assert settle(page, "adam", alpha="0.5", beta1="0", beta2="0") == "not known"
    assert "divides by zero" in page.inner_text("#how")
    no_verdict(page)


def no_verdict(page: Page) -> None:
    assert "no verdict" in page.inner_text("#outcome")
    assert "climbed" not in page.inner_text("#outcome")
    assert page.is_disabled("#just-below")
    assert page.is_disabled("#just-above")


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


WRONG_NUMBERS = (
    ("many", "write a number"),
    ("0", "above 0"),
    ("1/0", "write a number"),
    ("1e999", "at most"),
)


def test_a_wrong_number_is_named_and_changes_nothing(page):
    before = page.inner_text("#h-max")
    for given, words in WRONG_NUMBERS:
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


def pixels(element: Locator) -> dict[tuple[int, int], tuple[int, int, int]]:
    """Return the colours that an element shows, by row and column."""
    shown = Image.open(io.BytesIO(element.screenshot())).convert("RGB")
    levels = np.asarray(shown).tolist()
    return {(y, x): tuple(rgb) for y, row in enumerate(levels) for x, rgb in enumerate(row)}


def test_points_that_are_not_settled_are_left_blank(page):
    # With β₂ = 0 Adam divides by zero where it starts a step on the kink, as 50 of 0.02 do.
    page.fill("#beta2", "0")
    page.wait_for_function("document.querySelector('#map-status').value.includes('not settled')")
    count = re.search(r"; (\d+) of them are not settled", page.inner_text("#map-status"))
    assert count is not None
    assert int(count[1]) >= 120  # the rows
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map").bounding_box()
    assert box is not None

    def pointed(x: int) -> str:
        page.mouse.move(box["x"] + x, box["y"] + 200)
        page.wait_for_timeout(50)
        return page.inner_text("#map-pointed")

    # The first column begins where the labels of the axis end, as wide as the browser draws them.
    first = next(x for x in range(40, 100) if "Adam divides by zero" in pointed(x))
    assert "h_max" not in pointed(first)
    assert "h_max" in pointed(first + 12)
    shown = pixels(page.locator("#map"))
    white = (255, 255, 255)
    columns = (first + 1, first + 2, first + 12, first + 32)  # the axis is drawn on the edge
    assert [shown[200, x] == white for x in columns] == [True, True, False, False]


def test_what_changes_all_the_time_is_not_read_out(page):
    page.wait_for_function("document.querySelector('#map-status').value.includes('simulated')")
    page.evaluate("""() => {
        window.heard = [];
        const live = 'output, [role=status], [aria-live=polite]';
        for (const region of document.querySelectorAll(live)) {
            if (region.getAttribute('aria-live') === 'off') continue;
            const add = () => window.heard.push(region.id);
            new MutationObserver(add).observe(region, { childList: true, characterData: true });
        }
    }""")
    page.click("#play")
    page.wait_for_function("document.querySelector('#played').textContent !== ''")
    assert page.inner_text("#played") == page.inner_text("#current-words")
    assert set(page.evaluate("window.heard")) == {"played"}
    assert len(page.evaluate("window.heard")) <= 2
    page.evaluate("() => { window.heard = []; }")
    page.fill("#epsilon", "0.02")
    page.wait_for_function("window.heard.filter(id => id === 'map-status').length >= 2")
    heard = page.evaluate("window.heard")
    assert heard.count("map-status") == 2  # emptied, and written once
    assert "map-progress" not in heard


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
    assert page.locator("#numbers tbody tr").count() == 1 + len(MEASURED)


def test_numbers_have_their_spread_and_seeds(page):
    page.check("input[name=dimension][value='16']")
    page.check("input[name=variant][value='L1 + digit features']")
    record = json.loads((PAGE.parent / "adversarial.json").read_text(encoding="utf-8"))
    found = record["latent_dims"]["16"]["L1 + digit features"]["finished"]
    values = found["measures"]["l1"]["values"]
    assert page.inner_text("#numbers tbody tr:first-child td:nth-child(3)") == str(len(values))
    mean = statistics.fmean(values)
    margin = scipy.stats.t.interval(0.95, len(values) - 1, 0, scipy.stats.sem(values))[1]
    row = page.locator("#numbers tbody tr", has_text=MEASURES["l1"].name)
    assert row.locator("td").nth(1).inner_text() == f"{mean:.6f} ± {margin:.6f}"


def test_all_variants_and_words_are_explained(page):
    section = page.locator("#variants .glossary")
    section.locator("summary").click()
    explained = section.locator("dt").all_inner_texts()
    names = [one.get_attribute("value") for one in page.locator("input[name=variant]").all()]
    parts = {part for name in names for part in re.split(r", | \+ ", str(name))} - {"the originals"}
    parts = {"L1" if part == "L1 alone" else part.removesuffix(" alone") for part in parts}
    assert [part for part in sorted(parts) if not any(part in words for words in explained)] == []
    section = page.locator("#claims .glossary")
    section.locator("summary").click()
    explained = section.locator("dt").all_inner_texts()
    verdicts = page.locator("#by-verdict option").all_inner_texts()
    assert set(verdicts) - {"all"} <= set(explained)


def test_statements_are_filtered_and_shown(page):
    count = page.locator("#claims-list li").count()
    page.select_option("#by-verdict", "wrong")
    wrong = page.locator("#claims-list li").count()
    assert 0 < wrong < count
    page.select_option("#by-question", "1")
    page.locator("#claims-list li", has_text="0.411").first.locator("button").click()
    assert page.input_value("#height") == "0.411"
    assert "not climbed" in page.inner_text("#outcome")


# ---- the examples ----


def claims() -> list[Row]:
    text = (PAGE.parent / "claims.json").read_text(encoding="utf-8")
    return [Row(**one) for one in json.loads(text)["claims"]]


# Statements that do not hold, of which the page shows nothing: on a number's print, on codes of
# which it has no picture, on the classifier's confusions.
WITHOUT = frozenset(
    {
        "0.41100000000000001 (17 decimals)",
        "both having difficulty distinguishing between 4 and 9, 3 and 8",
        "and the clusters are less alike",
    }
)


def test_what_does_not_hold_has_an_example_or_is_known_to_have_none():
    rows = {row.quotation: row for row in claims()}
    assert len(rows) == len(claims())
    open_ones = {
        quotation
        for quotation, row in rows.items()
        # Those on 2(b) are on the reports' own code and trainings, of which the page shows nothing.
        if row.verdict in ("wrong", "typo") and row.question != "2(b)"
    }
    assert open_ones - set(EXAMPLES) - WITHOUT == set()
    assert set(EXAMPLES) & WITHOUT == set()
    assert (set(EXAMPLES) | WITHOUT) - set(rows) == set()
    assert not [quotation for quotation in EXAMPLES if rows[quotation].question == "2(b)"]


# What contradicts a statement, as the page then shows it: where, and what stands there. (The
# reports' M is −m.)
FACTS = {
    "step 4: (1.2, -1.2)": ("tr[data-t='4']", "1.2000000000\t-0.8000000000"),
    "step 6: (1.2, -1.2)": ("tr[data-t='6']", "1.2000000000\t-0.8000000000"),
    "because the learning rate is too large, we cannot reach the local minimum": (
        "#how",
        "rests on the kink",
    ),
    "Maximum high = 0.411": ("#outcome", "not lower than h_max: not climbed."),
    "q_t^2 indicates the elementwise square g_t ⊙ g_t": ("tr[data-t='1']", "\t0.0010000000\t"),
    "M(t) = beta1*(1-beta1^(t-1)-(1-beta1) = 2*beta1-beta1^(t-1)": (
        "tr[data-t='5']",
        "\t-0.2095100000\t",
    ),
    "M^ = 0.511614...": ("tr[data-t='5']", "\t-0.5116114381\t"),
    "M(t) = beta1*(2*beta1-beta1^(t-2)) - (1-beta1)": ("tr[data-t='6']", "\t-0.0885590000\t"),
    "(each cluster the colored blocked corresponds to a different digit)": (
        "#pointed-words",
        "a 9, in the cluster of the 4s",
    ),
}


@pytest.mark.parametrize("quotation", EXAMPLES)
def test_a_button_leads_to_its_example(page, quotation):
    page.emulate_media(reduced_motion="reduce")
    example = EXAMPLES[quotation]
    page.select_option("#optimizer", "radam")
    page.fill("#steps", "1")
    page.check("input[name=variant][value='the originals']")
    row = page.locator("#claims-list li", has_text=f"“{quotation}”")
    assert row.count() == 1
    row.get_by_role("button").click()
    heading = f"{example.part}-heading"
    if isinstance(example, BumpExample):
        assert page.input_value("#optimizer") == example.optimizer
        expected = texts(Problem()) | {"height": "0.41"} | dict(example.parameters)
        shown = {name: page.input_value(f"#{name}") for name in expected}
        as_numbers = {name: Fraction(value) for name, value in shown.items()}
        assert as_numbers == {name: Fraction(value) for name, value in expected.items()}
        if example.step_table:
            heading = "steps-heading"
            assert page.locator("#step-table tbody tr").count() == 20
    elif isinstance(example, EmbeddingExample):
        assert page.is_checked("input[value='k-means cluster']")
        assert example.image is None or page.input_value("#image") == str(example.image)
    else:
        assert page.is_checked(f"input[name=dimension][value='{example.dimension}']")
        assert page.is_checked(f"input[name=variant][value='{example.variant}']")
        assert example.variant in page.inner_text("#numbers thead")
        assert example.variant in page.inner_text("#pictures-words")
    assert page.evaluate("document.activeElement.id") == heading
    top = page.evaluate("document.activeElement.getBoundingClientRect().top")
    assert 0 <= top < 450
    if quotation in FACTS:
        where, words = FACTS[quotation]
        assert words in page.inner_text(where)


def test_what_has_no_example_has_no_button(page):
    items = page.locator("#claims-list li")
    assert items.locator("button").count() == len(EXAMPLES)
    assert items.count() == len(claims())


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


def rgb(colour: str) -> list[float]:
    return [int(level) / 255 for level in re.findall(r"\d+", colour)[:3]]


def linear(colour: str) -> torch.Tensor:
    levels = torch.tensor(rgb(colour), dtype=torch.float64)
    return torch.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours as WCAG 2.2 defines it."""
    weights = torch.tensor([0.2126, 0.7152, 0.0722], dtype=torch.float64)
    low, high = sorted(float(linear(one) @ weights) + 0.05 for one in (first, second))
    return high / low


# What is seen with all cones, and without one kind (Machado, Oliveira and Fernandes 2009).
CONES = {
    "all": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
# Linear RGB to OKLab (Ottosson 2020).
TO_CONES = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
TO_LAB = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]


def least_distance(colours: list[str], cones: list[list[float]]) -> float:
    """Return the least distance in OKLab between two of the colours."""
    seen, to_cones, to_lab = (
        torch.tensor(one, dtype=torch.float64) for one in (cones, TO_CONES, TO_LAB)
    )
    light = (torch.stack([linear(one) for one in colours]) @ seen.T).clamp(0, 1)
    return torch.pdist((light @ to_cones.T) ** (1 / 3) @ to_lab.T).min().item()


def test_digits_have_colours_that_can_be_told_apart(page):
    legend = "all => all.map(one => getComputedStyle(one).backgroundColor)"
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_timeout(300)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        colours = page.locator("#latent .digits-legend >> nth=0").locator("i")
        colours = colours.evaluate_all(legend)
        assert len(set(colours)) == 10
        assert [one for one in colours if contrast(one, ground) < LEAST_CONTRAST] == []
        for name, cones in CONES.items():
            assert least_distance(colours, cones) >= LEAST_DISTANCE, (theme, name)
        for scatter in ("codes", "embedding"):
            drawn = {f"rgb{colour}" for colour in pixels(page.locator(f"#{scatter}")).values()}
            assert set(colours) <= drawn, (theme, scatter)


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
