"""One shot: its takes side by side, what each was made from, its words, and everything a person can say about it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from core.folder import layout
from reeltui.app import bindings
from reeltui.lines import Line
from reeltui.screens.base import DeskScreen, Look
from reeltui.views.shot import ShotView, TakeView, look_at_shot
from reeltui.views.shot_lines import TAKE_HEIGHT, coming_rows, request_rows, take_row, take_rows, title, words_rows
from reeltui.widgets.keys import Keys
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Sheet


class ShotScreen(DeskScreen):
    """One shot of a reel. The take under the cursor is on the left, one to compare it with on the right."""

    ROOM = "shot"
    CSS_PATH = "shot.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("shot")

    def __init__(self, root: Path, index: int) -> None:
        super().__init__()
        self.root = root
        self.index = index
        self.view: ShotView | None = None
        self._beside: int | None = None

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Sheet(self._title_lines, classes="title")
        with Horizontal(id="body"):
            with Vertical(id="side"):
                yield Rows(self._row, height=TAKE_HEIGHT, id="takes")
                yield Sheet(self._coming, id="coming")
            with Vertical(id="main"):
                with Horizontal(id="compare"):
                    yield Sheet(self._left, id="left")
                    yield Sheet(self._right, id="right")
                yield Sheet(self._words, id="words")
        yield Keys()

    def on_mount(self) -> None:
        """The takes have the keys."""
        self.query_one("#takes", Rows).focus()

    # --- looking -----------------------------------------------------------------------------------------------

    def folders(self) -> Iterable[Path]:
        """The reel, and the shot's own folder."""
        return self.root, self.root / layout.folder_of(layout.keyframe(self.index))

    def looker(self) -> Look:
        """Read the shot."""
        root, index, now = self.root, self.index, self.desk.clock()
        return lambda: look_at_shot(root, index, now)

    def show(self, view: object) -> None:
        """Show what was read."""
        assert isinstance(view, ShotView), "what the looker returned"
        if view.index != self.index:
            return  # the person went on to another shot meanwhile
        before, self.view = self.view, view
        self.show_title(*title(view))
        rows = self.query_one("#takes", Rows)
        cursor = ""
        if before is None or before.index != view.index:
            ships = view.ships if view.ships is not None else max((take.number for take in view.takes), default=0)
            cursor = str(ships)
        elif len(view.takes) > len(before.takes) and rows.keys[-1:] == (rows.cursor,):
            cursor = str(view.takes[-1].number)
        if self._beside is None or view.take(self._beside) is None:
            self._beside = self._other(view, int(cursor or rows.cursor or 0))
        rows.show([str(take.number) for take in view.takes], cursor=cursor)
        self._draw()
        self.show_keys()

    def _other(self, view: ShotView, number: int) -> int | None:
        """Return the take to compare one with: the newest other one."""
        return max((take.number for take in view.takes if take.number != number), default=None)

    def _draw(self) -> None:
        for name, draw in (
            ("coming", self._coming),
            ("left", self._left),
            ("right", self._right),
            ("words", self._words),
        ):
            self.query_one(f"#{name}", Sheet).show(draw)

    # --- drawing -----------------------------------------------------------------------------------------------

    @property
    def take(self) -> TakeView | None:
        """The take under the cursor."""
        cursor = self.query_one("#takes", Rows).cursor
        return self.view.take(int(cursor)) if self.view and cursor else None

    @property
    def beside(self) -> TakeView | None:
        """The take it is compared with."""
        return self.view.take(self._beside) if self.view and self._beside is not None else None

    def _row(self, key: str, width: int) -> list[Line]:
        take = self.view.take(int(key)) if self.view else None
        if take is None or self.view is None:
            return []
        side = "B" if take.number == self._beside else ""
        return take_row(self.view, take, side, width)

    def _coming(self, width: int) -> list[Line]:
        return coming_rows(self.view, width) if self.view else []

    def _left(self, width: int) -> list[Line]:
        return take_rows(self.view, self.take, "A", width) if self.view else []

    def _right(self, width: int) -> list[Line]:
        return take_rows(self.view, self.beside, "B", width) if self.view else []

    def _words(self, width: int) -> list[Line]:
        return words_rows(self.view, width) if self.view else []

    @on(Rows.Highlighted, "#takes")
    def _moved(self) -> None:
        if self.view is not None and self.take is not None and self.take.number == self._beside:
            self._beside = self._other(self.view, self.take.number)
            takes = self.query_one("#takes", Rows)
            takes.show(takes.keys)
        self._draw()

    # --- going about -------------------------------------------------------------------------------------------

    def action_compare(self) -> None:
        """Put the take under the cursor on the right; the cursor goes to the one that was there."""
        take, other = self.take, self._beside
        if take is None or other is None:
            return
        takes = self.query_one("#takes", Rows)
        self._beside = take.number
        takes.show(takes.keys, cursor=str(other))
        self._draw()

    def action_previous(self) -> None:
        """Go to the shot before."""
        if self.view is not None:
            self._go(self.view.before)

    def action_next(self) -> None:
        """Go to the shot after."""
        if self.view is not None:
            self._go(self.view.after)

    def _go(self, index: int) -> None:
        if index != self.index:
            self.index, self._beside = index, None
            self.desk.feed.watch(self.folders())
            self.look_again()

    def action_request(self) -> None:
        """Read everything the take was made from."""
        from reeltui.dialogs.reading import Reading

        take = self.take
        if take is not None:
            self.app.push_screen(
                Reading(f"Take {take.number} of shot {self.index}", lambda width: request_rows(take, width))
            )
