"""Reads the device's clock and memory, and takes the laps of a piece of work from what it tells of itself."""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager

from core.engines.studio.torch_device import is_card


class Meter:
    """Seconds and bytes of one device. On a CPU there are no bytes to tell: they are 0."""

    def __init__(self, device: str) -> None:
        self.device = device
        self._card = is_card(device)

    def now(self) -> float:
        """Return the time in seconds, once the device has done everything it was given."""
        if self._card:
            import torch

            torch.cuda.synchronize(self.device)
        return time.perf_counter()

    def reset(self) -> None:
        """Forget the highest figures so far."""
        gc.collect()
        if self._card:
            import torch

            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self.device)

    def peak(self) -> int:
        """Return the bytes torch had reserved at most: what a host reports and the planner plans with."""
        import torch

        return torch.cuda.max_memory_reserved(self.device) if self._card else 0

    def held(self) -> int:
        """Return the bytes that tensors hold now."""
        import torch

        return torch.cuda.memory_allocated(self.device) if self._card else 0

    @contextmanager
    def seconds(self, took: list[float] | None = None) -> Iterator[list[float]]:
        """Time a block; the list, `took` where it is given, has its seconds as the last item afterwards."""
        took = [] if took is None else took
        begun = self.now()
        yield took
        took.append(self.now() - begun)


class Laps:
    """A `Progress` that notes when everything was told: the laps of a clip or picture.

    A step's end shows as a new fraction under a note "step k of n". Waiting for the device at every note costs some
    microseconds of steps that take seconds.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._told: list[tuple[float, float, str]] = []

    def __call__(self, fraction: float, note: str = "") -> None:
        self._told.append((self._meter.now(), fraction, note))

    def steps(self) -> list[float]:
        """Return the seconds of every step; the first begins with the first note about it."""
        ends: dict[float, float] = {}
        for at, fraction, note in self._told:
            if note.startswith("step "):
                ends.setdefault(fraction, at)
        moments = list(ends.values())
        return [end - begun for begun, end in itertools.pairwise(moments)]

    def between(self, begun: str, ended: str) -> float:
        """Return the seconds from the first note that begins with `begun` to the first that begins with `ended`."""
        return self._first(ended) - self._first(begun)

    def since_steps(self, ended: str) -> float:
        """Return the seconds from the end of the last step to the first note that begins with `ended`."""
        begun = min(at for at, fraction, note in self._told if note.startswith("step ") and fraction == self._last())
        return self._first(ended) - begun

    def _last(self) -> float:
        return max(fraction for _, fraction, note in self._told if note.startswith("step "))

    def _first(self, note: str) -> float:
        return next(at for at, _, told in self._told if told.startswith(note))
