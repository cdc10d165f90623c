"""Toy backends: real files of a few kilobytes in milliseconds, so that runs, kills and hosts can be tested for real.

What a toy does is asked for in the words it is given: a prompt with `[fail LABEL]` gets a low mark and that label on
its first take, `[fail*2 LABEL]` on its first two, `[crash]` kills the host, `[hang]` says nothing, `[short]` makes a
clip with too few frames, `[black]` a black one, `[raise]` raises.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from core.engines.roles import Progress, Room
from core.film.errors import EngineTrouble
from core.film.language import Language
from core.film.lineup import Backend, Lineup, Role
from core.film.plan import Plan, Shot, encode_plan
from core.film.requests import (
    AnimateRequest,
    ComposeRequest,
    DirectRequest,
    JudgeRequest,
    Made,
    MixRequest,
    NarrateRequest,
    PaintRequest,
)
from core.film.verdict import Label, Verdict
from core.media.frames import ClipWriter
from core.media.sound import write_wav

FAIL = re.compile(r"\[fail(?:\*(\d+))? ([A-Z_]+)\]")


def toy_lineup(**targets: str) -> Lineup:
    """Return an engine of toys; `targets` replaces a role's "module:Class"."""
    backends = {}
    for role in Role:
        target = targets.get(role.value, f"tests.toys:Toy{role.value.title()}")
        backends[role] = Backend(role, f"toy-{role.value}", target, "", "1", f"toy-{role.value}", 0.01)
    return Lineup("animatic", "a test", backends)


def toy_plan(shots: int = 3, **changes: object) -> Plan:
    """Return a legal plan; shots 1 and 3 continue the one before."""
    made = tuple(
        Shot(i, i == 0, "Wide", "A", i % 2 == 0, f"Pan left. Aiko walks, part {i}. shot on 35mm film")
        for i in range(shots)
    )
    plan = Plan(
        characters={"A": "Aiko (woman, navy coat)", "B": "Ken (man, red scarf)"},
        story_logline="Aiko walks",
        shots=made,
        music_style="calm piano, 80 BPM",
        vo_script_per_shot=tuple(f"Line number {i}." for i in range(shots)),
        vo_lang=Language.AMERICAN_ENGLISH,
        setting="a quiet street",
    )
    import msgspec

    return msgspec.structs.replace(plan, **changes)


def _rng(*parts: object) -> np.random.Generator:
    return np.random.default_rng(int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8]))


def _mischief(words: str) -> None:
    if "[crash]" in words:
        os.kill(os.getpid(), 11)
    if "[hang]" in words:
        time.sleep(3600)
    if "[raise]" in words:
        raise EngineTrouble("the toy was told to fail", remedy="tell it something else")
    if "[slow]" in words:
        time.sleep(0.2)


class _Toy:
    def load(self, device: str) -> None:
        pass


class ToyDirector(_Toy):
    def run(self, request: DirectRequest, room: Room, progress: Progress) -> Made:
        plan = toy_plan(request.shots, user_prompt=request.sentence)
        (room.stage / "plan.json").write_bytes(encode_plan(plan))
        return Made(("plan.json",))


class ToyPainter(_Toy):
    def run(self, request: PaintRequest, room: Room, progress: Progress) -> Made:
        _mischief(request.prompt)
        seen = [(r.name, (room.reel / r.path).read_bytes()) for r in request.references]
        rng = _rng(request.subject, request.prompt, request.seed, request.strength, seen)
        tiles = rng.integers(40, 220, (8, 8, 3), dtype=np.uint8)
        picture = Image.fromarray(tiles).resize((request.width, request.height), Image.Resampling.BILINEAR)
        picture.save(room.stage / "image.png")
        (room.stage / "image.layers.bin").write_bytes(rng.bytes(64))
        progress(1.0)
        return Made(("image.png", "image.layers.bin"))


