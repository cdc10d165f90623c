"""Hostile text in everything a reel is made of: nothing but text and the app's own sequences reaches a terminal."""

from __future__ import annotations

import asyncio
import os
import tomllib
import unicodedata
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import tomli_w

from core.film.decision import Decision, Kind
from core.film.event import Beside, Event, Happened, Live
from core.film.gauge import Gauge
from core.film.verdict import Label
from core.folder import layout
from core.folder.journal import Journal
from core.folder.lock import Lock
from core.folder.queue import QUEUE, enqueue
from core.folder.records import Receipt, sealed
from core.folder.snapshot import read_snapshot
from core.worker.daemon.leases import worker_dir
from core.worker.daemon.state import Running
from core.worker.records import utc_now
from reeltui.app import Desk
from reeltui.screens.base import DeskScreen
from tests.desk_driving import NOW, Seat, at_desk, toy_engine
from tests.face import Face, face
from tests.stage import TINY, new_reel, play
from tests.test_desk_harm_files import ROOMS, enter
from tests.toys import toy_plan

__all__ = ["face"]  # the fixture

SIZES = ((80, 24), (120, 40))
EVIL = (
    "x\x1b[2J\x1b[31mred\x1b]0;title\x07\x1b]52;c;aGFjaw==\x07\x1b]8;;http://example.invalid\x1b\\link\x1b]8;;\x1b\\"
    "\x9b31m\x9d0;c1\x9c\x7f\x00\x08\x0d\x0a\u202egnp\u2066\u200b\u2028\ufeff"
    "[bold red]mark[/] [@click=app.exit]up[/] $x {y}"
)
LONG = EVIL + "w" * 100_000
# The app's own: a reset between segments is drawn by the driver, never part of a strip.
OWN = {"\u200c", "\u200d"}


def armed(text: str) -> list[str]:
    """Return what a terminal would obey, or a reader be misled by, in a text."""
    return [
        f"U+{ord(char):04X}"
        for char in text
        if char != "\n" and char not in OWN and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]


def armed_on(desk: Desk) -> list[str]:
    """Return what is armed on the screen, notifications and links of segments included."""
    found = []
    for strip in desk.screen._compositor.render_strips():
        for segment in strip:
            found += armed(segment.text)
            link = segment.style.link if segment.style is not None else None
            found += [f"a link to {link}"] if link else []
    return found


def poisoned(library: Path, text: str) -> Path:
    """Make a reel that holds a text in every place for one, and is being worked on by this process."""
    toy_engine()
    plan = toy_plan(3)
    root = new_reel(library, msgspec.structs.replace(TINY, engine="toy"), plan)
    play(root)
    enqueue(root, now=utc_now())
    _receipts(root, text)
    _words(root, text[:900])
    _journals(root, text)
    worker = Running(os.getpid(), text, text, text, (text,), text, True, None, str(root), text, text, text, False, text)
    worker_dir().mkdir(parents=True, exist_ok=True)
    (worker_dir() / "status-cpu.json").write_bytes(msgspec.json.encode(worker))
    (worker_dir() / "worker-cpu.log").write_bytes(f"2026 ERROR {text}\n".encode() + b"\xff\xfe\x9b31m\x1b[2J\n")
    (root / layout.CRITIC_LOG).write_bytes(text.encode() + b"\xff\x1b[2J")
    return root


def _words(root: Path, text: str) -> None:
    reel = tomllib.loads((root / layout.REEL_FILE).read_text())
    (root / layout.REEL_FILE).write_text(tomli_w.dumps({**reel, "sentence": text, "created": text}))
    plan = msgspec.json.decode((root / layout.PLAN_FILE).read_bytes())
    for name in ("story_logline", "setting", "title", "style"):
        if isinstance(plan.get(name), str):
            plan[name] = text
    for shot in plan["shots"]:
        shot["prompt"] = f"Pan left. {text}"
    plan["vo_script_per_shot"] = [text for _ in plan["shots"]]
    (root / layout.PLAN_FILE).write_bytes(msgspec.json.encode(plan))
    assert read_snapshot(root).plan_error == ""


def _receipts(root: Path, text: str) -> None:
    for path in root.glob("**/*.json"):
        try:
            receipt = msgspec.json.decode(path.read_bytes(), type=Receipt)
        except msgspec.DecodeError:
            continue
        verdict = receipt.verdict
        if verdict is not None:
            verdict = msgspec.structs.replace(
                verdict, issues=("HAND_FINGER_ARTIFACT: " + text.replace("\n", "")[:370],)
            )
        changed = msgspec.structs.replace(
            receipt,
            backend=text,
            model=text,
            revision=text,
            finished=text,
            device=text,
            versions={text: text},
            why=text,
            changes=(text,),
            facts={**receipt.facts, text: text},
            verdict=verdict,
            fallbacks=(text,),
            unjudged=text,
        )
        path.write_bytes(msgspec.json.encode(sealed(changed)))


