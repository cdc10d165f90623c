"""What a person can do to a queue and to the reels in it: move them, hold them, take them out, hold all of it."""

from __future__ import annotations

from pathlib import Path

from core.film.text import clean
from core.folder.queue import Queue
from reeltui.acts import line as acts
from reeltui.lines import Tone, line, span
from reeltui.screens.working import WorkingScreen
from reeltui.views.queue import Queued


class QueueingScreen(WorkingScreen):
    """A screen about a queue. What is asked for is done in a thread, and what is refused is told."""

    @property
    def reel(self) -> Queued | None:
        """The reel that is meant."""
        return None

    def paused(self) -> bool:
        """Tell whether no further reel is begun."""
        return False

    # --- the reel under the cursor -----------------------------------------------------------------------------

    def action_open(self) -> None:
        """Open the reel under the cursor."""
        if self.reel is not None and self.reel.path is not None:
            self.desk.open_reel(Path(self.reel.path))

    def action_earlier(self) -> None:
        """Move the reel up."""
        self._move("up")

    def action_later(self) -> None:
        """Move the reel down."""
        self._move("down")

    def _move(self, where: str) -> None:
        reel = self.reel
        if reel is not None:
            self.attempt(
                lambda: acts.to(self._word(reel), self.library, lambda meant: acts.move(meant, where)),
                self._moved_there,
            )

    def _moved_there(self, moved: object) -> None:
        assert isinstance(moved, acts.Moved), "what moving returns"
        self.warn(moved.warnings)

    def _word(self, reel: Queued) -> str:
        return reel.path or reel.name

    def action_pause(self) -> None:
        """Hold the reel after its step in hand; one that is held goes on."""
        reel = self.reel
        if reel is None:
            return
        if reel.held and reel.path is not None:
            from reeltui.acts.hand import hand_over

            root = Path(reel.path)
            self.attempt(lambda: hand_over(root), self._handed)
        elif not reel.held:
            self.attempt(lambda: acts.to(self._word(reel), self.library, acts.pause), self._paused)

    def _paused(self, paused: object) -> None:
        assert isinstance(paused, acts.Paused), "what pausing returns"
        name = clean(paused.root.name)
        self.tell(f"{name} is held{' as soon as its step in hand is done' if paused.running else ''}.")
        self.warn(paused.warnings)

    def _handed(self, handed: object) -> None:
        from reeltui.acts.hand import Handed

        assert isinstance(handed, Handed), "what handing over returns"
        engaged = handed.engaged
        started = f"; a worker was started for it (process {engaged.worker.pid})" if engaged.started else ""
        self.tell(f"{clean(handed.line.added.root.name)} goes on in its turn{started}.")
        self.warn(handed.warnings)

    def action_remove(self) -> None:
        """Ask, then stop the reel and take it out of the queue."""
        from reeltui.dialogs.confirm import Confirm

        reel = self.reel
        if reel is None:
            return
        running = reel.state == "running"
        details = [line("Its step in hand is dropped; everything finished is kept.")] if running else []
        if reel.path is not None:
            again = "It stays in the library, and can be queued again there."
            details.append(line(span(again, Tone.DIM)))

        def answered(yes: bool | None) -> None:
            if yes:
                self.attempt(lambda: acts.to(self._word(reel), self.library, acts.cancel), self._removed)

        words = f"Stop {clean(reel.name)} and take it" if running else f"Take {clean(reel.name)}"
        self.app.push_screen(Confirm(f"{words} out of the queue?", details, yes="take it out"), answered)

    def _removed(self, cancelled: object) -> None:
        assert isinstance(cancelled, acts.Cancelled), "what cancelling returns"
        self.tell(f"{clean(cancelled.root.name)} left the queue.")
        self.warn(cancelled.warnings)

    # --- all of the queue ------------------------------------------------------------------------------------------

    def action_pause_all(self) -> None:
        """Begin no further reel of this library, or go on."""
        library = self.library
        paused = self.paused()
        self.attempt(lambda: acts.unpause_all(library) if paused else acts.pause_all(library), self._all_paused)

    def _all_paused(self, queue: object) -> None:
        assert isinstance(queue, Queue), "what holding all of it returns"
        self.warn([queue.warning])
