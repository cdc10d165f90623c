"""What a person can do to the reels of a library: make one, queue, hold, cancel, duplicate and archive them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from core.film.errors import ReelError
from core.film.text import clean
from core.folder.library import Card
from reeltui.lines import Line, wrap
from reeltui.screens.base import DeskScreen, words_of

# What is possible with a reel, by the action; what is not here always is.
POSSIBLE: dict[str, Callable[[Card], bool]] = {
    "open": lambda card: True,
    "pause": lambda card: card.queue is not None,
    "resume": lambda card: card.state != "broken" and not _moving(card) and not _finished(card),
    "cancel": lambda card: card.queue is not None,
    "earlier": lambda card: card.queue is not None and card.queue > 1,
    "later": lambda card: card.queue is not None,
    "duplicate": lambda card: card.state != "broken",
    "archive": lambda card: card.state != "running",
    "copy_path": lambda card: True,
}


def _moving(card: Card) -> bool:
    """Tell whether a reel is made, or will be without a word."""
    return card.state == "running" or (card.queue is not None and not card.held and card.state != "waiting")


def _finished(card: Card) -> bool:
    return card.state == "done" and not card.changed


class ShelfScreen(DeskScreen):
    """A screen about the reels of a library. Everything is done in a thread; what is refused is told."""

    library: Path

    @property
    def card(self) -> Card | None:
        """The reel that is meant."""
        return None

    def go_to(self, name: str) -> None:
        """Put the cursor on a reel as soon as it is in the list."""

    # --- a new one ---------------------------------------------------------------------------------------------

    def action_new(self) -> None:
        """Ask for a new reel, make it, and hand it to the worker."""
        self._ask_for_new(None, "")

    def _ask_for_new(self, wanted: object, problem: str) -> None:
        # Here: the form imports a text area, and the first paint does not wait for that.
        from reeltui.acts.new import Wanted
        from reeltui.dialogs.new_reel import NewReel

        before = wanted if isinstance(wanted, Wanted) else None
        self.app.push_screen(NewReel(self.library, wanted=before, problem=problem), self._make)

    def _make(self, wanted: object) -> None:
        from reeltui.acts.new import Created, Wanted, create
        from reeltui.dialogs.new_reel import draft_of

        if not isinstance(wanted, Wanted):
            return
        library = self.library

        def make() -> Created | ReelError:
            try:
                created = create(library, wanted)
            except ReelError as error:
                return error
            draft_of(library).forget()
            return created

        def made(result: object) -> None:
            if isinstance(result, ReelError):
                self._ask_for_new(wanted, words_of(result))  # with everything that was filled in
            elif isinstance(result, Created):
                self.go_to(result.root.name)
                self._hand_over(result)

        self.attempt(make, made)

    def _hand_over(self, created: object) -> None:
        from reeltui.acts.hand import hand_over
        from reeltui.acts.new import Created

        assert isinstance(created, Created), "what making returns"
        self.attempt(lambda: hand_over(created.root, created.lineup), self._handed)

    def _handed(self, handed: object) -> None:
        from reeltui.acts.hand import Handed

        assert isinstance(handed, Handed), "what handing over returns"
        added, engaged = handed.line.added, handed.engaged
        started = f"; a worker was started for it (process {engaged.worker.pid})" if engaged.started else ""
        self.tell(f"{clean(added.root.name)} is at place {added.place} of the queue{started}.")
        self.warn(handed.warnings)

    # --- whether it is made ------------------------------------------------------------------------------------

    def action_resume(self) -> None:
        """Go on with the reel; where it waits at a gate, that is approved first, so it is asked."""
        card = self.card
        if card is None:
            return
        if card.state != "waiting":
            self._resume(Path(card.path))
            return
        from reeltui.dialogs.confirm import Confirm

        gate = card.waits_for or "work"

        def details(width: int) -> Sequence[Line]:
            return wrap("Going on approves it as it is. Open the reel to look at it first.", width)

        def answered(yes: bool | None) -> None:
            if yes:
                self._resume(Path(card.path))

        question = f"{clean(card.name)} waits for your approval of the {gate}."
        self.app.push_screen(Confirm(question, details, yes=f"Approve the {gate}, go on", danger=False), answered)

    def _resume(self, root: Path) -> None:
        from reeltui.acts.resume import resume

        self.attempt(lambda: resume(root), self._handed)

    def action_pause(self) -> None:
        """Hold the reel after its step in hand; one that is held goes on."""
        card = self.card
        if card is None:
            return
        if card.held:
            self._resume(Path(card.path))
            return
        from reeltui.acts import line as queue

        name, library = card.path, self.library

        def paused(found: object) -> None:
            assert isinstance(found, queue.Paused), "what pausing returns"
            place = clean(found.root.name)
            self.tell(f"{place} is held " + ("after its step in hand." if found.running else "in the queue."))
            self.warn(found.warnings)

        self.attempt(lambda: queue.to(name, library, queue.pause), paused)

    def action_cancel(self) -> None:
        """Ask, then take the reel out of the queue."""
        card = self.card
        if card is None:
            return
        from reeltui.acts import line as queue

        name, library = card.path, self.library

        def cancelled(found: object) -> None:
            assert isinstance(found, queue.Cancelled), "what cancelling returns"
            self.tell(f"{clean(found.root.name)} left the queue; everything finished is kept.")
            self.warn(found.warnings)

        lost = "The step in hand is dropped. " if card.state == "running" else ""
        self._ask(
            f"Cancel {clean(card.name)}?",
            f"{lost}It leaves the queue; everything finished is kept, and r goes on with it later.",
            "Cancel the reel",
            lambda: self.attempt(lambda: queue.to(name, library, queue.cancel), cancelled),
        )

    def action_earlier(self) -> None:
        """Move the reel up in the queue."""
        self._move("up")

    def action_later(self) -> None:
        """Move the reel down in the queue."""
        self._move("down")

    def _move(self, where: str) -> None:
        card = self.card
        if card is None:
            return
        from reeltui.acts import line as queue

        name, library = card.path, self.library

        def moved(found: object) -> None:
            assert isinstance(found, queue.Moved), "what moving returns"
            self.tell(f"{clean(found.name)} is at place {found.place} of {found.of}.")
            self.warn(found.warnings)

        self.attempt(lambda: queue.to(name, library, lambda reel: queue.move(reel, where)), moved)

    # --- the shelf ---------------------------------------------------------------------------------------------

    def action_duplicate(self) -> None:
        """Make another reel of the same plan and settings."""
        card = self.card
        if card is None:
            return
        from reeltui.acts.shelf import Duplicated, duplicate

        root = Path(card.path)

        def duplicated(found: object) -> None:
            assert isinstance(found, Duplicated), "what duplicating returns"
            self.go_to(found.root.name)
            self.tell(f"{clean(found.root.name)} has the plan and settings of {clean(root.name)}; r makes it.")
            self.warn(f"left out: {left}" for left in found.warnings)

        self.attempt(lambda: duplicate(root), duplicated)

    def action_archive(self) -> None:
        """Ask, then move the reel out of the list."""
        card = self.card
        if card is None:
            return
        from reeltui.acts.shelf import Moved, archive

        root = Path(card.path)

        def archived(found: object) -> None:
            assert isinstance(found, Moved), "what archiving returns"
            back = clean(found.root.name)
            self.tell(f"{back} is in the archive; `reeltui archive --back {back}` brings it back.")
            self.warn(found.warnings)

        queued = " It leaves the queue." if card.queue is not None else ""
        self._ask(
            f"Archive {clean(card.name)}?",
            f"Its folder moves as it is into the library's archive.{queued} Nothing is deleted, and it can be brought "
            "back.",
            "Archive the reel",
            lambda: self.attempt(lambda: archive(root), archived),
        )

    # --- asking and telling ------------------------------------------------------------------------------------

    def _ask(self, question: str, details: str, yes: str, act: Callable[[], object]) -> None:
        from reeltui.dialogs.confirm import Confirm

        def answered(sure: bool | None) -> None:
            if sure:
                act()

        self.app.push_screen(Confirm(question, lambda width: wrap(details, width), yes=yes), answered)
