"""Backends that misbehave in every way a real one has, and toys that take their time; loaded only inside hosts."""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from core.engines.roles import Progress, Room
from core.film.errors import EngineTrouble
from core.film.lineup import Lineup, Role
from core.film.plan import encode_plan
from core.film.requests import DirectRequest, Fact, Made, Request
from core.film.verdict import Verdict
from tests import toys


class _Rogue:
    def load(self, device: str) -> None:
        pass


class Sound(_Rogue):
    """Does nothing wrong: says how far it is, longer than a short silence limit but never silent for long."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        for number in range(8):
            time.sleep(0.25)
            progress(number / 8, f"part {number}")
        return Made(facts={"pid": os.getpid()})


class Talker(_Rogue):
    """Prints to standard output and error, as libraries do."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        print("a library says hello")
        sys.stdout.flush()
        os.write(1, b"straight to descriptor 1\n")
        print("and complains", file=sys.stderr)
        os.system("echo a child speaks")
        progress(-3.0, "x" * 5000)
        progress(7.0)
        return Made(facts={"said": True})


class Segfault(_Rogue):
    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        progress(0.5)
        os.kill(os.getpid(), signal.SIGSEGV)
        return Made()


class Killed(_Rogue):
    """What the kernel's memory killer does."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        os.kill(os.getpid(), signal.SIGKILL)
        return Made()


class Raiser(_Rogue):
    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        raise ValueError("seven is no colour")


class PoliteRaiser(_Rogue):
    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        raise EngineTrouble("there is no paint left", remedy="buy paint")


class Hungry(_Rogue):
    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        raise MemoryError


class FullDisk(_Rogue):
    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        raise OSError(28, "No space left on device", "image.png")


class Hanger(_Rogue):
    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        progress(0.1)
        time.sleep(600)
        return Made()


class LoadHanger(_Rogue):
    def load(self, device: str) -> None:
        time.sleep(600)


class LoadRaiser(_Rogue):
    def load(self, device: str) -> None:
        raise EngineTrouble("the weights are not there", remedy="fetch them")


class Quitter(_Rogue):
    """Ends the process without a word."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        os._exit(0)


class Leaver(_Rogue):
    """Calls sys.exit, as scripts turned into libraries do."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        sys.exit(3)


class PipeCloser(_Rogue):
    """Closes every descriptor it does not know and lives on."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        os.closerange(3, 256)
        time.sleep(600)
        return Made()


def _pipe() -> int:
    return int(sys.argv[2])


class LoudGarbage(_Rogue):
    """Writes text where messages belong: its first bytes read as a length of gigabytes."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        os.write(_pipe(), b"WARNING: something\n" * 10)
        time.sleep(600)
        return Made()


class FramedGarbage(_Rogue):
    """A message of the right length that says nothing known."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        os.write(_pipe(), struct.pack("<I", 4) + b"\xc1\xff\x00\x01")
        time.sleep(600)
        return Made()


class HalfMessage(_Rogue):
    """Begins a message and never ends it."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        os.write(_pipe(), struct.pack("<I", 500) + b"\x81")
        time.sleep(600)
        return Made()


class Dripper(_Rogue):
    """Sends one message a byte at a time, for ever: every byte is in time, the message never comes."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        os.write(_pipe(), struct.pack("<I", 1_000_000))
        while True:
            os.write(_pipe(), b"x")
            time.sleep(0.05)


class Repeater(_Rogue):
    """Says the same for ever."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        while True:
            progress(0.5, "nearly there")
            time.sleep(0.05)


class Patient(_Rogue):
    """Works for ever in small parts, and stops when it is told."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        number = 0
        while True:
            number += 1
            progress(0.5, f"part {number}")
            time.sleep(0.02)


class Stubborn(_Rogue):
    """Swallows the cancel and goes on, as a library that catches everything does."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        number = 0
        while True:
            number += 1
            with contextlib.suppress(Exception):
                progress(0.5, f"part {number}")
            time.sleep(0.02)


class Unquitting(_Rogue):
    """Refuses to exit: ignores every signal that can be ignored, and never comes back from its work."""

    def load(self, device: str) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        while True:
            time.sleep(1)


class TornByDeath(_Rogue):
    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        os.write(_pipe(), struct.pack("<I", 500) + b"\x81")
        os.kill(os.getpid(), signal.SIGSEGV)
        return Made()


class Boaster(_Rogue):
    """A verdict beyond every scale."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        return Made(verdict=Verdict(99, 9, 9, 9, 9))


