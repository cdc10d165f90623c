"""A whole reel of the studio engine at toy size: the real models' classes in real hosts, by the command line."""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from core.engines.wording import load_wording
from core.film.event import Happened
from core.film.lineup import Phase
from core.film.verdict import Label
from core.folder import layout
from core.media.probe import probe
from tests.tiny.house import furnish, settle
from tests.tiny.recorded import calls
from tests.tiny.server import noted
from tests.watching import (
    alive,
    cli,
    events,
    everything,
    finish,
    hosts_of,
    leftovers,
    live,
    receipts,
    repeated,
    start,
    until,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.studio,
    pytest.mark.filterwarnings("default"),  # the libraries warn about themselves
    pytest.mark.timeout(900),
    pytest.mark.skipif(find_spec("kokoro") is None, reason="the models extra (torch, diffusers, kokoro) is not there"),
]

MAKE = ("make", "Aiko walks home through the rain", "--name", "walk", "--size", "64x64", "--shots", "2", "--seed", "7")
DRAFT = (*MAKE, "--preset", "draft", "--engine", "recorded", "--foreground")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub's cache with a tiny checkpoint of everything."""
    import torch

    torch.set_num_threads(1)
    return furnish(tmp_path_factory.mktemp("hub"))


@pytest.fixture(scope="module")
def whole(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a house with a reel that nobody disturbed: library/walk, calls.jsonl, server/record.jsonl."""
    folder = tmp_path_factory.mktemp("whole")
    code, _, err = cli(*DRAFT, module="reeltui", env=settle(folder, cache, plan=["good"], verdict=["nine"]))
    assert code == 0, err
    return folder


def asked(folder: Path) -> Counter[str]:
    """Return every call of a model so far, the chat server's as well, and how often each was made."""
    models = [str(sorted(call.items())) for call in calls(folder / "calls.jsonl")]
    chat = [str(note["body"]) for note in noted(folder / "server" / "record.jsonl") if "body" in note]
    return Counter([*models, *chat])


def test_one_sentence_becomes_a_reel(whole: Path) -> None:
    root = whole / "library" / "walk"
    told = events(root)
    assert told[-1].data["outcome"] == "done"
    assert not [event for event in told if event.event is Happened.STEP_FAILED]
    assert {event.phase for event in told if event.event is Happened.STEP_DONE} == {phase.value for phase in Phase}
    found = probe(root / "reel.mp4")
    assert (found.width, found.height) == (64, 64)
    assert found.seconds == pytest.approx(2 * 81 / 16, abs=0.3)
    assert found.audio
    assert leftovers(root) == []


def test_every_model_was_asked(whole: Path) -> None:
    by_role = Counter(call["role"] for call in calls(whole / "calls.jsonl"))
    assert set(by_role) == {"painter", "animator", "composer", "narrator"}
    assert by_role["animator"] == 2
    named = Counter(
        note["body"]["response_format"]["json_schema"]["name"]
        for note in noted(whole / "server" / "record.jsonl")
        if "body" in note
    )
    assert named == {"plan": 1, "verdict": 2}


def test_the_server_was_started_for_what_it_had_to_do_and_is_gone(whole: Path) -> None:
    pids = [note["pid"] for note in noted(whole / "server" / "record.jsonl") if "pid" in note]
    assert 1 <= len(pids) <= 2, "one load serves the plan and the verdicts, unless it had to make room"
    assert not any(map(alive, pids))


def test_receipts_name_the_models_and_what_was_really_used(whole: Path) -> None:
    found = receipts(whole / "library" / "walk")
    facts = {receipt["step"]: receipt["facts"] for receipt in found.values()}
    animated = facts[layout.clip(0, 1)]
    assert animated["weights"].startswith("Wan-AI/Wan2.2-I2V-A14B-Diffusers@")
    assert animated["cache"] == "first block, 0.1, diffusers"
    assert animated["steps"] == 14


def kill_at(words: tuple[str, ...], env: dict[str, str], root: Path, phase: Phase) -> None:
    """Kill a run in the middle of a phase's step; nobody it started stays."""
    worker = start(words, module="reeltui", env=env)
    try:
        until(lambda: worker.poll() is not None or _within(root, phase), 240)
        hosts = hosts_of(worker.pid)
    finally:
        worker.send_signal(signal.SIGKILL)
        code, _, err = finish(worker)
    assert code == -signal.SIGKILL, f"it had ended by itself: {err}"
    until(lambda: not any(map(alive, hosts)))


def _within(root: Path, phase: Phase) -> bool:
    now = live(root)
    return now is not None and any(one.phase == phase and one.fraction > 0.1 for one in now.running)


def test_a_reel_killed_again_and_again_makes_the_same_calls(cache: Path, whole: Path, tmp_path: Path) -> None:
    env = settle(tmp_path / "house", cache, plan=["good"], verdict=["nine"])
    root = tmp_path / "house" / "library" / "walk"
    words: tuple[str, ...] = DRAFT
    kills = (Phase.KEYFRAMES, Phase.ANIMATE, Phase.ANIMATE)
    for phase in kills:
        kill_at(words, env, root, phase)
        words = ("resume", "walk", "--foreground")
    code, _, err = cli(*words, module="reeltui", env=env)
    assert code == 0, err
    once, again = asked(whole), asked(tmp_path / "house")
    assert set(again) == set(once), "every call of the resumed run is one of the undisturbed run, and none is missing"
    assert (again - once).total() <= 2 * len(kills), "no more was asked twice than what a kill tore"
    assert receipts(root) == receipts(whole / "library" / "walk")
    assert repeated(events(root), events(whole / "library" / "walk")) == {}
    assert leftovers(root) == []


def test_a_rejected_take_is_asked_for_in_another_way(cache: Path, tmp_path: Path) -> None:
    words = ["label WARDROBE_DRIFT", "nine"]
    env = settle(tmp_path / "house", cache, plan=["good"], verdict=words)
    root = tmp_path / "house" / "library" / "walk"
    code, _, err = cli(*MAKE, *("--preset", "fast", "--engine", "recorded", "--foreground"), module="reeltui", env=env)
    assert code == 0, err
    receipt = receipts(root)
    shot = 0 if f"{layout.clip(0, 2)}.json" in receipt else 1  # whose take was judged first
    first, again = (receipt[f"{layout.clip(shot, take)}.json"] for take in (1, 2))
    assert f"{layout.clip(1 - shot, 2)}.json" not in receipt, "the other shot passed"
    said = load_wording().retry[Label.WARDROBE_DRIFT]
    assert said.negative in again["request"]["negative"]
    assert "mustard yellow vinyl raincoat" in again["request"]["prompt"].removeprefix(first["request"]["prompt"])
    animated = [call for call in calls(tmp_path / "house" / "calls.jsonl") if call["role"] == "animator"]
    assert len(animated) == 3
    one, other = (
        next(call for call in animated if call["generator"][1] == take["request"]["seed"]) for take in (first, again)
    )
    assert one["prompt_embeds"] != other["prompt_embeds"]
    assert one["negative_prompt_embeds"] != other["negative_prompt_embeds"]
    assert one["image"] == other["image"], "this fault is none of the keyframe"


def test_the_lightning_preset_takes_the_weights_made_for_it(cache: Path, tmp_path: Path) -> None:
    """Also: the plain studio engine, of which no call is written down, and no sound."""
    env = settle(tmp_path / "house", cache, plan=["good"], verdict=["nine"])
    root = tmp_path / "house" / "library" / "walk"
    words = ("--preset", "lightning", "--engine", "studio", "--foreground", "--no-music", "--no-voice")
    code, _, err = cli(*MAKE, *words, module="reeltui", env=env)
    assert code == 0, err
    (facts,) = [receipt["facts"] for receipt in receipts(root).values() if receipt["step"] == layout.clip(0, 1)]
    assert facts["weights"].startswith("lightx2v/Wan2.2-Distill-Models@")
    assert (facts["steps"], facts["guidance"], facts["cache"]) == (4, "off", "off")
    loads = [event.data["loads_as"] for event in events(root) if event.event is Happened.LOADED]
    assert [name for name in loads if name.startswith("studio-animator")] == ["studio-animator-lightning"]


# --- what goes wrong -----------------------------------------------------------------------------------------------


def without_a_clip(whole: Path, cache: Path, tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """Return a reel that lacks the clip of shot 0, and the house it is in."""
    env = settle(tmp_path / "house", cache, plan=["good"], verdict=["nine"])
    root = tmp_path / "house" / "library" / "walk"
    shutil.copytree(whole / "library" / "walk", root)
    shutil.rmtree(root / layout.clip(0, 1).rpartition("/")[0])
    return root, env


def kept(root: Path) -> dict[str, bytes]:
    """Return everything that was made, without journals and logs."""
    return {
        name: data
        for name, data in everything(root).items()
        if not name.endswith((".jsonl", ".log")) and not name.startswith((".", "shots/00/takes", "reel."))
    }


@pytest.mark.parametrize(
    ("fault", "cause", "fallbacks"), [("oom", "out of memory", ("tiling",)), ("segfault", "crashed", ())]
)
def test_a_full_card_and_a_crash_in_a_kernel_cost_one_try(
    cache: Path, whole: Path, tmp_path: Path, fault: str, cause: str, fallbacks: tuple[str, ...]
) -> None:
    root, env = without_a_clip(whole, cache, tmp_path)
    before = kept(root)
    words = ("resume", "walk", "--foreground")
    code, _, err = cli(*words, module="reeltui", env={**env, "TINY_FAULT": os.fspath(tmp_path / fault)})
    assert code == 0, err
    receipt = receipts(root)[f"{layout.clip(0, 1)}.json"]
    (failure,) = receipt["failures"]
    assert failure["cause"] == cause
    assert tuple(receipt.get("fallbacks", ())) == fallbacks
    assert receipt["facts"]["tiling"] == ("on" if fallbacks else "off")
    assert kept(root) == before
    assert leftovers(root) == []


def test_weights_that_are_cut_short_or_missing_stop_at_once_and_lose_nothing(
    cache: Path, whole: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "hub"
    shutil.copytree(cache, broken, symlinks=True)
    root, env = without_a_clip(whole, broken, tmp_path)
    before = kept(root)
    (weights,) = broken.glob("models--Wan-AI*/snapshots/*/transformer/*.safetensors")
    whole_weights = weights.read_bytes()
    weights.write_bytes(whole_weights[:-100])
    code, _, err = cli("resume", "walk", "--foreground", module="reeltui", env=env)
    assert code != 0
    assert "cut short" in err
    assert "reeltui models fetch" in err
    weights.unlink()
    code, _, err = cli("resume", "walk", "--foreground", module="reeltui", env=env)
    assert code != 0
    assert "it lacks transformer/*.safetensors" in err
    assert "reeltui models fetch animator" in err
    assert kept(root) == before
    weights.write_bytes(whole_weights)
    assert cli("resume", "walk", "--foreground", module="reeltui", env=env)[0] == 0
