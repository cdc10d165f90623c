"""Looks into media files in a process of its own: what they hold, decoded to the last frame; a crash is an answer."""

from __future__ import annotations

from pathlib import Path

import av
import msgspec
import numpy as np

from core.film.errors import DiskTrouble, EngineTrouble
from core.film.requests import Made, Request
from core.media.probe import decode_check, opened, probe
from core.worker.hosts.inspector import Inspector
from core.worker.hosts.messages import Failed, Finished, Inspect
from core.worker.hosts.process import Host, HostLost, trouble

LOOKER = "core.worker.look:Looker"


class Seen(msgspec.Struct, frozen=True):
    """What a whole file holds. `seconds` is the picture's length, or the sound's where there is no picture.

    `peak` is the highest sample of a file of sound alone, 0 to 1; 0 for any other.
    """

    frames: int
    fps: float
    width: int
    height: int
    seconds: float
    peak: float


def see(path: Path) -> Seen:
    """Decode the whole of a picture, clip or sound. Raises Unreadable with the reason."""
    decoded, found = decode_check(path), probe(path)
    peak = _peak(path) if not found.frames else 0.0
    return Seen(decoded.frames, round(found.fps, 3), found.width, found.height, found.seconds, peak)


def _peak(path: Path) -> float:
    highest = 0.0
    with opened(path) as container:
        resampler = av.AudioResampler(format="fltp")
        for frame in container.decode(audio=0):
            for part in resampler.resample(frame):
                highest = max(highest, float(np.max(np.abs(part.to_ndarray()), initial=0.0)))
    return highest


class Looker(Inspector):
    """The inspector, which also tells what is in a file where nothing was asked."""

    def inspect(self, message: Inspect) -> Made:
        """Return the facts of one file (`Seen`), or inspect a step. Raises Unreadable, Wrong."""
        if message.request is not None:
            return super().inspect(message)
        (name,) = message.files
        return Made(facts=msgspec.structs.asdict(see(Path(message.stage) / name)))


class Eyes:
    """Looks at files through a host, started when it is first needed and anew after a crash. A context manager."""

    def __init__(self, log: Path) -> None:
        """`log` gets what the decoders print."""
        self._log = log
        self._host: Host | None = None

    def look(self, path: Path) -> Seen:
        """Return what a file holds. Raises EngineTrouble where it is damaged or crashes its decoder."""
        made = self._ask(Inspect(None, str(path.parent), (path.name,), False), path.name)
        return msgspec.convert(made.facts, Seen)

    def inspect(self, request: Request, stage: Path, name: str, *, stills: bool) -> Made:
        """Hold a file against what was asked; return the stills cut. Raises EngineTrouble, DiskTrouble."""
        return self._ask(Inspect(request, str(stage), (name,), stills), name)

    def _ask(self, message: Inspect, name: str) -> Made:
        if self._host is None:
            self._host = Host(LOOKER, device="cpu", log=self._log)
        try:
            for answer in self._host.work(message):
                if isinstance(answer, Finished):
                    return answer.made
                if isinstance(answer, Failed):
                    raise _meant(answer)
        except HostLost as lost:
            self.close()
            raise EngineTrouble(f"{name} takes its decoder down: {lost}", remedy="do not open it elsewhere") from lost
        except (KeyboardInterrupt, GeneratorExit):
            self.close()  # an answer may still be under way, which the next question must not get
            raise
        raise AssertionError("a host's work ends with Finished, Failed or HostLost")

    def close(self) -> None:
        """End the host."""
        if self._host is not None:
            self._host.end(gently=False)
            self._host = None

    def __enter__(self) -> Eyes:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _meant(answer: Failed) -> DiskTrouble | EngineTrouble:
    if answer.exit_code == DiskTrouble.exit_code:
        return DiskTrouble(answer.message, remedy=answer.remedy)
    return trouble(answer)
