"""Changing one text of a plan: asked for in a dialog that comes back with every word where the disk, somebody else or
their edit refuses it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from core.film.errors import ReelError
from reeltui.drafts import Draft
from reeltui.lines import Line
from reeltui.screens.base import words_of
from reeltui.screens.directing import DirectingScreen


class Rewording(msgspec.Struct, frozen=True):
    """A text to change: its place in the plan, what it says, and what tells what follows of other words (in a thread).

    `typed` is what a person had typed when it was refused, and `problem` why it was.
    """

    place: str
    before: str
    title: str
    follows: Callable[[str], Sequence[Line]]
    draft: Draft
    hint: str = ""
    typed: str | None = None
    problem: str = ""


class RewordingScreen(DirectingScreen):
    """A screen that shows texts of a plan."""

    def reword(self, asked: Rewording) -> None:
        """Ask for other words and save them."""
        from reeltui.acts.reword import Reworded, reword
        from reeltui.dialogs.edit_words import EditWords  # here: a text area is much to import, and few edit at once

        root = self.root

        def keep(text: str | None) -> None:
            if text is None:
                return

            def again(error: ReelError) -> None:
                before = error.now if isinstance(error, Reworded) else asked.before
                self.reword(msgspec.structs.replace(asked, before=before, typed=text, problem=words_of(error)))

            self.keep(
                lambda: reword(root, asked.place, text, before=asked.before), saved=asked.draft.forget, refused=again
            )

        dialog = EditWords(
            asked.title,
            asked.before,
            asked.follows,
            hint=asked.hint,
            draft=asked.draft,
            typed=asked.typed,
            problem=asked.problem,
        )
        self.app.push_screen(dialog, keep)
