"""Checks as lines of text: grouped, aligned, as wide as the terminal; the mark is a word, and never colour alone."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from reeltui.doctor.check import Check, Diagnosis, Group, State

MARKS = {State.OK: "ok", State.WARN: "WARN", State.BAD: "BAD", State.UNKNOWN: "?"}
_TITLES = {
    Group.INSTALLATION: "Installation",
    Group.MEDIA: "Pictures and sound",
    Group.SETTINGS: "Settings",
    Group.DEVICES: "Devices and memory",
    Group.MODELS: "Models",
    Group.DISK: "Disk",
    Group.WORKER: "Worker",
    Group.TERMINAL: "Terminal",
}
_MARK, _NAME = 4, 18
_INDENT = "  " + " " * (_MARK + 2 + _NAME + 2)
# Where less than this is left beside the name, words go below it.
_NARROW = 30


def heading(group: Group) -> str:
    """Return a group's title."""
    return _TITLES[group]


def check_lines(check: Check, width: int) -> Iterator[str]:
    """Yield a check as lines of at most `width` characters where its words allow, its remedy indented below."""
    start = f"  {MARKS[check.state]:<{_MARK}}  {check.name}"
    indent = _INDENT if width - len(_INDENT) >= _NARROW else " " * (_MARK + 4)
    room = max(20, width - len(indent))
    words = _wrapped(check.found, room)
    if len(check.name) <= _NAME and indent is _INDENT:
        yield f"{start:<{len(_INDENT)}}{words[0]}".rstrip()
        words = words[1:]
    else:
        yield start
    yield from (f"{indent}{line}" for line in words)
    if check.remedy:
        yield from (f"{indent}{lead}{line}" for lead, line in _led(check.remedy, room))


def _led(remedy: str, room: int) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(_wrapped(remedy, room - 3)):
        yield ("   " if number else "-> "), line


def _wrapped(text: str, room: int) -> list[str]:
    """Wrap at blanks only: a path or a command that is longer than a line stays whole, to be copied."""
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]


def summary(diagnosis: Diagnosis) -> str:
    """Return the last line: how many checks stand how."""
    counts = diagnosis.counts
    told = [f"{counts[state]} {word}" for state, word in _WORDS.items() if counts[state]]
    return f"{len(diagnosis.checks)} checks: {', '.join(told)}"


_WORDS = {
    State.OK: "ok",
    State.WARN: "worth doing something about (WARN)",
    State.BAD: "that keep reels from being made (BAD)",
    State.UNKNOWN: "not known (?)",
}
