"""The reel screen: what it reads, the lines that become of it, and everything a person can do there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.event import Beside, Event, Happened, Live, RunEnded, RunStarted
from core.film.gauge import Gauge
from core.film.lineup import Phase
from core.film.settings import Review
from core.folder import layout
from core.folder.decisions import say_decision
from core.folder.lock import Lock
from core.folder.queue import Held, enqueue, entry_of, read_queue
from core.folder.snapshot import read_snapshot
from core.pipeline.decide import Stamp, pass_gate
from core.worker.records import Ledger, utc_now
from reeltui.lines import Line, Span, Tone, plain, width_of
from reeltui.pictures.cells import Grain
from reeltui.pictures.protocol import Protocol, Way
from reeltui.screens.reel import ReelScreen
from reeltui.screens.shot import ShotScreen
from reeltui.views.board import shot_rows
from reeltui.views.flown import flown_table
from reeltui.views.machine import machine, machine_brief
from reeltui.views.meanwhile import meanwhile, meanwhile_lines
from reeltui.views.notices import log_rows, notices, title
from reeltui.views.rail import rail
from reeltui.views.reel import ReelMemory, ReelView, ShotLook, look_at_reel
from reeltui.views.shot import Spoken
from reeltui.widgets.board import Board, picture_size
from reeltui.widgets.contact_sheet import ContactSheet
from reeltui.widgets.sheet import Sheet
from tests.desk_driving import NOW, Seat, at_desk, toy_engine
from tests.stage import TINY, board, edit, new_reel, play
from tests.toys import toy_plan

WIDTHS = (58, 78, 98, 118, 158, 198)
FAIL = "Pan left. Aiko waits. [fail*2 HAND_FINGER_ARTIFACT]"


@pytest.fixture(autouse=True)
def own_engine() -> None:
    """The toys are an engine of the user's own."""
    toy_engine()


def make(library: Path, *, name: str = "Aiko walks", run: bool = True, **settings: Any) -> Path:
    """Make a reel of three shots, the second of which fails twice, and run it as far as it goes."""
    plan = toy_plan(3)
    shots = (plan.shots[0], msgspec.structs.replace(plan.shots[1], prompt=FAIL), plan.shots[2])
    chosen = msgspec.structs.replace(TINY, engine="toy", **settings)
    root = new_reel(library, chosen, msgspec.structs.replace(plan, shots=shots), name)
    if run:
        play(root)
    return root


def joined(rows: list[Line]) -> str:
    return "\n".join(plain(row) for row in rows)


def key(name: str) -> Span:
    return Span(f"<{name}>", Tone.ACCENT)


# --- looking -----------------------------------------------------------------------------------------------------


def test_a_finished_reel_is_told_in_full(library: Path) -> None:
    view = look_at_reel(make(library), NOW)
    assert [phase.told.name for phase in view.phases] == list(Phase)
    assert all(phase.told.state == "done" for phase in view.phases)
    assert {phase.told.name: phase.loads for phase in view.phases}[
        Phase.ANIMATE
    ] == 3  # a round each: one place, with the critic between
    assert [shot.told.shipped_take for shot in view.shots] == [1, 3, 1]
    assert view.shots[1].chosen_by == "critic"
    assert view.shots[1].axes == (9, 9, 8, 8)
    assert view.shots[1].overall == 8.5
    assert view.shots[0].hero
    assert view.shots[0].spoken is None  # toys do not tell what there was room for
    assert view.size == (view.root / "reel.mp4").stat().st_size
    keyframe = view.shots[2].keyframe
    assert keyframe is not None
    assert keyframe.path == view.root / "shots/02/keyframe.png" or keyframe.path.is_file()


def test_who_chose_a_take(library: Path) -> None:
    from reeltui.acts import decide

    root = make(library)
    decide.say(root, decide.choose(1, 2))
    decide.say(root, decide.approve(2))
    view = look_at_reel(root, NOW)
    assert [shot.chosen_by for shot in view.shots] == ["critic", "you", "you"]
    assert [shot.told.shipped_take for shot in view.shots] == [1, 2, 1]
    assert view.decided


