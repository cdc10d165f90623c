"""The form of a new reel: what can be chosen, what each choice means, and what the reel would take."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from core.engines.registry import engine_names
from core.film.errors import BadInput, ReelError
from core.film.language import LANGUAGES, Language
from core.film.plan import MAX_SHOTS
from core.film.preset import PRESETS, SIZES, Aspect, PresetName
from core.film.settings import Review, Settings
from core.folder.library import check_name, slug
from reeltui.acts.new import Preview, Wanted, WrongSetting, preview, sentence_of, settings_of
from reeltui.figures import eta, size
from reeltui.lines import Line, Span, Tone, fit, line, span, wrap

FIELDS = ("engine", "preset", "aspect", "language", "voice", "music", "review", "shots")
_REVIEWS = {
    Review.NONE: "nobody is waited for",
    Review.PLAN: "waits for you after the plan, before anything is drawn",
    Review.KEYFRAMES: "waits for you before any clip is rendered",
    Review.SHOTS: "waits for you before the mix",
}
_LABEL, _VALUE = 11, 26


class Form(msgspec.Struct, frozen=True):
    """A form as it is filled in: the sentence, the folder's name ("" from the sentence), the value of every field."""

    sentence: str = ""
    name: str = ""
    values: Mapping[str, str] = {}

    def value(self, field: str) -> str:
        """The value of a field."""
        return self.values.get(field, _FIRST[field])

    def wanted(self) -> Wanted:
        """Return what is asked for. Raises BadInput where it cannot be."""
        return Wanted(sentence_of(self.sentence), self.settings(), self.name.strip() or None)

    def settings(self) -> Settings:
        """Return the settings that are asked for. Raises WrongSetting."""
        language = self.value("language")
        return settings_of(
            {
                "engine": self.value("engine"),
                "preset": self.value("preset"),
                "aspect": self.value("aspect"),
                "language": None if language == "auto" else language,
                "voice": self.value("voice") == "on",
                "music": self.value("music") == "on",
                "review": self.value("review"),
                "shots": int(self.value("shots")),
            }
        )


_FIRST = {
    "engine": "auto",
    "preset": PresetName.DEFAULT.value,
    "aspect": Aspect.WIDE.value,
    "language": "auto",
    "voice": "on",
    "music": "on",
    "review": Review.NONE.value,
    "shots": "6",
}


def form_of(wanted: Wanted) -> Form:
    """Return the form that asks for this."""
    settings = wanted.settings
    values = {
        "engine": settings.engine,
        "preset": settings.preset.value,
        "aspect": settings.aspect.value,
        "language": settings.language.value if settings.language else "auto",
        "voice": "on" if settings.voice else "off",
        "music": "on" if settings.music else "off",
        "review": settings.review.value,
        "shots": str(settings.shots),
    }
    return Form(wanted.sentence, wanted.name or "", values)


def choices_of(field: str) -> tuple[str, ...]:
    """Return the values a field can have."""
    if field == "engine":
        with contextlib.suppress(BadInput):  # config.toml names engines badly; the ones we have are still there
            return ("auto", *engine_names())
        return ("auto", "animatic")
    return {
        "preset": tuple(preset.value for preset in PresetName),
        "aspect": tuple(aspect.value for aspect in Aspect),
        "language": ("auto", *(language.value for language in Language)),
        "voice": ("on", "off"),
        "music": ("on", "off"),
        "review": tuple(review.value for review in Review),
        "shots": tuple(str(count) for count in range(1, MAX_SHOTS + 1)),
    }[field]


def turned(form: Form, field: str, by: int) -> Form:
    """Return the form with the next value of a field, or the one before; numbers stop at their ends."""
    choices = choices_of(field)
    value = form.value(field)
    place = choices.index(value) + by if value in choices else 0
    place = max(0, min(place, len(choices) - 1)) if field == "shots" else place % len(choices)
    return msgspec.structs.replace(form, values={**form.values, field: choices[place]})


# --- what it would take -----------------------------------------------------------------------------------------


class Outlook(msgspec.Struct, frozen=True):
    """What a form means on this machine: what the reel will take, its folder's name, and what is wrong, by field
    ("sentence", "name", "disk" or one of FIELDS)."""

    preview: Preview | None = None
    folder: str = ""
    wrong: Mapping[str, str] = {}


