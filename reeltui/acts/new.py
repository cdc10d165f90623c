"""A new reel: what was asked for is checked, what it will take is told, then it is made and handed to the worker."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from core.engines.registry import choose_engine
from core.engines.studio.lineup import does_lightning
from core.film.errors import BadInput, DiskTrouble
from core.film.lineup import Lineup
from core.film.plan import Plan, encode_plan
from core.film.preset import SIZES, Aspect, PresetName
from core.film.settings import MAX_SENTENCE, Settings
from core.film.text import clean, words
from core.folder import layout
from core.folder.library import create_reel
from core.folder.plans import keep_plan
from core.folder.write import write_whole
from core.pipeline.board import Board
from core.pipeline.eta import Ahead
from core.worker.budgets import budgets
from core.worker.records import timings, utc_now
from reeltui.acts.hand import Handed, hand_over
from reeltui.acts.opened import work_ahead
from reeltui.figures import size

# Bytes per pixel and frame that a clip with its pictures takes at most, and what the sound and the rest take.
_BYTES_PER_PIXEL = 0.06
_BYTES_REST = 40_000_000
# A reel nobody has planned yet.
_UNPLANNED = Board((), (), "", None)


class WrongSetting(BadInput):
    """A setting that is not possible: its `field`, and the `reason` alone."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field.replace('_', ' ')}: {reason}", remedy="choose another")
        self.field = field
        self.reason = reason


class Wanted(msgspec.Struct, frozen=True):
    """A reel that is asked for. `settings.engine` may be "auto"; `name` is its folder's (None: made from the sentence);
    `plan` is used instead of writing one (it has `settings.shots` shots)."""

    sentence: str
    settings: Settings = Settings(engine="auto")
    name: str | None = None
    plan: Plan | None = None


class Preview(msgspec.Struct, frozen=True):
    """What a reel will take: who makes it and why them, the work by this machine's own steps or as declared
    (`ahead.whole.measured`), the bytes of disk it may need and those that are free (None where no disk tells)."""

    lineup: Lineup
    ahead: Ahead
    needed: int
    free: int | None

    @property
    def fits(self) -> bool:
        """Whether the disk can hold it."""
        return self.free is None or self.free >= self.needed


class Created(msgspec.Struct, frozen=True):
    """A new reel's folder, and the engine that was chosen for it."""

    root: Path
    lineup: Lineup


# --- what is asked for ----------------------------------------------------------------------------------------------


def sentence_of(given: str) -> str:
    """Return a sentence on one line. Raises BadInput where it has no words, or more than are read."""
    sentence = clean(given)
    if not any(char.isalnum() for char in sentence):
        raise BadInput("the sentence has no words", remedy='say what the reel is about: reeltui make "a boat at dawn"')
    if len(sentence) > MAX_SENTENCE:
        raise BadInput(
            f"the sentence has {len(words(sentence)):,} words ({len(sentence):,} characters); at most {MAX_SENTENCE:,} "
            "characters are read",
            remedy="say it in one sentence; a long story belongs into --plan",
        )
    return sentence


def settings_of(fields: Mapping[str, object]) -> Settings:
    """Return settings from their fields as a person gave them, the picture's size by its aspect where that is left out.

    Raises WrongSetting.
    """
    given = {"engine": "auto", **fields}
    if "width" not in given and "height" not in given and given.get("aspect", Aspect.WIDE) in list(Aspect):
        given["width"], given["height"] = SIZES[Aspect(str(given.get("aspect", Aspect.WIDE)))]
    try:
        return msgspec.convert(given, Settings)
    except msgspec.ValidationError as error:
        reason, _, field = str(error).partition(" - at `$.")
        raise WrongSetting(field.rstrip("`") or "settings", reason) from None


# --- what it takes --------------------------------------------------------------------------------------------------


def preview(library: Path, settings: Settings) -> Preview:
    """Return what a reel of these settings will take on this machine; nothing is made. Raises BadInput."""
    lineup = _chosen(settings)
    ahead = work_ahead(_UNPLANNED, lineup, settings, timings().recent())
    _, free = _disk(library)
    return Preview(lineup, ahead, room_needed(settings), free)


def _chosen(settings: Settings) -> Lineup:
    """Return the engine that settings choose. Raises WrongSetting where their preset is not for it."""
    lineup = choose_engine(settings.engine, budgets, settings.preset)
    if settings.preset is PresetName.LIGHTNING and not does_lightning(lineup):
        reason = f"lightning is for the studio engine, and this reel's is {lineup.engine} ({lineup.why})"
        raise WrongSetting("preset", reason)
    return lineup


def room_needed(settings: Settings) -> int:
    """Return the bytes of disk a reel may need, with every take its preset allows."""
    preset = settings.figures
    takes = settings.shots * preset.takes
    return int(settings.width * settings.height * preset.frames * takes * _BYTES_PER_PIXEL) + _BYTES_REST


def _disk(library: Path) -> tuple[Path, int | None]:
    """Return where the library's disk is, and the bytes that are free on it."""
    folder = next((path for path in (library, *library.parents) if path.is_dir()), None)
    if folder is None:
        return library, None  # making the library says what is wrong with it
    disk = shutil.disk_usage(folder)
    return folder, disk.free if disk.total else None  # without a total it does not count its room at all


# --- making it ------------------------------------------------------------------------------------------------------


def create(library: Path, wanted: Wanted) -> Created:
    """Make a reel's folder; it appears whole or not at all, and nobody works on it yet.

    Raises BadInput, DiskTrouble where the disk cannot hold or take it.
    """
    sentence = sentence_of(wanted.sentence)
    lineup = _chosen(wanted.settings)
    settings = msgspec.structs.replace(wanted.settings, engine=lineup.engine)
    folder, free = _disk(library)
    need = room_needed(settings)
    if free is not None and free < need:
        raise DiskTrouble(
            f"the reel may need {size(need)}, and {folder} has {size(free)} left",
            remedy="free some space, or choose another --library or a smaller --size",
        )
    if settings.burn_captions:
        _require_fonts(settings, wanted.plan)

    def fill(root: Path) -> None:
        if wanted.plan is not None:
            data = encode_plan(wanted.plan)
            keep_plan(root, data)
            write_whole(root / layout.PLAN_FILE, data)

    return Created(create_reel(library, sentence, settings, name=wanted.name, now=utc_now(), fill=fill), lineup)


def make(library: Path, wanted: Wanted) -> tuple[Created, Handed]:
    """Make a reel's folder and hand it to the worker. Raises as `create` and `hand_over`; where only handing it over
    fails, the reel is there and can be resumed."""
    created = create(library, wanted)
    return created, hand_over(created.root, created.lineup)


def _require_fonts(settings: Settings, plan: Plan | None) -> None:
    """Raise BadInput now, not after the work, where no font can draw the captions."""
    # Pillow, which nothing else here needs.
    from core.media.fonts import require_caption_font

    if plan is not None:
        require_caption_font(plan.vo_lang, plan.vo_script_per_shot)
    elif settings.language is not None:
        require_caption_font(settings.language, ())
