"""People change their minds while the detached worker works: queue, pause, cancel, decisions, edits and gates."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from core.film.decision import Decision
from core.film.event import Event, Happened
from core.film.plan import encode_plan
from core.folder import layout
from core.folder.journal import Journal
from core.folder.queue import Held, read_queue
from tests.toys import toy_plan
from tests.watching import (
    alive,
    client,
    detached,
    done,
    events,
    everything,
    finish,
    held_at,
    hold,
    hosts_of,
    leftovers,
    lines,
    live,
    only,
    outcomes,
    queued,
    receipts,
    reeltui,
    until,
)

__all__ = ["detached"]
pytestmark = pytest.mark.slow

CLIP, CLIP_2, CLIP_3 = (layout.clip(0, take) for take in (1, 2, 3))
VERDICT, KEYFRAME, LINE, MIX = layout.verdict(0, 1), layout.keyframe(0), layout.narration(0), layout.MIX
# A first take that the critic fails, so that a retake follows by itself.
DRIFTS = "Pan left. Aiko walks on. [fail OBJECT_MORPHING] shot on 35mm film"


def make(library: Path, name: str, *words: str, prompt: str = "Pan left. Aiko walks. 35mm") -> Path:
    """Queue a reel of one shot and return its folder; its plan is given, and it has no music."""
    plan = toy_plan(1, characters={"A": "Aiko (woman, navy coat)"})
    plan = msgspec.structs.replace(plan, shots=(msgspec.structs.replace(plan.shots[0], prompt=prompt),))
    path = library.parent / f"{name}.json"
    path.write_bytes(encode_plan(plan))
    small = ("--size", "64x64", "--no-music", "--engine", "toy")
    reeltui("make", "--plan", str(path), "--name", name, *small, "--detach", *words, pause=0)
    return library / name


def make_held(library: Path, step: str, name: str = "walk", **options: Any) -> tuple[Path, Path]:
    """Queue a reel and return its folder once it waits at a step, and the file to delete for it to go on."""
    held = hold(library / name, step)
    root = make(library, name, **options)
    until(lambda: held_at(root, step))
    return root, held


def looked(root: Path) -> None:
    """Wait until the worker has looked at the reel and the queue anew: it writes live.json at most twice a turn."""
    moments: set[float] = set()

    def turned() -> bool:
        now = live(root)
        if now is not None:
            moments.add(now.at)
        return len(moments) > 3

    until(turned)


def end(root: Path, *, ways: tuple[str, ...] = ("done",)) -> dict[str, Any]:
    """Wait until a reel has left the queue, done; return its status, after a look at what must always hold then.

    `ways` is how its runs ended.
    """
    until(lambda: root.name not in queued(root.parent))
    assert tuple(outcomes(root)) == ways
    assert leftovers(root) == []
    told: dict[str, Any] = lines(reeltui("status", root.name, "--json")[0])[0]
    assert told["state"] == "done"
    assert [step["id"] for step in told["steps"] if step["due"]] == []
    assert told["output"]["current"]
    mixed = receipts(root)["reel.json"]["inputs"]
    (shot,) = told["shots"]
    assert mixed["clip_00"] == sha(root / f"shots/00/takes/{shot['shipped_take']:03d}/clip.mp4")
    assert mixed["voice_00"] == sha(root / f"{LINE}.wav")
    assert (root / "reel.srt").read_text() == shot["narration"]
    return told


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def told(root: Path, what: Happened) -> list[Event]:
    return [event for event in events(root) if event.event is what]


def dropped(root: Path) -> list[tuple[str, str]]:
    return [(event.step, event.message) for event in told(root, Happened.STEP_DROPPED)]


def started(root: Path, step: str) -> list[Event]:
    return [event for event in told(root, Happened.STEP_STARTED) if event.step == step]


def asked(root: Path, step: str) -> dict[str, Any]:
    """What a step was asked for, by its receipt."""
    request: dict[str, Any] = receipts(root)[f"{step}.json"]["request"]
    return request


def once(root: Path) -> bool:
    """Tell whether nothing that was finished was made again."""
    steps = done(events(root))
    return len(steps) == len(set(steps))


def ended_at(root: Path) -> float:
    return told(root, Happened.RUN_ENDED)[-1].at


# --- the queue ------------------------------------------------------------------------------------------------------


def test_reels_are_made_in_the_order_of_a_queue_that_is_changed_while_it_runs(library: Path) -> None:
    first, held = make_held(library, CLIP, "first")
    others = [make(library, name) for name in ("second", "third", "fourth")]
    before = everything(others[0])
    reeltui("queue", "move", "fourth", "top")
    reeltui("queue", "move", "third", "2")
    assert queued(library) == ["fourth", "third", "first", "second"]
    reeltui("queue", "remove", "second")
    _, err = reeltui("queue", "remove", "first", code=2)
    assert "reeltui cancel first" in err
    assert held_at(first, CLIP), "a place behind others stops nobody who is at work"
    held.unlink()
    until(lambda: queued(library) == [])
    order = sorted((first, *others[1:]), key=ended_at)
    assert [root.name for root in order] == ["first", "fourth", "third"]
    assert everything(others[0]) == before
    assert once(first)
    make_again = reeltui("resume", "second")
    assert str(others[0] / "reel.mp4") in make_again[0]


def test_while_the_queue_is_paused_nothing_further_is_begun(library: Path) -> None:
    first, held = make_held(library, CLIP, "first")
    second = make(library, "second")
    out, _ = reeltui("queue", "pause")
    assert "first goes on" in out
    held.unlink()
    end(first)
    until(lambda: not only().reel)
    third = make(library, "third")
    listing = lines(reeltui("queue", "--json")[0])[0]
    assert [(reel["name"], reel["state"], reel["turn"]) for reel in listing["reels"]] == [
        ("second", "paused", None),
        ("third", "paused", None),
    ]
    reeltui("queue", "resume")
    resumed = (library / ".queue.json").stat().st_mtime
    end(second)
    end(third)
    assert ended_at(first) < resumed
    assert resumed <= min(events(root)[0].at for root in (second, third)), "nothing was begun meanwhile"


def test_two_that_are_made_at_once_get_one_worker(library: Path) -> None:
    words = ("--size", "64x64", "--shots", "1", "--no-music", "--engine", "toy", "--detach", "--json")
    both = [client("make", "Aiko walks", *words, pause=0) for _ in range(2)]
    answers = [finish(one) for one in both]
    assert [code for code, _, _ in answers] == [0, 0]
    reels = [lines(out)[0] for _, out, _ in answers]
    assert {one["worker"] for one in reels} == {only().pid}
    assert sorted(one["started"] for one in reels) == [False, True]
    assert sorted(one["reel"] for one in reels) == ["aiko-walks", "aiko-walks-2"], "each has a folder of its own"
    for one in reels:
        end(Path(one["path"]))


# Both have looked whether the name is free before either takes it.
AT_ONCE = """\
import core.folder.library as made, os, time
write_reel = made.write_reel
def write_both(root, reel):
    write_reel(root, reel)
    (root.parent / f".here-{os.getpid()}").touch()
    while len(list(root.parent.glob(".here-*"))) < 2:
        time.sleep(0.004)
