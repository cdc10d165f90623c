"""The desk: the Textual app. It holds what all screens share and no truth; every screen renders what it reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from reeltui.actions import ACTIONS, ANYWHERE, Action
from reeltui.feed import Feed
from reeltui.pictures.protocol import CELLS, Way

if TYPE_CHECKING:
    from reeltui.pictures.thumbnails import Thumbnails

# What a theme that says nothing of tones gets.
_TONES = {
    "tone-dim": "#8a8799",
    "tone-accent": "#ffc857",
    "tone-good": "#7ddf8a",
    "tone-bad": "#ff6b6b",
    "tone-warn": "#ffb454",
    "tone-running": "#4fd6e0",
    "cursor-background": "#3a3350",
    "cursor-away": "#262236",
}


def bindings(room: str) -> list[BindingType]:
    """Return the bindings of one room (or of what works everywhere) from the registry."""
    return [
        Binding(one.keys, one.action, one.title, show=False, id=one.name, tooltip=one.about)
        for one in ACTIONS
        if room in one.rooms
    ]


class Desk(App[None]):
    """The production desk over one library."""

    TITLE = "reeltui"
    CSS_PATH = ["app.tcss", "screens/library.tcss"]  # noqa: RUF012 - a default screen does not load its own
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = bindings(ANYWHERE)

    class Changed(Message):
        """Files of the screen that is shown changed; an empty set: anything may have."""

        bubble = False

        def __init__(self, paths: frozenset[Path]) -> None:
            super().__init__()
            self.paths = paths

    def __init__(
        self,
        library: Path,
        *,
        reel: Path | None = None,
        keymap: Mapping[str, str] | None = None,
        way: Way = CELLS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`reel`: open this one at once. `keymap`: the user's keys by action. `way`: how pictures are shown.
        `clock` gives epoch seconds."""
        super().__init__()
        self.library = library
        self.clock = clock
        self.keys: Mapping[str, str] = keymap or {}
        self._first = reel
        self._way = way
        self._thumbnails: Thumbnails | None = None
        self.feed = Feed(self._files_changed)

    @property
    def thumbnails(self) -> Thumbnails:
        """Who draws pictures, for every screen."""
        if self._thumbnails is None:
            from reeltui.pictures.thumbnails import Thumbnails

            self._thumbnails = Thumbnails(way=self._way)
        return self._thumbnails

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the tones of a theme that names none."""
        return dict(_TONES)

    def get_default_screen(self) -> Screen[None]:
        """Return the library."""
        from reeltui.screens.library import LibraryScreen

        return LibraryScreen(self.library)

    def on_mount(self) -> None:
        """Take the user's keys up, open what was asked for."""
        if self.keys:
            self.set_keymap({name: words or "unbound" for name, words in self.keys.items()})
        if self._first is not None:
            self.open_reel(self._first)

    def _files_changed(self, paths: frozenset[Path]) -> None:
        self.post_message(self.Changed(paths))

    def on_desk_changed(self, message: Changed) -> None:
        """Let the screens look again; those below the top one do it when they are seen."""
        from reeltui.screens.base import DeskScreen

        for screen in reversed(self.screen_stack):
            if isinstance(screen, DeskScreen):
                screen.files_changed(message.paths)
                break

    async def on_event(self, event: events.Event) -> None:
        """Close what has threads as soon as the app ends: they must not hold the exit."""
        if isinstance(event, events.Unmount):
            self.feed.close()
            if self._thumbnails is not None:
                self._thumbnails.close()
        await super().on_event(event)

    # --- going about -------------------------------------------------------------------------------------------

    def open_reel(self, root: Path) -> None:
        """Show a reel."""
        from reeltui.screens.reel import ReelScreen

        self.push_screen(ReelScreen(root))

    def action_show_queue(self) -> None:
        """Show the queue and the workers."""
        from reeltui.screens.queue import QueueScreen

        if not isinstance(self.screen, QueueScreen):
            self.push_screen(QueueScreen(self.library))

    async def action_back(self) -> None:
        """Go back to the screen before."""
        if len(self.screen_stack) > 1:
            self.pop_screen()

    def action_leave(self) -> None:
        """Go back to the screen before; leave from the first."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        else:
            self.exit()

    def action_refresh(self) -> None:
        """Read everything on the screen again."""
        self.post_message(self.Changed(frozenset()))

    def copy(self, text: str, what: str) -> None:
        """Copy a text to the clipboard of the terminal, over SSH as well."""
        self.copy_to_clipboard(text)
        self.notify(f"copied {what}", markup=False)

    # --- the registry ------------------------------------------------------------------------------------------

    def run_named(self, action: Action) -> None:
        """Do an action by its place in the registry, as its key would."""
        where = "app" if ANYWHERE in action.rooms else "screen"
        self.call_later(
            self.run_action, f"{where}.{action.action}" if "(" in action.action else f"{where}.{action.action}()"
        )


def run_desk(library: Path, *, reel: Path | None = None) -> None:
    """Open the desk and return when it is closed."""
    Desk(library, reel=reel).run()
