"""The demo without its page: pictures made MNIST-like, answers by finished runs, missing runs.

What needs gradio and a browser is in browser_demo.py, which `make test-demo` runs.
"""

import importlib
import io
import shlex
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch
from helpers import (
    DEMO,
    HERE,
    assert_one_line_error,
    quick_judges,
    run_here,
    save_run,
    small_autoencoders,
)
from PIL import Image, ImageOps
from sklearn.neighbors import KNeighborsClassifier

from q2_autoencoder import demo
from q2_autoencoder.config import TrainingConfig, run_name
from q2_autoencoder.evaluation import answering, classifier
from q2_autoencoder.evaluation.answering import ReadyRun, Runs, answer, prepare
from q2_autoencoder.evaluation.handwriting import MOST_PIXELS, mnist_like, read_picture
from q2_autoencoder.networks.batches import to_pixels
from q2_autoencoder.plots.answer import (
    Kind,
    Problem,
    Reconstruction,
    answer_html,
    code_map,
    error_html,
    place_on,
    style,
)
from q2_autoencoder.training.run_folder import load_run
from shared.errors import BadInput
from shared.figures import BLACK, ORANGE

IMAGES = 300  # of the test images, the first ones
CPU = torch.device("cpu")


# ---- pictures ------------------------------------------------------------------------------


def test_mnists_own_images_stay_as_they_are(mnist):
    """So box, scale, centre of mass and rounding are those by which MNIST was made."""
    images = mnist.test_images[:2000].numpy()
    rows, columns = images.any(2).sum(1), images.any(1).sum(1)  # nearly all are 20 pixels long
    whole = images[np.maximum(rows, columns) == 20]
    assert len(whole) > 1950
    for image in whole:
        brightest = image.max() / 255  # which is made white
        found = mnist_like(Image.fromarray(image))
        np.testing.assert_allclose(found * brightest, image, atol=1)


def enlarged(image: np.ndarray, factor: int) -> Image.Image:
    """Return an image (28, 28) with pixels of so many pixels' side."""
    return Image.fromarray(image.repeat(factor, 0).repeat(factor, 1))


def on_wide_paper(image: np.ndarray, rng: np.random.Generator) -> Image.Image:
    paper, ink = Image.new("L", (1500, 300), 255), enlarged(255 - image, 7)
    paper.paste(ink, tuple(rng.integers(0, (1500 - 196, 300 - 196)).tolist()))
    return paper


def on_tall_slate(image: np.ndarray, rng: np.random.Generator) -> Image.Image:
    slate = Image.new("L", (120, 900), 30)
    chalk = enlarged((30 + image * (200 / 255)).astype(np.uint8), 4)
    slate.paste(chalk, tuple(rng.integers(0, (120 - 112, 900 - 112)).tolist()))
    return slate


def transparent(image: np.ndarray, ink: int) -> Image.Image:
    opacity = enlarged(image, 5)
    picture = Image.new("RGBA", (400, 320), (123, 45, 67, 0))  # a colour that is not to be seen
    coloured = Image.new("RGBA", opacity.size, (ink, ink, ink, 255))
    coloured.putalpha(opacity)
    picture.paste(coloured, (150, 90))
    return picture


def in_colours(image: np.ndarray, rng: np.random.Generator) -> Image.Image:
    share = np.asarray(enlarged(image, 6), np.float64)[..., None] / 255
    paper = np.full((28 * 6, 28 * 6, 3), (250, 235, 170.0))
    return Image.fromarray((paper * (1 - share) + share * (30, 20, 150)).astype(np.uint8))


