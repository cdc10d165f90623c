"""What a step is asked for and what it gives back; every struct here may cross a process boundary.

Paths are relative to the reel's folder, in POSIX form.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from core.film.camera import CameraMove
from core.film.language import Language
from core.film.plan import Transition
from core.film.verdict import Verdict

# Loudness of the finished reel (integrated, EBU R 128) and the ceiling of its true peak, dBTP.
TARGET_LUFS = -18.0
TRUE_PEAK = -1.5

Fact = str | int | float | bool | None


class Reference(msgspec.Struct, frozen=True):
    """A picture to stay true to. `name` is a character's letter, "group", "scene" or "previous"."""

    name: str
    path: str


class DirectRequest(msgspec.Struct, frozen=True, tag="direct"):
    """Write a plan of `shots` shots for `sentence`; gives plan.json. `language` None: follow the place."""

    sentence: str
    shots: int
    language: Language | None
    seconds_per_shot: float
    seed: int


class PaintRequest(msgspec.Struct, frozen=True, tag="paint"):
    """Paint one picture; gives image.png (exactly width x height, RGB) and may give image.layers.*.

    `subject` is "A".."Z" (a character's master), "group", "scene", or "shot". `characters` are the portraits of
    those in the picture by letter. `references` are already finished pictures. `story` is the user's sentence and
    the plan's setting, for place, time of day and weather where `prompt` does not name them.
    `strength` (0..1) says how hard to hold to the references.
    """

    subject: str
    prompt: str
    negative: str
    characters: dict[str, str]
    story: str
    shot_type: str
    camera: CameraMove
    references: tuple[Reference, ...]
    continues: bool
    strength: float
    seed: int
    width: int
    height: int


class OwnPictureRequest(msgspec.Struct, frozen=True, tag="own_picture"):
    """Bring a person's own picture into the reel's size; gives image.png (exactly width x height, RGB).

    `sha256` is what the file at `path` was when it was given. `fit` "cover": scaled, keeping its shape, until it covers
    the whole size, and cut to it around the centre.
    """

    path: str
    sha256: str
    width: int
    height: int
    fit: Literal["cover"] = "cover"


class AnimateRequest(msgspec.Struct, frozen=True, tag="animate"):
    """Bring a keyframe to life; gives clip.mp4: exactly `frames` frames at `fps`, H.264 yuv420p, no sound.

    `first` is the first frame; `last`, where given, the last (first-last-frame mode). `layers` is what the painter
    kept beside the keyframe, or None for a picture from elsewhere.
    """

    first: str
    last: str | None
    layers: str | None
    prompt: str
    negative: str
    camera: CameraMove
    shot_type: str
    is_hero: bool
    frames: int
    fps: int
    steps: int
    flow_shift: float
    guidance: tuple[float, float]
    cache: float
    strength: float
    seed: int
    width: int
    height: int


class JudgeRequest(msgspec.Struct, frozen=True, tag="judge"):
    """Judge a clip; gives a Verdict. `camera` is what the shot's own prompt asks for (not a retry's wording)."""

    clip: str
    stills: tuple[str, ...]
    keyframe: str
    last: str | None
    references: tuple[Reference, ...]
    characters: dict[str, str]
    prompt: str
    camera: CameraMove | None
    frames: int
    fps: int
    width: int
    height: int


class ComposeRequest(msgspec.Struct, frozen=True, tag="compose"):
    """Compose `seconds` of instrumental music from `brief`; gives music.wav (48 kHz, stereo, 16 bit)."""

    brief: str
    seconds: float
    seed: int


class NarrateRequest(msgspec.Struct, frozen=True, tag="narrate"):
    """Speak `text`; gives narration.wav (mono, 16 bit) and the facts `seconds`, `speed`, `overrun_seconds`.

    A line longer than `fit_seconds` is spoken faster, by 1.15 at most; what still does not fit is the overrun.
    """

    text: str
    language: Language
    voice: str
    speed: float
    fit_seconds: float


class MixShot(msgspec.Struct, frozen=True):
    """One shot of the mix: its clip, its spoken line (or None), the caption, and how it begins."""

    clip: str
    narration: str | None
    caption: str
    transition: Transition


class MixRequest(msgspec.Struct, frozen=True, tag="mix"):
    """Join everything; gives reel.mp4, reel.srt, reel.vtt and the facts of the finished file."""

    shots: tuple[MixShot, ...]
    music: str | None
    language: Language
    burn_captions: bool
    width: int
    height: int
    fps: int
    lufs: float = TARGET_LUFS
    true_peak: float = TRUE_PEAK


Request = (
    DirectRequest
    | PaintRequest
    | OwnPictureRequest
    | AnimateRequest
    | JudgeRequest
    | ComposeRequest
    | NarrateRequest
    | MixRequest
)


class Made(msgspec.Struct, frozen=True):
    """What a backend made: file names inside its stage folder, facts for the receipt, and a verdict if it judged."""

    files: tuple[str, ...] = ()
    facts: dict[str, Fact] = {}
    verdict: Verdict | None = None
