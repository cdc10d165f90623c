"""The words retries and requests are made of, as data handed to the pure code (`prompts/` holds them)."""

from __future__ import annotations

import msgspec

from core.film.camera import CameraMove
from core.film.verdict import Label


class RetryWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a label adds to the next request; `{wardrobe}` and `{setting}` are filled from the plan."""

    prompt: str = ""
    negative: str = ""


class Wording(msgspec.Struct, frozen=True):
    """`phrases` and `simple` are the camera wordings, `retry` has every label, `negative` is always asked for."""

    phrases: dict[str, tuple[str, ...]]
    simple: dict[CameraMove, str]
    retry: dict[Label, RetryWords]
    negative: str
