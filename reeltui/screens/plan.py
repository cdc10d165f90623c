"""The plan: every text of it, edited in place with what that costs, or as a whole in the person's own editor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from core.film.decision import in_force
from core.film.errors import ReelError
from core.folder import layout
from reeltui.app import bindings
from reeltui.drafts import Draft, Unsaved
from reeltui.lines import Line
from reeltui.screens.base import Look, words_of
from reeltui.screens.rewording import Rewording, RewordingScreen
from reeltui.views.plan import (
    Item,
    PlanView,
    foresee,
    impact_lines,
    item_row,
    item_rows,
    look_at_plan,
    title,
)
from reeltui.widgets.keys import Keys
from reeltui.widgets.picture import Picture
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Sheet


class PlanScreen(RewordingScreen):
    """A reel's plan. Every edit is saved by itself, so nothing is kept here that could be lost."""

    ROOM = "plan"
    CSS_PATH = "plan.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("plan")

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root
        self.view: PlanView | None = None
        self._unsaved: Unsaved | None = None

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Sheet(self._title_lines, classes="title")
        with Horizontal(id="body"):
            yield Rows(self._row, id="items")
            with Vertical(id="detail"):
                yield Picture(self.desk.thumbnails, rich=self.desk.rich, id="picture")
                yield Sheet(self._item, id="item")
        yield Keys()

    def on_mount(self) -> None:
        """The items have the keys."""
        self.query_one("#items", Rows).focus()

    # --- looking -----------------------------------------------------------------------------------------------

    def folders(self) -> Iterable[Path]:
        """The reel."""
        return (self.root,)

    def looker(self) -> Look:
        """Read the plan."""
        root = self.root
        return lambda: look_at_plan(root)

    def show(self, view: object) -> None:
        """Show what was read."""
        assert isinstance(view, PlanView), "what the looker returned"
        self.view = view
        self.show_title(*title(view))
        self.query_one("#items", Rows).show([item.key for item in view.items])
        self._draw()
        self.show_keys()

    def _draw(self) -> None:
        self.query_one("#item", Sheet).show(self._item)
        picture, item = self.query_one("#picture", Picture), self.item
        picture.display = item is not None and item.picture is not None
        picture.show(item.picture if item is not None else None)

    # --- drawing -----------------------------------------------------------------------------------------------

    @property
    def item(self) -> Item | None:
        """The item under the cursor."""
        return self.view.item(self.query_one("#items", Rows).cursor) if self.view else None

    def _row(self, key: str, width: int) -> list[Line]:
        if self.view is None:
            return []
        items = self.view.items
        place = next((number for number, item in enumerate(items) if item.key == key), None)
        if place is None:
            return []
        first = place == 0 or items[place - 1].group != items[place].group
        return item_row(items[place], first, width)

    def _item(self, width: int) -> list[Line]:
        return item_rows(self.view, self.item, width) if self.view else []

    @on(Rows.Highlighted, "#items")
    def _moved(self) -> None:
        self._draw()
        self.show_keys()

    @on(Rows.Chosen, "#items")
    def _picked(self) -> None:
        self.action_edit()

    # --- actions -----------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what is not possible now."""
        if action == "approve_gate":
            return self.view is not None and self.view.waits
        if action == "undo":
            return self.view is not None and bool(in_force(self.view.opened.snapshot.decisions))
        if action == "master":
            item = self.item
            return item is not None and item.key.startswith(("characters.", "setting"))
        return True

    def action_edit(self) -> None:
        """Edit the item under the cursor."""
        from reeltui.acts.reword import with_text

        view, item = self.view, self.item
        if view is None or item is None:
            return

        def follows(text: str) -> Sequence[Line]:
            return foresee(view, with_text(view.plan, item.key, text))

        draft = Draft(view.opened.snapshot.reel.id, item.key)
        self.reword(Rewording(item.key, item.text, item.title, follows, draft, hint=item.facts))

    def waits_at(self) -> str:
        """Return the gate, where it is this one."""
        return "plan" if self.view is not None and self.view.waits else ""

    def action_copy(self) -> None:
        """Copy what is under the cursor."""
        if self.item is not None:
            self.desk.copy(self.item.text, self.item.title)

    def action_master(self) -> None:
        """Use a picture of the person's own for the character or the place under the cursor."""
        item = self.item
        if item is not None:
            kind, _, letter = item.key.partition(".")
            self.ask_for_picture(layout.master(letter if kind == "characters" else "scene"))

    # --- the whole plan ----------------------------------------------------------------------------------------

    def action_editor(self) -> None:
        """Edit plan.json in the person's own editor; what it costs is shown before it is saved."""
        from reeltui.acts.edit import read_text

        root = self.root
        self.attempt(lambda: read_text(root), self._edit_whole)

    def _edit_whole(self, found: object) -> None:
        from reeltui.acts.edit import PlanText, propose_text
        from reeltui.editor import edit

        assert isinstance(found, PlanText), "what was read"
        if self.view is None:
            return
        root, unsaved = self.root, self._unsaved or Unsaved(self.view.opened.snapshot.reel.id)
        before, made_from = unsaved.read() or (found.text, found.sha)
        try:
            text = edit(before, name="plan.json", suspend=self.app.suspend)
        except ReelError as error:
            self.tell(words_of(error), bad=True)
            return
        if text is None and unsaved.text:
            text = before  # nothing was changed this time; it is still to be saved or dropped
        if text is None:
            return
        self._unsaved = unsaved
        unsaved.keep(text, made_from)  # a plan that is refused is there again at the next try
        overtaken = made_from != found.sha
        self.attempt(lambda: propose_text(root, text, found.sha), lambda plan: self._confirm(plan, unsaved, overtaken))

    def _confirm(self, proposed: object, unsaved: Unsaved, overtaken: bool) -> None:
        from reeltui.acts.edit import Edit
        from reeltui.dialogs.confirm import Confirm

        assert isinstance(proposed, Edit), "what proposing returns"

        def answered(yes: bool | None) -> None:
            if yes:
                self.keep(lambda: proposed, saved=unsaved.forget)
            else:
                unsaved.forget()

        if proposed.same:
            unsaved.forget()
            self.tell("the plan says that already")
            return
        rows = impact_lines(proposed.impact)
        question = "Save the plan?"
        if overtaken:
            question = "Somebody else changed the plan after you began yours. Save yours in the place of theirs?"
        self.app.push_screen(Confirm(question, rows, yes="save it", no="drop it", danger=overtaken), answered)
