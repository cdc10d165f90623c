"""One model's life on the device, measured: made, used for the first time, used again, and given back."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.gpu.call import Call
from core.engines.studio.torch_device import give_back


class Life:
    """Enter `building`, `first_use` and `giving_back` once each and in this order; what is between the last two is the
    use that counts for the highest memory."""

    def __init__(self, call: Call) -> None:
        self._meter = call.meter
        self._found: dict[str, Any] = {}

    @contextmanager
    def building(self) -> Iterator[None]:
        """Make the model inside."""
        self._meter.reset()
        with self._meter.seconds() as took:
            yield
        self._found |= {"build": took[0], "weights": self._meter.held()}

    @contextmanager
    def first_use(self) -> Iterator[list[float]]:
        """Use it inside for the first time; the list has the seconds afterwards."""
        with self._meter.seconds() as took:
            yield took
        self._found["first"] = took[0]
        self._meter.reset()

    @contextmanager
    def giving_back(self) -> Iterator[None]:
        """Drop the last name of the model inside."""
        self._found["peak"] = self._meter.peak()
        with self._meter.seconds() as took:
            yield
            gc.collect()
            give_back(self._meter.device)
        self._found |= {"evict": took[0], "left": self._meter.held()}

    def figures(self) -> dict[str, Any]:
        """Return what all of it took, as fields of `Measured`."""
        return dict(self._found)
