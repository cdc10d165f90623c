"""The queue screen: the lines it shows, what can be done to queued reels, and real workers that start, end and die."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.event import Beside
from core.folder import layout
from core.folder.lock import Lock
from core.folder.queue import Held, Queue, enqueue, read_queue
from core.worker.daemon.leases import Leases, worker_dir
from core.worker.daemon.state import Running, status_path, workers
from core.worker.records import utc_now
from reeltui.dialogs.stop_worker import StopWorker
from reeltui.lines import Line, Span, Tone, plain, width_of
from reeltui.screens.queue import QueueScreen
from reeltui.views.queue import Listing, Queued
from reeltui.views.reel import planned_on
from reeltui.views.workshop import Said, WorkshopMemory, WorkshopView, look_at_workshop, said
from reeltui.views.workshop_lines import closer_rows, heading, log_rows, reel_row, title, worker_rows
from reeltui.widgets.rows import Rows
from tests.desk_driving import NOW, Seat, at_desk, hears
from tests.stage import TINY, new_reel, play
from tests.toys import toy_plan
from tests.watching import alive, configure, detached, hold, outcomes, queued, until

__all__ = ["detached"]

WIDTHS = (58, 78, 98, 118, 158, 198)
SIZES = ((60, 18), (80, 24), (120, 40), (200, 60))
NAMES = ("Aiko walks", "Ken waits", "Rain falls")
A, B, C = "aiko-walks", "ken-waits", "rain-falls"
TOY = msgspec.structs.replace(TINY, engine="toy")


def line_up(library: Path, *names: str) -> list[Path]:
    """Make reels and queue them."""
    roots = [new_reel(library, TOY, toy_plan(1), name) for name in names or NAMES]
    for root in roots:
        enqueue(root, now=utc_now())
    return roots


def key(name: str) -> Span:
    return Span(f"<{name}>", Tone.ACCENT)


def joined(rows: list[Line]) -> str:
    return "\n".join(plain(row) for row in rows)


@contextlib.contextmanager
def leased(device: str) -> Iterator[None]:
    """Hold a device as a worker does."""
    leases = Leases((device,), now=utc_now())
    try:
        yield
    finally:
        leases.release()


def worker(**changes: Any) -> Running:
    bare = Running(77, "host", "boot", "2025-12-31T23:59:00Z", ("fake:24",))
    return msgspec.structs.replace(bare, **changes)


def a_view(*reels: Queued, **changes: Any) -> WorkshopView:
    listing = Listing("/reels", changes.pop("paused", False), changes.pop("warning", ""), reels)
    bare = WorkshopView(Path("/reels"), listing, (), (), (), (), None, "", "", NOW)
    return msgspec.structs.replace(bare, **changes)


def a_reel(state: str = "queued", **changes: Any) -> Queued:
    bare = Queued(1, 1, "boat", "/reels/boat", state, "", False, "2025-12-31T23:00:00Z")
    return msgspec.structs.replace(bare, **changes)


# --- lines ---------------------------------------------------------------------------------------------------------


def test_the_log_is_told_with_the_newest_first_and_what_belongs_together() -> None:
    found = said(
        [
            "left over from an older file",
            "2026-01-01T00:00:00Z  INFO     boat: begun",
            "2026-01-01T00:00:02Z  ERROR    boat: it broke",
            "    Traceback",
            "    ValueError: no",
        ]
    )
    assert [(one.at, one.level, one.words, len(one.more)) for one in found] == [
        (NOW + 2, "ERROR", "boat: it broke", 2),
        (NOW, "INFO", "boat: begun", 0),
        (None, "", "", 1),
    ]


def test_the_log_names_steps_and_is_harmless() -> None:
    step = Said(NOW, "INFO", "boat: step_done shots/02/takes/003/clip  first take")
    odd = Said(NOW, "ERROR", "shots/xx/clip masters/../x \x1b]52;c;aGk=\x07 \u202eevil")
    text = joined(log_rows(a_view(said=(odd, step)), 60))
    assert "✓ boat: clip 2 take 3" in text
    assert "first take" not in text
    assert "shots/xx/clip" in text
    assert not any(sign in text for sign in "\x1b\x07\u202e")


def test_a_worker_that_died_is_told_with_what_it_did_and_what_to_do() -> None:
    view = a_view(lost=(worker(reel="/reels/boat", step="shots/02/takes/001/clip"),))
    text = joined(worker_rows(view, key, 118, roomy=True))
    assert "✗ the worker on fake:24 ended without a word while it made boat: clip 2" in text
    assert "<queue.start> starts another, which goes on with it" in text
    assert "no worker runs" not in text


def test_a_worker_says_what_it_does() -> None:
    at_work = worker(reel="/reels/boat", step="music")
    for one, words in (
        (at_work, "● at work  fake:24  boat: music"),
        (msgspec.structs.replace(at_work, leaving=True), "● ending   fake:24  boat: music, then it ends"),
        (worker(linger=90.0), "● idle     fake:24  nothing to do, ends after 1 min 30 s of that"),
        (
            worker(error="the disk is full", error_at="2025-12-31T23:50:00Z"),
            "! went wrong 10 min ago: the disk is full",
        ),
    ):
        assert words in joined(worker_rows(a_view(workers=(one,)), key, 118, roomy=False))
    assert "<queue.start> starts one" in joined(worker_rows(a_view(), key, 118, roomy=False))


@pytest.mark.parametrize(
    ("reel", "words"),
    [
        (a_reel("gone", path=None), ("its folder is not there any more", "<queue.remove>")),
        (a_reel("broken", problem="reel.toml: no"), ("reel.toml: no", "<queue.open>")),
        (a_reel("waiting", waits_for="plan"), ("approve the plan", "<queue.open>")),
        (a_reel("interrupted", held="interrupted"), ("its worker died", "<queue.pause> goes on")),
        (a_reel("paused", held="paused"), ("you paused it", "<queue.pause> lets it go on")),
        (
            a_reel("running", held="paused", held_by="reeltui make (process 7)"),
            ("when the process that makes it ends",),
        ),
        (
            a_reel("running", held="paused", held_by="reeltui worker (process 7)"),
            ("as soon as its step in hand is done", "<queue.pause>"),
        ),
        (a_reel(), ("",)),
    ],
)
def test_why_a_reel_is_not_made(reel: Queued, words: tuple[str, ...]) -> None:
    text = joined(closer_rows(a_view(reel), "boat", key, 98))
    assert all(word in text for word in words)
    assert bool(text) == bool(words[0])


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_screen(library: Path, width: int) -> None:
    (root, *_) = line_up(library, "長い題名" * 12)
    play(root)
    view = look_at_workshop(library, root.name, NOW)
    odd = worker(error="x" * 400, reel=f"/reels/{'長' * 90}", devices=("fake:24", "cuda:0"))
    odd_reel = a_reel("running", name="長" * 90, phase="animate", done=3, total=28, eta_seconds=5000.0)
    view = msgspec.structs.replace(
        view,
        workers=(odd,),
        lost=(odd,),
        said=(Said(NOW, "INFO", "長" * 300),),
        danger="d " * 200,
        listing=msgspec.structs.replace(view.listing, warning="w" * 300),
    )
    rows = [heading(width), *(reel_row(view, reel, width) for reel in (*view.listing.reels, odd_reel))]
    for roomy in (True, False):
        rows += worker_rows(view, key, width, roomy=roomy)
    rows += closer_rows(view, root.name, key, width) + log_rows(view, width)
    assert {width_of(row) for row in rows if width_of(row) > width} == set()


def test_the_title_counts_and_says_what_is_paused() -> None:
    assert plain(title(a_view(a_reel("running"), a_reel(name="b")), key)[1]) == "2 reels, 1 running"
    assert "paused" in plain(title(a_view(a_reel(), paused=True), key)[1])
    assert "not there" in plain(title(a_view(missing=True), key)[1])


# --- looking -------------------------------------------------------------------------------------------------------


def test_a_look_at_who_lives_reads_nothing_else(library: Path) -> None:
    root = line_up(library)[0]
    with leased("cpu"), Lock(root / layout.LOCK, verb="worker", now=utc_now()):
        view = look_at_workshop(library, A, NOW)
        assert view.listing.reels[0].state == "running"
        assert look_at_workshop(library, A, NOW + 60, unless=view) is view
        with leased("fake:24"):
            more = look_at_workshop(library, A, NOW + 30, unless=view)
            assert len(more.workers) == 2
        assert look_at_workshop(library, A, NOW + 40, unless=more).workers == view.workers
    after = look_at_workshop(library, A, NOW + 60, unless=view)
    assert (after.now, after.workers, after.listing.reels[0].state) == (NOW + 60, (), "queued")


def test_a_reading_is_remembered_once(library: Path) -> None:
    from core.film.gauge import Gauge

    memory = WorkshopMemory()
    assert memory.take(Gauge("fake:24", used=5), 1.0) == (5.0,)
    assert memory.take(Gauge("fake:24", used=5), 1.0) == (5.0,)
    assert memory.take(Gauge("fake:24", used=None), 2.0) == (5.0, None)


def test_what_one_process_does_it_does_with_one_model() -> None:
    def step(pid: int, planned: int | None, device: str = "fake:24") -> Beside:
        return Beside(layout.clip(0, 1), "animate", 0.5, "", 1.0, device, pid, "working", planned=planned)

    assert planned_on("fake:24", [step(1, 9), step(1, 8), step(2, 3), step(3, 5, "cpu"), step(4, None)]) == 12
    assert planned_on("fake:24", [step(4, None)]) is None


def test_only_workers_without_a_lease_are_lost(library: Path) -> None:
    library.mkdir(parents=True)
    worker_dir().mkdir(parents=True)
    (worker_dir() / "status-cpu.json").write_bytes(b"\xff{")
    status_path(("fake:24",)).write_bytes(msgspec.json.encode(worker()))
    assert [one.pid for one in look_at_workshop(library, "", NOW).lost] == [77]
    with leased("fake:24"):
        assert look_at_workshop(library, "", NOW).lost == ()


# --- at the screen -------------------------------------------------------------------------------------------------


async def open_queue(seat: Seat, *words: str) -> QueueScreen:
    """Go to the queue and wait for its reels, and for the look at the one under the cursor."""
    await seat.press("Q")
    await seat.sees(*(words or (A, B, C)))
    screen = seat.desk.screen
    assert isinstance(screen, QueueScreen)
    return screen


@pytest.mark.parametrize("size", SIZES)
def test_every_size_shows_the_queue(library: Path, size: tuple[int, int]) -> None:
    line_up(library)

    async def story(seat: Seat) -> None:
        screen = await open_queue(seat, A, B, C, "no worker runs", "3 reels", "State")
        assert screen.query_one("#reels").size.height >= 4

    at_desk(library, story, size=size)


def test_reels_change_places(library: Path) -> None:
    line_up(library)

    async def story(seat: Seat) -> None:
        screen = await open_queue(seat)
        assert screen.check_action("earlier", ()) is False
        await seat.press("J")
        await seat.until(lambda: queued(library) == [B, A, C])
        await seat.until(lambda: screen.query_one("#reels", Rows).keys == (B, A, C))
        assert screen.selected == A  # the cursor stays on the reel
        await seat.press("J")
        await seat.until(lambda: queued(library) == [B, C, A])
        await seat.until(lambda: screen.check_action("later", ()) is False)
        await seat.press("K", "K")
        await seat.until(lambda: queued(library) == [A, B, C])

    at_desk(library, story)


def test_a_reel_is_held_and_the_key_says_that_it_goes_on(library: Path) -> None:
    line_up(library)

    async def story(seat: Seat) -> None:
        await open_queue(seat)
        await seat.sees("p Pause  ")
        await seat.press("j", "p")
        await seat.sees("‖ paused", "you paused it", "p Go on")
        assert [entry.held for entry in read_queue(library).reels] == [Held.NO, Held.PAUSED, Held.NO]
        await seat.press("k")
        await seat.sees("p Pause  ")

    at_desk(library, story)


def test_all_of_the_queue_is_held_and_goes_on(library: Path) -> None:
    line_up(library)

    async def story(seat: Seat) -> None:
        await open_queue(seat)
        await seat.press("P")
        await seat.sees("paused: no further reel is begun", "Go on with all")
        assert read_queue(library).paused
        await seat.press("P")
        await seat.sees("3 reels", "Pause all")
        assert not read_queue(library).paused

    at_desk(library, story)


def test_a_reel_leaves_only_after_a_yes(library: Path) -> None:
    roots = line_up(library)

    async def story(seat: Seat) -> None:
        screen = await open_queue(seat)
        await seat.press("x")
        await seat.sees("Take aiko-walks out of the queue?")
        await seat.press("n")
        await seat.until(lambda: seat.desk.screen is screen)
        assert queued(library) == [A, B, C]
        await seat.press("x", "y")
        await seat.until(lambda: queued(library) == [B, C])
        await hears(seat, "aiko-walks left the queue")
        await seat.sees("2 reels")
        assert screen.selected == B
        assert roots[0].is_dir()

    at_desk(library, story)


def test_a_reel_whose_folder_vanished_is_shown_and_can_be_taken_out(library: Path) -> None:
    roots = line_up(library)

    async def story(seat: Seat) -> None:
        screen = await open_queue(seat)
        shutil.rmtree(roots[0])
        await seat.sees("! gone", "its folder is not there any more")
        await seat.until(lambda: screen.check_action("open", ()) is False)
        await seat.press("x", "y")
        await seat.until(lambda: queued(library) == [B, C])

    at_desk(library, story)


def test_a_library_that_vanishes_is_told_and_comes_back(library: Path) -> None:
    line_up(library)
    aside = library.with_name("aside")

    async def story(seat: Seat) -> None:
        await open_queue(seat)
        library.rename(aside)
        await seat.sees("the library is not there")
        aside.rename(library)
        await seat.sees("3 reels", C)

    at_desk(library, story)


def test_what_is_refused_is_told(library: Path) -> None:
    roots = line_up(library)

    async def story(seat: Seat) -> None:
        await open_queue(seat)
        with Lock(roots[0] / layout.LOCK, verb="make", now=utc_now()):
            await seat.press("p")
            await hears(seat, "goes on until that process ends", "kill -INT")
            await seat.sees("you paused it: it is held when the process that makes it")

    at_desk(library, story)


def test_nothing_moves_when_nothing_happens(library: Path) -> None:
    line_up(library)
    moments = iter(range(10**6))

    async def story(seat: Seat) -> None:
        screen = await open_queue(seat)
        await seat.until(lambda: screen.view is not None and screen.view.flown_of == A)
        before, text = screen.view, seat.text
        looks: list[object] = []
        show = screen.show
        screen.show = lambda view: (looks.append(view), show(view))[1]  # type: ignore[method-assign, func-returns-value]
        screen.look_again()  # minutes later by the clock
        await seat.until(lambda: bool(looks))
        assert screen.view is before
        assert seat.text == text

    at_desk(library, story, clock=lambda: NOW + 600 * next(moments))


def test_the_log_is_read_whole_and_is_harmless(library: Path) -> None:
    line_up(library)
    worker_dir().mkdir(parents=True)
    rows = [f"2026-01-01T00:{n // 60:02d}:{n % 60:02d}Z  INFO     line {n} \x1b[2J" for n in range(900)]
    (worker_dir() / "worker-cpu.log").write_text("\n".join(rows))

    async def story(seat: Seat) -> None:
        await open_queue(seat, A, "line 899")
        await seat.press("L")
        await seat.sees("worker-cpu.log", "line 899", "line 880")
        await seat.press("home")
        await seat.sees("line 0")
        assert "\x1b" not in seat.text

    at_desk(library, story)


@pytest.mark.parametrize(("pressed", "answer"), [("a", "AFTER_STEP"), ("d", "NOW"), ("n", None), ("enter", None)])
def test_how_a_worker_ends_is_asked(library: Path, pressed: str, answer: str | None) -> None:
    async def story(seat: Seat) -> None:
        answers: list[Any] = []
        seat.desk.push_screen(StopWorker(["cpu, process 7: boat: clip 2"]), answers.append)
        await seat.sees("Stop the worker?", "boat: clip 2")
        await seat.press(pressed)
        await seat.until(lambda: bool(answers))
        assert [one.name if one else None for one in answers] == [answer]

    at_desk(library, story)


# --- real workers --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_worker_is_started_and_stopped(library: Path) -> None:
    configure('devices = ["cpu"]')
    library.mkdir(parents=True)

    async def story(seat: Seat) -> None:
        await open_queue(seat, "Nothing is queued", "S Start worker")
        await seat.press("S")
        await seat.sees("● idle     cpu", "Z Stop worker")
        (running,) = workers()
        assert running.linger is None  # started by hand, it stays
        await seat.press("Z", "escape")
        assert alive(running.pid)
        await seat.press("Z", "a")
        await seat.sees("no worker runs", "S Start worker")
        assert not alive(running.pid)

    at_desk(library, story)


@pytest.mark.slow
def test_a_worker_that_dies_is_shown_and_another_goes_on(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_HOLD", str(tmp_path / "hold"))
    configure('devices = ["cpu"]')
    root = line_up(library, "Aiko walks")[0]
    held = hold(root, layout.clip(0, 1))

    async def story(seat: Seat) -> None:
        screen = await open_queue(seat, A)
        await seat.press("S")
        await seat.sees("● at work  cpu", "aiko-walks: clip 0", "▶ running")
        os.kill(workers()[0].pid, signal.SIGKILL)
        await seat.sees("ended without a word while it made aiko-walks: clip 0", "S starts another")
        await seat.until(lambda: screen.reel is not None and screen.reel.state != "running")
        held.unlink()
        await seat.press("S")
        await seat.sees_no("ended without a word")
        await seat.until(lambda: read_queue(library) == Queue() or not queued(library))
        assert outcomes(root)[-1] == "done"

    at_desk(library, story)


@pytest.mark.slow
def test_a_held_reel_goes_on_and_a_running_one_is_taken_out(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_HOLD", str(tmp_path / "hold"))
    configure('devices = ["cpu"]')
    root = line_up(library, "Aiko walks")[0]
    hold(root, layout.clip(0, 1))

    async def story(seat: Seat) -> None:
        await open_queue(seat, A)
        await seat.press("p")
        await seat.sees("‖ paused", "p Go on")
        await seat.press("p")  # a worker is started for it
        await seat.sees("● at work  cpu", "clip 0", "▶ running")
        await seat.press("x")
        await seat.sees("Stop aiko-walks and take it out of the queue?", "step in hand is dropped")
        await seat.press("y")
        await seat.until(lambda: not queued(library))
        await seat.sees("● idle     cpu", "Nothing is queued")
        until(lambda: outcomes(root)[-1:] == ["cancelled"])

    at_desk(library, story)
