"""Chooses the colours: each theme is put on while the cursor is on it, so that it is seen on what was on the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from reeltui.dialogs.asking import keys_line
from reeltui.lines import Line, Tone, fit, line, span, wrap
from reeltui.painting import Dialog
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Sheet


class ThemeChoice(Dialog[str | None]):
    """Gives the name of the theme that is on, or None where the one before was put on again."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "keep", "Keep"),
        Binding("escape,q", "leave", "Back"),
    ]

    def __init__(self, themes: Mapping[str, str], problems: Sequence[str] = ()) -> None:
        """`themes`: names of themes the app has registered, each with a few words about it; `problems` are sentences
        about theme files that are not used."""
        super().__init__()
        self._themes = dict(themes)
        self._problems = tuple(problems)
        self._before = ""

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with Vertical(classes="dialog"):
            yield Sheet(lambda width: [line(span("Theme", Tone.STRONG)), ()])
            yield Rows(self._row, id="themes")
            yield Sheet(self._swatch, id="swatch")
            yield Sheet(self._foot)

    def on_mount(self) -> None:
        """The cursor is on the theme that is on."""
        self._before = self.app.theme
        # Where none of them is on (the first start), there is a way back to what is.
        self._themes.setdefault(self._before, "as it is now")
        rows = self.query_one(Rows)
        rows.styles.height = max(1, len(self._themes))
        rows.show(list(self._themes), cursor=self._before)
        rows.focus()

    def _row(self, key: str, width: int) -> list[Line]:
        mark = span(" ● " if key == self._before else "   ", Tone.ACCENT)
        name = fit(line(span(key, Tone.STRONG)), 16)
        return [line(mark, name, span(self._themes[key], Tone.DIM))]

    def _swatch(self, width: int) -> Sequence[Line]:
        """Every tone by its name, as the theme paints it."""
        tones = (Tone.GOOD, Tone.WARN, Tone.BAD, Tone.RUNNING, Tone.ACCENT, Tone.DIM)
        words = line(*(piece for tone in tones for piece in (span(tone.value, tone), span("  "))))
        problems = [row for problem in self._problems for row in wrap(f"! {problem}", width, Tone.WARN, most=3)]
        return [(), line("   ", words), *([(), *problems] if problems else [])]

    def _foot(self, width: int) -> Sequence[Line]:
        return (), keys_line(("Enter", "keep it", "screen.keep()"), ("Esc", "as it was", "screen.leave()"))

    @on(Rows.Highlighted)
    def _moved(self, message: Rows.Highlighted) -> None:
        if message.key:
            self.app.theme = message.key

    @on(Rows.Chosen)
    def _picked(self) -> None:
        self.action_keep()

    def action_keep(self) -> None:
        """Keep the theme that is on."""
        self.dismiss(self.app.theme)

    def action_leave(self) -> None:
        """Put the theme on again that was on before."""
        self.app.theme = self._before
        self.dismiss(None)