def test_a_gate_whose_time_was_over_is_no_word_of_yours(library: Path) -> None:
    root = make(library, review=Review.SHOTS)
    say_decision(root, pass_gate(*board(root), Stamp("x", utc_now(), "time-out")))
    assert {shot.chosen_by for shot in look_at_reel(root, NOW).shots} == {"critic, then time-out"}


def test_live_state_alone_is_read_alone(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reeltui.views import reel

    root = make(library)
    memory = ReelMemory(root)
    first = look_at_reel(root, NOW, memory)
    reads: list[Path] = []
    real = reel.open_root
    monkeypatch.setattr(reel, "open_root", lambda path: (reads.append(path), real(path))[1])
    again = look_at_reel(root, NOW, memory, whole=False)
    assert reads == []
    assert again == first
    edit(root, narration={0: "Other words."})
    look_at_reel(root, NOW, memory, whole=False)
    assert reads == [root]  # a file of weight changed, whatever was thought
    look_at_reel(root, NOW, memory)
    assert len(reads) == 2


def under_way(root: Path, at: float, fraction: float = 0.5, used: int | None = 6_000_000_000, **more: Any) -> None:
    """Write live state of this process, as who works on the reel does."""
    step = Beside(layout.clip(0, 1), "animate", fraction, "denoising 12/24", 3.0, "fake:24", os.getpid(), "working")
    step = msgspec.structs.replace(step, planned=8_000_000_000, held=used)
    gauge = Gauge("fake:24", "simulated", 24_000_000_000, used, source="simulated", simulated=True, **more)
    live = Live(at, os.getpid(), step.step, step.phase, fraction, "", 3.0, 1, 9, 600.0, 500.0, 900.0, (step,), (gauge,))
    (root / layout.LIVE).write_bytes(msgspec.json.encode(live))


def test_devices_have_a_history_of_what_was_seen(library: Path) -> None:
    root = make(library, run=False)
    memory = ReelMemory(root)
    with Lock(root / layout.LOCK, verb="worker", now=utc_now()):
        for number, used in enumerate((6_000_000_000, None, 9_000_000_000)):
            under_way(root, NOW + number, used=used)
            view = look_at_reel(root, NOW + number, memory, whole=False)
            look_at_reel(root, NOW + number, memory, whole=False)  # the same state twice is one reading
    assert view.devices[0].readings == (6e9, None, 9e9)
    assert view.devices[0].planned == 8_000_000_000
    assert view.shots[0].running is not None
    assert view.told.state == "running"


def test_a_held_reel_is_paused(library: Path) -> None:
    from reeltui.acts import line

    root = make(library, run=False)
    enqueue(root, now=utc_now())
    line.pause(line.meant(str(root), library))
    view = look_at_reel(root, NOW)
    assert (view.standing, view.held, view.place) == ("paused", Held.PAUSED, 1)
    assert "is paused" in view.idle


# --- since you left ----------------------------------------------------------------------------------------------


def test_what_happened_meanwhile(library: Path) -> None:
    events = look_at_reel(make(library), NOW).events
    found = meanwhile(events, 0.0)
    assert found is not None
    assert (found.rendered, found.passed, found.failed, found.shots) == (5, 3, 2, (1,))
    assert (found.outcome, found.given_up, found.gate) == ("done", (), "")
    told = joined(meanwhile_lines(found, NOW, 200))
    assert "5 takes rendered, 3 passed, 2 failed (shot 1)" in told
    assert "the reel is finished" in told
    assert meanwhile(events, events[-1].at) is None
    later = meanwhile(events, events[-2].at)
    assert later is not None
    assert (later.rendered, later.outcome) == (0, "done")


def test_failures_and_gates_of_the_meanwhile() -> None:
    def event(happened: Happened, **data: Any) -> Event:
        return Event(happened, NOW, "shots/02/keyframe", "keyframes", 2, None, "no memory", data=data)

    gone = meanwhile([event(Happened.STEP_FAILED, final=True), event(Happened.RUN_ENDED, outcome="failed")], 0.0)
    assert gone is not None
    assert gone.given_up == (("shots/02/keyframe", "no memory"),)
    assert "keyframe 2 was given up: no memory" in joined(meanwhile_lines(gone, NOW, 100))
    waits = meanwhile([event(Happened.WAITING, gate="shots"), event(Happened.RUN_ENDED, outcome="waiting")], 0.0)
    assert waits is not None
    assert "approval of the shots" in joined(meanwhile_lines(waits, NOW, 100))
    on = meanwhile([event(Happened.RUN_ENDED, outcome="failed"), event(Happened.RUN_STARTED, pid=1)], 0.0)
    assert on is None  # it goes on: nothing to come back to


# --- lines -------------------------------------------------------------------------------------------------------


def every_line(view: ReelView, width: int) -> list[Line]:
    rows = [*notices(view, key, width), *rail(view.phases, width), *machine(view, min(width, 40))]
    rows += [*machine_brief(view, width, 5), *flown_table(view.flight, width)]
    for shot in view.shots:
        rows += [*shot_rows(shot, view, width - 18, 5), *shot_rows(shot, view, width - 14, 3)]
    return rows


@pytest.mark.parametrize("width", WIDTHS)
def test_the_rail_is_as_wide_as_the_screen(library: Path, width: int) -> None:
    view = look_at_reel(make(library), NOW)
    rows = rail(view.phases, width)
    assert {width_of(row) for row in rows} == {width}
    assert len(rows) == (5 if width >= 96 else 4)
    assert all(phase.told.name.value[:3] in joined(rows) or width < 71 for phase in view.phases)
    assert joined(rows).count("✓") == 8


@pytest.mark.parametrize("width", WIDTHS)
def test_board_rows_fit(library: Path, width: int) -> None:
    view = look_at_reel(make(library), NOW)
    for shot in view.shots:
        for height in (3, 5):
            rows = shot_rows(shot, view, width, height)
            assert len(rows) == (3 if height == 3 else 4)
            assert max(width_of(row) for row in rows) <= width


def changed(view: ReelView, **changes: Any) -> ShotLook:
    return msgspec.structs.replace(view.shots[0], **changes)


def test_a_shot_tells_how_it_stands(library: Path) -> None:
    view = look_at_reel(make(library), NOW)
    words = joined(shot_rows(view.shots[1], view, 100, 5))
    assert "take 3 of 3 ships: best passing take, critic" in words
    assert "character" in words
    assert "8.5" in words
    assert "Line number 1." in words
    over = joined(shot_rows(changed(view, spoken=Spoken(6.0, 5.0, 1.15, 1.0)), view, 100, 5))
    assert "! 1.0 s over" in over
    fits = joined(shot_rows(changed(view, spoken=Spoken(4.2, 5.1, 1.0, 0.0)), view, 100, 3))
    assert "4.2 of 5.1 s" in fits
    failed = joined(shot_rows(changed(view, failed="the host died"), view, 100, 3))
    assert "✗ failed" in failed
    assert "the host died" in failed
    waits = joined(shot_rows(changed(view, waits=True), view, 100, 3))
    assert "◆ waits for you" in waits
    one = Beside("shots/00/takes/002/clip", "animate", 0.5, "", 1.0)
    assert "▶ clip take 2" in joined(shot_rows(changed(view, running=one), view, 100, 3))


def test_a_mark_that_does_not_pass_has_a_sign_where_there_is_no_figure(library: Path) -> None:
    view = look_at_reel(make(library), NOW)
    row = joined(shot_rows(changed(view, axes=(9.0, 3.0, 9.0, 9.0)), view, 44, 3)).splitlines()[1]
    assert row.count("!") == 1


def test_a_simulated_device_is_always_marked(library: Path) -> None:
    root = make(library, run=False)
    with Lock(root / layout.LOCK, verb="worker", now=utc_now()):
        under_way(root, NOW)
        view = look_at_reel(root, NOW)
        under_way(root, NOW, used=None)
        blind = look_at_reel(root, NOW)
    for width in (78, 118):
        assert "SIMULATED" in joined(machine_brief(view, width, 3))
    told = joined(machine(view, 40))
    assert "SIMULATED" in told
    assert "6.0 of 24.0 GB" in told
    assert "holds 6.0 of 8.0 GB planned" in told
    assert "50%" in told
    assert "about 10 min (8 to 15) left" in told
    assert "busy, heat, power: N/A" in told
    assert "? of 24.0 GB" in joined(machine(blind, 40))


def test_a_silent_worker_is_told_of(library: Path) -> None:
    root = make(library, run=False)
    with Lock(root / layout.LOCK, verb="worker", now=utc_now()):
        under_way(root, NOW)
        fresh, late = look_at_reel(root, NOW + 3), look_at_reel(root, NOW + 60)
    assert "silent" not in joined(machine(fresh, 60))
    assert "its worker is silent since" in joined(machine(late, 60))
    assert "its worker is silent since" in joined(machine_brief(late, 78, 3))
    assert "stale" in plain(title(late)[1])


def test_what_a_reel_says_on_top(library: Path) -> None:
    root = make(library)
    done = joined(notices(look_at_reel(root, NOW), key, 118))
    assert "Finished" in done
    assert "-18.0 LUFS" in done
    assert "reel.mp4" in done
    assert "<reel.copy-path>" in done
    edit(root, narration={0: "Other words."})
    assert "Older than the last changes" in joined(notices(look_at_reel(root, NOW), key, 118))
    (root / "plan.json").write_text("{")
    assert "plan.json is refused" in joined(notices(look_at_reel(root, NOW), key, 118))


def test_the_gate_says_which_shots_and_keys(library: Path) -> None:
    from reeltui.acts import decide

    root = make(library, review=Review.SHOTS)
    first = joined(notices(look_at_reel(root, NOW), key, 118))
    assert "Waits for your approval of the shots." in first
    assert "<reel.approve-gate>" in first
    decide.say(root, decide.approve(0))
    assert "approval of shots 1, 2." in joined(notices(look_at_reel(root, NOW), key, 118))
    plan = make(library, name="Another", review=Review.PLAN)
    assert "approval of the plan." in joined(notices(look_at_reel(plan, NOW), key, 118))
    assert not any(shot.waits for shot in look_at_reel(plan, NOW).shots)


def test_the_log_has_the_newest_first_and_says_a_passed_clip_once(library: Path) -> None:
    rows = joined(log_rows(look_at_reel(make(library), NOW))).splitlines()
    assert "run ended: done" in rows[0]
    assert sum("★ verdict 1 take 3" in row for row in rows) == 1
    assert sum("✗ verdict 1" in row for row in rows) == 2
    assert not any("begun" in row for row in rows)


HOSTILE = "\x1b]52;c;aGk=\x07\x1b[31m\u202e\x9b2J[red]x[/red]\n" + "w" * 3000


@pytest.mark.parametrize("width", [60, 120])
def test_hostile_words_are_text(library: Path, width: int) -> None:
    plan = toy_plan(1)
    shot = msgspec.structs.replace(plan.shots[0], shot_type=HOSTILE[:200])
    spoiled = msgspec.structs.replace(plan, shots=(shot,), vo_script_per_shot=(HOSTILE[:900],))
    root = new_reel(library, msgspec.structs.replace(TINY, engine="toy", shots=1), spoiled, "x")
    Ledger(root).event(Happened.RUN_STARTED, None, HOSTILE, RunStarted(1, "make"))
    Ledger(root).event(Happened.RUN_ENDED, None, HOSTILE, RunEnded("failed", code=70, remedy=HOSTILE))
    with Lock(root / layout.LOCK, verb="worker", now=utc_now()):
        step = Beside(layout.clip(0, 1), "animate", float("nan"), HOSTILE, 3.0, HOSTILE, os.getpid(), HOSTILE)
        gauge = Gauge(HOSTILE, HOSTILE, 1, 2)
        live = Live(NOW, os.getpid(), step.step, "animate", 2.0, HOSTILE, 1.0, 1, 1, running=(step,), gauges=(gauge,))
        (root / layout.LIVE).write_bytes(msgspec.json.encode(msgspec.to_builtins(live)).replace(b"null", b"0"))
        views = [look_at_reel(root, NOW, seen_until=0.0)]
    views.append(look_at_reel(root, NOW, seen_until=0.0))
    for view in views:
        for row in [*every_line(view, width), *log_rows(view), *title(view)]:
            assert not any(char in plain(row) for char in "\x1b\x07\x9b\u202e\n")


# --- the screen --------------------------------------------------------------------------------------------------


async def opened(seat: Seat, root: Path, **more: Any) -> ReelScreen:
    screen = ReelScreen(root, **more)
    seat.desk.push_screen(screen)
    await seat.until(lambda: screen.view is not None and screen.is_current and len(screen.query(Board)) > 0)
    await seat.pilot.pause()
    return screen


async def quiet(seat: Seat, screen: ReelScreen) -> None:
    """Wait until nothing is looked at any more, though the reel is being worked on."""
    seen: list[ReelView | None] = [None]

    def same() -> bool:
        seen.append(screen.view)
        return len(seen) > 25 and all(view is screen.view for view in seen[-25:])

    await seat.until(same, "quiet")


def sheet(seat: Seat, query: str) -> str:
    """Return what a sheet of the screen on top shows."""
    return joined(list(seat.desk.screen.query_one(query, Sheet).lines))


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40), (200, 60)])
def test_it_is_laid_out_for_every_size(library: Path, size: tuple[int, int]) -> None:
    root = make(library)

    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        shots = screen.query_one(Board)
        await seat.until(lambda: shots.size.height > 0)
        assert shots.has_focus
        assert shots.keys == ("0", "1", "2")
        assert shots.size.height >= 3
        assert screen.query_one("#brief").display == (size[0] < 100)
        await seat.until(lambda: screen.query_one("#rail").size.height == (5 if size[0] >= 100 else 4))
        if size[1] >= 24:
            assert screen.query_one("#log").size.height >= 3

    at_desk(library, story, size=size)


