"""What runs make of one digit, as a part of a web page that needs nothing from elsewhere."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

import numpy as np
from PIL import Image

from q2_autoencoder.plots.clusters import extent, scatter_by_class
from shared.figures import new_figure

MAP_INCHES, MAP_DPI = 4.2, 130  # side of a map of codes, and its pixels per inch


class Kind(NamedTuple):
    """Which run it is, among those of one data set and seed."""

    latent_dim: int
    with_dis_net: bool

    @property
    def training(self) -> str:
        """The training in words."""
        return "with dis_net" if self.with_dis_net else "without dis_net"

    @property
    def words(self) -> str:
        """The run in words."""
        return f"{self.latent_dim} latent dimensions, {self.training}"


class CodeMap(NamedTuple):
    """A picture of the 2-D codes of the test images.

    Attributes:
        png: the picture, as a PNG file.
        low, high: the corners (2,), (2,) of the rectangle of codes that it shows.
    """

    png: bytes
    low: np.ndarray
    high: np.ndarray


class Neighbour(NamedTuple):
    """A test image, uint8 (28, 28), and its digit."""

    image: np.ndarray
    digit: int


@dataclass(frozen=True)
class Problem:
    """Why something is not there, in a sentence, and the command that makes it."""

    reason: str
    command: str


@dataclass(frozen=True)
class Reconstruction:
    """What one run makes of the digit.

    Attributes:
        image: uint8 (28, 28).
        l1: mean absolute error per pixel, of pixel values from 0 to 1.
        probabilities: of the ten classes, by the evaluation classifier; or why it is not there.
        neighbours: the test images with the nearest codes, the nearest first.
        place: of its code on the run's `CodeMap`, in shares of its width, from the left, and of
            its height, from above; None where the codes are not 2-D.
    """

    image: np.ndarray
    l1: float
    probabilities: Sequence[float] | Problem
    neighbours: Sequence[Neighbour]
    place: tuple[float, float] | None


@dataclass(frozen=True)
class Answer:
    """What all runs make of the digit.

    Attributes:
        image: the digit as the networks see it, uint8 (28, 28).
        probabilities: of the ten classes, by the evaluation classifier; or why it is not there.
        reconstructions: by run; or why the run is not there.
    """

    image: np.ndarray
    probabilities: Sequence[float] | Problem
    reconstructions: Mapping[Kind, Reconstruction | Problem]


# ---- the map of codes --------------------------------------------------------------------------


def code_map(codes: np.ndarray, digits: np.ndarray) -> CodeMap:
    """Draw the 2-D `codes` (N, 2) of test images, one colour a digit, up to the picture's edges."""
    figure, axes = new_figure(size=(MAP_INCHES, MAP_INCHES))
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    scatter_by_class(axes, codes, digits)
    axes.set_axis_off()
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=MAP_DPI)
    return CodeMap(file.getvalue(), *extent(codes))


def place_on(codes: CodeMap, code: np.ndarray) -> tuple[float, float]:
    """Return where `code` (2,) is on the map, as `Reconstruction.place`; it may be beyond."""
    across, up = (code - codes.low) / (codes.high - codes.low)
    return float(across), float(1 - up)


# ---- the page ----------------------------------------------------------------------------------


def style(maps: Mapping[Kind, CodeMap]) -> str:
    """Return the CSS for what `answer_html` returns. The maps are in it: they are sent once."""
    backgrounds = [
        f".{_map_class(kind)} {{ background-image: url({_data_url(codes.png)}); }}"
        for kind, codes in maps.items()
    ]
    return "\n".join([_STYLE, *backgrounds])


def answer_html(answer: Answer, subject: str) -> str:
    """Return the answer as HTML, to be shown with `style`; `subject` says what the digit is of."""
    found = answer.reconstructions
    dims = sorted({kind.latent_dim for kind in found})
    columns = "".join(_dimension(dim, found) for dim in dims)
    return (
        f'<div class="answer">{_digit(answer, subject)}<div class="dimensions">{columns}</div>'
        f"{_places(found)}{_problems(answer)}</div>"
    )


