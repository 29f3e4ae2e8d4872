"""Arrays and pictures as text, for a page that is one file."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

GREYS = 16  # of a sprite sheet: more are not seen at this size, and cost half as much again
SIDE = 28


@dataclass(frozen=True)
class Packed:
    """Points (…, 2) in 16 bits a coordinate.

    Attributes:
        low, high: of both coordinates; what 0 and 65,535 stand for.
        values: unsigned 16-bit integers, little-endian, in base64.
    """

    low: list[float]
    high: list[float]
    values: str


def packed(points: np.ndarray) -> Packed:
    """Return `points` (…, 2) in 16 bits a coordinate; every coordinate must vary."""
    flat = points.reshape(-1, 2).astype(np.float64)
    low, high = flat.min(0), flat.max(0)
    whole = np.rint((flat - low) / (high - low) * 65_535).astype("<u2")
    return Packed(low.tolist(), high.tolist(), _text(whole.tobytes()))


def packed_bytes(values: np.ndarray) -> str:
    """Return whole numbers from 0 to 255 as text, a byte each, in base64."""
    if values.min() < 0 or values.max() > 255:
        raise ValueError("a byte holds 0 to 255")
    return _text(values.astype(np.uint8).tobytes())


def sprite_sheet(images: np.ndarray, columns: int) -> str:
    """Return `images` (N, 784), from 0 to 1, as a PNG in a data URI, row by row.

    Empty places at the end are black.
    """
    rows = -(-len(images) // columns)
    tiles = np.zeros((rows * columns, SIDE, SIDE))
    tiles[: len(images)] = images.reshape(-1, SIDE, SIDE)
    sheet = tiles.reshape(rows, columns, SIDE, SIDE).swapaxes(1, 2).reshape(rows * SIDE, -1)
    levels = np.rint(sheet.clip(0, 1) * (GREYS - 1)).astype(np.uint8)
    picture = Image.fromarray(levels, mode="P")
    picture.putpalette([round(255 * i / (GREYS - 1)) for i in range(GREYS) for _ in range(3)])
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True, bits=4)
    return f"data:image/png;base64,{_text(file.getvalue())}"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
