"""Themes as files: found, read, checked and completed; textual's own theme is made only of the one that is used.

A theme needs ten colours. What else the desk paints with (the tones, the cursor, the lines between panes) may be named
in the file; what is not is derived, and moved until it can be read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from core.film.errors import BadInput
from core.film.text import clean
from core.places import config_dir, data_root
from reeltui.colours import is_hex, legible, mix

if TYPE_CHECKING:
    from textual.theme import Theme

DARK, LIGHT, ANSI = "night-shoot", "daylight", "terminal"
# A theme file that is longer than this (bytes) is none.
_MOST = 64_000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
_VARIABLE = re.compile(r"[a-z][a-z0-9-]{0,59}\Z")
_SIXTEEN = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_ANSI = {"ansi_default", *(f"ansi_{bright}{name}" for bright in ("", "bright_") for name in _SIXTEEN)}
_STYLES = {"none", "bold", "dim", "italic", "underline", "reverse", "not"}
_TONES = ("good", "bad", "warn", "dim", "accent", "strong", "running")
_BASE = (
    *("primary", "secondary", "accent", "foreground", "background", "surface", "panel"),
    *("success", "warning", "error"),
)
Word = Annotated[str, msgspec.Meta(max_length=200)]


class Tones(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[tones]` of a theme file: the colour of each tone of text; "" is derived."""

    good: Word = ""
    bad: Word = ""
    warn: Word = ""
    dim: Word = ""
    accent: Word = ""
    strong: Word = ""
    running: Word = ""


class Cursor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """`[cursor]` of a theme file: the row keys go to, and (`away`) the chosen row of a list they do not go to."""

    background: Word = ""
    foreground: Word = ""
    style: Word = ""
    away: Word = ""
    away_foreground: Word = ""
    away_style: Word = ""


