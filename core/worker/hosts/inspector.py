"""Looks at what a host made before it counts: is it what was asked, whole and decodable? Runs in a host of its own,
because a damaged file can crash a decoder, and must not take the worker along."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.film.errors import EngineTrouble
from core.film.plan import decode_plan
from core.film.requests import (
    AnimateRequest,
    ComposeRequest,
    DirectRequest,
    JudgeRequest,
    Made,
    MixRequest,
    NarrateRequest,
    OwnPictureRequest,
    PaintRequest,
)
from core.media.frames import grab, save_jpeg
from core.media.probe import decode_check, probe
from core.media.sound import read_wav
from core.worker.hosts.messages import Inspect

STILLS = 4
AGAIN = "resume; it is asked again"
# Below this everywhere in a picture nothing can be seen on any screen (8-bit video black is 16).
BLACK = 20
# A tone at -60 dBFS; quieter than any line or music meant to be heard.
SILENT = 0.001
# Samples of rounding between a length asked in seconds and one made in samples.
LENGTH_SLACK = 0.05


class Wrong(EngineTrouble):
    """What was made is not what was asked."""


class Inspector:
    """Answers Inspect messages; raises Wrong with the reason, or returns the stills it cut."""

    def load(self, device: str) -> None:
        """Nothing to load."""

    def inspect(self, message: Inspect) -> Made:
        """Check every file of a step. Raises Wrong or Unreadable."""
        stage, request = Path(message.stage), message.request
        for name in message.files:
            path = stage / name
            if "/" in name or name.startswith(".") or path.is_symlink() or not path.is_file():
                raise Wrong(f"the backend names {name!r}, which is no file of its own", remedy="report this")
        check = _CHECKS.get(type(request))
        if check is not None:
            check(stage, message.files, request)
        if isinstance(request, AnimateRequest):
            return Made(files=_stills(stage, keep=message.stills))
        return Made()


def _only(stage: Path, files: tuple[str, ...], name: str) -> Path:
    if name not in files:
        raise Wrong(f"the backend made no {name}", remedy=AGAIN)
    return stage / name


def _plan(stage: Path, files: tuple[str, ...], request: DirectRequest) -> None:
    plan = decode_plan(_only(stage, files, "plan.json").read_bytes())
    if len(plan.shots) != request.shots:
        raise Wrong(f"the plan has {len(plan.shots)} shots instead of {request.shots}", remedy=AGAIN)
    if request.language is not None and plan.vo_lang is not request.language:
        raise Wrong(f"the plan speaks {plan.vo_lang} instead of {request.language}", remedy=AGAIN)


def _picture(stage: Path, files: tuple[str, ...], request: PaintRequest | OwnPictureRequest) -> None:
    path = _only(stage, files, "image.png")
    decode_check(path)
    found = probe(path)
    if (found.width, found.height) != (request.width, request.height):
        wanted = f"{request.width}x{request.height}"
        raise Wrong(f"the picture is {found.width}x{found.height} instead of {wanted}", remedy=AGAIN)


def _clip(stage: Path, files: tuple[str, ...], request: AnimateRequest) -> None:
    path = _only(stage, files, "clip.mp4")
    found, frames = probe(path), decode_check(path).frames
    wanted = (request.frames, float(request.fps), request.width, request.height)
    got = (frames, round(found.fps, 3), found.width, found.height)
    if got != wanted:
        text = "{} frames at {:g} fps, {}x{}"
        raise Wrong(f"the clip has {text.format(*got)} instead of {text.format(*wanted)}", remedy=AGAIN)


def _sound(path: Path, seconds: float | None) -> None:
    samples, rate = read_wav(path)
    length = len(samples) / rate
    if seconds is not None and abs(length - seconds) > LENGTH_SLACK:
        raise Wrong(f"{path.name} is {length:.2f} s long instead of {seconds:.2f} s", remedy=AGAIN)
    if not len(samples) or float(np.max(np.abs(samples))) < SILENT:
        raise Wrong(f"{path.name} is silent", remedy=AGAIN)


def _music(stage: Path, files: tuple[str, ...], request: ComposeRequest) -> None:
    _sound(_only(stage, files, "music.wav"), request.seconds)


def _voice(stage: Path, files: tuple[str, ...], _: NarrateRequest) -> None:
    _sound(_only(stage, files, "narration.wav"), None)


def _reel(stage: Path, files: tuple[str, ...], request: MixRequest) -> None:
    for name in ("reel.srt", "reel.vtt"):
        _only(stage, files, name)
    path = _only(stage, files, "reel.mp4")
    decode_check(path)
    found = probe(path)
    if (found.width, found.height) != (request.width, request.height) or found.audio is None:
        raise Wrong(f"the reel is {found.width}x{found.height}, sound: {found.audio}", remedy=AGAIN)


def _stills(stage: Path, *, keep: bool) -> tuple[str, ...]:
    """Cut the stills a critic and a person look at; a clip of which all are black is no clip. Raises Wrong."""
    stills = grab(stage / "clip.mp4", STILLS)
    if all(int(np.max(still)) < BLACK for still in stills):
        raise Wrong("the clip is black", remedy=AGAIN)
    if not keep:
        return ()
    for number, still in enumerate(stills):
        save_jpeg(stage / f"frame_{number}.jpg", still)
    return tuple(f"frame_{number}.jpg" for number in range(len(stills)))


def _judged(stage: Path, files: tuple[str, ...], request: JudgeRequest) -> None:
    """A verdict is a struct that was checked when it crossed the pipe; there is no file to look at."""


_CHECKS: dict[type, Callable[[Path, tuple[str, ...], Any], None]] = {
    DirectRequest: _plan,
    PaintRequest: _picture,
    OwnPictureRequest: _picture,
    AnimateRequest: _clip,
    JudgeRequest: _judged,
    ComposeRequest: _music,
    NarrateRequest: _voice,
    MixRequest: _reel,
}
