"""Follows one reel: when its files are looked at again, and how much of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from textual.timer import Timer

from core.folder import layout
from core.pipeline.report import STALE_AFTER
from reeltui.screens.base import Look
from reeltui.screens.directing import DirectingScreen
from reeltui.views.reel import ReelMemory, ReelView, look_at_reel

# Files that only tell what goes on this moment, or that somebody began or ended: they change nothing that was made.
_LIGHT = (layout.LIVE, layout.LOCK)
# When to look again (seconds) at a reel somebody works on who says nothing.
_SILENT = 2.0
_ASK_AGAIN = 15.0


class FollowingScreen(DirectingScreen):
    """A screen that shows one reel as it is at this moment, also when whoever works on it falls silent."""

    def __init__(self, root: Path, seen_until: float | None) -> None:
        super().__init__()
        self.root = root
        self.view: ReelView | None = None
        self._seen_until = seen_until
        self._memory = ReelMemory(root)
        self._whole = True
        self._silence: Timer | None = None

    def folders(self) -> Iterable[Path]:
        """The reel, and its library, where the queue lies."""
        return self.root, self.root.parent

    def looker(self) -> Look:
        """Read the reel; only its live state where nothing else changed."""
        root, now, memory, seen = self.root, self.desk.clock(), self._memory, self._seen_until
        whole, self._whole = self._whole, False
        return lambda: look_at_reel(root, now, memory, whole=whole, seen_until=seen)

    def on_screen_resume(self) -> None:
        """The screen is seen (again): anything may have changed."""
        self._whole = True  # the base class looks then

    def files_changed(self, paths: frozenset[Path]) -> None:
        """Look again; at live state alone no more often than it can be read."""
        if not paths or any(self._weighs(path) for path in paths):
            self._whole = True
        super().files_changed(paths)

    def _weighs(self, path: Path) -> bool:
        """Tell whether a file may change more than live state. Temporary files are on their way to a name."""
        return path.parent == self.root and path.name not in _LIGHT and not path.name.endswith(".tmp")

    def _look_silent(self) -> None:
        self._silence = None
        self._whole = True  # whoever worked on it may be gone, which no file tells
        self.look_again()

    def listen(self, view: ReelView) -> None:
        """Look again when whoever works on it should have said something by then: a death changes no file."""
        if self._silence is not None:
            self._silence.stop()
            self._silence = None
        if view.told.state == "running":
            at = view.told.live_at
            due = _SILENT if at is None else at + STALE_AFTER + 0.5 - view.now
            self._silence = self.set_timer(due if due > 0 else _ASK_AGAIN, self._look_silent)