def photographed(image: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """Dark ink on paper with grain, darker to the right, and a little out of focus."""
    share = np.zeros((400, 400))
    share[100:296, 100:296] = np.asarray(enlarged(image, 7).resize((196, 196))) / 255
    light = np.linspace(0.9, 0.75, 400) + rng.normal(0, 0.01, (400, 400))
    return Image.fromarray((255 * light * (1 - 0.8 * share)).clip(0, 255).astype(np.uint8))


def grainy(image: np.ndarray, rng: np.random.Generator) -> Image.Image:
    grey = np.full((500, 500), 215.0)
    grey[50:246, 200:396] -= 0.7 * np.asarray(enlarged(image, 7))
    return Image.fromarray((grey + rng.normal(0, 6, grey.shape)).clip(0, 255).astype(np.uint8))


def cropped_tightly(image: np.ndarray, rng: np.random.Generator) -> Image.Image:
    return (picture := enlarged(255 - image, 7)).crop(ImageOps.invert(picture).getbbox())


def turned_by_the_camera(image: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """Lies on its side in the file, whose EXIF entry says so."""
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6  # to be turned by 90° clockwise
    on_wide_paper(image, rng).rotate(90, expand=True).save(file, "PNG", exif=exif)
    return read_picture(file)


WAYS: dict[str, Callable[[np.ndarray, np.random.Generator], Image.Image]] = {
    "on wide paper": on_wide_paper,
    "on a tall slate": on_tall_slate,
    "black, transparent ground": lambda image, _: transparent(image, 0),
    "white, transparent ground": lambda image, _: transparent(image, 255),
    "in colours": in_colours,
    "photographed": photographed,
    "grainy": grainy,
    "cropped tightly": cropped_tightly,
    "turned by the camera": turned_by_the_camera,
}


ROUGH = ("photographed", "grainy")  # pixels are not quite what they were


@pytest.fixture(scope="module")
def neighbours(mnist) -> KNeighborsClassifier:
    """A classifier that is none of the project's: the nearest of 10,000 training images."""
    pixels = to_pixels(mnist.train_images[:10_000]).numpy()
    return KNeighborsClassifier(1).fit(pixels, mnist.train_labels[:10_000].numpy())


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_digit_is_classified_the_same_however_it_is_pictured(way, mnist, neighbours):
    images, rng = mnist.test_images[:IMAGES].numpy(), np.random.default_rng(0)
    found = np.stack([mnist_like(WAYS[way](image, rng)) for image in images])
    before, after = (
        neighbours.predict(to_pixels(torch.from_numpy(some)).numpy()) for some in (images, found)
    )
    assert (before == after).mean() > (0.95 if way in ROUGH else 0.99)


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F"]
)
def test_every_mode_of_a_picture_is_read(mode):
    grey = np.full((90, 60), 255, np.uint8)
    grey[20:70, 10:20] = grey[60:70, 10:50] = 0  # an L
    deep = mode == "I;16"
    picture = Image.fromarray(grey.astype(np.uint16) * 257) if deep else Image.fromarray(grey)
    expected = mnist_like(Image.fromarray(grey))
    found = mnist_like(picture if deep else picture.convert(mode))
    np.testing.assert_array_equal(found, expected)
    assert (expected > 0).sum() == (20 * 16 - 16 * 12)  # 50 × 40 pixels, scaled to 20 × 16


def test_a_digit_far_from_its_centre_of_mass_stays_whole():
    grey = np.zeros((200, 200), np.uint8)
    grey[0:20, 0:200], grey[20:200, 0:2] = 255, 60  # all of its mass is at the top
    found = mnist_like(Image.fromarray(np.pad(grey, 50)))
    assert np.flatnonzero(found.any(1)).tolist() == list(range(8, 28))


def png(width: int, height: int) -> bytes:
    """Return a PNG file that says it has so many pixels, and has hardly any."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    content = chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + content + chunk(b"IEND", b"")


def file_of(picture: Image.Image, form: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, form)
    return file.getvalue()


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 80), np.uint8))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no picture"),
        (b"no picture at all", "no picture"),
        (file_of(NOISE, "EPS"), "no picture of a known format"),  # would start an interpreter
        (png(60_000, 60_000), "too large"),  # beyond Pillow's own limit
        (png(12_000, 8_000), "too large"),  # where Pillow only warns
        (png(MOST_PIXELS // 7_000 + 1, 7_000), "too large"),
        (png(100, 100), "damaged or cut off"),
        *((file_of(NOISE, form)[:1500], "damaged or cut off") for form in ("PNG", "JPEG", "TIFF")),
    ],
)
def test_bad_files_are_refused(content, words):
    with pytest.raises(BadInput, match=words):
        read_picture(io.BytesIO(content))


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_empty_pictures_are_refused(grey):
    with pytest.raises(BadInput, match="shows no digit"):
        mnist_like(Image.new("L", (50, 40), grey))


# ---- answers -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results(few, tmp_path_factory) -> Iterator[Path]:
    """All six runs, and the classifier, as small as can be."""
    folder = tmp_path_factory.mktemp("demo")
    with small_autoencoders(), quick_judges():
        for kind in answering.KINDS:
            save_run(folder / name_of(kind), config_of(kind))
        classifier.load_or_train(folder, "digits", few, CPU)
        yield folder


def config_of(kind: Kind) -> TrainingConfig:
    return TrainingConfig(latent_dim=kind.latent_dim, data="digits", epochs=1, precision="fp32")


def name_of(kind: Kind) -> str:
    return run_name("digits", "l1", kind.latent_dim, 0, "four-step" if kind.with_dis_net else "")


def ready_from(folder: Path, few):
    return prepare(Runs(folder, "digits", 0, ["--data", "digits"]), few, CPU)


def test_an_answer_is_what_networks_and_codes_say(results, few):
    ready, place = ready_from(results, few), 7
    image = few.test_images[place].numpy()
    found = answer(ready, image)
    pixels = to_pixels(few.test_images)
    judge = classifier.load_or_train(results, "digits", few, CPU)
    with torch.no_grad():
        expected = torch.softmax(judge(pixels[[place]]), 1)[0]
        assert not isinstance(found.probabilities, Problem)
        np.testing.assert_allclose(found.probabilities, expected, rtol=1e-4)
        assert list(found.reconstructions) == answering.KINDS
        for kind, one in found.reconstructions.items():
            assert isinstance(one, Reconstruction)
            assert not isinstance(one.probabilities, Problem)
            model = load_run(results / name_of(kind)).model
            reconstruction, codes = model(pixels[[place]]), model.encode(pixels).numpy()
            shown = one.image.reshape(1, 784) / 255
            np.testing.assert_allclose(shown, reconstruction, atol=0.51 / 255)
            assert one.l1 == pytest.approx(float((reconstruction - pixels[place]).abs().mean()))
            verdict = torch.softmax(judge(reconstruction), 1)[0]
            np.testing.assert_allclose(one.probabilities, verdict, rtol=1e-3)
            # The digit is a test image: its own code is the nearest.
            order = np.linalg.norm(codes - codes[place], axis=1).argsort()[:5]
            assert order[0] == place
            for neighbour, nearest in zip(one.neighbours, order, strict=True):
                np.testing.assert_array_equal(neighbour.image, few.test_images[nearest])
                assert neighbour.digit == few.test_labels[nearest]
            assert (one.place is not None) == (kind.latent_dim == 2)


def test_a_place_on_the_map_is_where_the_dot_is():
    """The pixel there has the colour of the code's digit."""
    codes = np.random.default_rng(0).uniform((-3, 10), (5, 40), (500, 2))
    digits = (codes[:, 0] > 2).astype(int)
    found = code_map(codes, digits)
    picture = np.asarray(Image.open(io.BytesIO(found.png)).convert("RGB"))
    height, width, _ = picture.shape
    colours = [tuple(bytes.fromhex(colour[1:])) for colour in (BLACK, ORANGE)]
    right = 0
    for code, digit in zip(codes, digits, strict=True):
        across, down = place_on(found, code)
        if 0 <= across < 1 and 0 <= down < 1:
            right += tuple(picture[int(down * height), int(across * width)]) == colours[digit]
    assert right > 0.8 * len(codes)  # others lie below names, or beyond the edge
    assert place_on(found, np.array(found.low)) == (0, 1)
    assert place_on(found, np.array(found.high)) == (1, 0)


def test_a_page_shows_the_answer_and_needs_nothing_from_elsewhere(results, few):
    ready = ready_from(results, few)
    html = answer_html(answer(ready, few.test_images[0].numpy()), "a <digit>")
    assert html.count("<img") == 1 + 6 * (1 + answering.NEIGHBOURS)
    assert html.count('class="map ') == 2
    assert "a &lt;digit&gt;" in html
    css = style(ready.maps)
    assert css.count("data:image/png") == 2
    for text in (html, css):
        assert "http" not in text
        assert "@import" not in text
    assert "&lt;script&gt;" in error_html("<script>")


@pytest.mark.parametrize("seed", [0, 5])
def test_missing_runs_say_which_command_makes_them(seed, few, tmp_path, monkeypatch):
    """The command's own script, asked by the same words, would fill the folder that is missing."""
    selection = demo.DemoSelection(data="digits", seed=seed, results=tmp_path)
    ready = prepare(demo.runs_of(selection), few, CPU)
    assert isinstance(ready.classifier, Problem)
    asked = parsed(ready.classifier.command, monkeypatch)
    assert (asked.results, asked.data) == (tmp_path, "digits")
    for kind, problem in ready.runs.items():
        assert isinstance(problem, Problem)
        config, execution = parsed(problem.command, monkeypatch)
        variant = ""
        if kind.with_dis_net:
            (config,) = config
            variant = config.variant.name
        name = run_name(config.data, config.loss, config.latent_dim, config.seed, variant)
        assert name == name_of(kind).replace("seed0", f"seed{seed}")
        assert execution.results == tmp_path
    html = answer_html(answer(ready, few.test_images[0].numpy()), "a digit")
    assert html.count("<pre>") == 7
    assert ready.maps == {}


def parsed(command: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what the script of a command line makes of its options."""
    python, path, *words = shlex.split(command)
    assert python == "python"
    monkeypatch.setattr("sys.argv", [path, *words])
    return importlib.import_module(path.removesuffix(".py").replace("/", ".")).parse()


def test_a_damaged_run_is_named_and_the_others_answer(results, few, tmp_path):
    for folder in results.iterdir():
        (tmp_path / folder.name).symlink_to(folder)
    damaged = tmp_path / name_of(Kind(16, False))
    damaged.unlink()
    damaged.mkdir()
    (damaged / "metrics.json").write_text("{")
    (tmp_path / "classifier-digits.pt").unlink()
    (tmp_path / "classifier-digits.pt").write_bytes(b"PK")
    ready = ready_from(tmp_path, few)
    problems = {kind: run for kind, run in ready.runs.items() if not isinstance(run, ReadyRun)}
    assert list(problems) == [Kind(16, False)]
    assert damaged.name in problems[Kind(16, False)].reason
    assert isinstance(ready.classifier, Problem)
    assert "classifier-digits.pt" in ready.classifier.reason
    found = answer(ready, few.test_images[0].numpy())
    assert sum(isinstance(one, Reconstruction) for one in found.reconstructions.values()) == 5


# ---- the script ----------------------------------------------------------------------------


def test_options_that_were_given_go_into_the_commands(tmp_path):
    assert demo.runs_of(demo.DemoSelection()).options == []
    given = demo.DemoSelection(data="digits", results=tmp_path, host="0.0.0.0", port=80)
    assert demo.runs_of(given).options == ["--data", "digits", "--results", str(tmp_path)]


def test_without_gradio_one_line_says_what_installs_it():
    with mock.patch("importlib.util.find_spec", return_value=None):
        assert_one_line_error(run_here(DEMO, *HERE), "gradio", "`make demo`")


def test_an_address_that_cannot_be_had_is_refused():
    with (
        mock.patch("importlib.util.find_spec"),
        socket.create_server(("127.0.0.1", 0)) as taken,
    ):
        port = str(taken.getsockname()[1])
        assert_one_line_error(run_here(DEMO, *HERE, "--port", port), f"port {port}", "in use")
        other = ("--host", "192.0.2.1")  # of no computer: RFC 5737
        assert_one_line_error(run_here(DEMO, *HERE, *other), "192.0.2.1", "--host")
        for host in ("é" * 70, "a" * 70, "a..b"):
            assert_one_line_error(run_here(DEMO, *HERE, "--host", host), host, "name of a computer")


@pytest.mark.parametrize("data_url", ["", "data:image/png;base64,", "data:,%%%", "x,AAA", "x,é"])
def test_a_drawing_that_is_none_is_refused(data_url):
    with pytest.raises(BadInput, match="no picture"):
        read_picture(demo.decoded(data_url))
