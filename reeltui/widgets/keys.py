"""The last line of every screen: the keys that work here, from the registry of actions, each clickable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reeltui.actions import Action, keys_of
from reeltui.lines import Line, Span, Tone, line, span, width_of
from reeltui.widgets.sheet import Sheet

_SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
}


def shown(key: str) -> str:
    """Return a key as people write it."""
    if key in _SHOWN:
        return _SHOWN[key]
    if key.startswith("ctrl+"):
        return f"^{shown(key[5:])}"
    if key.startswith("shift+"):
        return f"Shift+{shown(key[6:])}"
    return key.upper() if key[:1] == "f" and key[1:].isdigit() else key


def keys_line(actions: Sequence[Action], keymap: Mapping[str, str], width: int) -> Line:
    """Return as many actions as fit, by rank; each is a key, its title, and a click on either does it."""
    ranked = sorted((one for one in actions if one.footer), key=lambda one: one.footer)
    found: dict[str, Line] = {}
    room = width - 1
    # What works everywhere keeps its place at the end; of a room's own, the first ones stay, and
    # those from 60 on have what is left.
    for one in sorted(ranked, key=lambda one: (60 <= one.footer < 90, one.footer >= 90, one.footer)):
        keys = keys_of(one, keymap)
        if not keys:
            continue
        words = line(
            Span(f" {shown(keys[0])} ", Tone.ACCENT, act=_call(one)), span(one.title.rstrip("…"), Tone.DIM), Span(" ")
        )
        words = tuple(Span(part.text, part.tone, act=_call(one)) for part in words)
        if width_of(words) > room:
            continue
        room -= width_of(words)
        found[one.name] = words
    return line(*(found[one.name] for one in ranked if one.name in found))


def _call(action: Action) -> str:
    """Return the textual action for a click; a screen's own runs on the screen, the desk's on the app."""
    where = "app" if action.name.startswith("desk.") else "screen"
    call = action.action
    return f"{where}.{call}" if "(" in call else f"{where}.{call}()"


class Keys(Sheet):
    """The footer."""

    DEFAULT_CSS = """
    Keys { dock: bottom; height: 1; background: $panel; overflow: hidden hidden; scrollbar-gutter: auto; }
    """

    def show_keys(self, actions: Sequence[Action], keymap: Mapping[str, str]) -> None:
        """Show the keys of these actions."""
        self.show(lambda width: [keys_line(actions, keymap, width)])