class Parent(_Rogue):
    """Starts a process of its own, says which, and crashes."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        child = subprocess.Popen(["sleep", "600"])
        (room.stage / "child.pid").write_text(str(child.pid))
        os.kill(os.getpid(), signal.SIGSEGV)
        return Made()


class CrashOnceAnimator(toys.ToyAnimator):
    """Crashes in its first step of a reel and never again."""

    def run(self, request: Any, room: Room, progress: Progress) -> Made:
        flag = room.reel.parent / f"{room.reel.name}.crashed"
        if not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().run(request, room, progress)


class HalfwayAnimator(toys.ToyAnimator):
    """Writes half a clip and dies."""

    def run(self, request: Any, room: Room, progress: Progress) -> Made:
        made = super().run(msgspec.structs.replace(request, frames=request.frames // 2), room, progress)
        clip = Path(room.stage / "clip.mp4")
        clip.write_bytes(clip.read_bytes()[:500])
        os.kill(os.getpid(), signal.SIGKILL)
        return made


def _pause(progress: Progress, room: Room) -> None:
    """Take $TOY_PAUSE seconds, then wait while $TOY_HOLD has a file for this step (tests.watching.hold)."""
    seconds = float(os.environ.get("TOY_PAUSE", "0"))
    parts = 8
    for number in range(parts if seconds else 0):
        progress(number / parts, "taking its time")
        time.sleep(seconds / parts)
    held = Path(os.environ.get("TOY_HOLD", os.devnull), room.reel.name, room.stage.name)
    while held.exists():
        progress(0.5, "held")
        time.sleep(0.02)


class SlowDirector(toys.ToyDirector):
    """Its plan has a shot that drifts once and one that ignores the camera once, so that there are rounds."""

    def run(self, request: DirectRequest, room: Room, progress: Progress) -> Made:
        _pause(progress, room)
        plan = toys.toy_plan(request.shots, user_prompt=request.sentence)
        shots = list(plan.shots)
        for place, label in ((0, "CAMERA_IGNORED"), (1, "CHARACTER_DRIFT")):
            if place < len(shots):
                words = f"{shots[place].prompt} [fail {label}]"
                shots[place] = msgspec.structs.replace(shots[place], prompt=words)
        plan = msgspec.structs.replace(plan, shots=tuple(shots))
        (room.stage / "plan.json").write_bytes(encode_plan(plan))
        return Made(("plan.json",))


class SlowPainter(toys.ToyPainter):
    def run(self, request: Any, room: Room, progress: Progress) -> Made:
        _pause(progress, room)
        return super().run(request, room, progress)


class SlowAnimator(toys.ToyAnimator):
    def run(self, request: Any, room: Room, progress: Progress) -> Made:
        _pause(progress, room)
        return super().run(request, room, progress)


class SlowCritic(toys.ToyCritic):
    def run(self, request: Any, room: Room, progress: Progress) -> Made:
        _pause(progress, room)
        return super().run(request, room, progress)


class SlowComposer(toys.ToyComposer):
    def run(self, request: Any, room: Room, progress: Progress) -> Made:
        _pause(progress, room)
        return super().run(request, room, progress)


class SlowNarrator(toys.ToyNarrator):
    def run(self, request: Any, room: Room, progress: Progress) -> Made:
        _pause(progress, room)
        return super().run(request, room, progress)


class SlowMixer(toys.ToyMixer):
    def run(self, request: Any, room: Room, progress: Progress) -> Made:
        _pause(progress, room)
        return super().run(request, room, progress)


def slow_lineup() -> Lineup:
    """Return an engine of toys that take their time, for `[engines]` in config.toml."""
    return toys.toy_lineup(**{role.value: f"tests.rogues:Slow{role.value.title()}" for role in Role})


class Optioned:
    """Tells the options it was made with, and how much else is due."""

    def __init__(self, *, pitch: float = 1.0, taste: str = "") -> None:
        self._told: dict[str, Fact] = {"pitch": pitch, "taste": taste}

    def load(self, device: str) -> None:
        """Nothing to load."""

    def run(self, request: Request, room: Room, progress: Progress) -> Made:
        """Make nothing."""
        return Made(facts={**self._told, "ahead": len(room.ahead)})
