"""Sixteen-bit wav files: written whole, read strictly."""

from __future__ import annotations

import struct
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.film.errors import BadInput, DiskTrouble
from core.media.unreadable import Unreadable

Samples = NDArray[np.float32]

_PCM = 1
_EXTENSIBLE = 0xFFFE
_FULL = 32767.0


class WavFormat(msgspec.Struct, frozen=True):
    """Shape of a wav file: `samples` per channel; the data is `size` bytes from `start`."""

    sample_rate: int
    channels: int
    samples: int
    start: int
    size: int

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.samples / self.sample_rate


def write_wav(path: Path, sound: Samples, sample_rate: int) -> None:
    """Write `sound`, float in [-1, 1] of shape (samples, channels) or (samples,), as 16-bit PCM.

    Values outside are clipped; anything not finite raises BadInput. Raises DiskTrouble where it cannot be
    written, and leaves no half file. Same samples, same bytes.
    """
    frames = sound[:, None] if sound.ndim == 1 else sound
    if frames.ndim != 2 or not 1 <= frames.shape[1] <= 8:
        raise BadInput(f"sound has the shape {sound.shape}", remedy="give it as (samples, channels)")
    if not np.isfinite(frames).all():
        raise BadInput("the sound holds values that are not numbers", remedy="look at what made it")
    data = np.rint(np.clip(frames, -1.0, 1.0) * _FULL).astype("<i2").tobytes()
    channels = frames.shape[1]
    head = struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE")
    shape = struct.pack(
        "<4sIHHIIHH", b"fmt ", 16, _PCM, channels, sample_rate, sample_rate * channels * 2, channels * 2, 16
    )
    try:
        path.write_bytes(head + shape + struct.pack("<4sI", b"data", len(data)) + data)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise DiskTrouble(f"{path.name} could not be written: {error.strerror}", remedy="free some space") from error


def wav_layout(path: Path) -> tuple[WavFormat, bool]:
    """Read the header of any uncompressed wav, held against the file's length; tell also if it is 16-bit PCM.

    Raises Unreadable where it is missing, of another kind, or shorter than its header says.
    """
    shape: tuple[int, int, int, bool] | None = None
    try:
        whole = path.stat().st_size
        with path.open("rb") as file:
            riff = file.read(12)
            if len(riff) < 12 or riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
                raise Unreadable.of(path, "it is not a wav file")
            while True:
                head = file.read(8)
                if len(head) < 8:
                    raise Unreadable.of(path, "it is cut short: no sound data in it")
                name, size = struct.unpack("<4sI", head)
                if name == b"data":
                    start = file.tell()
                    break
                body = file.read(size + size % 2)
                if name == b"fmt ":
                    shape = _shape(path, body)
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else str(error.strerror)
        raise Unreadable.of(path, reason) from error
    if shape is None:
        raise Unreadable.of(path, "it does not say what its sound is")
    rate, channels, block, plain = shape
    if start + size > whole:
        raise Unreadable.of(path, f"it is cut short: {whole - start} of {size} bytes of sound are there")
    if size % block:
        raise Unreadable.of(path, "it ends inside a sample")
    return WavFormat(rate, channels, size // block, start, size), plain


def _shape(path: Path, body: bytes) -> tuple[int, int, int, bool]:
    if len(body) < 16:
        raise Unreadable.of(path, "it is cut short inside its header")
    kind, channels, rate, _, block, bits = struct.unpack("<HHIIHH", body[:16])
    if kind == _EXTENSIBLE and len(body) >= 26:
        kind = struct.unpack("<H", body[24:26])[0]
    if channels < 1 or block < 1 or not 1000 <= rate <= 768000:
        raise Unreadable.of(path, f"its header makes no sense ({channels} channels at {rate} Hz)")
    return rate, channels, block, kind == _PCM and bits == 16 and block == 2 * channels


def wav_format(path: Path) -> WavFormat:
    """Return the shape of a 16-bit PCM wav; raises Unreadable also for any other kind."""
    shape, plain = wav_layout(path)
    if not plain:
        raise Unreadable.of(path, "its sound is not 16-bit PCM")
    return shape


def read_wav(path: Path) -> tuple[Samples, int]:
    """Return (sound as float32 in [-1, 1] of shape (samples, channels), sample rate in Hz).

    Raises Unreadable as `wav_format` does.
    """
    shape = wav_format(path)
    with path.open("rb") as file:
        file.seek(shape.start)
        data = file.read(shape.size)
    if len(data) != shape.size:
        raise Unreadable.of(path, "it became shorter while it was read")
    sound = np.frombuffer(data, dtype="<i2").astype(np.float32) / np.float32(_FULL)
    return np.maximum(sound, np.float32(-1.0)).reshape(-1, shape.channels), shape.sample_rate


def wav_seconds(path: Path) -> float:
    """Return the length of a 16-bit wav in seconds; raises Unreadable."""
    return wav_format(path).seconds
