"""The doctor: checks of this machine as they are found, each with its remedy."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message

from reeltui.app import bindings
from reeltui.doctor.check import Check
from reeltui.lines import Line
from reeltui.screens.base import DeskScreen
from reeltui.views.doctor import DoctorView, begun, check_row, closer, ended, found, title
from reeltui.widgets.keys import Keys
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Sheet


class DoctorScreen(DeskScreen):
    """What was found about this machine. It watches no files: `r` looks again."""

    ROOM = "doctor"
    CSS_PATH = "doctor.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("doctor")

    class Found(Message):
        """A check was made (None: all were) in the round of that number."""

        bubble = False

        def __init__(self, round: int, check: Check | None) -> None:
            super().__init__()
            self.round = round
            self.check = check

    def __init__(self, library: Path) -> None:
        super().__init__()
        self.library = library
        self.view = DoctorView(str(library), over=True)
        self._round = 0

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Sheet(self._title_lines, classes="title")
        with Container(id="body"):
            yield Rows(self._row, id="checks")
            yield Sheet(self._closer, id="closer")
        yield Keys()

    def on_mount(self) -> None:
        """The list has the keys; Tab gives them to the remedy, to scroll it. The checks begin."""
        self.query_one("#closer", Sheet).can_focus = True
        self.query_one("#checks", Rows).focus()
        self.action_again()

    # --- checking ----------------------------------------------------------------------------------------------

    def action_again(self) -> None:
        """Check everything (again). What was found before stays until it is found otherwise."""
        if not self.view.over:
            return
        self._round += 1
        self._show(begun(self.view))
        # A thread of our own: a driver or a disk that hangs must not hold the exit.
        args = self.library, self._round
        threading.Thread(target=self._diagnose, args=args, name="desk-doctor", daemon=True).start()

    def _diagnose(self, library: Path, round: int) -> None:
        # Here: the checks bring much with them that the screen can be shown without.
        from reeltui.doctor.diagnose import diagnose

        for check in diagnose(library):
            if not self.is_attached:
                return
            self.post_message(self.Found(round, check))
        self.post_message(self.Found(round, None))

    def on_doctor_screen_found(self, message: Found) -> None:
        """Show one more check."""
        message.stop()
        if message.round == self._round:
            self._show(ended(self.view) if message.check is None else found(self.view, message.check))

    def files_changed(self, paths: frozenset[Path]) -> None:
        """Nothing is watched here: this is somebody who asks to read everything again."""
        if not paths:
            self.action_again()

    # --- drawing -----------------------------------------------------------------------------------------------

    def _show(self, view: DoctorView) -> None:
        before, self.view = self.view, view
        known = {seen.key: seen.check for seen in before.checks}
        changed = [seen.key for seen in view.checks if known.get(seen.key) != seen.check]
        self.show_title(*title(view))
        self.query_one("#checks", Rows).show([seen.key for seen in view.checks], changed=changed)
        self._draw_closer()

    def _draw_closer(self) -> None:
        self.query_one("#closer", Sheet).show(self._closer)
        self.show_keys()

    def _row(self, key: str, width: int) -> list[Line]:
        return [check_row(self.view, key, width)]

    def _closer(self, width: int) -> list[Line]:
        return list(closer(self.check, self.key, width))

    @property
    def check(self) -> Check | None:
        """The check under the cursor."""
        return self.view.check(self.query_one("#checks", Rows).cursor) if self.is_mounted else None

    @on(Rows.Highlighted, "#checks")
    def _moved(self) -> None:
        self._draw_closer()

    # --- actions -----------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what is not possible now."""
        if action == "again":
            return self.view.over
        if action == "copy":
            return self.check is not None and self.check.remedy != ""
        return True

    def action_copy(self) -> None:
        """Copy the remedy."""
        if self.check is not None and self.check.remedy:
            self.desk.copy(self.check.remedy, "the remedy")