def test_the_cursor_opens_a_shot(library: Path) -> None:
    root = make(library)

    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        await seat.press("j")
        assert screen.subject() == 1
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.desk.screen, ShotScreen))
        assert seat.desk.screen.index == 1
        await seat.press("escape")
        await seat.until(lambda: seat.desk.screen is screen)
        assert screen.subject() == 1

    at_desk(library, story)


def test_esc_puts_the_summary_away_before_it_leaves(library: Path) -> None:
    root = make(library)

    async def story(seat: Seat) -> None:
        screen = await opened(seat, root, seen_until=0.0)
        assert "Since you left" in sheet(seat, "#notices")
        await seat.press("j")
        assert "Since you left" in sheet(seat, "#notices")
        await seat.press("escape")
        assert "Since you left" not in sheet(seat, "#notices")
        assert seat.desk.screen is screen
        await seat.press("escape")
        await seat.until(lambda: seat.desk.screen is not screen)

    at_desk(library, story)


def test_words_about_shots_are_written_and_taken_back(library: Path) -> None:
    root = make(library)

    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        assert screen.check_action("undo", ()) is False
        await seat.press("j", "a")
        await seat.until(lambda: screen.view and screen.view.shots[1].chosen_by == "you", "approved")
        await seat.press("u")
        await seat.until(lambda: screen.view and screen.view.shots[1].chosen_by == "critic", "taken back")
        await seat.press("t")
        await seat.until(lambda: screen.view and screen.view.shots[1].due, "one more is due")
        await seat.press("u")
        await seat.until(lambda: screen.view and not screen.view.shots[1].due, "taken back")

    at_desk(library, story)


