"""Reads the pipeline's words from `prompts/`."""

from __future__ import annotations

import msgspec

from core.film.camera import CameraMove
from core.film.errors import BadInput
from core.film.verdict import Label
from core.film.wording import RetryWords, Wording
from core.places import data_file, data_table


def load_wording() -> Wording:
    """Return the wording in force, the user's own files first.

    Raises BadInput naming the file where a table is wrong or a camera move or label has no words.
    """
    camera, retry = data_table("prompts/camera.toml"), data_table("prompts/retry.toml")
    try:
        wording = Wording(
            phrases=msgspec.convert(camera.get("phrases", {}), dict[str, tuple[str, ...]]),
            simple=msgspec.convert(camera.get("simple", {}), dict[CameraMove, str]),
            retry=msgspec.convert(retry.get("retry", {}), dict[Label, RetryWords]),
            negative=msgspec.convert(retry.get("negative", ""), str),
        )
    except msgspec.ValidationError as error:
        raise BadInput(f"the wording in prompts/ is wrong: {error}", remedy="correct or remove your own file") from None
    _complete("camera.toml", "a camera move", set(CameraMove), set(wording.simple))
    _complete("camera.toml", "a camera move", {move.value for move in CameraMove}, set(wording.phrases))
    _complete("retry.toml", "a label", set(Label), set(wording.retry))
    return wording


def _complete(name: str, what: str, wanted: set[str], found: set[str]) -> None:
    if wanted != found:
        odd = ", ".join(sorted(wanted ^ found))
        raise BadInput(f"{data_file(f'prompts/{name}')}: {what} is missing or unknown: {odd}", remedy="correct it")
