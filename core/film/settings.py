"""What a person chose for a reel: everything in reel.toml."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from core.film.language import Language
from core.film.plan import MAX_SHOTS, Seed
from core.film.preset import PRESETS, Aspect, Preset, PresetName

REEL_SCHEMA = 1
MAX_SENTENCE = 2000
Side = Annotated[int, msgspec.Meta(ge=64, le=4096, multiple_of=2)]


class Review(StrEnum):
    """Where the worker waits for a person."""

    NONE = "none"
    PLAN = "plan"
    KEYFRAMES = "keyframes"  # no clip is rendered before the keyframes were seen
    SHOTS = "shots"  # no mix is made before every shot was seen


class OnTimeout(StrEnum):
    """What a gate does when its time is over."""

    WAIT = "wait"  # go on waiting
    ACCEPT = "accept"  # pass, as if a person had
    SKIP = "skip"  # set the reel aside: it leaves the queue until a person comes back to it


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Resolved settings of one reel; `width` and `height` in pixels, both even."""

    engine: str = "animatic"
    preset: PresetName = PresetName.DEFAULT
    aspect: Aspect = Aspect.WIDE
    width: Side = 1280
    height: Side = 720
    shots: Annotated[int, msgspec.Meta(ge=1, le=MAX_SHOTS)] = 6
    language: Language | None = None  # None: the director follows the place
    voice: bool = True
    music: bool = True
    burn_captions: bool = False
    seed: Seed = 0
    review: Review = Review.NONE
    review_timeout: Annotated[float, msgspec.Meta(ge=0)] = 0.0  # seconds a gate waits; 0: for ever
    on_timeout: OnTimeout = OnTimeout.WAIT

    @property
    def figures(self) -> Preset:
        """The preset's figures."""
        return PRESETS[self.preset]


class Reel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The identity of a reel. `id` never changes, `name` is its folder, `created` is UTC in ISO 8601."""

    id: str
    name: str
    sentence: str
    created: str
    settings: Settings
    schema: int = REEL_SCHEMA
