"""A StudioMI300 output folder for tests: small real files under that system's names, with its event log."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.film.plan import Plan, encode_plan
from core.media.frames import ClipWriter
from core.media.sound import write_wav

SCORE: dict[str, Any] = {
    "character_match": 8,
    "scene_match": 9,
    "composition": 9,
    "artifact_free": 7,
    "issues": ["STYLIZED_AI_LOOK: skin slightly smooth"],
    "overall": 8,
}


def picture(path: Path, seed: int, size: tuple[int, int] = (64, 64)) -> Path:
    """Write a noisy picture."""
    Image.fromarray(np.random.default_rng(seed).integers(30, 220, (size[1], size[0], 3), dtype=np.uint8)).save(path)
    return path


def clip(path: Path, seed: int, frames: int = 81, fps: int = 16, size: tuple[int, int] = (64, 64)) -> Path:
    """Write a clip that slides sideways; `seed` -1 is black."""
    first = np.random.default_rng(abs(seed)).integers(30, 220, (size[1], size[0], 3), dtype=np.uint8)
    with ClipWriter(path, *size, fps) as writer:
        for number in range(frames):
            writer.write(np.zeros_like(first) if seed < 0 else np.roll(first, number, axis=1))
    return path


def sound(path: Path, seconds: float, level: float = 0.3, pitch: float = 220.0) -> Path:
    """Write a tone, mono at 24 kHz."""
    at = np.arange(round(seconds * 24000)) / 24000
    write_wav(path, (level * np.sin(2 * np.pi * pitch * at)).astype(np.float32), 24000)
    return path


def half(path: Path) -> None:
    """Cut a file in the middle."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def judged(shot: int, attempt: int = 1, score: Any = None) -> list[dict[str, Any]]:
    """Return the events of a shot that was rendered and judged."""
    return [
        {"stage": "clip_started", "shot": shot, "attempt": attempt, "flow_shift": 5.0, "n_steps": 30},
        {"stage": "clip_rendered", "shot": shot, "path": f"/mnt/out/clip_{shot:02d}.mp4", "minutes": 8.5},
        {"stage": "critic_starting", "shot": shot, "frames": []},
        {"stage": "critic_verdict", "shot": shot, "attempt": attempt, "score": SCORE if score is None else score},
    ]


def write_log(path: Path, events: Iterable[dict[str, Any]]) -> Path:
    """Write an event log."""
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return path


def studio_folder(folder: Path, plan: Plan, *, log: bool = True) -> Path:
    """Make a whole output folder for a plan; with `log`, every clip was judged and passed."""
    folder.mkdir(parents=True)
    (folder / "plan_expanded.json").write_bytes(encode_plan(plan))
    everybody = "".join(sorted(plan.characters))
    for seed, name in enumerate([*everybody, everybody, "scene"]):
        picture(folder / f"master_{name}.png", seed)
    for position, shot in enumerate(plan.shots):
        picture(folder / f"keyframe_{shot.index:02d}.png", 20 + position)
        clip(folder / f"clip_{shot.index:02d}.mp4", 40 + position)
        sound(folder / f"vo_{position:02d}.wav", 1.0, pitch=200 + 20 * position)
    sound(folder / "music.wav", 5.0 * len(plan.shots), pitch=110)
    clip(folder / "reel_final.mp4", 99, frames=5)
    if log:
        events = [{"stage": "started", "prompt": "Aiko walks home"}]
        write_log(folder / "events.jsonl", [*events, *(e for shot in plan.shots for e in judged(shot.index))])
    return folder