class Look(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A theme as its file says it. `rule` is the colour of the lines between panes. `variables` are textual's own.

    `ansi`: the terminal's own sixteen colours and nothing else.
    """

    name: Word
    dark: bool
    primary: Word
    secondary: Word
    accent: Word
    foreground: Word
    background: Word
    surface: Word
    panel: Word
    success: Word
    warning: Word
    error: Word
    about: Word = ""
    ansi: bool = False
    rule: Word = ""
    tones: Tones = Tones()
    cursor: Cursor = Cursor()
    variables: dict[str, Word] = {}

    def painted(self) -> dict[str, str]:
        """Return every variable of the theme: the tones, the cursor, `rule`, and textual's own in keeping."""
        return {**(_sixteen(self) if self.ansi else _derived(self)), **self.variables}

    def theme(self) -> Theme:
        """Return it as textual's."""
        from textual.theme import Theme  # here: who only checks themes does not read textual

        base = {name: getattr(self, name) for name in _BASE}
        return Theme(name=self.name, dark=self.dark, ansi=self.ansi, variables=self.painted(), **base)


class Problem(msgspec.Struct, frozen=True):
    """Why a theme file is not used: which field ("" the file as a whole), and what is wrong with it."""

    path: Path
    field: str
    reason: str

    def __str__(self) -> str:
        """Return it as one sentence."""
        where = f"{clean(str(self.path), limit=300)}: " + (f"{clean(self.field, limit=80)}: " if self.field else "")
        return where + clean(self.reason, limit=300)


class Themes(msgspec.Struct, frozen=True):
    """Every theme there is, by name in order, and why files are not used."""

    looks: dict[str, Look]
    problems: tuple[Problem, ...] = ()


def theme_files(name: str = "*") -> Iterator[Path]:
    """Return the files that may hold a theme of this name (every name), those that win first."""
    for root in (config_dir(), data_root()):
        try:
            yield from sorted((root / "themes").glob(f"{name}.toml"))
        except OSError:  # a folder that cannot be listed holds no themes; the packaged ones are still there
            continue


def find_theme(name: str) -> tuple[Look | None, tuple[Problem, ...]]:
    """Return the theme of a name, or None, and what is wrong with the files that were to hold it.

    Reads no other theme, so it is what the start uses.
    """
    problems: list[Problem] = []
    if not _NAME.match(name):
        return None, ()
    for path in theme_files(name):
        found = read_theme(path)
        if isinstance(found, Look):
            return found, tuple(problems)
        problems.append(found)
    return None, tuple(problems)


def load_themes() -> Themes:
    """Return every theme, the user's own before a packaged one of the same name, and what is wrong with files."""
    looks: dict[str, Look] = {}
    problems: list[Problem] = []
    for path in theme_files():
        if path.stem in looks:
            continue
        found = read_theme(path)
        if isinstance(found, Look):
            looks[found.name] = found
        else:
            problems.append(found)
    return Themes(dict(sorted(looks.items())), tuple(problems))


def choose_theme(wanted: str, colours: str) -> str:
    """Return the name of the theme to begin with: the `wanted` one, else one that the terminal can show.

    `colours` is what the terminal has: truecolor, 256, standard (sixteen) or "" for none that may be used. Where none
    may be used only the terminal's own will do: every other one would be painted in greys.
    """
    if not colours:
        return ANSI
    return wanted or (ANSI if colours == "standard" else DARK)


def first_theme(wanted: str, colours: str) -> tuple[Look, tuple[str, ...]]:
    """Return the theme to begin with and what is to be said about it; see `choose_theme`.

    A wanted one that is not there or cannot be used is said, and another one taken. Raises BadInput only where the
    installation has lost its own.
    """
    said: list[str] = []
    for name in dict.fromkeys((choose_theme(wanted, colours), choose_theme("", colours))):
        look, problems = find_theme(name)
        said += [str(one) for one in problems]
        if look is not None:
            return look, tuple(said)
        if not problems:
            there = ", ".join(sorted({path.stem for path in theme_files()}))
            said.append(f"there is no theme {clean(name, limit=60)!r}; there are {clean(there, limit=300)}")
    raise BadInput("the themes are missing from this installation", remedy="install reeltui again")


def read_theme(path: Path) -> Look | Problem:
    """Return the theme in a file, or why it is none."""
    try:
        if not path.is_file():
            return Problem(path, "", "it is no file")
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
        if len(data) > _MOST:
            return Problem(path, "", f"it is longer than {_MOST:,} bytes")
        table = tomllib.loads(data.decode())
        look = msgspec.convert(table, Look)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `$")
        return Problem(path, where.strip("`.").replace("[...]", ""), reason)
    except (OSError, ValueError, RecursionError) as error:  # no UTF-8 and no TOML are ValueErrors
        return Problem(path, "", getattr(error, "strerror", None) or str(error))
    wrong = next(_wrong(look, path.stem), None)
    return look if wrong is None else Problem(path, *wrong)


def _wrong(look: Look, stem: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the values of a theme: the field, and why."""
    if look.name != stem or not _NAME.match(look.name):
        yield "name", f"it is {look.name!r}; a theme is named like its file, in a-z, 0-9 and dashes"
    for name in _BASE:
        yield from _wrong_colour(name, getattr(look, name), look)
    for name in _TONES:
        yield from _wrong_colour(f"tones.{name}", getattr(look.tones, name) or look.primary, look)
    yield from _wrong_colour("rule", look.rule or look.primary, look)
    for name, value in msgspec.to_builtins(look.cursor).items():
        if value:
            yield from (_wrong_style if name.endswith("style") else _wrong_colour)(f"cursor.{name}", value, look)
    for name, value in look.variables.items():
        field = f"variables.{name}"
        if not _VARIABLE.match(name):
            yield field, "it is no name of a variable"
        elif name.endswith("-style"):
            yield from _wrong_style(field, value, look)
        elif value != "transparent":
            colour, _, share = value.partition(" ")
            if share and not re.fullmatch(r"\d{1,3}%", share):
                yield field, f"{value!r} is no colour with a share such as #ffaa00 40%"
            yield from _wrong_colour(field, colour, look)


def _wrong_colour(field: str, value: str, look: Look) -> Iterator[tuple[str, str]]:
    if look.ansi and value not in _ANSI:
        yield field, f"{value!r} is none of the terminal's colours, such as ansi_cyan or ansi_default"
    elif not look.ansi and not is_hex(value):
        also = "; ansi = true is for the terminal's own" if value in _ANSI else ""
        yield field, f"{value!r} is no colour such as #ffaa00{also}"


def _wrong_style(field: str, value: str, look: Look) -> Iterator[tuple[str, str]]:
    if not value.split() or not set(value.split()) <= _STYLES:
        yield field, f"{value!r} is no style; styles are {', '.join(sorted(_STYLES - {'not'}))}"


# --- what a theme does not say ----------------------------------------------------------------------------------


def _derived(look: Look) -> dict[str, str]:
    """Return the variables of a theme of colours; what is derived is legible on everything it may stand on."""
    cursor = look.cursor
    background = cursor.background or mix(look.panel, look.primary, 0.18)
    away = cursor.away or mix(look.surface, look.panel, 0.7)
    grounds = (look.background, look.surface, look.panel, background, away)

    def text(given: str, otherwise: str, ratio: float = 4.5) -> str:
        return given or legible(otherwise, grounds, ratio, dark=look.dark)

    tones = look.tones
    dim = text(tones.dim, mix(look.background, look.foreground, 0.5), 3.2)
    rule = look.rule or mix(look.background, look.foreground, 0.16)
    bar = mix(look.background, look.foreground, 0.22)
    named = {
        "tone-good": text(tones.good, look.success),
        "tone-bad": text(tones.bad, look.error),
        "tone-warn": text(tones.warn, look.warning),
        "tone-dim": dim,
        "tone-accent": text(tones.accent, look.accent),
        "tone-strong": text(tones.strong, look.foreground),
        "tone-running": text(tones.running, look.secondary),
        "rule": rule,
        "cursor-background": background,
        "cursor-foreground": text(cursor.foreground, look.foreground),
        "cursor-style": cursor.style or "none",
        "cursor-away": away,
        "cursor-away-foreground": text(cursor.away_foreground, look.foreground),
        "cursor-away-style": cursor.away_style or "none",
    }
    return {
        **named,
        **_lists(named),
        "block-hover-background": away,
        "border": look.primary,
        "border-blurred": rule,
        "text-muted": dim,
        "text-disabled": dim,
        "footer-background": look.panel,
        "footer-foreground": look.foreground,
        "footer-key-foreground": named["tone-accent"],
        "input-cursor-background": look.foreground,
        "input-cursor-foreground": look.background,
        "input-selection-background": background,
        "screen-selection-background": background,
        "scrollbar": bar,
        "scrollbar-hover": mix(look.background, look.foreground, 0.34),
        "scrollbar-active": look.primary,
        "scrollbar-background": look.background,
        "scrollbar-background-hover": look.background,
        "scrollbar-background-active": look.background,
        "scrollbar-corner-color": look.background,
    }


def _sixteen(look: Look) -> dict[str, str]:
    """Return the variables of a theme of the terminal's own colours.

    Nobody knows what these look like, so the cursor is the two that can surely be read, turned about.
    """
    cursor, tones = look.cursor, look.tones
    named = {
        "tone-good": tones.good or look.success,
        "tone-bad": tones.bad or look.error,
        "tone-warn": tones.warn or look.warning,
        "tone-dim": tones.dim or "ansi_bright_black",
        "tone-accent": tones.accent or look.accent,
        "tone-strong": tones.strong or look.foreground,
        "tone-running": tones.running or look.secondary,
        "rule": look.rule or "ansi_bright_black",
        "cursor-background": cursor.background or look.background,
        "cursor-foreground": cursor.foreground or look.foreground,
        "cursor-style": cursor.style or "reverse",
        "cursor-away": cursor.away or look.background,
        "cursor-away-foreground": cursor.away_foreground or look.foreground,
        "cursor-away-style": cursor.away_style or "underline",
    }
    return {
        **named,
        **_lists(named),
        # textual's generator leaves these out, or makes them transparent whatever the theme says
        "ansi-background": look.background,
        "ansi-foreground": look.foreground,
        "surface": look.surface,
        "panel": look.panel,
        "border": look.primary,
        "border-blurred": named["rule"],
        "footer-key-foreground": named["tone-accent"],
    }


def _lists(named: Mapping[str, str]) -> dict[str, str]:
    """Return the cursor of textual's own lists, so that it looks like ours."""
    return {
        "block-cursor-background": named["cursor-background"],
        "block-cursor-foreground": named["cursor-foreground"],
        "block-cursor-text-style": named["cursor-style"],
        "block-cursor-blurred-background": named["cursor-away"],
        "block-cursor-blurred-foreground": named["cursor-away-foreground"],
        "block-cursor-blurred-text-style": named["cursor-away-style"],
    }