made.write_reel = write_both
"""


def test_of_two_that_want_the_same_name_at_once_one_is_refused(library: Path) -> None:
    words = ("make", "Aiko walks", "--name", "walk", "--size", "64x64", "--shots", "1", "--no-music")
    both = [client(*words, "--engine", "toy", "--detach", pause=0, prelude=AT_ONCE) for _ in range(2)]
    answers = [finish(one) for one in both]
    assert sorted(code for code, _, _ in answers) == [0, 2]
    assert ["there is already a reel named walk" in err for code, _, err in answers if code == 2] == [True]
    assert [path.name for path in library.glob("[!.]*")] == ["walk"]
    end(library / "walk")


# --- pause, resume, cancel ------------------------------------------------------------------------------------------


def test_a_paused_reel_ends_its_step_first_and_the_next_one_goes_on(library: Path) -> None:
    root, held = make_held(library, CLIP)
    following = make(library, "next")
    answer = lines(reeltui("pause", "walk", "--json")[0])[0]
    assert (answer["running"], answer["drop"], answer["place"]) == (True, False, 1)
    assert held_at(root, CLIP)
    held.unlink()
    end(following)
    assert outcomes(root) == ["paused"]
    assert done(events(root))[-1] == CLIP, "the step in hand was finished, and no other begun"
    assert dropped(root) == []
    assert [(entry.name, entry.held) for entry in read_queue(library).reels] == [("walk", Held.PAUSED)]
    kept = everything(root / "shots")
    reeltui("resume", "walk", "--detach")
    end(root, ways=("paused", "done"))
    assert once(root)
    assert kept.items() <= everything(root / "shots").items()


def test_a_reel_that_is_paused_at_once_drops_its_step(library: Path) -> None:
    root, held = make_held(library, CLIP)
    following = make(library, "next")
    reeltui("pause", "walk")
    reeltui("pause", "walk", "--now")
    end(following)
    assert outcomes(root) == ["paused"]
    assert dropped(root) == [(CLIP, "the run was paused")]
    assert leftovers(root) == []
    finished = done(events(root))
    assert finished[-1] == KEYFRAME
    held.unlink()
    reeltui("resume", "walk")
    end(root, ways=("paused", "done"))
    assert once(root)


def test_a_reel_that_is_resumed_before_its_step_is_done_just_goes_on(library: Path) -> None:
    root, held = make_held(library, CLIP)
    reeltui("pause", "walk")
    looked(root)
    reeltui("resume", "walk", "--detach")
    held.unlink()
    # It was asked for again while the worker had it, who therefore looks once more before it lets it go.
    end(root, ways=("done", "done"))
    assert once(root)
    assert dropped(root) == []


def test_a_cancelled_reel_leaves_its_hosts_to_the_next_and_can_be_taken_up_again(library: Path) -> None:
    root, held = make_held(library, CLIP_2, prompt=DRIFTS)
    following = make(library, "next")
    hosts = hosts_of(only().pid)
    assert lines(reeltui("cancel", "walk", "--json")[0])[0]["running"] is True
    end(following)
    assert outcomes(root) == ["cancelled"]
    assert dropped(root) == [(CLIP_2, "the run was cancelled")]
    loaded = {event.message for event in told(following, Happened.LOADED)}
    assert not loaded & {"toy-painter", "toy-critic"}, "what cancel did not end was of use"
    assert [pid for pid in hosts if alive(pid)]
    kept = everything(root / "shots/00/takes")
    assert {"001/clip.mp4", "001/verdict.json"} <= kept.keys()
    assert leftovers(root) == []
    held.unlink()
    reeltui("resume", "walk")
    assert end(root, ways=("cancelled", "done"))["shots"][0]["shipped_take"] == 2
    assert kept.items() <= everything(root / "shots/00/takes").items()
    assert once(root)


# --- decisions ------------------------------------------------------------------------------------------------------


def test_an_approved_take_ends_the_retake_and_undo_begins_it_again(library: Path) -> None:
    root, _ = make_held(library, CLIP_2, prompt=DRIFTS)
    speaking = hold(root, LINE)
    out, _ = reeltui("approve", "walk", "0")
    assert "take 1 of shot 0 is approved" in out
    assert "need not be made any more: clip 0 take 2" in out
    until(lambda: held_at(root, LINE))
    assert dropped(root) == [(CLIP_2, "no longer wanted")]
    assert not (root / CLIP_2).parent.exists()
    reeltui("undo", "walk")
    speaking.unlink()
    until(lambda: len(started(root, CLIP_2)) == 2 and held_at(root, CLIP_2))
    reeltui("choose", "walk", "0", "--take", "1")
    shot = end(root)["shots"][0]
    assert (shot["shipped_take"], shot["shipped_why"], len(shot["takes"])) == (1, "chosen", 1)
    assert dropped(root) == 2 * [(CLIP_2, "no longer wanted")]
    assert once(root)


def test_a_take_that_is_approved_while_the_critic_looks_at_it_needs_no_verdict(library: Path) -> None:
    root, _ = make_held(library, VERDICT)
    reeltui("approve", "walk", "0")
    shot = end(root)["shots"][0]
    assert (shot["shipped_take"], shot["shipped_why"]) == (1, "approved")
    assert dropped(root) == [(VERDICT, "no longer wanted")]
    assert not (root / f"{VERDICT}.json").exists()


def test_a_take_that_is_rejected_while_the_critic_looks_at_it_needs_no_verdict(library: Path) -> None:
    root, _ = make_held(library, VERDICT)
    reeltui("reject", "walk", "0", "--note", "she must not look back")
    shot = end(root)["shots"][0]
    assert [take["state"] for take in shot["takes"]] == ["rejected", "passed"]
    assert "she must not look back" in asked(root, CLIP_2)["prompt"]
    assert dropped(root) == [(VERDICT, "no longer wanted")]
    assert not (root / f"{VERDICT}.json").exists()


def test_a_take_that_is_rejected_while_the_reel_is_mixed_is_made_again_as_was_said(library: Path) -> None:
    root, held = make_held(library, MIX)
    reeltui("reject", "walk", "0", "--label", "hand-finger-artifact", "--note", "her left hand is gone")
    until(lambda: (MIX, "what it is made from was changed meanwhile") in dropped(root))
    held.unlink()
    shot = end(root)["shots"][0]
    assert (shot["shipped_take"], [take["state"] for take in shot["takes"]]) == (2, ["rejected", "passed"])
    first, second = asked(root, CLIP), asked(root, CLIP_2)
    assert "her left hand is gone" in second["prompt"]
    assert "her left hand is gone" not in first["prompt"]
    made = receipts(root)[f"{CLIP_2}.json"]
    assert made["why"] == "take 1 was rejected: HAND_FINGER_ARTIFACT (her left hand is gone)"
    assert [change for change in made["changes"] if change.startswith("HAND_FINGER_ARTIFACT: ")]
    assert second["seed"] != first["seed"]
    assert once(root)


def test_a_rejection_while_the_retake_renders_steers_the_take_after_it(library: Path) -> None:
    """The critic had the retake begun; then a person says more about the take before it."""
    root, held = make_held(library, CLIP_2, prompt=DRIFTS.replace("fail", "fail*2"))
    reeltui("reject", "walk", "0", "--label", "hand-finger-artifact", "--note", "she must not look back")
    looked(root)
    held.unlink()
    assert end(root)["shots"][0]["shipped_take"] == 3
    assert "she must not look back" in asked(root, CLIP_3)["prompt"]
    assert dropped(root) == [], "the take in hand was still one more take"
    assert once(root)


def test_what_is_said_of_a_take_that_renders_is_what_it_becomes(library: Path) -> None:
    root, held = make_held(library, CLIP_2, prompt=DRIFTS)
    reeltui("reject", "walk", "0", "--note", "she must not look back")
    due = lines(reeltui("takes", "walk", "0", "--json")[0])[0]["due"]
    looked(root)
    held.unlink()
    end(root)
    becomes = asked(root, CLIP_2)["prompt"]
    assert ("she must not look back" in str(due)) == ("she must not look back" in becomes)


def test_a_wish_while_a_take_renders_is_for_one_more(library: Path) -> None:
    root, held = make_held(library, CLIP_2, prompt=DRIFTS)
    reeltui("retake", "walk", "0", "--note", "more slowly")
    held.unlink()
    shot = end(root)["shots"][0]
    assert len(shot["takes"]) == 3
    assert "more slowly" not in asked(root, CLIP_2)["prompt"]
    assert "more slowly" in asked(root, CLIP_3)["prompt"]
    assert dropped(root) == []


def test_a_wish_for_one_more_says_nothing_about_the_take_that_renders(library: Path) -> None:
    """Neither on the screen nor where that one has to be begun anew."""
    root, held = make_held(library, CLIP_2, prompt=DRIFTS)
    reeltui("retake", "walk", "0", "--note", "more slowly")
    due = lines(reeltui("takes", "walk", "0", "--json")[0])[0]["due"]
    assert due["number"] == 2
    reeltui("pause", "walk", "--now")
    until(lambda: outcomes(root) == ["paused"])
    held.unlink()
    reeltui("resume", "walk")
    end(root, ways=("paused", "done"))
    assert [number for number in (2, 3) if "more slowly" in asked(root, layout.clip(0, number))["prompt"]] == [3]
    assert "more slowly" not in str(due)


def test_a_wish_while_the_reel_is_mixed_has_it_mixed_only_once(library: Path) -> None:
    root, held = make_held(library, MIX)
    reeltui("retake", "walk", "0", "--note", "more slowly")
    looked(root)
    held.unlink()
    assert len(end(root)["shots"][0]["takes"]) == 2
    assert done(events(root)).count(MIX) == 1
    assert [step for step, _ in dropped(root)] == [MIX]


# --- edits ----------------------------------------------------------------------------------------------------------


def test_another_prompt_while_the_clip_renders_drops_it(library: Path) -> None:
    """What was painted from the old words comes back without work once the old words do."""
    root, held = make_held(library, CLIP)
    first = asked(root, KEYFRAME)["prompt"]
    reeltui("edit", "walk", "--shot", "0", "--prompt", "Pan right. Aiko runs. 35mm", "--yes")
    until(lambda: len(started(root, CLIP)) == 2 and held_at(root, CLIP))
    assert dropped(root) == [(CLIP, "its words were changed meanwhile")]
    assert "Aiko runs" in asked(root, KEYFRAME)["prompt"]
    reeltui("edit", "walk", "--shot", "0", "--prompt", "Pan left. Aiko walks. 35mm", "--yes")
    until(lambda: len(started(root, CLIP)) == 3 and held_at(root, CLIP))
    held.unlink()
    end(root)
    assert asked(root, KEYFRAME)["prompt"] == first
    assert "Aiko walks" in asked(root, CLIP)["prompt"]
    assert [event.step for event in told(root, Happened.RESTORED)] == [KEYFRAME]
    assert done(events(root)).count(KEYFRAME) == 2
    assert done(events(root)).count(CLIP) == 1


def test_another_prompt_while_a_take_is_judged_makes_the_take_an_old_one(library: Path) -> None:
    root, _ = make_held(library, VERDICT)
    kept = sha(root / f"{CLIP}.mp4")
    reeltui("edit", "walk", "--shot", "0", "--prompt", "Pan right. Aiko runs. 35mm", "--yes")
    shot = end(root)["shots"][0]
    assert [take["state"] for take in shot["takes"]] == ["old", "passed"]
    assert shot["shipped_take"] == 2
    assert "Aiko runs" in asked(root, CLIP_2)["prompt"]
    assert sha(root / f"{CLIP}.mp4") == kept
    assert dropped(root) == [(VERDICT, "no longer wanted")]


def test_another_line_while_the_clip_renders_leaves_the_clip_alone(library: Path) -> None:
    root, held = make_held(library, CLIP)
    reeltui("edit", "walk", "--shot", "0", "--narration", "She walks home.", "--yes")
    held.unlink()
    assert end(root)["shots"][0]["narration"] == "She walks home."
    assert asked(root, LINE)["text"] == "She walks home."
    assert dropped(root) == []
    assert once(root), "the old line was never spoken"


def test_another_line_while_the_old_one_is_spoken(library: Path) -> None:
    root, held = make_held(library, LINE)
    reeltui("edit", "walk", "--shot", "0", "--narration", "She walks home.", "--yes")
    until(lambda: len(started(root, LINE)) == 2 and held_at(root, LINE))
    held.unlink()
    end(root)
    assert asked(root, LINE)["text"] == "She walks home."
    assert dropped(root) == [(LINE, "its words were changed meanwhile")]
    assert once(root)


def test_another_line_while_the_reel_is_mixed_is_spoken_and_mixed_anew(library: Path) -> None:
    root, held = make_held(library, MIX)
    clip = sha(root / f"{CLIP}.mp4")
    reeltui("edit", "walk", "--shot", "0", "--narration", "She walks home.", "--yes")
    until(lambda: [step for step, _ in dropped(root)] == [MIX])
    held.unlink()
    end(root)
    assert asked(root, LINE)["text"] == "She walks home."
    assert sha(root / f"{CLIP}.mp4") == clip
    assert done(events(root)).count(MIX) == 1


def test_a_plan_that_is_edited_badly_meanwhile_changes_nothing(library: Path) -> None:
    root, held = make_held(library, CLIP)
    good = (root / layout.PLAN_FILE).read_bytes()
    (root / layout.PLAN_FILE).write_text('{"shots": 3')
    until(lambda: told(root, Happened.PLAN_REFUSED))
    assert held_at(root, CLIP)
    (root / layout.PLAN_FILE).write_bytes(good.replace(b"Line number 0.", b"She walks home."))
    held.unlink()
    assert end(root)["shots"][0]["narration"] == "She walks home."
    assert dropped(root) == []


# --- a person's own picture -----------------------------------------------------------------------------------------


def picture(folder: Path) -> None:
    Image.new("RGB", (96, 80), (200, 30, 30)).save(folder / "mine.png")


def test_a_picture_of_ones_own_while_the_clip_renders(library: Path, tmp_path: Path) -> None:
    root, held = make_held(library, CLIP)
    painted = sha(root / f"{KEYFRAME}.png")
    picture(tmp_path)
    reeltui("keyframe", "walk", "0", "--image", str(tmp_path / "mine.png"))
    until(lambda: len(started(root, CLIP)) == 2 and held_at(root, CLIP))
    assert dropped(root) == [(CLIP, "what it is made from was changed meanwhile")]
    mine = sha(root / f"{KEYFRAME}.png")
    assert mine != painted
    with Image.open(root / f"{KEYFRAME}.png") as image:
        assert (image.size, image.getpixel((32, 32))) == ((64, 64), (200, 30, 30))
    held.unlink()
    end(root)
    assert receipts(root)[f"{CLIP}.json"]["inputs"] == {"first": mine}


def test_a_picture_that_is_taken_back_while_the_clip_renders(library: Path, tmp_path: Path) -> None:
    root, held = make_held(library, CLIP)
    painted = sha(root / f"{KEYFRAME}.png")
    picture(tmp_path)
    reeltui("keyframe", "walk", "0", "--image", str(tmp_path / "mine.png"))
    until(lambda: len(started(root, CLIP)) == 2 and held_at(root, CLIP))
    reeltui("undo", "walk")
    until(lambda: len(started(root, CLIP)) == 3 and held_at(root, CLIP))
    assert len(dropped(root)) == 2
    held.unlink()
    end(root)
    assert sha(root / f"{KEYFRAME}.png") == painted
    assert receipts(root)[f"{CLIP}.json"]["inputs"] == {"first": painted}
    assert [event.step for event in told(root, Happened.RESTORED)] == [KEYFRAME]


def test_a_master_of_ones_own_while_the_keyframe_is_painted(library: Path, tmp_path: Path) -> None:
    root, held = make_held(library, KEYFRAME)
    picture(tmp_path)
    reeltui("master", "walk", "A", "--image", str(tmp_path / "mine.png"))
    until(lambda: len(started(root, KEYFRAME)) == 2 and held_at(root, KEYFRAME))
    held.unlink()
    end(root)
    assert dropped(root) == [(KEYFRAME, "what it is made from was changed meanwhile")]
    assert receipts(root)[f"{KEYFRAME}.json"]["inputs"]["A"] == sha(root / "masters/A.png")
    with Image.open(root / "masters/A.png") as image:
        assert image.getpixel((32, 32)) == (200, 30, 30)


def test_a_keyframe_that_is_painted_anew_while_the_clip_renders(library: Path) -> None:
    root, held = make_held(library, CLIP)
    first = asked(root, KEYFRAME)["seed"]
    reeltui("keyframe", "walk", "0", "--again")
    until(lambda: len(started(root, CLIP)) == 2 and held_at(root, CLIP))
    held.unlink()
    end(root)
    assert asked(root, KEYFRAME)["seed"] != first
    assert receipts(root)[f"{CLIP}.json"]["inputs"] == {"first": sha(root / f"{KEYFRAME}.png")}
    assert dropped(root) == [(CLIP, "what it is made from was changed meanwhile")]


# --- gates ----------------------------------------------------------------------------------------------------------


def test_a_gate_whose_time_is_over_is_passed_by_the_worker(library: Path) -> None:
    root = make(library, "walk", "--review", "shots", "--review-timeout", "2s", "--on-timeout", "accept")
    end(root, ways=("waiting", "done"))
    (said,) = Journal(root / layout.DECISIONS, Decision).read()[0]
    assert (said.kind.value, said.step, said.by) == ("pass_gate", "shots", "time-out")
    (waiting,) = told(root, Happened.WAITING)
    (mixed,) = started(root, MIX)
    assert mixed.at - waiting.at >= 2
    assert once(root)


def test_a_gate_whose_time_is_over_sets_the_reel_aside_until_somebody_comes(library: Path) -> None:
    root = make(library, "walk", "--review", "shots", "--review-timeout", "2s", "--on-timeout", "skip")
    following = make(library, "next")
    end(following)
    until(lambda: queued(library) == [])
    assert outcomes(root) == ["waiting"]
    assert not (root / "reel.mp4").exists()
    assert not (root / layout.DECISIONS).exists()
    reeltui("resume", "walk")
    end(root, ways=("waiting", "done"))
    assert once(root)


def test_a_gate_is_passed_by_approving_its_shot(library: Path) -> None:
    root = make(library, "walk", "--review", "shots")
    until(lambda: outcomes(root) == ["waiting"])
    reeltui("approve", "walk", "0")
    # A worker that saw the approval as it let go of the reel looks at it once more.
    until(lambda: queued(library) == [])
    assert outcomes(root)[-1] == "done"
    assert once(root)