def error_html(message: str) -> str:
    """Return why there is no answer, as HTML."""
    words = f"No answer: {escape(message)}."
    return f'<div class="answer"><p class="error" role="alert">{words}</p></div>'


def hint_html(message: str) -> str:
    """Return what the user may do, as HTML."""
    return f'<div class="answer"><p class="hint">{escape(message)}</p></div>'


def _digit(answer: Answer, subject: str) -> str:
    verdict = (
        '<p class="of">not classified: see below</p>'
        if isinstance(answer.probabilities, Problem)
        else f"<p>{_verdict(answer.probabilities)}</p>{_bars(answer.probabilities)}"
    )
    return (
        f'<section class="digit"><figure>{_picture(answer.image, subject, "large")}'
        f"<figcaption>{escape(subject)} as the networks see it: 28 × 28 pixels, framed as MNIST's "
        f"images are</figcaption></figure><div>{verdict}</div></section>"
    )


def _dimension(latent_dim: int, found: Mapping[Kind, Reconstruction | Problem]) -> str:
    runs = ""
    for kind, one in found.items():
        if kind.latent_dim == latent_dim:
            missing = isinstance(one, Problem)
            content = '<p class="of">not there: see below</p>' if missing else _run(kind, one)
            runs += f"<h3>{kind.training}</h3>{content}"
    return f'<section class="card"><h2>{latent_dim} latent dimensions</h2>{runs}</section>'


def _run(kind: Kind, found: Reconstruction) -> str:
    known = found.probabilities
    verdict = "" if isinstance(known, Problem) else f"<br>{_verdict(known)}"
    neighbours = "".join(
        f"<figure>{_picture(one.image, 'a test image', 'small')}<figcaption>{one.digit}"
        "</figcaption></figure>"
        for one in found.neighbours
    )
    return (
        f'<div class="run">{_picture(found.image, f"reconstruction, {kind.words}", "large")}'
        f"<div><p>L1 per pixel {found.l1:.4f}{verdict}</p>"
        '<p class="of">nearest test codes:</p>'
        f'<div class="neighbours">{neighbours}</div></div></div>'
    )


def _places(found: Mapping[Kind, Reconstruction | Problem]) -> str:
    """Return the maps of codes, with a ring where the digit's own code is."""
    maps = ""
    for kind, one in found.items():
        if isinstance(one, Problem) or one.place is None:
            continue
        across, down = (min(max(share, 0.0), 1.0) for share in one.place)
        beyond = "" if (across, down) == one.place else ": its code lies beyond this edge"
        maps += (
            f'<figure><div class="map {_map_class(kind)}" role="img" aria-label="map of codes">'
            f'<span style="left:{across:.2%};top:{down:.2%}"></span></div>'
            f"<figcaption>{kind.training}{beyond}</figcaption></figure>"
        )
    if not maps:
        return ""
    return (
        '<section class="card"><h2>Its place among the codes of 2 latent dimensions</h2>'
        '<p class="of">Each dot is the code of a test image, in the colour of its digit. The ring '
        f'is the place of this digit.</p><div class="maps">{maps}</div></section>'
    )


def _problems(answer: Answer) -> str:
    """Return what is not there, and the commands that make it."""
    parts = [(kind.words, found) for kind, found in answer.reconstructions.items()]
    parts = [*parts, ("classification", answer.probabilities)]
    items = "".join(
        f"<p><b>{name}</b>: {escape(part.reason)} This command makes it:</p>"
        f"<pre>{escape(part.command)}</pre>"
        for name, part in parts
        if isinstance(part, Problem)
    )
    if not items:
        return ""
    return (
        f'<section class="card problems"><h2>Not there</h2>{items}'
        "<p>Then start the demo again.</p></section>"
    )


def _map_class(kind: Kind) -> str:
    return f"map-{kind.training.replace(' ', '-')}"


