"""Whether the reel on a screen is made now: a person goes on with it, holds it, or takes it out of the queue."""

from __future__ import annotations

from pathlib import Path

from core.film.text import clean
from core.folder.queue import Held
from reeltui.acts import line
from reeltui.dialogs.confirm import Confirm
from reeltui.lines import Tone, span
from reeltui.lines import line as toned
from reeltui.screens.base import DeskScreen


class MakingScreen(DeskScreen):
    """A screen about one reel, which the worker makes in its turn."""

    root: Path

    def waits_at(self) -> str:
        """Return the gate the reel waits at, "" where it waits at none."""
        return ""

    def held(self) -> Held:
        """Return whether the queue holds the reel."""
        return Held.NO

    def about(self) -> tuple[Path | None, int | None]:
        """Return where the desk opens again."""
        return self.root, None

    def acted(self) -> None:
        """A person did something: called before it is done."""

    def action_resume(self) -> None:
        """Go on with the reel: it is handed to the worker, and its gate is passed."""
        from reeltui.acts.resume import resume

        root = self.root
        self.acted()
        self.attempt(lambda: resume(root), self._handed)

    def _handed(self, handed: object) -> None:
        from reeltui.acts.hand import Handed

        assert isinstance(handed, Handed), "what going on returns"
        started = (
            f"; a worker was started for it (process {handed.engaged.worker.pid})" if handed.engaged.started else ""
        )
        self.tell(f"It is at place {handed.line.added.place} of the queue{started}.")
        self.warn(handed.warnings)

    def action_pause(self) -> None:
        """Hold the reel after its step in hand; one that is held goes on."""
        if self.held() is not Held.NO:
            self.action_resume()
            return
        root = self.root
        self.acted()
        self.attempt(lambda: line.to(str(root), root.parent, line.pause), self._paused)

    def _paused(self, paused: object) -> None:
        assert isinstance(paused, line.Paused), "what pausing returns"
        self.tell("It is held as soon as its step in hand is done." if paused.running else "It is held in the queue.")
        self.warn(paused.warnings)

    def action_cancel(self) -> None:
        """Ask, then take the reel out of the queue."""
        root = self.root
        details = [
            toned("The step in hand is dropped; everything finished is kept."),
            toned(span("r goes on with it later.", Tone.DIM)),
        ]

        def answered(yes: bool | None) -> None:
            if yes:
                self.acted()
                self.attempt(lambda: line.to(str(root), root.parent, line.cancel), self._cancelled)

        self.app.push_screen(Confirm(f"Cancel {clean(root.name)}?", details, yes="cancel the reel"), answered)

    def _cancelled(self, cancelled: object) -> None:
        assert isinstance(cancelled, line.Cancelled), "what cancelling returns"
        self.tell("It left the queue; everything finished is kept.")
        self.warn(cancelled.warnings)
