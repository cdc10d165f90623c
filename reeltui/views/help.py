"""Help as lines: every action of a room with the keys that really do it, made from the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from rich.cells import cell_len

from reeltui.actions import ANYWHERE, Action, actions_of, keys_of
from reeltui.lines import Line, Span, Tone, fit, line, span, wrap
from reeltui.widgets.keys import shown

_KEYS = 16
_TITLE = 16
# Less room than this (cells) for a sentence, and it goes below its title.
_ABOUT = 30


class Entry(msgspec.Struct, frozen=True):
    """One thing that can be done: the keys as people write them, its title, a sentence, and whether it can be done at
    this moment."""

    keys: tuple[str, ...]
    title: str
    about: str = ""
    possible: bool = True


class Section(msgspec.Struct, frozen=True):
    """Entries under a heading."""

    title: str
    entries: tuple[Entry, ...]


def sections_of(
    room: str,
    keymap: Mapping[str, str],
    possible: Callable[[Action], bool],
    listed: Sequence[tuple[str, str]] = (),
) -> tuple[Section, ...]:
    """Return everything that can be done in a room: its own groups, the keys of the list that has the focus, then what
    works everywhere.

    `possible` tells whether an action can be done now; `listed` are that list's keys (textual's names, comma separated)
    with what each does.
    """
    groups: dict[str, list[Entry]] = {}
    everywhere: list[Entry] = []
    for action in actions_of(room):
        keys = tuple(shown(key) for key in keys_of(action, keymap))
        entry = Entry(keys, action.title.rstrip("…"), action.about, possible(action))
        if ANYWHERE in action.rooms:
            everywhere.append(entry)
        else:
            groups.setdefault(action.group, []).append(entry)
    found = [Section(title, tuple(entries)) for title, entries in groups.items()]
    if listed:
        moves = (Entry(tuple(shown(key) for key in keys.split(",")), about) for keys, about in listed)
        found.append(Section("Moving about", tuple(moves)))
    return (*found, Section("Everywhere", tuple(everywhere)))


def filtered(sections: Iterable[Section], words: str) -> tuple[Section, ...]:
    """Return what has all the words in its keys, title, sentence or heading."""
    wanted = words.casefold().split()
    found = []
    for section in sections:
        entries = tuple(entry for entry in section.entries if all(word in _text(section, entry) for word in wanted))
        if entries:
            found.append(Section(section.title, entries))
    return tuple(found)


def _text(section: Section, entry: Entry) -> str:
    return " ".join((section.title, *entry.keys, entry.title, entry.about)).casefold()


def help_rows(sections: Sequence[Section], width: int) -> list[Line]:
    """Return help as lines of a width; what is not possible now says so."""
    rows: list[Line] = []
    for section in sections:
        rows += [()] if rows else []
        rows.append(line(span(section.title, Tone.ACCENT)))
        for entry in section.entries:
            rows += _entry(entry, width)
    return rows or [line(span("Nothing here has these words.", Tone.DIM))]


def _entry(entry: Entry, width: int) -> list[Line]:
    tone = Tone.STRONG if entry.possible else Tone.DIM
    keys = fit(_keys(entry.keys), _KEYS)
    about = entry.about + ("" if entry.possible else " (not now)")
    room = width - _KEYS - _TITLE - 3
    if not entry.about:
        return [line(" ", keys, " ", span(entry.title, tone))]
    if room >= _ABOUT:
        words = wrap(about, room, Tone.PLAIN if entry.possible else Tone.DIM)
        first = line(" ", keys, " ", fit(line(span(entry.title, tone)), _TITLE), " ", words[0])
        return [first, *(line(" " * (width - room), row) for row in words[1:])]
    first = line(" ", keys, " ", span(entry.title, tone))
    return [first, *(line(" " * 4, row) for row in wrap(about, max(1, width - 4), Tone.DIM))]


def _keys(keys: Sequence[str]) -> Line:
    """Return as many keys as fit: the first of them always."""
    pieces: list[Span] = []
    left = _KEYS
    for key in keys:
        if pieces and cell_len(key) + 1 > left:
            break
        pieces.append(Span(f"{key} ", Tone.ACCENT))
        left -= cell_len(key) + 1
    return line(pieces) if pieces else line(span("no key", Tone.DIM))