def _verdict(probabilities: Sequence[float]) -> str:
    best = int(np.argmax(probabilities))
    return f"classified as <b>{best}</b> ({probabilities[best]:.1%})"


def _bars(probabilities: Sequence[float]) -> str:
    rows = "".join(
        f'<span>{digit}</span><span class="bar"><i style="width:{share:.1%}"></i></span>'
        f"<span>{share:.1%}</span>"
        for digit, share in enumerate(probabilities)
    )
    return f'<div class="bars">{rows}</div>'


def _picture(image: np.ndarray, name: str, size: str) -> str:
    """Return an image, uint8 (28, 28), black on white as in the project's figures."""
    file = io.BytesIO()
    Image.fromarray(255 - image).save(file, "PNG")
    return f'<img class="{size}" src="{_data_url(file.getvalue())}" alt="{escape(name)}">'


def _data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


_STYLE = """
.title h1 { font-size: 1.5rem; font-weight: 600; margin: 0 0 4px; }
.upload { max-width: 282px; margin: 0 auto; }
.answer { max-width: 1180px; }
.answer h2, .answer h3, .answer p { margin: 0 0 6px; }
.answer .hint { margin-bottom: 14px; }
.answer h2 { font-size: 1.1rem; font-weight: 600; }
.answer h3 { font-size: 0.95rem; font-weight: 600; }
.answer p { line-height: 1.4; }
.answer figure { margin: 0; }
.answer figcaption, .answer .of { font-size: 0.85rem; line-height: 1.3; opacity: 0.75; }
.answer img {
  image-rendering: pixelated; background: white; border-radius: 4px;
  border: 1px solid var(--border-color-primary);
}
.answer img.large { width: 112px; height: 112px; margin-bottom: 4px; }
.answer img.small { width: 100%; aspect-ratio: 1; }
.answer .digit { display: flex; flex-wrap: wrap; gap: 8px 20px; margin-bottom: 14px; }
.answer .digit figure { width: 180px; }
.answer .digit > div { flex: 1 1 220px; max-width: 460px; }
.answer .bars {
  display: grid; grid-template-columns: 1ch 1fr 6ch; gap: 2px 8px; align-items: center;
  font-size: 0.85rem; font-variant-numeric: tabular-nums; line-height: 1.25;
}
.answer .bars span:nth-child(3n) { text-align: right; }
.answer .bar { height: 9px; background: var(--border-color-primary); border-radius: 2px; }
.answer .bar i { display: block; height: 100%; background: #0072B2; border-radius: 2px; }
.answer .dimensions {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 14px;
}
.answer .card {
  border: 1px solid var(--border-color-primary); border-radius: 8px; padding: 12px;
  margin-bottom: 14px; background: var(--block-background-fill);
}
.answer .dimensions .card { margin-bottom: 0; }
.answer .dimensions { margin-bottom: 14px; }
.answer .run { display: grid; grid-template-columns: 112px 1fr; gap: 12px; margin-bottom: 8px; }
.answer .neighbours { display: grid; grid-template-columns: repeat(5, 1fr); gap: 3px; }
.answer .neighbours figcaption { text-align: center; }
.answer .maps {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 420px));
  gap: 14px;
}
.answer .map {
  position: relative; aspect-ratio: 1; margin-bottom: 4px; border-radius: 4px; overflow: hidden;
  border: 1px solid var(--border-color-primary); background-size: 100% 100%;
}
.answer .map span {
  position: absolute; width: 20px; height: 20px; margin: -10px 0 0 -10px; border-radius: 50%;
  border: 3px solid black; box-shadow: 0 0 0 2px white, inset 0 0 0 2px white;
}
.answer .problems { border-left: 4px solid #D55E00; }
.answer .error { border-left: 4px solid #D55E00; padding: 6px 10px; }
.answer pre {
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.85rem; margin: 0 0 10px;
  padding: 6px 10px; border-radius: 4px; background: var(--background-fill-secondary);
}
"""
