"""What is measured, in which order, and until when."""

from __future__ import annotations

import contextlib
import datetime
import gc
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from bench.gpu import clips, pictures, speech, words
from bench.gpu.call import Call, NotMeasured
from bench.gpu.meter import Meter
from bench.gpu.results import Measured
from bench.gpu.sizes import Sizes
from core.engines.studio.torch_device import give_back, is_card, is_out_of_memory

Measure = Callable[[Call], dict[str, Any]]


class Task(msgspec.Struct, frozen=True):
    """One measurement: "part/variant", the unit of its figures, and the function that measures."""

    part: str
    variant: str
    unit: str
    measure: Measure

    @property
    def name(self) -> str:
        return f"{self.part}/{self.variant}"


def tasks(sizes: Sizes, device: str) -> tuple[Task, ...]:
    """Return all there is to measure, the cheap parts first."""
    card = is_card(device)
    found = [
        Task("text", "umt5", "text", words.measure_text),
        Task("load", "experts", "load of both experts", words.measure_load),
        Task("kokoro", "model", "10 s of speech", speech.measure),
    ]
    width, height = sizes.pictures["720"]
    found += [
        Task("klein-720", name, "picture", partial(pictures.measure, variant=name, width=width, height=height))
        for name in pictures.VARIANTS
    ]
    # On a CPU the compiler that only looks is enough to see that blocks are compiled.
    ways = clips.variants("auto" if card else "eager", cudnn=card)
    for size, (width, height) in sizes.pictures.items():
        for way in ways:
            measure = partial(clips.measure, variant=way, width=width, height=height)
            found.append(Task(f"wan-{size}", way.name, "clip", measure))
    return tuple(found)


def chosen(all_: tuple[Task, ...], only: list[str]) -> tuple[Task, ...]:
    """Return the tasks that `only` names, by part or by part/variant. Raises SystemExit for a name nothing has."""
    names = {name for task in all_ for name in (task.part, task.name)}
    for word in only:
        if word not in names:
            raise SystemExit(f"there is nothing called {word!r} to measure; there is: {', '.join(sorted(names))}")
    return tuple(task for task in all_ if not only or task.part in only or task.name in only)


def measured(todo: tuple[Task, ...], sizes: Sizes, device: str, steps: int, budget: float) -> Iterator[Measured]:
    """Measure one after another until `budget` seconds are gone; what is left out says so."""
    meter = Meter(device)
    until = time.monotonic() + budget
    longest: dict[str, float] = {}
    for task in todo:
        begun = time.monotonic()
        # The next of a part takes about as long as those before it; better none than one that is killed half way.
        kind = f"{task.part} {'lightning' if task.variant.startswith('lightning') else ''}"
        if until - begun < longest.get(kind, 0.0):
            yield _without(task, "not enough time left: give it a call of its own, or a larger --budget")
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = _one(task, Call(sizes, meter, Path(folder), steps, until))
        took = time.monotonic() - begun
        longest[kind] = max(longest.get(kind, 0.0), took)
        yield msgspec.structs.replace(found, wall=took)


def _one(task: Task, call: Call) -> Measured:
    try:
        found = task.measure(call)
    except NotMeasured as error:
        return _without(task, str(error))
    # Time on a card is short: one that fails, of whatever kind, leaves the others theirs. What it says is in the table.
    except Exception as error:  # noqa: BLE001
        traceback.print_exc()
        return _without(task, _words(error))
    finally:
        _clean(call.device)
    return Measured(part=task.part, variant=task.variant, at=_now(), **found)


def _clean(device: str) -> None:
    """Leave the next measurement a device as the first one found it, also where this one's model let nothing go."""
    import torch

    torch._dynamo.reset()  # it keeps what it has compiled, and the weights in it
    gc.collect()
    with contextlib.suppress(RuntimeError):
        give_back(device)


def _without(task: Task, why: str) -> Measured:
    return Measured(part=task.part, variant=task.variant, unit=task.unit, at=_now(), why_not=why)


def _words(error: Exception) -> str:
    first = (str(error).strip() or "no reason given").partition("\n")[0][:200]
    return f"out of memory: {first}" if is_out_of_memory(error) else f"{type(error).__name__}: {first}"


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
