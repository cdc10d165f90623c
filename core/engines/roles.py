"""One protocol per role. A backend is built, loaded and run inside a host process, never in the worker."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import msgspec

from core.film.requests import (
    AnimateRequest,
    ComposeRequest,
    DirectRequest,
    JudgeRequest,
    Made,
    MixRequest,
    NarrateRequest,
    PaintRequest,
    Request,
)


class Cancelled(Exception):
    """Raised out of `Progress` when the step is no longer wanted; a backend lets it pass."""


class Progress(Protocol):
    """Tell how far a step is: `fraction` 0..1, `note` a few words. Call it at least every few seconds."""

    def __call__(self, fraction: float, note: str = "") -> None: ...


class Room(msgspec.Struct, frozen=True):
    """Where a step works: reads below `reel` (read only), writes into `stage` (empty, its own).

    `fallbacks` names what it is to do without after a failure: words its Backend declares, mildest first. `ahead` are
    the other requests of this phase that can be met now and that the same backend will be asked for: work may be shared
    with them (words read together, takes judged at once), but no result may depend on them.
    """

    reel: Path
    stage: Path
    fallbacks: tuple[str, ...] = ()
    ahead: tuple[Request, ...] = ()


class Director(Protocol):
    """Writes plan.json."""

    def load(self, device: str) -> None: ...
    def run(self, request: DirectRequest, room: Room, progress: Progress) -> Made: ...


class Painter(Protocol):
    """Paints masters and keyframes."""

    def load(self, device: str) -> None: ...
    def run(self, request: PaintRequest, room: Room, progress: Progress) -> Made: ...


class Animator(Protocol):
    """Renders clips."""

    def load(self, device: str) -> None: ...
    def run(self, request: AnimateRequest, room: Room, progress: Progress) -> Made: ...


class Critic(Protocol):
    """Judges takes. It raises rather than invent a verdict."""

    def load(self, device: str) -> None: ...
    def run(self, request: JudgeRequest, room: Room, progress: Progress) -> Made: ...


class Composer(Protocol):
    """Writes the music."""

    def load(self, device: str) -> None: ...
    def run(self, request: ComposeRequest, room: Room, progress: Progress) -> Made: ...


class Narrator(Protocol):
    """Speaks the lines."""

    def load(self, device: str) -> None: ...
    def run(self, request: NarrateRequest, room: Room, progress: Progress) -> Made: ...


class Mixer(Protocol):
    """Joins clips, voice and music into the reel."""

    def load(self, device: str) -> None: ...
    def run(self, request: MixRequest, room: Room, progress: Progress) -> Made: ...
