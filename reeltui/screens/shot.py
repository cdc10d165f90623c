"""One shot: its takes side by side, what each was made from, its words, and everything a person can say about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from core.film.decision import in_force
from core.folder import layout
from reeltui.actions import ACTIONS, keys_of
from reeltui.acts import decide
from reeltui.app import bindings
from reeltui.drafts import Draft
from reeltui.lines import Line, plain
from reeltui.pictures.protocol import Protocol
from reeltui.screens.base import Look
from reeltui.screens.rewording import Rewording, RewordingScreen
from reeltui.views.preview import Previews
from reeltui.views.shot import ShotView, TakeView, look_at_shot
from reeltui.views.shot_lines import (
    TAKE_HEIGHT,
    coming_rows,
    edit_rows,
    fit_preview,
    keyframe_head,
    request_rows,
    take_head,
    take_row,
    take_rows,
    title,
    verdict_rows,
    words_rows,
)
from reeltui.widgets.contact_sheet import ContactSheet
from reeltui.widgets.keys import Keys
from reeltui.widgets.picture import Picture
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Draw, Sheet


class ShotScreen(RewordingScreen):
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
        self._previews = Previews(root)

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Sheet(self._title_lines, classes="title")
        with Horizontal(id="body"):
            with Vertical(id="side"):
                yield Rows(self._row, height=TAKE_HEIGHT, id="takes")
                picture = Picture(self.desk.thumbnails, passing=True, rich=self.desk.rich, id="preview")
                picture.display = False
                yield picture
                yield Sheet(self._coming, id="coming")
            with Vertical(id="main"):
                with Horizontal(id="compare"):
                    yield from self._side("left", self._left_head, self._left)
                    yield from self._side("right", self._right_head, self._right)
                yield Sheet(self._words, id="words")
        yield Keys()

    def _side(self, side: str, head: Draw, draw: Draw) -> ComposeResult:
        with Vertical(id=f"{side}-side"):
            yield Sheet(head, id=f"{side}-head")
            yield ContactSheet(self.desk.thumbnails, id=f"{side}-stills")
            yield Sheet(draw, id=side)

    def on_mount(self) -> None:
        """The takes have the keys."""
        self.query_one("#takes", Rows).focus()

    # --- looking -----------------------------------------------------------------------------------------------

    def about(self) -> tuple[Path | None, int | None]:
        """Return where the desk opens again."""
        return self.root, self.index

    def folders(self) -> Iterable[Path]:
        """The reel, and the shot's own folder."""
        return self.root, self.root / layout.folder_of(layout.keyframe(self.index))

    def looker(self) -> Look:
        """Read the shot."""
        root, index, now, previews = self.root, self.index, self.desk.clock(), self._previews
        return lambda: look_at_shot(root, index, now, previews)

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
        draws = {"coming": self._coming, "left-head": self._left_head, "left": self._left, "words": self._words}
        for name, draw in {**draws, "right-head": self._right_head, "right": self._right}.items():
            self.query_one(f"#{name}", Sheet).show(draw)
        picture, preview = self.query_one("#preview", Picture), self.view.preview if self.view is not None else None
        picture.display = preview is not None and self.desk.thumbnails.way.protocol is not Protocol.OFF
        picture.show(preview, "preview of the new take")
        for side, take in (("left", self.take), ("right", self.beside)):
            pictures = [(still, "") for still in take.stills] if take is not None else []
            if side == "right" and take is None and self.view is not None and self.view.keyframe is not None:
                pictures = [(self.view.keyframe, "")]
            self.query_one(f"#{side}-stills", ContactSheet).show(pictures)

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

    def _left_head(self, width: int) -> list[Line]:
        return [take_head(self.take, "A", width)] if self.view else []

    def _right_head(self, width: int) -> list[Line]:
        if self.view is None:
            return []
        return [take_head(self.beside, "B", width) if self.beside else keyframe_head(self.view)]

    def _left(self, width: int) -> list[Line]:
        return take_rows(self.view, self.take, width) if self.view else []

    def _right(self, width: int) -> list[Line]:
        return take_rows(self.view, self.beside, width) if self.view and self.beside else []

    def _words(self, width: int) -> list[Line]:
        if self.view is None:
            return []
        return words_rows(self.view, width, self.key("shot.edit-narration"), self.key("shot.edit-prompt"))

    @on(Rows.Highlighted, "#takes")
    def _moved(self) -> None:
        if self.view is not None and self.take is not None and self.take.number == self._beside:
            self._beside = self._other(self.view, self.take.number)
            takes = self.query_one("#takes", Rows)
            takes.show(takes.keys)
        self._draw()

    # --- what can be said --------------------------------------------------------------------------------------

    _NEED_A_TAKE: ClassVar[frozenset[str]] = frozenset(
        {
            "approve",
            "reject",
            "choose",
            "retake",
            "retake_note",
            "compare",
            "play",
            "request",
            "copy_verdict",
            "copy_path",
        }
    )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what is not possible now."""
        view = self.view
        if action == "compare":
            return view is not None and len(view.takes) > 1
        if action == "play":
            return self.take is not None and self.take.clip is not None
        if action in self._NEED_A_TAKE:
            return self.take is not None
        if action == "previous":
            return view is not None and view.before != view.index
        if action == "next":
            return view is not None and view.after != view.index
        if action in ("edit_prompt", "edit_narration", "copy_prompt", "keyframe"):
            return view is not None
        if action == "undo":
            return view is not None and bool(in_force(view.opened.snapshot.decisions))
        if action == "repaint":
            return view is not None and view.keyframe is not None and not view.own_keyframe
        return True

    def subject(self) -> int | None:
        """Return the shot."""
        return self.index

    def about_take(self) -> int | None:
        """Return the take under the cursor."""
        return self.take.number if self.take is not None else None

    def action_choose(self) -> None:
        """Let the take under the cursor ship."""
        if self.take is not None:
            self.say(decide.choose(self.index, self.take.number))

    def action_repaint(self) -> None:
        """Have the keyframe painted anew."""
        self.say(decide.repaint(self.index))

    def action_keyframe(self) -> None:
        """Use a picture of the person's own as the first frame."""
        self.ask_for_picture(layout.keyframe(self.index))

    def action_edit_prompt(self) -> None:
        """Change the prompt."""
        if self.view is not None:
            self._edit(f"prompt.{self.index}", self.view.shot.prompt, f"Prompt of shot {self.index}", self._follows)

    def action_edit_narration(self) -> None:
        """Change the line; how it fits is measured by speaking it."""
        if self.view is not None:
            self._edit(f"line.{self.index}", self.view.narration, f"Narration of shot {self.index}", self._fits)

    def _edit(self, key: str, words: str, title: str, follows: Callable[[ShotView, str, str], Sequence[Line]]) -> None:
        view = self.view
        if view is not None:
            draft = Draft(view.opened.snapshot.reel.id, key)
            self.reword(Rewording(key, words, title, lambda text: follows(view, key, text), draft))

    def _follows(self, view: ShotView, key: str, text: str) -> list[Line]:
        return edit_rows(view, key, text)

    def _fits(self, view: ShotView, key: str, text: str) -> list[Line]:
        return [fit_preview(view, text), *edit_rows(view, key, text)]

    def action_play(self) -> None:
        """Play the clip."""
        from reeltui.dialogs.playing import Playing

        take = self.take
        if take is None or take.clip is None:
            return
        action = next(one for one in ACTIONS if one.name == "shot.play")
        still = take.stills[0] if take.stills else None
        playing = Playing(self.desk.thumbnails, still, take.clip, keys=keys_of(action, self.desk.keys))
        self.app.push_screen(
            playing, lambda reason: self.tell(f"it cannot be played: {reason}", bad=True) if reason else None
        )

    # --- copying -----------------------------------------------------------------------------------------------

    def action_copy_prompt(self) -> None:
        """Copy the prompt."""
        if self.view is not None:
            self.desk.copy(self.view.shot.prompt, "the prompt")

    def action_copy_verdict(self) -> None:
        """Copy the verdict of the take."""
        if self.view is not None and self.take is not None:
            rows = verdict_rows(self.view, self.take, 100)
            self.desk.copy("\n".join(plain(row) for row in rows), f"the verdict of take {self.take.number}")

    def action_copy_path(self) -> None:
        """Copy the path of the clip."""
        if self.take is not None and self.take.clip is not None:
            self.desk.copy(str(self.take.clip), "the path of the clip")

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
            self.watch_files()
            self.look_again()

    def action_request(self) -> None:
        """Read everything the take was made from."""
        from reeltui.dialogs.reading import Reading

        take = self.take
        if take is not None:
            self.app.push_screen(
                Reading(f"Take {take.number} of shot {self.index}", lambda width: request_rows(take, width))
            )