def test_a_take_is_rejected_with_labels_and_words(library: Path) -> None:
    root = make(library)

    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        await seat.press("x", "j", "space")
        await seat.until(lambda: "to make" in sheet(seat, "#follows"), "what follows")
        await seat.press("tab", *"slower", "ctrl+s")
        await seat.until(lambda: screen.view and screen.view.decided and seat.desk.screen is screen, "rejected")
        said = read_snapshot(root).decisions[-1]
        assert (said.kind.value, said.shot, said.note) == ("reject", 0, "slower")
        assert [label.value for label in said.labels] == ["EXTRAS_INVADE_FRAME"]
        await seat.press("x", "escape")
        await seat.until(lambda: seat.desk.screen is screen)
        assert len(read_snapshot(root).decisions) == 1

    at_desk(library, story)


def test_a_gate_is_passed_after_asking(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make(library, review=Review.SHOTS)
    asked: list[Path] = []
    monkeypatch.setattr("reeltui.acts.resume.resume", lambda path: asked.append(path))

    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        assert "Waits for your approval" in sheet(seat, "#notices")
        screen._handed = lambda handed: None  # type: ignore[method-assign]
        await seat.press("g", "enter")  # the safe answer
        await seat.until(lambda: seat.desk.screen is screen)
        assert asked == []
        await seat.press("g", "y")
        await seat.until(lambda: asked == [root], "handed over")

    at_desk(library, story, size=(80, 24))


def test_pausing_and_cancelling_go_through_the_queue(library: Path) -> None:
    root = make(library, run=False)
    enqueue(root, now=utc_now())

    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        await seat.press("p")
        await seat.until(lambda: screen.view and screen.view.standing == "paused", "held")
        await seat.press("X", "n")
        await seat.until(lambda: seat.desk.screen is screen)
        assert entry_of(read_queue(library), root) is not None
        await seat.press("X", "y")
        await seat.until(lambda: screen.view and screen.view.place is None, "out of the queue")
        assert entry_of(read_queue(library), root) is None
        assert screen.check_action("cancel", ()) is False

    at_desk(library, story)


def test_a_refusal_is_told_and_nothing_is_lost(library: Path) -> None:
    root = make(library)

    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        (root / "shots/00/takes/001/clip.mp4").unlink()
        await seat.press("a")
        await seat.until(lambda: seat.desk._notifications, "a word about it")
        assert any("damaged" in note.message for note in seat.desk._notifications)
        assert screen.is_current

    at_desk(library, story)


def test_live_figures_change_only_when_files_do(library: Path) -> None:
    root = make(library, run=False)

    async def story(seat: Seat) -> None:
        with Lock(root / layout.LOCK, verb="worker", now=utc_now()):
            under_way(root, NOW)
            screen = await opened(seat, root)
            assert "50%" in sheet(seat, "#machine")
            await quiet(seat, screen)
            under_way(root, NOW, 0.75)
            await seat.until(lambda: "75%" in sheet(seat, "#machine"), "the new figure")

    at_desk(library, story)


def test_a_reel_that_vanishes_is_told_and_comes_back(library: Path) -> None:
    root = make(library)

    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        root.rename(library / "elsewhere")
        await seat.until(lambda: "is not a reel" in sheet(seat, ".title"), "what is wrong")
        assert screen.query_one(Board).keys == ("0", "1", "2")
        (library / "elsewhere").rename(root)
        await seat.until(lambda: "is not a reel" not in sheet(seat, ".title"), "that it is back")

    at_desk(library, story)


def test_pictures_have_their_place(library: Path) -> None:
    root = make(library)

    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        shots, (width, height) = screen.query_one(Board), picture_size(5)
        await seat.until(lambda: shots.render_line(0).text[1 : 1 + width] == "▀" * width, "the first keyframe")
        assert shots.render_line(height - 1).text[1 : 1 + width] == "▀" * width
        assert "▀" not in shots.render_line(height).text

    at_desk(library, story)


def test_pictures_that_are_off_take_no_room(library: Path) -> None:
    root = make(library)

    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        shots = screen.query_one(Board)
        await seat.until(lambda: shots.render_line(0).text.startswith(" 0 "), "the first shot at the left")
        await seat.press("enter")
        await seat.sees("shot 0", "take 1")
        assert not any(sheet.display for sheet in seat.desk.screen.query(ContactSheet))

    at_desk(library, story, way=Way(Protocol.OFF, Grain.HALVES, ""))


def test_the_flight_recorder_opens(library: Path) -> None:
    root = make(library)

    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        await seat.press("v")
        await seat.until(lambda: seat.desk.screen is not screen)
        await seat.until(lambda: "done on the CPU" in sheet(seat, "#page"))
        await seat.press("escape", "L")
        await seat.until(
            lambda: seat.desk.screen is not screen and "shot 1" in sheet(seat, "#page"), "the critic's log"
        )

    at_desk(library, story, size=(80, 24))


# --- what is sent to the terminal --------------------------------------------------------------------------------


def test_only_the_cells_that_differ_are_painted() -> None:
    from rich.segment import Segment
    from textual.strip import Strip

    from reeltui.widgets.toned import changed_cells

    def strip(*texts: str) -> Strip:
        return Strip([Segment(text) for text in texts])

    assert changed_cells(strip("one two"), strip("one", " two")) == []  # segments are not what is seen
    assert changed_cells(strip("a 10%  and a long rest  b"), strip("a 20%  and a long rest  c")) == [(2, 3), (24, 25)]
    assert changed_cells(strip("12"), strip("34")) == [(0, 2)]
    assert changed_cells(strip("日本x"), strip("日木x")) == [(2, 4)]  # a wide character is never cut in two
