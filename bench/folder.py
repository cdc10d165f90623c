"""Times the snapshot of a reel with 18 takes and the listing of 1,000 reels, beside reading the same files raw."""

from __future__ import annotations

import argparse
import hashlib
import shutil
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec

from bench.told import target
from core.engines.registry import animatic
from core.engines.wording import load_wording
from core.film.event import Event, Happened
from core.film.language import Language
from core.film.plan import Plan, Shot, encode_plan
from core.film.settings import Reel, Settings
from core.film.verdict import Verdict
from core.folder import layout
from core.folder.commit import commit, stage_folder
from core.folder.journal import Journal
from core.folder.library import list_reels, write_reel
from core.folder.plans import accept_plan
from core.folder.records import Fingerprint, Receipt
from core.folder.snapshot import read_snapshot
from core.folder.write import write_whole
from core.pipeline.board import assess

SHOTS, TAKES = 6, 3
NOW = "2026-01-01T00:00:00Z"
MAX_SNAPSHOT_MS = 5.0
MAX_LISTING_S = 1.0


def plan() -> Plan:
    """Return a plan of the usual length."""
    words = "Pan left. A woman walks through the rain. " + "The street is wet and bright, the lamps are warm. " * 8
    return Plan(
        characters={"A": "Aiko (woman, navy coat) " * 8, "B": "Ken (man, red scarf) " * 8},
        story_logline="Aiko walks home and meets a friend",
        shots=tuple(Shot(i, i == 0, "Medium shot", "A", i % 2 == 0, words) for i in range(SHOTS)),
        music_style="calm piano, 80 BPM, minor",
        vo_script_per_shot=tuple(f"This is what is said in shot {i}." for i in range(SHOTS)),
        vo_lang=Language.AMERICAN_ENGLISH,
        setting="a quiet street at night",
    )


def finish(root: Path, step: str, *names: str, verdict: Verdict | None = None) -> None:
    """Bring a step with small files into the reel as the worker does, receipt and all."""
    stage = stage_folder(root, step)
    for name in names:
        (stage / name).write_bytes(hashlib.sha256(f"{step} {name}".encode()).digest() * 8)
    receipt = Receipt(
        step=step,
        made_from=Fingerprint(hashlib.sha256(step.encode()).hexdigest(), hashlib.sha256(b"settings").hexdigest()),
        inputs={"A": "0" * 64, "scene": "1" * 64},
        outputs={},
        request=None,
        backend="bench",
        model="",
        revision="1",
        seed=1,
        seconds=1.0,
        finished=NOW,
        device="cpu",
        versions={"python": "3", "numpy": "2"},
        why="first time",
        verdict=verdict,
    )
    commit(root, receipt, {name: stage / name for name in names})


def fill(root: Path) -> None:
    """Make the whole reel: 6 shots with 3 takes each, masters, sound, mix, journals."""
    write_whole(root / layout.PLAN_FILE, encode_plan(plan()))
    accept_plan(root, hashlib.sha256((root / layout.PLAN_FILE).read_bytes()).hexdigest(), now=NOW)
    for name in ("A", "B", "group", "scene"):
        finish(root, layout.master(name), f"{name}.png")
    for shot in range(SHOTS):
        finish(root, layout.keyframe(shot), "keyframe.png", "keyframe.layers.bin")
        finish(root, layout.narration(shot), "narration.wav")
        for take in range(1, TAKES + 1):
            finish(root, layout.clip(shot, take), "clip.mp4", *(f"frame_{n}.jpg" for n in range(4)))
            finish(root, layout.verdict(shot, take), verdict=Verdict(8, 8, 8, 8, 8, ("CAMERA_IGNORED: a little",)))
    finish(root, layout.MUSIC, "music.wav")
    finish(root, layout.MIX, "reel.mp4", "reel.srt", "reel.vtt")
    journal = Journal(root / layout.EVENTS, Event)
    for number in range(120):
        journal.append(Event(Happened.STEP_DONE, float(number), f"step {number}", "animate", done=number, total=120))
    journal.append(Event(Happened.RUN_ENDED, 121.0, done=120, total=120, data={"outcome": "done", "seconds": 30.4}))