class ToyAnimator(_Toy):
    def run(self, request: AnimateRequest, room: Room, progress: Progress) -> Made:
        _mischief(request.prompt)
        with Image.open(room.reel / request.first) as image:
            first = np.asarray(image.convert("RGB"))
        rng = _rng(request.seed, request.prompt, request.negative, request.flow_shift, request.last)
        shift = int(rng.integers(1, 4))
        frames = request.frames // 2 if "[short]" in request.prompt else request.frames
        with ClipWriter(room.stage / "clip.mp4", request.width, request.height, request.fps) as clip:
            for number in range(frames):
                frame = np.roll(first, number * shift, axis=1)
                clip.write(np.zeros_like(first) if "[black]" in request.prompt else frame)
                if number % 27 == 0:
                    progress(number / request.frames, f"frame {number}")
        return Made(("clip.mp4",))


class ToyCritic(_Toy):
    def run(self, request: JudgeRequest, room: Room, progress: Progress) -> Made:
        _mischief(request.prompt.replace("[raise]", ""))
        if "[mute]" in request.prompt:
            raise EngineTrouble("the critic has nothing to say", remedy="ask a person")
        take = int(Path(request.clip).parts[-2])
        found = FAIL.search(request.prompt)
        if found and take <= int(found[1] or 1):
            mark = 3.0 + take / 4
            verdict = Verdict(mark, mark, mark, mark, mark, (f"{Label(found[2]).value}: as told",))
        else:
            verdict = Verdict(9, 9, 8, 8, 8.5)
        return Made(verdict=verdict)


class ToyComposer(_Toy):
    def run(self, request: ComposeRequest, room: Room, progress: Progress) -> Made:
        time_axis = np.arange(round(request.seconds * 48000)) / 48000
        tone = 0.2 * np.sin(2 * np.pi * (220 + request.seed % 220) * time_axis)
        write_wav(room.stage / "music.wav", np.stack([tone, tone], axis=1).astype(np.float32), 48000)
        return Made(("music.wav",))


class ToyNarrator(_Toy):
    def run(self, request: NarrateRequest, room: Room, progress: Progress) -> Made:
        _mischief(request.text)
        seconds = 0.2 + 0.02 * len(request.text)
        pitch = int(_rng(request.text, request.voice).integers(200, 400))
        tone = 0.3 * np.sin(2 * np.pi * pitch * np.arange(round(seconds * 24000)) / 24000)
        write_wav(room.stage / "narration.wav", tone[:, None].astype(np.float32), 24000)
        return Made(("narration.wav",), {"seconds": seconds, "speed": 1.0, "overrun_seconds": 0.0})


class ToyMixer(_Toy):
    """One frame per shot and a second of silence: enough to be a reel, made from every input's bytes."""

    def run(self, request: MixRequest, room: Room, progress: Progress) -> Made:
        paths = [path for shot in request.shots for path in (shot.clip, shot.narration) if path]
        rng = _rng(request, [(room.reel / path).read_bytes() for path in [*paths, *filter(None, [request.music])]])
        with av.open(str(room.stage / "reel.mp4"), "w", container_options={"fflags": "+bitexact"}) as out:
            video = out.add_stream("libx264", rate=request.fps, options={"threads": "1"})
            video.width, video.height, video.pix_fmt = request.width, request.height, "yuv420p"
            audio = out.add_stream("aac", rate=48000)
            audio.layout = "stereo"
            for _ in range(request.fps):
                picture = rng.integers(0, 255, (request.height, request.width, 3), dtype=np.uint8)
                out.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            for number in range(10):
                silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
                silence.rate, silence.pts, silence.time_base = 48000, number * 1024, Fraction(1, 48000)
                out.mux(audio.encode(silence))
            out.mux(video.encode(None))
            out.mux(audio.encode(None))
        captions = "\n".join(shot.caption for shot in request.shots)
        (room.stage / "reel.srt").write_text(captions, encoding="utf-8")
        (room.stage / "reel.vtt").write_text("WEBVTT\n" + captions, encoding="utf-8")
        facts = {
            "seconds": 1.0,
            "width": request.width,
            "height": request.height,
            "fps": float(request.fps),
            "lufs": -18.0,
        }
        return Made(("reel.mp4", "reel.srt", "reel.vtt"), facts)


class ToyMind(_Toy):
    """Director and critic in one: two roles that share a load."""

    def run(self, request: DirectRequest | JudgeRequest, room: Room, progress: Progress) -> Made:
        if isinstance(request, DirectRequest):
            return ToyDirector().run(request, room, progress)
        return ToyCritic().run(request, room, progress)
