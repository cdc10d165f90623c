"""One reel: its phases, its shots, what is going on."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from reeltui.app import bindings
from reeltui.screens.base import DeskScreen
from reeltui.widgets.keys import Keys
from reeltui.widgets.sheet import Sheet


class ReelScreen(DeskScreen):
    """One reel."""

    ROOM = "reel"
    BINDINGS: ClassVar[list[BindingType]] = bindings("reel")

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Sheet(self._title_lines, classes="title")
        yield Keys()
