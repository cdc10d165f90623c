"""What a person can say about the reel on a screen: words about its shots, its gates, its plan and its pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from core.film.errors import BadInput
from core.film.settings import Review
from core.film.verdict import Label
from core.folder import layout
from core.folder.plain import plain_opener
from core.pipeline.impact import phrase
from core.places import at_home
from reeltui.acts import decide
from reeltui.dialogs.confirm import Confirm
from reeltui.dialogs.reject import Reject, Rejection
from reeltui.lines import Line, Tone, span
from reeltui.lines import line as toned
from reeltui.screens.base import Refused
from reeltui.screens.making import MakingScreen
from reeltui.views.labels import change_of

if TYPE_CHECKING:
    from reeltui.acts.edit import Edit

# How much of the end of a log is read (bytes).
_LOG = 64 * 1024


class Said(msgspec.Struct, frozen=True):
    """A word that was written down, whether a worker sees it by itself, and what to know besides ("")."""

    told: decide.Told
    looked_after: bool
    warning: str = ""


def _say(root: Path, word: decide.Word, warning: str = "") -> Said:
    from reeltui.acts.hand import looked_after  # here: what starts workers comes with it

    told = decide.say(root, word)
    return Said(told, looked_after(root), warning)


class DirectingScreen(MakingScreen):
    """A screen about one reel. Everything is written in a thread; what is refused is told, and nothing is lost."""

    def subject(self) -> int | None:
        """Return the index of the shot that words are about, None where there is none."""
        return None

    def about_take(self) -> int | None:
        """Return the take that words are about, None where the one that ships is meant."""
        return None

    def say(self, word: decide.Word, *, refused: Refused | None = None) -> None:
        """Write a word down and tell what follows, or why that was `refused`."""
        root = self.root
        self.acted()
        self.attempt(lambda: _say(root, word), self._said, refused=refused)

    def _said(self, said: object) -> None:
        assert isinstance(said, Said), "what saying returns"
        told = said.told
        words = "; ".join(told.said) + ("" if told.written else " already")
        follows = decide.describe(told.effect)[:2]
        if told.written and told.effect.due and not told.held_by and not told.effect.gate and not said.looked_after:
            follows.append(self._how_to_go_on())
        self.tell(". ".join([words, *follows]))
        refused = f"plan.json is refused: {told.plan_error}; the last good plan is in force" if told.plan_error else ""
        self.warn([refused, said.warning])

    def _how_to_go_on(self) -> str:
        where = "" if self.ROOM == "reel" else " on the reel's screen"
        return f"nobody works on it yet: {self.key('reel.resume').text}{where} goes on with it"

    def keep(self, propose: Callable[[], Edit], *, saved: Callable[[], None], refused: Refused | None = None) -> None:
        """Put an edit of the plan in force, and tell what follows, or why it was `refused`.

        `saved` is called in another thread as soon as it is in force.
        """
        from reeltui.acts.edit import save

        def act() -> Edit:
            edit = propose()
            if not edit.same:
                save(edit)
            saved()
            return edit

        self.acted()
        self.attempt(act, self._kept, refused=refused)

    def _kept(self, edit: object) -> None:
        from reeltui.acts.edit import Edit, describe

        assert isinstance(edit, Edit), "what saving returns"
        self.tell("The plan says that already." if edit.same else f"Saved. {'. '.join(describe(edit.impact)[:2])}")

    # --- words about a shot ------------------------------------------------------------------------------------

    def action_approve(self) -> None:
        """Approve the take that ships; a plan is approved as a whole."""
        shot = self.subject()
        if self.waits_at() == Review.PLAN:
            self.action_approve_gate()
        elif shot is not None:
            self.say(decide.approve(shot, self.about_take()))

    def action_retake(self) -> None:
        """Ask for one more take."""
        shot = self.subject()
        if shot is not None:
            self.say(decide.retake(shot))

    def action_retake_note(self) -> None:
        """Ask what the next take should heed, then ask for it."""
        shot = self.subject()
        if shot is not None:
            self._retake(shot, "")

    def _retake(self, about: int, first: str) -> None:
        from reeltui.dialogs.words import Words

        root = self.root

        def foresee(note: str) -> Sequence[str]:
            return decide.describe(decide.foresee(root, decide.retake(about, note)))

        def answered(note: str | None) -> None:
            if note is not None:
                self.say(decide.retake(about, note), refused=lambda error: self._retake(about, note))

        question, hint = f"One more take of shot {about}", "What should it heed? Your words steer it."
        asking = Words(question, first, hint=hint, yes="ask for it", check=foresee, most=decide.MAX_NOTE)
        self.app.push_screen(asking, answered)

    def action_reject(self) -> None:
        """Ask why, then reject the take that ships."""
        shot = self.subject()
        if shot is not None:
            self._reject(shot, self.about_take(), Rejection())

    def _reject(self, about: int, take: int | None, first: Rejection) -> None:
        root = self.root

        def foresee(said: Rejection) -> Sequence[Line]:
            word = decide.reject(about, take, labels=said.labels, note=said.note)
            return [toned(span(row, Tone.DIM)) for row in decide.describe(decide.foresee(root, word))]

        def answered(said: Rejection | None) -> None:
            if said is not None:
                word = decide.reject(about, take, labels=said.labels, note=said.note)
                self.say(word, refused=lambda error: self._reject(about, take, said))

        name = f"the take of shot {about} that ships" if take is None else f"take {take} of shot {about}"
        self.app.push_screen(Reject(name, _changes(), foresee, first=first), answered)

    # --- words about the reel ----------------------------------------------------------------------------------

    def action_approve_gate(self) -> None:
        """Ask, then pass the gate as a whole and go on."""
        gate = self.waits_at()
        if not gate:
            return
        what = "it goes on by itself" if gate == Review.PLAN else f"all {gate} that wait are taken as they are"
        question = f"Approve the {gate}? Then {what}."

        def answered(yes: bool | None) -> None:
            if yes:
                self.action_resume()

        self.app.push_screen(Confirm(question, yes=f"approve the {gate} and go on", danger=False), answered)

    def action_undo(self) -> None:
        """Take the last word back."""
        self.say(decide.undo())

    # --- own pictures ------------------------------------------------------------------------------------------

    def ask_for_picture(self, step: str) -> None:
        """Ask for a picture of the person's own, and put it in the place of a keyframe or a master."""
        self._ask_for_picture(step, "")

    def _ask_for_picture(self, step: str, first: str) -> None:
        from reeltui.dialogs.paths import check_picture, complete_picture
        from reeltui.dialogs.words import Words

        root, what = self.root, phrase(step)

        def bring(path: str) -> Said:
            brought = decide.bring_picture(root, step, at_home(Path(path)))
            return _say(root, decide.use_picture(step, brought.sha), brought.warning)

        def answered(path: str | None) -> None:
            if path:
                self.acted()
                self.attempt(lambda: bring(path), self._said, refused=lambda error: self._ask_for_picture(step, path))

        question = f"Your own picture for {what}"
        hint = "A PNG, JPEG or WebP; Tab completes. It is copied into the reel; u takes it back."
        asking = Words(question, first, hint=hint, yes="use it", check=check_picture, complete=complete_picture)
        self.app.push_screen(asking, answered)

    # --- reading -----------------------------------------------------------------------------------------------

    def action_log(self) -> None:
        """Read the critic's log."""
        path = self.root / layout.CRITIC_LOG
        self.attempt(lambda: _end_of(path), self._read)

    def _read(self, text: object) -> None:
        from reeltui.dialogs.reading import Reading
        from reeltui.lines import wrap

        whole = str(text)
        rows = whole.split("\n")

        def draw(width: int) -> list[Line]:
            return [part for row in rows for part in (wrap(row, width) or [()])]

        self.app.push_screen(Reading("Critic's log", draw, text=whole, bottom=True))


def _end_of(path: Path) -> str:
    try:
        with open(path, "rb", opener=plain_opener) as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _LOG))
            data = file.read()
    except OSError as error:
        raise BadInput(
            f"{path.name} cannot be read: {error.strerror}", remedy="it is written with the first verdict"
        ) from None
    return (data if size <= _LOG else data.partition(b"\n")[2]).decode("utf-8", "replace")


def _changes() -> Callable[[Label], str]:
    """Return what tells what a label changes in the next take, in a few words."""
    from core.engines.wording import load_wording

    try:
        wording = load_wording()
    except BadInput:
        return lambda label: ""  # said where it matters: when the take is asked for
    return lambda label: change_of(label, wording)
