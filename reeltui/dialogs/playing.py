"""A clip, played as large as the terminal is, until any key."""

from __future__ import annotations

import os
from pathlib import Path

from textual import on
from textual.app import ComposeResult

from reeltui.painting import Dialog
from reeltui.pictures.cells import PictureRef
from reeltui.pictures.frames import frame_rate
from reeltui.pictures.thumbnails import Thumbnails
from reeltui.widgets.player import Player


class Playing(Dialog[str]):
    """Plays a clip once, then goes; gives why it could not be played ("" where it could)."""

    CSS_PATH = "dialogs.tcss"

    def __init__(self, thumbnails: Thumbnails, still: PictureRef | None, clip: Path, *, keys: tuple[str, ...]) -> None:
        """`keys` are those that asked for it: they stop it and do not start it again."""
        super().__init__()
        self._player = Player(thumbnails, fps=frame_rate(os.environ), play_keys=keys)
        self._still = still
        self._clip = clip

    def compose(self) -> ComposeResult:
        """Nothing but the clip."""
        yield self._player

    def on_mount(self) -> None:
        """Begin as soon as there is room."""
        self._player.show(self._still)
        self._player.load(self._clip)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if not self._player.play():
            self.dismiss("there is no room for it, or pictures are off")

    @on(Player.Stopped)
    def _over(self, event: Player.Stopped) -> None:
        self.dismiss(event.reason)
