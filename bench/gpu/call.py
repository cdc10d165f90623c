"""What every measurement is given, and gives back when there are no figures to be had."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from bench.gpu.meter import Meter
from bench.gpu.sizes import Sizes


class NotMeasured(Exception):
    """There are no figures; the words say why."""


class Call(msgspec.Struct, frozen=True):
    """One measurement under way: the models' sizes, the device, an empty folder, how many steps, and until when."""

    sizes: Sizes
    meter: Meter
    folder: Path
    steps: int
    until: float  # of time.monotonic()

    @property
    def device(self) -> str:
        return self.meter.device

    def affordable(self, step: float, rest: float) -> int:
        """Return how many steps of so many seconds fit into the time left, `rest` seconds beside them; at most `steps`.

        Raises NotMeasured where not even two do: one of each of Wan's experts.
        """
        fit = int((self.until - time.monotonic() - rest) / max(step, 1e-6))
        if fit < 2:
            raise NotMeasured("not enough time left: give it a call of its own, or a larger --budget")
        return min(self.steps, fit)