def look_ahead(library: Path, form: Form) -> Outlook:
    """Return what a form means. Reads the disk and this machine's history; for a thread."""
    wrong: dict[str, str] = {}
    found: Preview | None = None
    folder = form.name.strip()
    try:
        sentence = sentence_of(form.sentence)
    except BadInput as error:
        wrong["sentence"] = str(error)
    else:
        folder = folder or slug(sentence)
    try:
        if form.name.strip():
            check_name(form.name.strip())
            if (library / form.name.strip()).exists():
                wrong["name"] = "there is already a reel of this name"
    except BadInput as error:
        wrong["name"] = f"{error}: {error.remedy}"
    except OSError as error:
        wrong["name"] = str(error.strerror)
    try:
        found = preview(library, form.settings())
    except WrongSetting as error:
        wrong[error.field if error.field in FIELDS else "engine"] = error.reason
    except ReelError as error:
        wrong["engine"] = str(error)
    if found is not None and not found.fits:
        wrong["disk"] = f"the reel may need {size(found.needed)}, and {size(found.free or 0)} are free"
    return Outlook(found, folder, wrong)


# --- lines ------------------------------------------------------------------------------------------------------


def field_row(form: Form, field: str, outlook: Outlook | None, width: int) -> Line:
    """Return a field's line: its name, its value between marks that a click changes, and what that means."""
    wrong = outlook.wrong.get(field, "") if outlook else ""
    value = line(
        Span("‹ ", Tone.ACCENT, act=f"screen.turn('{field}', -1)"),
        span(_shown(field, form.value(field)), Tone.STRONG),
        Span(" ›", Tone.ACCENT, act=f"screen.turn('{field}', 1)"),
    )
    about = span(f"! {wrong}", Tone.BAD) if wrong else span(meaning(form, field, outlook), Tone.DIM)
    return line(" ", fit(line(span(field.capitalize(), Tone.DIM)), _LABEL), fit(value, _VALUE), about)


def _shown(field: str, value: str) -> str:
    return LANGUAGES[Language(value)].name if field == "language" and value != "auto" else value


def meaning(form: Form, field: str, outlook: Outlook | None) -> str:
    """Return what the value of a field means, in a few words."""
    value = form.value(field)
    if field == "engine":
        if outlook is None or outlook.preview is None:
            return ""
        return f"takes {outlook.preview.lineup.engine}" if value == "auto" else ""
    if field == "preset":
        preset = PRESETS[PresetName(value)]
        takes = "1 take" if preset.takes == 1 else f"up to {preset.takes} takes"
        return f"{preset.seconds:.1f} s at {preset.fps} fps, {preset.steps_hero}/{preset.steps_broll} steps, {takes}"
    if field == "aspect":
        wide, high = SIZES[Aspect(value)]
        return f"{wide} x {high}"
    if field == "language":
        return "follows the place" if value == "auto" else f"voice {LANGUAGES[Language(value)].voice}"
    if field == "review":
        return _REVIEWS[Review(value)]
    if field == "shots":
        return f"about {PRESETS[PresetName(form.value('preset'))].seconds * int(value):.0f} s"
    if field == "voice":
        return "narrated" if value == "on" else "no narration"
    return "composed for it" if value == "on" else "no music"


def outlook_rows(outlook: Outlook | None, width: int) -> list[Line]:
    """Return what the reel will take: time, and room on the disk."""
    found = outlook.preview if outlook else None
    if found is None:
        # A row has room for the beginning of what is wrong with it; here is the whole.
        wrong = next((outlook.wrong[field] for field in FIELDS if field in outlook.wrong), "") if outlook else ""
        rows = wrap(f"! {wrong}", max(1, width - 1), Tone.BAD, most=3) if wrong else []
        waits = [line(span("…" if outlook is None else "", Tone.DIM))]
        return [line(" ", row) for row in [*(rows or waits), (), ()][:3]]
    whole = found.ahead.whole
    sure = "as measured on this machine" if whole.measured else "not yet measured on this machine"
    room = f"up to {size(found.needed)}"
    free = f", {size(found.free)} free" if found.free is not None else ""
    disk = line(span(room, Tone.STRONG), span(free, Tone.DIM))
    if not found.fits:
        disk = line(span(f"! {outlook.wrong.get('disk', '') if outlook else ''}", Tone.BAD))
    time = line(span(eta(whole.seconds, whole.low, whole.high), Tone.STRONG), span(f", {sure}", Tone.DIM))
    lineup = found.lineup
    why = wrap(f"{lineup.engine}: {lineup.why.removeprefix('auto: ')}", max(1, width - _LABEL - 1), Tone.DIM, most=2)
    told = [("Time", time), ("Disk", disk), *(("Made by" if not at else "", row) for at, row in enumerate(why))]
    return [line(" ", Span(label.ljust(_LABEL), Tone.DIM), words) for label, words in told]
