"""Drives the desk in tests: opens it on a library, presses keys, waits for what must be seen."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.app import App
from textual.pilot import Pilot

from core.film.plan import Plan
from reeltui.app import Desk
from tests.stage import TINY, new_reel, play
from tests.toys import toy_plan

PATIENCE = 30.0
NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z
Story = Callable[["Seat"], Awaitable[None]]


class Seat:
    """A person's seat at the desk."""

    def __init__(self, desk: Desk, pilot: Pilot[None]) -> None:
        self.desk = desk
        self.pilot = pilot

    @property
    def text(self) -> str:
        """What is on the screen."""
        return text_of(self.desk)

    async def press(self, *keys: str) -> None:
        """Press keys, one after another."""
        await self.pilot.press(*keys)

    async def sees(self, *words: str) -> str:
        """Wait until all these words are on the screen; return the text."""
        await self.until(lambda: all(word in self.text for word in words), f"waiting for {words}")
        return self.text

    async def sees_no(self, *words: str) -> str:
        """Wait until none of these words is on the screen; return the text."""
        await self.until(lambda: not any(word in self.text for word in words), f"waiting for {words} to go")
        return self.text

    async def hears(self, *words: str) -> None:
        """Wait until the person was told all these words in passing."""
        await self.until(lambda: all(word in self.told for word in words), f"waiting to be told {words}")

    @property
    def told(self) -> str:
        """What the person is told in passing at this moment."""
        return " | ".join(note.message for note in self.desk._notifications)

    async def until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"{what or 'it never came about'}; the screen says:\n{self.text}\ntold: {self.told}"
                )
            await self.pilot.pause(0.02)


async def hears(seat: Seat, *words: str) -> None:
    """Wait until a person was told these words."""

    def told() -> bool:
        return any(all(word in note.message for word in words) for note in seat.desk._notifications)

    await seat.until(told, f"waiting to hear {words}")


def text_of(app: App[Any]) -> str:
    """Return the text of the screen on top."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def at_desk(library: Path, story: Story, *, size: tuple[int, int] = (120, 40), **options: Any) -> None:
    """Open the desk on a library and play a story there."""

    async def play() -> None:
        desk = Desk(library, **{"clock": lambda: NOW, **options})
        async with desk.run_test(size=size) as pilot:
            await story(Seat(desk, pilot))

    asyncio.run(play())


def finished_reel(library: Path, plan: Plan | None = None) -> Path:
    """Make a reel of toys to its end, of two shots where no plan is given."""
    toy_engine()
    root = new_reel(library, msgspec.structs.replace(TINY, engine="toy"), plan or toy_plan(2))
    assert play(root)[0] == "done"
    return root


def edits_with(monkeypatch: pytest.MonkeyPatch, editor: Path, change: str) -> None:
    """Have the person's editor make a change (of sed) to what it is given, without asking for a real terminal."""
    editor.write_text(f'#!/bin/sh\nsed -i {change} "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    monkeypatch.setattr("textual.app.App.suspend", lambda app: contextlib.nullcontext())


def toy_engine() -> None:
    """Put the toys into the user's config as an engine of their own."""
    folder = Path(os.environ["XDG_CONFIG_HOME"], "reeltui")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text('[engines]\ntoy = "tests.toys:toy_lineup"\n')
