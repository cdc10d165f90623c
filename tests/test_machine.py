"""A person, a killer and a bad disk work on one reel in any order; whatever they do, resume makes it whole again."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import Phase as Stage
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.engines.wording import load_wording
from core.film.decision import Decision, Kind, in_force
from core.film.errors import BadInput
from core.film.event import Event, Happened
from core.film.lineup import Phase
from core.film.plan import Plan, encode_plan
from core.film.preset import PresetName
from core.film.verdict import Label
from core.folder import layout
from core.folder.commit import hash_file, read_receipt
from core.folder.journal import Journal
from core.folder.library import write_reel
from core.folder.records import Receipt, seal_holds
from core.folder.snapshot import HashChecker, read_reel, read_snapshot
from core.pipeline.board import Board, Status, assess
from core.pipeline.choice import AXIS_SLACK
from core.pipeline.steps import clip_content
from core.worker.run import Runner
from tests import told
from tests.crashing import killed_at, receipts
from tests.stage import TINY, InlineTroupe, made, new_reel, play
from tests.told import say, told_lineup
from tests.toys import toy_plan

LINEUP = told_lineup()
WORDING = load_wording()
SHOTS = 2
MARKS = ["9", "4/CHARACTER_DRIFT 9", "6/OBJECT_MORPHING 5 4", "5.5 6.5 8", "-", "9/axis 8", "6/CHARACTER_DRIFT 2 3"]
PROMPTS = [f"Pan left. Aiko walks [marks {marks}]. 35mm" for marks in MARKS]
LINES = ["She walks.", "She runs home.", ""]
PORTRAITS = ["Aiko (woman, navy coat)", "Aiko (woman, red coat)"]
THRESHOLDS = {PresetName.DEFAULT: 7.0, PresetName.FAST: 6.0, PresetName.DRAFT: 5.0}


def truncated(data: bytes) -> bytes | None:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes | None:
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 0x11]) + data[at + 1 :] if data else b"x"


def deleted(data: bytes) -> bytes | None:
    return None


class ReelMachine(RuleBasedStateMachine):
    """`kept` are the sha256 of everything that was ever finished and that this machine did not damage itself."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="machine-"))
        self.plans: list[Plan] = []
        self.kept: set[str] = set()
        self.broken = False

    def teardown(self) -> None:
        shutil.rmtree(self.place, ignore_errors=True)

    @initialize(first=st.sampled_from(PROMPTS), second=st.sampled_from(PROMPTS), finished=st.booleans())
    def begin(self, first: str, second: str, finished: bool) -> None:
        plan = toy_plan(SHOTS)
        shots = [msgspec.structs.replace(shot, prompt=p) for shot, p in zip(plan.shots, (first, second), strict=True)]
        self.root = new_reel(self.place, msgspec.structs.replace(TINY, shots=SHOTS))
        self.write(msgspec.structs.replace(plan, shots=tuple(shots)))
        if finished:
            self.resume_and_look()

    # --- a person -------------------------------------------------------------------------------------------------

    def write(self, plan: Plan) -> None:
        self.plans.append(plan)
        (self.root / layout.PLAN_FILE).write_bytes(encode_plan(plan))
        self.broken = False

    @rule(place=st.integers(0, SHOTS - 1), prompt=st.sampled_from(PROMPTS))
    def edit_prompt(self, place: int, prompt: str) -> None:
        plan = self.plans[-1]
        shots = list(plan.shots)
        shots[place % len(shots)] = msgspec.structs.replace(shots[place % len(shots)], prompt=prompt)
        self.write(msgspec.structs.replace(plan, shots=tuple(shots)))

    @rule(place=st.integers(0, SHOTS - 1), line=st.sampled_from(LINES))
    def edit_narration(self, place: int, line: str) -> None:
        lines = list(self.plans[-1].vo_script_per_shot)
        lines[place % len(lines)] = line
        self.write(msgspec.structs.replace(self.plans[-1], vo_script_per_shot=tuple(lines)))

    @rule(portrait=st.sampled_from(PORTRAITS))
    def edit_portrait(self, portrait: str) -> None:
        people = {**self.plans[-1].characters, "A": portrait}
        self.write(msgspec.structs.replace(self.plans[-1], characters=people))

    @rule(place=st.integers(0, SHOTS - 1))
    def remove_a_shot(self, place: int) -> None:
        plan = self.plans[-1]
        if len(plan.shots) > 1:
            shots, lines = list(plan.shots), list(plan.vo_script_per_shot)
            del shots[place], lines[place]
            self.write(msgspec.structs.replace(plan, shots=tuple(shots), vo_script_per_shot=tuple(lines)))

    @rule(number=st.integers(0, 20))
    def take_back(self, number: int) -> None:
        self.write(self.plans[number % len(self.plans)])

    @precondition(lambda self: self.accepted())
    @rule(rubbish=st.sampled_from([b"", b"{", b"[]", b'{"shots": []}', b"[" * 5000]))
    def break_the_plan(self, rubbish: bytes) -> None:
        """Refused with a word; the last good plan stays in force, whatever the person then does."""
        (self.root / layout.PLAN_FILE).write_bytes(rubbish)
        self.broken = True
        with pytest.raises(BadInput, match=r"plan\.json"):
            play(self.root, LINEUP)
        snapshot = read_snapshot(self.root)
        assert snapshot.plan == self.plans[-1]
        assert (self.root / layout.PLAN_FILE).read_bytes() == rubbish

    def accepted(self) -> bool:
        """The newest plan has been in force and nothing about it is damaged."""
        snapshot = read_snapshot(self.root)
        return not self.broken and snapshot.plan_accepted and snapshot.plan == self.plans[-1]

    @precondition(lambda self: not self.broken)
    @rule(
        kind=st.sampled_from([Kind.APPROVE, Kind.REJECT, Kind.CHOOSE]),
        place=st.integers(0, SHOTS - 1),
        which=st.integers(0, 5),
        labels=st.sampled_from([(), (Label.OBJECT_MORPHING,), (Label.CHARACTER_DRIFT,)]),
    )
    def say_about_a_take(self, kind: Kind, place: int, which: int, labels: tuple[Label, ...]) -> None:
        index = self.plans[-1].shots[place % len(self.plans[-1].shots)].index
        takes = read_snapshot(self.root).takes.get(index, ())
        if takes:
            say(self.root, kind, index, takes[which % len(takes)].number, labels=labels if kind is Kind.REJECT else ())

    @precondition(lambda self: not self.broken)
    @rule(place=st.integers(0, SHOTS - 1))
    def ask_for_a_take(self, place: int) -> None:
        say(self.root, Kind.RETAKE, self.plans[-1].shots[place % len(self.plans[-1].shots)].index)

    @rule(which=st.integers(0, 5))
    def take_a_word_back(self, which: int) -> None:
        said = Journal(self.root / layout.DECISIONS, Decision).read()[0]
        if said:
            say(self.root, Kind.UNDO, seen=said[which % len(said)].id)

    @rule(
        changes=st.sampled_from(
            [{"preset": PresetName.DRAFT}, {"preset": PresetName.FAST}, {"preset": PresetName.DEFAULT}, {"seed": 1}]
        )
    )
    def change_settings(self, changes: dict[str, Any]) -> None:
        reel = read_reel(self.root)
        write_reel(self.root, msgspec.structs.replace(reel, settings=msgspec.structs.replace(reel.settings, **changes)))

    # --- a killer and a bad disk ----------------------------------------------------------------------------------

    @precondition(lambda self: not self.broken)
    @rule(number=st.integers(1, 400))
    def kill(self, number: int) -> None:
        """SIGKILL at some durable operation of a run."""
        killed_at(self.root, LINEUP, number)

    @precondition(lambda self: not self.broken)
    @rule(number=st.integers(1, 60))
    def interrupt(self, number: int) -> None:
        """Ctrl-C after some event."""
        run = Runner(self.root, LINEUP, WORDING, verb="test", troupe=InlineTroupe()).run()
        for _ in zip(range(number), run, strict=False):
            pass
        run.close()
        staging = self.root / layout.STAGING
        assert not staging.exists() or list(staging.iterdir()) == [], "nothing half is left by Ctrl-C"

    @rule(which=st.integers(0, 1000), harm=st.sampled_from([truncated, flipped, deleted]))
    def damage(self, which: int, harm: Any) -> None:
        """One file of the reel is cut, changed or lost: a picture, clip, sound, receipt, journal or something kept."""
        files = [path for path in sorted(self.root.rglob("*")) if path.is_file() and self.may_be_hit(path)]
        if not files:
            return
        path = files[which % len(files)]
        self.kept.discard(hash_file(path).sha256)
        data = harm(path.read_bytes())
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)

    def may_be_hit(self, path: Path) -> bool:
        name = path.relative_to(self.root).as_posix()
        if name in (layout.REEL_FILE, layout.PLAN_FILE) or name.startswith((layout.PLANS, layout.DAMAGED)):
            return False  # a person's own files, and what was already set aside
        # Two blows to the plan at once (its text by hand and its receipt) need a person.
        return not (self.broken and name == layout.receipt_name(layout.PLAN))

    # --- and the one who puts it right ----------------------------------------------------------------------------

    @rule()
    def resume(self) -> None:
        self.resume_and_look()

    @rule()
    def resume_too(self) -> None:
        """The same, because a rule is chosen as often as any other and everything else only leads up to this."""
        self.resume_and_look()

    @rule()
    def resume_as_well(self) -> None:
        self.resume_and_look()

    def resume_and_look(self) -> None:
        before = self.look()
        pending = {receipt.step for receipt in self.half_commits()}
        files = self.files()
        outcome, events = play(self.root, LINEUP, keep_plan=self.broken)
        self.broken = False
        assert outcome == "done"
        steps = made(events)
        after = self.look()
        self.nothing_current_was_redone(before, after, steps)
        restored = {event.step for event in events if event.event is Happened.RESTORED}
        aside = {str(event.data.get("step")) for event in events if event.event is Happened.MOVED_ASIDE}
        self.untouched_kept_their_bytes(files, {*steps, *restored, *aside, *pending})
        self.everything_is_right(after)
        assert made(play(self.root, LINEUP)[1]) == [], "what is done is done"

    def look(self) -> Board:
        return assess(read_snapshot(self.root, HashChecker()), LINEUP, WORDING)

    def half_commits(self) -> Iterator[Receipt]:
        for path in self.root.glob(f"{layout.STAGING}/*/{layout.COMMIT}"):
            receipt = read_receipt(path)
            if receipt is not None:
                yield receipt

    def files(self) -> dict[str, tuple[str, str]]:
        """Every output in place: its step and sha256, by path."""
        found = {}
        for path in self.root.rglob("*.json"):
            receipt = read_receipt(path)
            in_place = receipt is not None and path == self.root / layout.receipt_name(receipt.step)
            if receipt is None or not in_place or not seal_holds(receipt) or receipt.step == layout.PLAN:
                continue
            for name in receipt.outputs:
                output = path.parent / name
                if output.is_file():
                    found[str(output)] = (receipt.step, hash_file(output).sha256)
        return found

    def nothing_current_was_redone(self, before: Board, after: Board, steps: list[str]) -> None:
        assert len(steps) == len(set(steps)) or any("verdict" in step or "keyframe" in step for step in steps)
        repaints = {shot.index: shot.repaints for shot in before.shots}
        repainted = {layout.keyframe(s.index) for s in after.shots if s.repaints != repaints.get(s.index, 0)}
        new_takes = {step.split("/")[1] for step in steps if step.endswith("/clip")}
        for step in steps:
            state = before.state(step)
            if state is None or state.due or state.status is not Status.CURRENT:
                continue
            # A keyframe is repainted for CHARACTER_DRIFT, on the way to a take that was due.
            excused = step in repainted or (step.endswith("keyframe") and step.split("/")[1] in new_takes)
            assert excused, f"{step} was current and was made again"

    def untouched_kept_their_bytes(self, files: dict[str, tuple[str, str]], touched: set[str]) -> None:
        now = self.files()
        for path, (step, sha) in files.items():
            if step not in touched:
                assert now.get(path) == (step, sha), f"{path} was nobody's business"

    def everything_is_right(self, board: Board) -> None:
        assert board.due == ()
        usable = (Status.CURRENT, Status.UPSTREAM, Status.OTHER_SETTINGS)
        # A take that a person settled needs no verdict.
        judged = [state for state in board.steps if state.step.phase is not Phase.CRITIQUE]
        assert {state.status for state in judged} <= set(usable)
        assert Status.BLOCKED not in {state.status for state in board.steps}
        assert read_snapshot(self.root).plan == self.plans[-1]
        for path, (step, sha) in self.files().items():
            receipt = read_receipt(self.root / layout.receipt_name(step))
            assert receipt is not None
            assert receipt.outputs[Path(path).name].sha256 == sha, f"{path} is not what its receipt says"
        mix = read_receipt(self.root / "reel.json")
        assert mix is not None
        for shot in board.shots:
            right = self.right_take(shot.index)
            assert shot.ships == right
            clip = self.root / layout.folder_of(layout.clip(shot.index, right)) / "clip.mp4"
            assert mix.inputs[f"clip_{shot.index:02d}"] == hash_file(clip).sha256, "the reel shows another take"
        self.everything_says_what_the_plan_says()
        captions = (self.root / "reel.srt").read_text()
        assert captions.split("\n") == [line.strip() for line in self.plans[-1].vo_script_per_shot]

    def everything_says_what_the_plan_says(self) -> None:
        plan = self.plans[-1]

        def asked(step: str) -> Any:
            receipt = read_receipt(self.root / layout.receipt_name(step))
            assert receipt is not None
            return receipt.request

        assert asked(layout.master("A")).characters == {"A": plan.characters["A"]}
        for shot, line in zip(plan.shots, plan.vo_script_per_shot, strict=True):
            marks = shot.prompt[shot.prompt.index("[") : shot.prompt.index("]")]
            assert marks in asked(layout.keyframe(shot.index)).prompt
            assert not line or asked(layout.narration(shot.index)).text == line

    def right_take(self, index: int) -> int:
        """The take that should ship, by a search of its own over what lies on the disk."""
        plan, folder_of_takes = self.plans[-1], self.root / f"shots/{index:02d}/takes"
        place = plan.position(index)
        content = clip_content(plan.shots[place])
        pictures = {"first": self.picture(index)}
        if place + 1 < len(plan.shots) and plan.continues(place + 1):
            pictures["last"] = self.picture(plan.shots[place + 1].index)
        words = [
            d
            for d in in_force(tuple(Journal(self.root / layout.DECISIONS, Decision).read()[0]))
            if d.shot == index and d.take is not None and d.content == content
        ]
        shas = {int(clip.parent.name): hash_file(clip).sha256 for clip in folder_of_takes.glob("*/clip.mp4")}
        words = [d for d in words if shas.get(d.take or 0) == d.seen]
        last = {d.take: d.kind for d in words}
        settled = [d.take for d in words if d.kind is not Kind.REJECT]
        threshold = THRESHOLDS[read_reel(self.root).settings.preset]
        ranked: list[tuple[tuple[float, ...], int]] = []
        for folder in sorted(folder_of_takes.iterdir()):
            clip, number = read_receipt(folder / "clip.json"), int(folder.name)
            if clip is None or last.get(number) is Kind.REJECT:
                continue
            if settled and settled[-1] == number:
                return number
            if clip.made_from.content != content:
                continue
            fresh = float(clip.inputs == pictures)
            judged = read_receipt(folder / "verdict.json")
            same = judged is not None and clip.main is not None and judged.inputs["clip"] == clip.main.sha256
            if judged is None or judged.verdict is None or not same:
                ranked.append(((0, number), number))
                continue
            axes = judged.verdict.axes
            mark = min(judged.verdict.overall, sum(axes) / 4 + 1)
            if mark >= threshold and min(axes) >= threshold - AXIS_SLACK:
                ranked.append(((2, fresh, mark, -number), number))
            else:
                ranked.append(((1, mark, fresh, -number), number))
        return max(ranked)[1]

    def picture(self, index: int) -> str:
        return hash_file(self.root / f"shots/{index:02d}/keyframe.png").sha256

    @invariant()
    def nothing_finished_is_lost(self) -> None:
        if not self.plans:
            return
        lying = {hash_file(path).sha256 for path in self.root.rglob("*") if path.is_file()}
        assert self.kept <= lying, "something that was finished is nowhere any more"
        for receipt in receipts(self.root).values():
            self.kept.update(out.sha256 for name, out in receipt.outputs.items() if name != layout.PLAN_FILE)
        self.kept &= lying


@pytest.fixture(autouse=True)
def _no_disk_no_two_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed process loses nothing the kernel has: waiting for the disk would test the disk. And what is lost must
    not be hidden by being made again, byte for byte.
    """
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(told, "UNIQUE", True)


# Making a failure small takes minutes; the long test does it.
AT_ONCE = (Stage.explicit, Stage.generate)
COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}


def test_any_order_of_events_in_short() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        ReelMachine,
        settings=settings(max_examples=12, stateful_step_count=12, derandomize=True, phases=AT_ONCE, **COMMON),
    )


@pytest.mark.slow
def test_any_order_of_events() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        ReelMachine, settings=settings(max_examples=30, stateful_step_count=30, **COMMON)
    )


def test_events_are_what_a_run_yields() -> None:
    """The machine reads them; it would see nothing if they changed their type."""
    assert {"event", "step", "data"} <= set(Event.__struct_fields__)
