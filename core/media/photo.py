"""Pictures from elsewhere: looked at within limits, and brought into the size of a reel."""

from __future__ import annotations

import warnings
from pathlib import Path

import msgspec
from PIL import Image, ImageOps, UnidentifiedImageError

from core.film.errors import BadInput
from core.media.unreadable import Unreadable

# Formats that cameras, phones and image editors write, by the names their files end with here.
ENDINGS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
MIN_SIDE = 64
MAX_SIDE = 16_384
MAX_PIXELS = 64_000_000  # 200 MB as RGB; more than any phone takes
_BACKGROUND = (255, 255, 255)
_FORMATS = tuple(ENDINGS)


class Photo(msgspec.Struct, frozen=True):
    """What a picture is: its ending (png, jpg, webp) and its size in pixels as it is to be looked at."""

    ending: str
    width: int
    height: int


def look_at_photo(path: Path) -> Photo:
    """Decode the whole of a picture, after its header has said that it is of a bearable size.

    Raises Unreadable where it is no picture or damaged, BadInput where it is too small or too large.
    """
    with _opened(path) as image:
        _check_size(image)
        upright = _upright(path, image)
        return Photo(ENDINGS[image.format or "PNG"], upright.width, upright.height)


def fitted_photo(path: Path, width: int, height: int) -> Image.Image:
    """Return a picture as RGB, `width` x `height`: upright as its camera was held, what is transparent on white,
    scaled until it covers the whole size and cut to it around the centre. Raises as `look_at_photo`."""
    with _opened(path) as image:
        _check_size(image)
        return ImageOps.fit(as_rgb(_upright(path, image)), (width, height), Image.Resampling.LANCZOS)


def _opened(path: Path) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # `_check_size` is stricter
            return Image.open(path, formats=_FORMATS)
    except UnidentifiedImageError:
        raise Unreadable.of(path, "it is no PNG, JPEG or WebP picture") from None
    except Image.DecompressionBombError:
        raise _too_large("the picture") from None
    # Pillow raises nearly anything for a header that lies.
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unreadable.of(path, str(error)) from error


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if min(width, height) < MIN_SIDE:
        raise BadInput(
            f"a picture of {width}x{height} pixels is too small", remedy=f"each side needs at least {MIN_SIDE} pixels"
        )
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise _too_large(f"a picture of {width}x{height} pixels")


def _too_large(what: str) -> BadInput:
    most = f"{MAX_PIXELS // 1_000_000} megapixels and {MAX_SIDE} pixels a side"
    return BadInput(f"{what} is too large", remedy=f"scale it down to {most} at most")


def _upright(path: Path, image: Image.Image) -> Image.Image:
    """Decode a picture and turn it as its EXIF orientation says."""
    try:
        image.load()
        return ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError, EOFError, KeyError) as error:
        raise Unreadable.of(path, str(error)) from error


def as_rgb(image: Image.Image) -> Image.Image:
    """Return a decoded picture as RGB, what is transparent on white."""
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")  # converted as it is, all would be white
    if image.has_transparency_data:
        flat = Image.new("RGBA", image.size, (*_BACKGROUND, 255))
        flat.alpha_composite(image.convert("RGBA"))
        return flat.convert("RGB")
    return image.convert("RGB")
