"""Any picture of a digit, made into an image as MNIST's own were made.

"The original black and white (bilevel) images from NIST were size normalized to fit in a 20x20
pixel box while preserving their aspect ratio. [...] the images were centered in a 28x28 image by
computing the center of mass of the pixels, and translating the image so as to position this point
at the center of the 28x28 field" (LeCun, Cortes and Burges, "The MNIST database of handwritten
digits"). MNIST's own images come out of this as they went in.
"""

import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from shared.datasets import SIDE
from shared.errors import BadInput

BOX = 20  # pixels of the digit's longer side
CENTRE = SIDE // 2  # row and column of the pixel to which MNIST's centres of mass are rounded
MOST_PIXELS = 50_000_000  # of a picture: more than most cameras make
MOST_SIDE = 2000  # pixels: longer pictures are made smaller before anything else, to save time
# No other: Pillow would start a PostScript interpreter for some.
FORMATS = ("PNG", "JPEG", "GIF", "WebP", "BMP", "TIFF")
LEAST_CONTRAST = 0.05  # between ink and ground, in units of that between black and white
# Paper is grainy, and shaded where it was photographed: no ink is what stands out by less than so
# many times the border's median deviation from its median, or by half of what ink does.
GRAIN_FACTOR = 8


def read_picture(file: Path | BinaryIO) -> Image.Image:
    """Return the picture in a file of one of the `FORMATS`, upright; of several the first.

    Raises:
        BadInput: it is no picture, is damaged, or has more than `MOST_PIXELS` pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(file, formats=FORMATS)
        if picture.width * picture.height > MOST_PIXELS:  # before any of them is unpacked
            raise Image.DecompressionBombError
        return ImageOps.exif_transpose(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadInput(
            f"the picture is too large: at most {MOST_PIXELS // 10**6} million pixels are accepted"
        ) from None
    except UnidentifiedImageError:
        raise BadInput(
            f"the file is no picture of a known format; {', '.join(FORMATS)} are accepted"
        ) from None
    except Exception:  # Pillow has no one exception for a damaged file: OSError, SyntaxError, ...
        raise BadInput("the picture is damaged or cut off") from None


def mnist_like(picture: Image.Image) -> np.ndarray:
    """Return the picture of a digit as MNIST would hold it: uint8 (28, 28), ink bright on black.

    Ink is what differs most from the picture's border, be it darker or brighter.

    Raises:
        BadInput: nothing stands out from the ground.
    """
    ink = ink_of(brightness(picture))
    rows, columns = (np.flatnonzero(ink.any(axis)) for axis in (1, 0))
    if not len(rows):
        raise BadInput("the picture shows no digit: all of it has nearly the same brightness")
    digit = scaled(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    return np.round(255 * centred(digit / digit.max())).astype(np.uint8)


def brightness(picture: Image.Image) -> np.ndarray:
    """Return the brightness (H, W) of a picture, float32 from 0 (black) to 1 (white).

    What is transparent becomes white; or black, where what is visible would vanish in white.
    """
    deep = picture.mode.startswith(("I", "F"))  # more than 8 bits, which "LA" would cut off
    picture = picture.convert("F") if deep else picture.convert("RGBA").convert("LA")
    picture = picture.reduce(-(-max(picture.size) // MOST_SIDE))
    if deep:
        values = np.nan_to_num(np.asarray(picture))
        low, high = values.min(), values.max()
        return (values - low) / (high - low or 1)
    layers = np.asarray(picture, np.float32) / 255
    grey, opacity = layers[..., 0], layers[..., 1]
    bright = (grey * opacity).sum() > 0.5 * opacity.sum()
    return grey * opacity + (0.0 if bright else 1.0) * (1 - opacity)


def ink_of(grey: np.ndarray) -> np.ndarray:
    """Return how much each pixel of the brightness (H, W) stands out from the ground: 0 to 1."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ground = np.median(border)
    difference = grey - ground
    if -difference.min() > difference.max():
        difference = -difference
    if difference.max() < LEAST_CONTRAST:
        return np.zeros_like(grey)
    grain = GRAIN_FACTOR * np.median(np.abs(border - ground))
    return np.where(difference > min(grain, difference.max() / 2), difference, 0)


def scaled(digit: np.ndarray) -> np.ndarray:
    """Return a digit (H, W), float32, with its longer side made 20 pixels."""
    height, width = digit.shape
    factor = BOX / max(height, width)
    size = max(1, round(factor * width)), max(1, round(factor * height))
    # Each pixel becomes the mean of what it covers, grey where that is partly ink, as in MNIST.
    return np.asarray(Image.fromarray(digit).resize(size, Image.Resampling.BOX))


def centred(digit: np.ndarray) -> np.ndarray:
    """Return an image (28, 28) with a digit (H, W), 20 pixels at most, around its centre of mass.

    A digit that would stick out is moved back to the edge.
    """
    image = np.zeros((SIDE, SIDE), np.float32)
    height, width = digit.shape
    top, left = (
        min(max(0, round(CENTRE - float(np.average(np.arange(size), weights=mass)))), SIDE - size)
        for size, mass in ((height, digit.sum(1)), (width, digit.sum(0)))
    )
    image[top : top + height, left : left + width] = digit
    return image
