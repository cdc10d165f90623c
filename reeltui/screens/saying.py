"""What a person says about takes from any screen: foreseen, said in a thread, and told what follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from reeltui.screens.base import DeskScreen

if TYPE_CHECKING:
    from reeltui.acts.decide import Told, Word


class SayingScreen(DeskScreen):
    """A screen about one reel."""

    root: Path

    def say(self, word: Callable[[], Word]) -> None:
        """Write a word down and tell what follows; `word` makes it, in the thread, and may refuse."""
        root = self.root

        def act() -> Told:
            from reeltui.acts.decide import say

            return say(root, word())

        self.attempt(act, self._said)

    def _said(self, told: object) -> None:
        from reeltui.acts.decide import Told, describe

        assert isinstance(told, Told), "what saying returns"
        already = "" if told.written else " already"
        rows = [f"{'; '.join(told.said)}{already}", *describe(told.effect)]
        self.tell("\n".join(rows))

    def action_undo(self) -> None:
        """Take the last decision back."""
        from reeltui.acts.decide import undo

        self.say(undo)
