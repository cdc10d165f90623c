"""What a device is to the worker: a name, its memory, a look at it, and what a host must be told to work on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, Protocol, TypeVar

from core.film.gauge import Gauge

Kind = Literal["cuda", "rocm", "simulated"]
T = TypeVar("T")


class Device(Protocol):
    """A place with memory of its own, where one host works at a time and several stay loaded."""

    @property
    def name(self) -> str:
        """The word that asks for it: "cuda:0", "rocm:1", "fake:24". Numbers count what the user's own mask shows."""

    @property
    def total(self) -> int | None:
        """Bytes of memory, or None where nobody tells."""

    @property
    def kind(self) -> Kind:
        """Whose software works on it."""

    def gauge(self) -> Gauge:
        """Look at it. Never raises; may take as long as its driver does (`core.worker.devices.watch` does not wait)."""

    def environment(self) -> dict[str, str]:
        """Return what is set in a host before anything heavy is imported, so that it sees this device and no other."""

    def close(self) -> None:
        """Let go of the driver. Harmless when done twice."""


def told(ask: Callable[..., T], *about: Any) -> T | None:
    """Return a driver's answer, or None where it has none: it raises one of its own errors, or lacks the function."""
    try:
        return ask(*about)
    except Exception:  # noqa: BLE001 - every driver has errors of its own, and none of them may stop the worker
        return None


def call(library: Any, function: str, *about: Any) -> Any:
    """Call a function of a driver's library. Raises AttributeError where this version of it has none of that name."""
    return getattr(library, function)(*about)


def part(value: Any, *keys: str) -> Any:
    """Return what lies under `keys` in a driver's answer. Raises KeyError, TypeError."""
    for key in keys:
        value = value[key]
    return value


def number(ask: Callable[..., object], *about: Any, top: float = math.inf) -> float | None:
    """Return a figure a driver tells, or None where it tells none: an error, "N/A", a negative one or one above `top`.

    Drivers say "not known" with all bits set as well; `top` is what such a value lies above.
    """
    value = told(ask, *about)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= top else None


def count(ask: Callable[..., object], *about: Any) -> int | None:
    """Return a number of bytes a driver tells, or None; 2**63 and more is a driver's "not known"."""
    value = told(ask, *about)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 1 << 63 else None


def word(ask: Callable[..., object], *about: Any) -> str:
    """Return a name a driver tells, "" where it tells none; older bindings answer in bytes."""
    value = told(ask, *about)
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return value.strip() if isinstance(value, str) and value.strip() != "N/A" else ""
