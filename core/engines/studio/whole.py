"""Tells whether safetensors files are whole, from their first bytes alone: a download that was cut short is not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from core.engines.studio.weights import MissingWeights

# The layout is the format's own: eight bytes with the header's length, little-endian, a JSON header with the offsets of
# every tensor, then their bytes and nothing more.
_LENGTH = 8
_LARGEST_HEADER = 100_000_000  # what the format allows


def check_whole(files: Iterable[Path], remedy: str) -> None:
    """Raise MissingWeights for the first file that is not a whole safetensors file; `remedy` says how to get it."""
    for path in sorted(files):
        wrong = _wrong(path)
        if wrong:
            raise MissingWeights(f"{path.name} in {path.parent} is {wrong}", remedy=remedy)


def _wrong(path: Path) -> str:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH), "little")
            if size < _LENGTH or length > min(size, _LARGEST_HEADER):
                return "damaged or cut short"
            header = json.loads(file.read(length))
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    except OSError as error:
        return f"not readable: {error.strerror}"
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return "damaged: its header is none"
    whole = _LENGTH + length + max(ends, default=0)
    return "" if size == whole else f"cut short: {size:,} of {whole:,} bytes" if size < whole else "damaged"