def _journals(root: Path, text: str) -> None:
    events: Journal[Event] = Journal(root / layout.EVENTS, Event)
    wrong: dict[str, Any] = {"outcome": text, "gate": text, "overall": text, "final": text, "seconds": 1e308, text: 7}
    for kind in Happened:
        events.append(Event(kind, NOW, text, text, -5, 10**9, text, -3, 2, wrong))
    events.append(
        Event(Happened.STEP_FAILED, NOW, layout.keyframe(0), "keyframes", 0, None, text, 1, 9, {"final": True})
    )
    decisions: Journal[Decision] = Journal(root / layout.DECISIONS, Decision)
    for kind in (Kind.REJECT, Kind.RETAKE, Kind.CHOOSE):
        decisions.append(Decision(text, kind, text, 0, 1, text, text, text, (next(iter(Label)),), text, text))
    step = Beside(layout.clip(0, 1), text, 1e308, text, -1e308, text, os.getpid(), text, -1, 10**18, text, 1e308)
    gauge = Gauge(text, text, 0, 10**18, {1: -1}, 1e308, -1e308, 1e308, text, False)
    live = Live(1e308, os.getpid(), text, text, -1e308, text, 1e308, -1, 0, 1e308, -1e308, 1e308, (step,), (gauge,))
    (root / layout.LIVE).write_bytes(msgspec.json.encode(live))


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("held", [False, True], ids=["idle", "running"])
def test_no_screen_shows_anything_but_text(library: Path, room: str, held: bool) -> None:
    root = poisoned(library, LONG)
    lock = Lock(root / layout.LOCK, verb="\x1b[2J", now=EVIL) if held else None
    try:
        for size in SIZES:

            async def story(seat: Seat) -> None:
                await enter(seat, room, root)
                assert "a mistake in reeltui" not in seat.text
                assert armed_on(seat.desk) == [], seat.text
                await seat.press("end")
                assert armed_on(seat.desk) == []

            at_desk(library, story, size=size)
    finally:
        if lock is not None:
            lock.release()


def test_no_notice_shows_anything_but_text(library: Path) -> None:
    async def play() -> None:
        desk = Desk(library, clock=lambda: NOW)
        async with desk.run_test(size=(80, 24), notifications=True) as pilot:
            seat = Seat(desk, pilot)
            await seat.until(lambda: isinstance(desk.screen, DeskScreen))
            cast(DeskScreen, desk.screen).tell(f"[bold]so[/] {EVIL}")
            await seat.sees("[bold]so[/]")  # markup is text
            assert armed_on(desk) == []

    asyncio.run(play())


@pytest.mark.parametrize(("room", "key"), [("reel", "x"), ("reel", "l"), ("reel", "C"), ("shot", "e"), ("shot", "n"),
    ("shot", "i"), ("plan", "e"), ("reel", "v")])  # fmt: skip
def test_no_dialog_shows_anything_but_text(library: Path, room: str, key: str) -> None:
    root = poisoned(library, LONG)

    async def story(seat: Seat) -> None:
        await enter(seat, room, root)
        await seat.press(key)
        await seat.pilot.pause(0.5)
        assert armed_on(seat.desk) == [], seat.text
        await seat.press("escape", "escape")

    at_desk(library, story, size=(80, 24))


@pytest.mark.parametrize(
    "name", ["\x1b[2Jx", "a\u202eb", "[red]x[@click=app.exit]", "a\nb", os.fsdecode(b"bad\xff\x9b31m"), "c\x9b2J"]
)
def test_a_folder_may_have_any_name(library: Path, name: str) -> None:
    toy_engine()
    root = new_reel(library, msgspec.structs.replace(TINY, engine="toy"), toy_plan(3))
    play(root)
    root = root.rename(library / name)
    for room in ROOMS:

        async def story(seat: Seat, room: str = room) -> None:
            screen = await enter(seat, room, root)
            assert armed_on(seat.desk) == []
            assert "a mistake in reeltui" not in seat.text
            if isinstance(screen, DeskScreen) and room in ("library", "queue"):
                await seat.press("enter")
                await seat.pilot.pause(0.05)
                assert armed_on(seat.desk) == []

        at_desk(library, story, size=(80, 24))


VERBS = (
    ("status", "aiko-walks"),
    ("list",),
    ("takes", "aiko-walks"),
    ("queue",),
    ("worker", "status"),
    ("worker", "logs"),
    ("vram", "aiko-walks"),
    ("verify", "aiko-walks"),
    ("resume", "aiko-walks"),
    ("show", "aiko-walks"),
)


@pytest.mark.parametrize("words", VERBS, ids=lambda words: "-".join(words))
def test_no_verb_prints_anything_but_text(face: Face, library: Path, words: tuple[str, ...]) -> None:
    poisoned(library, LONG)
    said = face(*words)
    assert armed(said.out) == [], said.out[:2000]
    assert armed(said.err) == [], said.err[:2000]
    assert "Traceback" not in said.err
    told = face(*words, "--json")
    assert armed(told.out) == [], "JSON escapes what a terminal obeys"
    (library / QUEUE).write_bytes(EVIL.encode())
    assert armed(face(*words).err) == []
