"""The desk: the Textual app. It holds what all screens share and no truth; every screen renders what it reads."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.filter import ANSIToTruecolor, LineFilter
from textual.message import Message
from textual.screen import Screen

from core.film.errors import BadInput
from core.film.text import clean
from core.folder.layout import REEL_FILE
from reeltui.actions import ACTIONS, ANYWHERE, Action, keys_of
from reeltui.ahead import REST, read_ahead
from reeltui.feed import Feed
from reeltui.painting import make_strips_light
from reeltui.pictures.protocol import CELLS, Way
from reeltui.remembered import Remembered
from reeltui.signals import heed_signals
from reeltui.sparing import SHOWN, send_sparingly
from reeltui.themes import Look, first_theme
from reeltui.tidy import Tidy

if TYPE_CHECKING:
    from textual_image.widget._base import Image as RichPicture

    from reeltui.pictures.thumbnails import Thumbnails
    from reeltui.screens.base import DeskScreen
    from reeltui.themes import Themes


# How long (seconds) the first paint waits for something to show.
HELD = 0.25


def bindings(room: str) -> list[BindingType]:
    """Return the bindings of one room (or of what works everywhere) from the registry."""
    return [
        Binding(one.keys, one.action, one.title, show=False, id=one.name, tooltip=one.about)
        for one in ACTIONS
        if room in one.rooms
    ]


_ROOMS = ("library", "reel", "shot", "plan", "queue", "doctor")


class Desk(App[None]):
    """The production desk over one library."""

    TITLE = "reeltui"
    # All at once: for one that comes with its screen, textual would style every screen below anew. And a default screen
    # does not load its own.
    CSS_PATH: ClassVar = ["app.tcss", "dialogs/dialogs.tcss", *(f"screens/{room}.tcss" for room in _ROOMS)]
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
        look: Look | None = None,
        way: Way = CELLS,
        rich: type[RichPicture] | None = None,
        memory: Remembered | None = None,
        said: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`reel`: open this one at once. `keymap`: the user's keys by action. `look`: the theme to begin with.

        `way`: how pictures are shown, `rich` by which widget where that is more than cells. `memory`: what was
        remembered of other sessions. `said` is told at the start: what is wrong with the user's settings. `clock` gives
        epoch seconds.
        """
        send_sparingly()
        make_strips_light()
        self._look = look or first_theme("", "truecolor")[0]  # before all else: textual asks for it at once
        super().__init__()
        self.library = library
        self.clock = clock
        self.keys: Mapping[str, str] = keymap or {}
        self._first = reel
        self._way = way
        self.rich = rich
        self._thumbnails: Thumbnails | None = None
        self._said = tuple(said)
        self.memory = memory or Remembered(clock=clock)
        self.register_theme(self._look.theme())
        self.theme = self._look.name
        self.feed = Feed(self._files_changed)
        self.near = Feed(self._files_changed, near=True)  # what is under the cursor: it changes with every key
        self.held = False
        self.tidy = Tidy(self)
        self._parsed_for: Mapping[str, str] = {}

    @property
    def thumbnails(self) -> Thumbnails:
        """Who draws pictures, for every screen."""
        if self._thumbnails is None:
            from reeltui.pictures.thumbnails import Thumbnails

            self._thumbnails = Thumbnails(way=self._way)
        return self._thumbnails

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what every line goes through. Nothing here names a terminal's own colours where they are not wanted,
        so none has to be looked for."""
        return [one for one in super().get_line_filters() if not isinstance(one, ANSIToTruecolor)]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the tones of a theme that names none."""
        return self._painted

    @cached_property
    def _painted(self) -> dict[str, str]:
        return self._look.painted()

    def get_default_screen(self) -> Screen[None]:
        """Return the library."""
        from reeltui.screens.library import LibraryScreen

        return LibraryScreen(self.library)

    def on_mount(self) -> None:
        """Take the user's keys up, open what was asked for."""
        if self.keys:
            self.set_keymap({name: words or "unbound" for name, words in self.keys.items()})
        for words in self._said:
            self.notify(words, severity="warning", markup=False, timeout=15)
        if not self.is_headless:
            heed_signals(self)
            self.held = True
            self.set_timer(HELD, self.paint)
            self.set_timer(REST, read_ahead)
        if self._first is not None:
            self.open_reel(self._first)
        else:
            self._go_back()

    def paint(self) -> None:
        """Begin to paint. Until the first look is there, or takes too long, there are but empty frames."""
        if self.held:
            self.held = False
            self.screen.refresh()
            if self.room is not None:
                self.room.call_after_refresh(self.room.watch_files)  # it was put off until now

    @property
    def room(self) -> DeskScreen | None:
        """The screen that is shown, below any dialog; None before the first."""
        from reeltui.screens.base import DeskScreen

        return next((screen for screen in reversed(self.screen_stack) if isinstance(screen, DeskScreen)), None)

    def refresh_css(self, animate: bool = True) -> None:
        """Read the style sheets again for another theme; textual asks for it at the start, for the one it has read."""
        wanted = self.get_css_variables()
        if wanted == self._parsed_for:
            return
        again, self._parsed_for = bool(self._parsed_for), wanted
        if again:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(wanted)

    def _go_back(self) -> None:
        """Go where the person was in this library when the desk was left; a lost connection leaves it as well."""
        place = self.memory.last
        root = Path(place.reel)
        if place.library != str(self.library) or place.room not in ("reel", "shot", "plan"):
            return
        if not (place.reel and (root / REEL_FILE).is_file()):
            return
        self.open_reel(root)
        if place.room == "shot" and place.shot is not None:
            from reeltui.screens.shot import ShotScreen

            self.push_screen(ShotScreen(root, place.shot))

    def _files_changed(self, paths: frozenset[Path]) -> None:
        self.post_message(self.Changed(paths))

    def on_desk_changed(self, message: Changed) -> None:
        """Let the screen look again; those below it do it when they are seen."""
        if self.room is not None:
            self.room.files_changed(message.paths)

    async def on_event(self, event: events.Event) -> None:
        """Keep when somebody typed. Close what has threads as soon as the app ends: they must not hold the exit."""
        if isinstance(event, events.Key):
            self.tidy.typed()
        elif isinstance(event, events.Resize):
            SHOWN.forget()
        if isinstance(event, events.Unmount):
            self.feed.close()
            self.near.close()
            if self._thumbnails is not None:
                self._thumbnails.close()
            self.memory.save()
        await super().on_event(event)

    # --- going about -------------------------------------------------------------------------------------------

    def open_reel(self, root: Path) -> None:
        """Show a reel."""
        from reeltui.screens.reel import ReelScreen

        known = self.memory.reel(root)
        self.push_screen(ReelScreen(root, seen_until=known.seen or None, shot=known.shot))

    def action_show_queue(self) -> None:
        """Show the queue and the workers."""
        from reeltui.screens.queue import QueueScreen

        if not isinstance(self.screen, QueueScreen):
            self.push_screen(QueueScreen(self.library))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """From the first screen there is no way back."""
        return sum(not screen.is_modal for screen in self.screen_stack) > 1 if action == "back" else True

    def action_show_doctor(self) -> None:
        """Show the checks of this machine."""
        from reeltui.screens.doctor import DoctorScreen

        if not isinstance(self.screen, DoctorScreen):
            self.push_screen(DoctorScreen(self.library))

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

    def on_key(self, event: events.Key) -> None:
        """Quit from a dialog as well: what it does not know itself ends there, the app's own keys too."""
        quit_ = next(one for one in ACTIONS if one.name == "desk.quit")
        if event.key in keys_of(quit_, self.keys) and event.key not in self.screen.active_bindings:
            self.exit()

    def action_refresh(self) -> None:
        """Read everything on the screen again, and paint it all: somebody may have written over it."""
        SHOWN.forget()
        self.screen.refresh()
        self.post_message(self.Changed(frozenset()))

    def copy(self, text: str, what: str) -> None:
        """Copy a text to the clipboard of the person's own machine, over SSH and through tmux as well."""
        threading.Thread(target=self._copy, args=(text, what), name="desk-copy", daemon=True).start()

    def copy_to_clipboard(self, text: str) -> None:
        """Copy what was selected in a text field; the desk keeps it too, for text fields to paste."""
        self._clipboard = text
        if text:
            self.copy(text, "")

    def _copy(self, text: str, what: str) -> None:
        from reeltui.clipboard import copy

        told, bad = f"copied {clean(what)}" if what else "", False
        with contextlib.suppress(RuntimeError):  # the desk was left meanwhile
            try:
                copy(text, self._write)
            except BadInput as error:
                told, bad = f"not copied: {error} — {error.remedy}", True
            if told:
                self.call_from_thread(self.notify, told, severity="error" if bad else "information", markup=False)

    def _write(self, sequence: str) -> None:
        def write() -> None:
            if self._driver is not None:
                self._driver.write(sequence)

        self.call_from_thread(write)

    # --- what works over every screen ---------------------------------------------------------------------------

    def action_help(self) -> None:
        """Show everything that can be done here."""
        from reeltui.dialogs.help import help_for
        from reeltui.screens.base import DeskScreen

        if isinstance(self.screen, DeskScreen):
            self.push_screen(help_for(self.screen))

    def action_jump(self) -> None:
        """Put letters on what can be chosen, and go where one is typed."""
        from reeltui.dialogs.jump import Jump, Place

        def go(place: Place | None) -> None:
            if place is not None:
                place.go()

        self.push_screen(Jump(self.screen), go)

    def action_command_palette(self) -> None:
        """Find anything by its name."""
        from reeltui.palette import Palette

        self.push_screen(Palette())

    def themes(self) -> Themes:
        """Return the themes there are, and what is wrong with files of some; all of them can be put on."""
        from reeltui.themes import load_themes

        found = load_themes()
        for look in found.looks.values():
            self.register_theme(look.theme())
        return found

    def action_choose_theme(self) -> None:
        """Choose the colours."""
        from reeltui.dialogs.theme import ThemeChoice

        def keep(name: str | None) -> None:
            if name is not None:
                self.keep_theme(name)

        found = self.themes()
        about = {name: look.about for name, look in found.looks.items()}
        self.push_screen(ThemeChoice(about, [str(problem) for problem in found.problems]), keep)

    def keep_theme(self, name: str) -> None:
        """Put a theme on, now and when the desk is opened again."""
        self.theme = name
        self.memory.choose_theme(name)

    # --- the registry ------------------------------------------------------------------------------------------

    def run_named(self, action: Action) -> None:
        """Do an action by its place in the registry, as its key would."""
        where = "app" if ANYWHERE in action.rooms else "screen"
        self.call_later(
            self.run_action, f"{where}.{action.action}" if "(" in action.action else f"{where}.{action.action}()"
        )