def new_reel(library: Path, name: str) -> Path:
    """Make the folder of a reel with its reel.toml."""
    root = library / name
    root.mkdir(parents=True)
    write_reel(root, Reel(uuid.uuid4().hex, name, "a woman walks home in the rain", NOW, Settings()))
    return root


def raw(paths: list[Path]) -> Callable[[], object]:
    """Return a function that reads files whole and does nothing with them."""
    names = [str(path) for path in paths]

    def read() -> None:
        for name in names:
            with open(name, "rb") as file:
                file.read()

    return read


def timed(work: Callable[[], object], times: int) -> list[float]:
    """Return how many seconds each of `times` calls took, after one that warms the caches up."""
    work()
    found = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return found


def spread(seconds: list[float], *, scale: float, unit: str) -> str:
    """Return the median and the range of some times."""
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    return f"median {middle * scale:.2f} {unit}, {low * scale:.2f} to {high * scale:.2f}"


def snapshot(library: Path, times: int) -> Path:
    """Time the snapshot; return the reel."""
    root = new_reel(library, "one")
    fill(root)
    found = read_snapshot(root)
    takes = sum(len(shot) for shot in found.takes.values())
    assert takes == SHOTS * TAKES
    assert all(artifact.whole for artifact in found.artifacts.values())
    read = [p for p in root.rglob("*") if p.suffix in (".json", ".toml", ".jsonl") and ".history" not in p.parts]
    lineup, wording = animatic("bench"), load_wording()
    whole, board, plain = (
        timed(lambda: read_snapshot(root), times),
        timed(lambda: assess(found, lineup, wording), times),
        timed(raw(read), times),
    )
    ratio = statistics.median(whole) / statistics.median(plain)
    print(f"snapshot of a reel with {SHOTS} shots and {takes} takes ({len(read)} files are read)")
    print(f"  snapshot           {spread(whole, scale=1000, unit='ms')}")
    print(f"  the same files raw {spread(plain, scale=1000, unit='ms')}   ratio {ratio:.1f}")
    print(f"  board from it      {spread(board, scale=1000, unit='ms')}")
    target("snapshot, median", statistics.median(whole) * 1000, MAX_SNAPSHOT_MS, "ms")
    return root


def listing(library: Path, template: Path, count: int, times: int) -> None:
    """Time the listing of a library of many whole reels."""
    for number in range(count):
        root = library / f"reel-{number:04d}"
        # Hard links: 1,000 reels of 100 files each are made in seconds, and listing them costs the same.
        shutil.copytree(template, root, copy_function=lambda source, goal: Path(goal).hardlink_to(source))
        (root / layout.REEL_FILE).unlink()
        write_reel(root, Reel(uuid.uuid4().hex, root.name, f"sentence number {number}", NOW, Settings()))
    cards = list_reels(library)
    assert len(cards) == count
    assert {card.state for card in cards} <= {"done", "planned"}, msgspec.to_builtins(cards[0])
    few = [library / card.name / name for card in cards for name in (layout.REEL_FILE, layout.EVENTS)]
    whole, plain = timed(lambda: list_reels(library), times), timed(raw(few), times)
    ratio = statistics.median(whole) / statistics.median(plain)
    print(f"listing of {count:,} reels")
    print(f"  listing            {spread(whole, scale=1, unit='s')}")
    print(f"  reel.toml and events.jsonl of each, raw   {spread(plain, scale=1, unit='s')}   ratio {ratio:.1f}")
    target("listing, median", statistics.median(whole), MAX_LISTING_S, "s")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reels", type=int, default=1000, help="reels in the library (default 1000)")
    parser.add_argument("--times", type=int, default=50, help="how often the snapshot is read (default 50)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        template = snapshot(Path(folder) / "single", args.times)
        listing(Path(folder) / "many", template, args.reels, max(3, args.times // 10))


if __name__ == "__main__":
    main()
