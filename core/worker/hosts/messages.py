"""What worker and host say to each other: msgpack structs, each behind its length in four bytes."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable

import msgspec

from core.film.requests import Made, Request

MAX_MESSAGE = 16 << 20
_LENGTH = struct.Struct("<I")


class Prepare(msgspec.Struct, frozen=True, tag="prepare"):
    """Worker, first of all: set `environment`, then import the backend `target` ("module:Class") for `device`.

    `options` are the keyword arguments the class is made with when it is loaded. Nothing heavy is imported before this;
    afterwards libraries and files are warm, and the device is still free.
    """

    target: str
    device: str
    environment: dict[str, str] = {}
    options: dict[str, str | int | float | bool] = {}


class Load(msgspec.Struct, frozen=True, tag="load"):
    """Worker: build and load the backend that was prepared.

    On a simulated device it holds `weights` bytes while loaded and `peak` while it works.
    """

    weights: int = 0
    peak: int = 0


class Run(msgspec.Struct, frozen=True, tag="run"):
    """Worker: do this, reading below `reel`, writing into `stage`, without what `fallbacks` name.

    `ahead` is what else of its phase can be done now (`core.engines.roles.Room`).
    """

    request: Request
    reel: str
    stage: str
    fallbacks: tuple[str, ...] = ()
    ahead: tuple[Request, ...] = ()


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """Worker: the step in hand is no longer wanted; obeyed where the backend next tells how far it is."""


class AskMemory(msgspec.Struct, frozen=True, tag="ask_memory"):
    """Worker: how much memory do you hold? Answered at once, also in the middle of a step."""


class Inspect(msgspec.Struct, frozen=True, tag="inspect"):
    """Worker, to the inspector: is what a host made what was asked? `stills`: cut four frames out of a clip.

    Without a request nothing was asked, and only what is in the file is wanted (`core.worker.look`).
    """

    request: Request | None
    stage: str
    files: tuple[str, ...]
    stills: bool


class Quit(msgspec.Struct, frozen=True, tag="quit"):
    """Worker: end now."""


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """Host: it is loaded; `versions` of what its results depend on, `weights` bytes it holds (None: not known)."""

    seconds: float
    versions: dict[str, str]
    weights: int | None = None


class Working(msgspec.Struct, frozen=True, tag="working"):
    """Host: how far the step is."""

    fraction: float
    note: str


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """Host: the step is done; `seconds` of its own work, `peak` bytes it held at most (None: unknown)."""

    made: Made
    seconds: float
    peak: int | None = None


class Stopped(msgspec.Struct, frozen=True, tag="stopped"):
    """Host: the step was given up because it was cancelled; the backend is still loaded."""


class Memory(msgspec.Struct, frozen=True, tag="memory"):
    """Host: bytes it holds `now`, and at most since its last step began; None where that is not known."""

    now: int | None
    peak: int | None


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Host: the step failed. `kind` is the error's class, `exit_code` what it would end the program with."""

    kind: str
    message: str
    remedy: str
    exit_code: int
    trace: str = ""


ToHost = Prepare | Load | Run | Inspect | Cancel | AskMemory | Quit
FromHost = Ready | Working | Finished | Stopped | Memory | Failed
ToHostDecoder = msgspec.msgpack.Decoder(ToHost)
FromHostDecoder = msgspec.msgpack.Decoder(FromHost)


class Torn(Exception):
    """The other side ended in the middle of a message or sent something that is none."""


def send(descriptor: int, message: ToHost | FromHost) -> None:
    """Write one message. Raises BrokenPipeError where the other side is gone."""
    body = msgspec.msgpack.encode(message)
    data = memoryview(_LENGTH.pack(len(body)) + body)
    while data:
        data = data[os.write(descriptor, data) :]


def receive(descriptor: int, wait: Callable[[], None] = lambda: None) -> bytes | None:
    """Read one message, blocking; None at a clean end. Raises Torn.

    `wait` is called before every read, also in the middle of a message; whatever it raises gives up.
    """
    head = _exactly(descriptor, _LENGTH.size, wait)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MAX_MESSAGE:
        raise Torn(f"a message of {length:,} bytes")
    body = _exactly(descriptor, length, wait)
    if body is None:
        raise Torn("the message ended early")
    return body


def _exactly(descriptor: int, count: int, wait: Callable[[], None]) -> bytes | None:
    data = bytearray()
    while len(data) < count:
        wait()
        piece = os.read(descriptor, count - len(data))
        if not piece:
            if data:
                raise Torn("the message ended early")
            return None
        data += piece
    return bytes(data)
