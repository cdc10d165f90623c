"""The form of a new reel: one sentence, and everything that may be chosen, each with what it means and takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, TextArea

from core.film.errors import BadInput
from core.film.settings import MAX_SENTENCE
from core.film.text import clean
from reeltui.acts.new import Wanted
from reeltui.dialogs.asking import Asking, keys_line
from reeltui.drafts import Draft
from reeltui.lines import Line, Tone, ends, line, span, wrap
from reeltui.views.new_reel import FIELDS, Form, Outlook, field_row, form_of, look_ahead, outlook_rows, turned
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Sheet
from reeltui.widgets.typed import Typed

# Fewer lines than this (the whole screen) leave no room for empty ones.
_LOW = 26


class _Sentence(TextArea):
    """The sentence, on as many lines as it needs; Enter is for the form."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            assert isinstance(self.screen, NewReel), "a part of the form"
            self.screen.action_give()
        elif event.key == "down" and self.cursor_at_last_line:
            event.stop()
            event.prevent_default()
            self.screen.focus_next()

    async def _on_paste(self, event: events.Paste) -> None:
        await super()._on_paste(events.Paste(clean(event.text)))
        event.stop()
        event.prevent_default()


class _Fields(Rows):
    """The fields; left and right change the one under the cursor, up and down go on to what is above and below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(-1)", "Value before", show=False),
        Binding("right,l,space", "turn(1)", "Next value", show=False),
    ]

    def action_turn(self, by: int) -> None:
        """Change the value under the cursor."""
        assert isinstance(self.screen, NewReel), "a part of the form"
        if self.cursor:
            self.screen.action_turn(self.cursor, by)

    def action_move(self, by: int) -> None:
        """Move the cursor, or leave the fields at their ends."""
        at = self.cursor
        super().action_move(by)
        if at == self.cursor:
            if by > 0:
                self.screen.focus_next()
            else:
                self.screen.focus_previous()


class _Name(Typed):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("up", "before", "Up", show=False)]

    def action_before(self) -> None:
        """Go back to the fields."""
        self.screen.focus_previous()


class NewReel(Asking[Wanted | None]):
    """Gives what is asked for, or None where a person left. The sentence outlives both, as a draft."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("ctrl+s", "give", "Make it"),
        Binding("enter", "give", "Make it"),
    ]

    def __init__(self, library: Path, *, wanted: Wanted | None = None, problem: str = "") -> None:
        """`wanted` fills the form in; `problem` says why that could not be made a moment ago."""
        super().__init__()
        self._library = library
        self._draft = draft_of(library)
        self._form = form_of(wanted) if wanted is not None else Form(clean(self._draft.read() or ""))
        self._outlook: Outlook | None = None
        self._problem = problem
        self._tried = False

    def compose(self) -> ComposeResult:
        """Lay the form out."""
        with Vertical(classes="dialog wide"):
            yield Sheet(self._head, id="head")
            area = _Sentence(
                self._form.sentence, soft_wrap=True, compact=True, id="sentence", placeholder="A boat rows out at dawn…"
            )
            area.cursor_blink = False
            yield area
            yield Sheet(self._about_sentence, id="about-sentence")
            yield _Fields(self._row, id="fields")
            with Horizontal(classes="field"):
                yield Sheet(lambda width: [line(span(" Name", Tone.DIM))], classes="label")
                yield _Name(self._form.name, placeholder="from the sentence", max_length=100, id="name", classes="line")
            yield Sheet(self._about_name, id="about-name")
            yield Sheet(lambda width: outlook_rows(self._outlook, width), id="outlook")
            yield Sheet(self._foot, id="foot")

    def on_mount(self) -> None:
        """The sentence comes first."""
        self.query_one(_Fields).show(FIELDS)
        area = self.query_one(_Sentence)
        area.move_cursor(area.document.end)
        area.focus()
        self.answer_changed(at_once=True)

    # --- drawing -----------------------------------------------------------------------------------------------

    def _head(self, width: int) -> Sequence[Line]:
        left = line(span("New reel", Tone.STRONG), span("  What do you want to see? One sentence.", Tone.DIM))
        return [left] if self.size.height < _LOW else [left, ()]

    def _row(self, key: str, width: int) -> list[Line]:
        return [field_row(self._form, key, self._outlook, width)]

    def _wrong(self, field: str) -> str:
        return self._outlook.wrong.get(field, "") if self._outlook else ""

    def _about_sentence(self, width: int) -> Sequence[Line]:
        wrong = self._wrong("sentence")
        # An empty form is not wrong yet.
        if wrong and (self._form.sentence.strip() or self._tried):
            return [line(span(f" ! {wrong}", Tone.BAD))]
        count = len(self._form.sentence)
        return [ends((), line(span(f"{count:,} of {MAX_SENTENCE:,}" if count > MAX_SENTENCE // 2 else "")), width)]

    def _about_name(self, width: int) -> Sequence[Line]:
        wrong = self._wrong("name") or self._problem
        # A reason may begin with a long path: what it is comes after that, and what to do last.
        return [line(" ", row) for row in wrap(f"! {wrong}", width - 1, Tone.BAD, most=4)] if wrong else [()]

    def _foot(self, width: int) -> Sequence[Line]:
        keys = keys_line(
            ("Enter", "make it", "screen.give()"),
            ("Tab ↑ ↓", "go about", "app.focus_next()"),
            ("← →", "change", ""),
            ("Esc", "leave", "screen.leave()"),
        )
        return [keys] if self.size.height < _LOW else [(), keys]

    # --- filling it in -----------------------------------------------------------------------------------------

    def _changed(self, **changes: str) -> None:
        self._form = msgspec.structs.replace(self._form, **changes)
        self._problem = ""
        self.answer_changed()

    @on(TextArea.Changed)
    def _sentence_typed(self, message: TextArea.Changed) -> None:
        if message.text_area.text != self._form.sentence:
            self._changed(sentence=message.text_area.text)

    @on(Input.Changed)
    def _name_typed(self, message: Input.Changed) -> None:
        if message.value != self._form.name:
            self._changed(name=message.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_give()

    def action_turn(self, field: str, by: int) -> None:
        """Change a field's value."""
        self._form = turned(self._form, field, by)
        fields = self.query_one(_Fields)
        fields.show(fields.keys)
        self.answer_changed()

    # --- what it would take ------------------------------------------------------------------------------------

    def looker(self) -> Callable[[], object]:
        """Work out what the form means, and keep the sentence."""
        library, form, draft = self._library, self._form, self._draft

        def look() -> Outlook:
            if form.sentence.strip():
                draft.keep(form.sentence)
            return look_ahead(library, form)

        return look

    def is_good(self, result: object) -> bool:
        """Nothing may be wrong."""
        return isinstance(result, Outlook) and not result.wrong

    def follows(self, result: object, error: Exception | None) -> None:
        """Show what the form means."""
        if isinstance(result, Outlook):
            self._outlook = result
            self.query_one("#name", Typed).placeholder = result.folder or "from the sentence"
        elif error is not None:
            self._outlook, self._problem = None, str(error)
        fields = self.query_one(_Fields)
        fields.show(fields.keys)
        self._draw()

    def _draw(self) -> None:
        self.show_rows("about-sentence", self._about_sentence)
        self.show_rows("about-name", self._about_name)
        self.show_rows("outlook", lambda width: outlook_rows(self._outlook, width))

    def refused(self) -> None:
        """Show what is wrong, and go there."""
        self._tried = True
        self._draw()
        wrong = self._outlook.wrong if self._outlook else {}
        if "sentence" in wrong:
            self.query_one(_Sentence).focus()
        elif "name" in wrong:
            self.query_one(_Name).focus()
        elif field := next((one for one in FIELDS if one in wrong), ""):
            fields = self.query_one(_Fields)
            fields.focus()
            fields.go_to(field)

    def give(self) -> None:
        """Give what is asked for."""
        try:
            wanted = self._form.wanted()
        except BadInput as error:
            self._problem = f"{error}"
            self._draw()
            return
        self.dismiss(wanted)


def draft_of(library: Path) -> Draft:
    """Return where the sentence of a reel that is not made yet is kept."""
    return Draft("new reel", str(library))
