"""A picture file becomes an RGB picture, within limits, and gives way at once when told to stop."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import threading
import warnings
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from core.film.text import clean
from reeltui.pictures.cells import PictureRef, Shape, mark

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 64 << 20  # as much as a reel keeps of a person's own pictures
_BLOCK = 1 << 20
_REASON = 120
_SAID = {
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "there is no such file",
    errno.ELOOP: "it is a symbolic link",
    errno.EACCES: "permission was denied",
    errno.EIO: "the disk reported an error",
}


class CannotShow(Exception):
    """A picture cannot be shown; the message says why, harmless for a terminal."""

    def __init__(self, reason: str) -> None:
        super().__init__(clean(reason, limit=_REASON) or "it cannot be read")


class Stopped(Exception):
    """Somebody no longer wants what is being made."""


def open_plain(path: Path) -> int:
    """Open a plain file for reading and return its descriptor. Raises CannotShow.

    Links are not followed: nothing in a reel is followed out of it. A pipe would never answer.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except (OSError, ValueError) as error:
        raise CannotShow(said_of(error)) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise CannotShow("it is no plain file")
    return descriptor


def said_of(error: OSError | ValueError) -> str:
    """Return what an error of the file system means."""
    number = error.errno if isinstance(error, OSError) else None
    return _SAID.get(number or 0) or getattr(error, "strerror", None) or str(error)


def read_picture(ref: PictureRef, shape: Shape, stopped: threading.Event) -> Image.Image:
    """Return a picture as RGB, upright, in its own size or a smaller one that is enough for `shape`.

    Raises CannotShow where it is missing, damaged, too large or not the one that is meant, Stopped.
    """
    data = _Watched(_content(ref, stopped), stopped)
    try:
        return _decoded(data, shape)
    except (Stopped, CannotShow):
        raise
    except MemoryError:
        raise CannotShow("there is too little memory for it") from None
    except Exception as error:  # Pillow raises nearly anything for a file that lies
        raise CannotShow(_reason(error)) from error


def _content(ref: PictureRef, stopped: threading.Event) -> bytes:
    descriptor = open_plain(ref.path)
    try:
        status = os.fstat(descriptor)
        if status.st_size > MAX_BYTES:
            raise CannotShow(f"it has {status.st_size:,} bytes; a picture has at most {MAX_BYTES:,}")
        data = bytearray()
        while block := os.read(descriptor, _BLOCK):
            data += block
            if stopped.is_set():
                raise Stopped
            if len(data) > MAX_BYTES:
                raise CannotShow("it grows while it is read")
        same = mark(os.fstat(descriptor)) == mark(status)
    except OSError as error:
        raise CannotShow(said_of(error)) from None
    finally:
        os.close(descriptor)
    if not data:
        raise CannotShow("it is empty")
    _check_same(ref, bytes(data), mark(status) if same else "")
    return bytes(data)


def _check_same(ref: PictureRef, data: bytes, now: str) -> None:
    """Refuse another content than the key's, so that what is kept under a key is always that."""
    if ref.sha256 and hashlib.sha256(data).hexdigest() != ref.sha256:
        raise CannotShow("it is not the picture its receipt speaks of")
    if not ref.sha256 and now != ref.key:
        raise CannotShow("it was changed just now")


class _Watched(BytesIO):
    """A file in memory whose reading ends when told to, wherever the decoder is."""

    def __init__(self, data: bytes, stopped: threading.Event) -> None:
        super().__init__(data)
        self._stopped = stopped

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes. Raises Stopped."""
        if self._stopped.is_set():
            raise Stopped
        return super().read(size)


@cache
def _strict_about_bombs() -> None:
    # As an error it is met below; as a warning it would be written over the screen. Once, for all threads: the
    # usual `catch_warnings` is not made for them.
    from PIL import Image

    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def _decoded(data: BytesIO, shape: Shape) -> Image.Image:
    from PIL import Image, ImageOps  # not at the app's start

    from core.media.photo import ENDINGS, MAX_PIXELS, MAX_SIDE, as_rgb

    _strict_about_bombs()
    with Image.open(data, formats=tuple(ENDINGS)) as image:
        width, height = image.size
        if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
            raise CannotShow(f"it is too large: {width}x{height} pixels")
        across, down = shape.grid
        # A JPEG can be decoded at a part of its size; four pixels for each of ours are plenty, either way up.
        enough = 4 * max(across, down)
        image.draft("RGB", (enough, enough))
        image.load()
        return as_rgb(ImageOps.exif_transpose(image))


def _reason(error: Exception) -> str:
    kind = type(error).__name__
    if kind == "UnidentifiedImageError":
        return "it is no PNG, JPEG or WebP picture"
    if kind.startswith("DecompressionBomb"):
        return "it is too large"
    if "truncated" in str(error) or isinstance(error, EOFError):
        return "it is cut short"
    return f"it is damaged: {error or kind}"
