"""The studio's critic: takes that fail by their figures are sent back at once; a vision model looks at all others."""

from __future__ import annotations

import contextlib
import hashlib
import io
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
from PIL import Image

from core.engines.roles import Cancelled, Progress, Room
from core.engines.studio.asking import Pending
from core.engines.studio.chat import Answer, Chat, Cord, Message, Picture, Question
from core.engines.studio.measured import hard_failure, told
from core.engines.studio.measuring import clip_digest, measure_take
from core.engines.studio.schemas import narrowed_verdict
from core.engines.studio.server import MOST_PICTURES
from core.film.errors import BadInput, PersonNeeded, ReelError
from core.film.requests import Fact, JudgeRequest
from core.film.text import clean
from core.film.verdict import Verdict
from core.folder.layout import inside
from core.media.frames import grab
from core.media.measure import figures
from core.media.photo import as_rgb
from core.media.unreadable import Unreadable

ASKS = 3
STILLS = 4
# The same take must get the same marks, so the likeliest answer is taken; what is asked again is asked a little apart.
TEMPERATURE = 0.0
_AGAIN_TEMPERATURE = 0.3
_TOKENS = 800
_FRAME_SIDE = 1280  # pixels: hands and faces are judged at the size that is rendered
_MASTER_SIDE = 768
_QUALITY = 92
_MEASURED = 4  # clips measured at once; each takes a core for about two seconds
_KEPT = 64  # answers for takes nobody has asked for yet


class Unjudgeable(PersonNeeded):
    """The critic gave no verdict that can be used, asked as often as is allowed; the take stays unjudged."""


class Judged(msgspec.Struct, frozen=True):
    """A verdict, after so many asks (0: by its figures alone), what it took, and what was measured before."""

    verdict: Verdict
    asked: int
    tokens: int
    figures: dict[str, Fact] = {}

    def facts(self) -> dict[str, Fact]:
        """What the receipt says."""
        if not self.asked:
            return {"judged_by": "measured", **self.figures}
        took: dict[str, Fact] = {"asked": self.asked, "temperature": TEMPERATURE, "answer_tokens": self.tokens}
        return {"judged_by": "model", **took, **self.figures}


class Critic:
    """Judges takes by their figures, then by one chat. Takes of a round are measured and asked about at the same time;
    no verdict knows of another."""

    def __init__(self, chat: Chat, instructions: str, *, concurrent: int) -> None:
        self._chat = chat
        self._instructions = instructions
        self._gate = threading.BoundedSemaphore(concurrent)
        self._measuring = threading.BoundedSemaphore(_MEASURED)
        self._asked: dict[bytes, Pending[Judged]] = {}  # by the key of the question
        self._ahead: dict[bytes, bytes] = {}  # the question's key by the request, for those begun before their time

    def judge(self, request: JudgeRequest, room: Room, progress: Progress) -> Judged:
        """Judge a take, and begin with the others of `room.ahead` meanwhile.

        What was begun is found again by its clip and the whole of its question, pictures included, so a take that
        changed since is asked about anew. Raises Unjudgeable, ServerTrouble, Unreadable for a damaged picture or clip.
        """
        question = verdict_question(request, room, self._instructions)
        key = _key(question, request, room)
        before = self._ahead.pop(_name(request), key)
        if before != key and before in self._asked:  # what is to be seen has changed since
            self._asked.pop(before).give_up()
        try:
            progress(0.0, "looking at the take")
            pending = self._begin(key, question, request, room)
            for other in room.ahead:
                if isinstance(other, JudgeRequest) and other != request and self._begin_quietly(other, room):
                    progress(0.1, "looking at the other takes of this round")
            return pending.wait(progress, "judging the take")
        except Cancelled:
            self.forget()
            raise
        finally:
            self._asked.pop(key, None)

    def forget(self) -> None:
        """Give up all that is under way."""
        for pending in self._asked.values():
            pending.give_up()
        self._asked.clear()
        self._ahead.clear()

    def _begin(self, key: bytes, question: Question, request: JudgeRequest, room: Room) -> Pending[Judged]:
        found = self._asked.get(key)
        # A server that failed for a take nobody waited for is no word about this one; that none could be had is.
        if found is None or not (found.error is None or isinstance(found.error, Unjudgeable)):
            found = self._asked[key] = Pending(lambda cord: self._judge(question, request, room, cord))
        return found

    def _begin_quietly(self, request: JudgeRequest, room: Room) -> bool:
        """Begin ahead of time, where that was not done; what cannot be read is told when it is asked for."""
        name = _name(request)
        if name in self._ahead or len(self._asked) >= _KEPT:
            return False
        try:
            question = verdict_question(request, room, self._instructions)
            key = _key(question, request, room)
        except (ReelError, OSError):
            return False
        self._ahead[name] = key
        self._begin(key, question, request, room)
        return True

    def _judge(self, question: Question, request: JudgeRequest, room: Room, cord: Cord) -> Judged:
        with _through(self._measuring, cord):
            measured = measure_take(request, room.reel, cord)
        found = figures(measured.measures)
        verdict = hard_failure(measured, request)
        if verdict is not None:
            return Judged(verdict, 0, 0, found)
        with _through(self._gate, cord):
            judged = ask_verdict(self._chat, _telling(question, told(measured, request)), cord)
        return msgspec.structs.replace(judged, figures=found)


@contextlib.contextmanager
def _through(gate: threading.Semaphore, cord: Cord) -> Iterator[None]:
    """Wait at a gate that lets only so many in at once. Raises GivenUp."""
    while not gate.acquire(timeout=0.1):
        cord.pause(0.0)
    try:
        yield
    finally:
        gate.release()


def ask_verdict(chat: Chat, question: Question, cord: Cord) -> Judged:
    """Ask for a verdict at most `ASKS` times, each time after the first with what was wrong with the answer before.

    Raises Unjudgeable, ServerTrouble, GivenUp.
    """
    tokens, wrong = 0, ""
    now = question
    for asked in range(1, ASKS + 1):
        answer = chat.ask(now, cord)
        tokens += answer.answered_tokens
        try:
            return Judged(read_verdict(answer), asked, tokens)
        except BadInput as error:
            wrong = str(error)
        again = f"Your last answer is no verdict: {wrong}\nLook again and answer with the whole verdict."
        now = msgspec.structs.replace(
            question,
            messages=(*question.messages, Message("user", (again,))),
            seed=question.seed + asked,
            temperature=_AGAIN_TEMPERATURE,
        )
    raise Unjudgeable(
        f"the critic gave no verdict, asked {ASKS} times; the last answer: {clean(wrong, limit=300)}",
        remedy="look at this take yourself (approve or reject it), or ask for another",
    )


def read_verdict(answer: Answer) -> Verdict:
    """Return the verdict an answer is, as a whole. Raises BadInput: nothing is searched, clipped or filled in."""
    if not answer.text.strip():
        raise BadInput("it is empty")
    if not answer.whole:
        raise BadInput(f"it was cut short after {answer.answered_tokens} tokens; say less in each issue")
    try:
        verdict = msgspec.json.decode(answer.text.encode(), type=Verdict)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadInput(str(error)) from None
    return msgspec.structs.replace(verdict, issues=tuple(clean(issue) for issue in verdict.issues))


def verdict_question(request: JudgeRequest, room: Room, instructions: str) -> Question:
    """Return what is asked about a take: what was wanted in words, then the pictures, each with its name.

    Raises Unreadable for a missing or damaged picture, BadInput for a path that leads out of the reel.
    """
    parts: list[str | Picture] = [_wanted(request)]
    for name, path in _models(request):
        parts += [f"{name}:", _picture(inside(room.reel, path), _MASTER_SIDE)]
    parts += ["The keyframe, the first frame as it was painted:", _picture(inside(room.reel, request.keyframe))]
    if request.last:
        parts += ["How the clip is to end:", _picture(inside(room.reel, request.last))]
    stills = list(_stills(request, room))
    for number, picture in enumerate(stills, 1):
        parts += [f"Frame {number} of {len(stills)} of the take, in order of time:", picture]
    return Question(
        messages=(Message("system", (instructions,)), Message("user", tuple(parts))),
        name="verdict",
        schema=narrowed_verdict(),
        longest=_TOKENS,
        seed=0,
        temperature=TEMPERATURE,
    )


def _telling(question: Question, words: str) -> Question:
    """Return the question with what was measured right below what was wanted, before anything is seen."""
    system, user = question.messages
    wanted, *seen = user.parts
    messages = (system, Message("user", (f"{wanted}\n\n{words}", *seen)))
    return msgspec.structs.replace(question, messages=messages)


def _wanted(request: JudgeRequest) -> str:
    people = "\n".join(f"{letter}: {text}" for letter, text in sorted(request.characters.items()))
    camera = request.camera.value.replace("_", " ") if request.camera else "not named"
    seconds = request.frames / request.fps
    return (
        f"What was wanted, {seconds:.1f} seconds of it:\n{request.prompt}\n\n"
        f"Camera move: {camera}\n\nCharacters in the shot:\n{people or 'nobody; it is a shot of the place'}"
    )


def _models(request: JudgeRequest) -> Iterator[tuple[str, str]]:
    """Yield the masters by name and path, characters first, as many as leave room for what must be seen."""
    masters = sorted(request.references, key=lambda one: (one.name not in request.characters, one.name))
    for reference in masters[: MOST_PICTURES - STILLS - 2]:
        known = "The place" if reference.name == "scene" else f"Character {reference.name}"
        yield (f"{known}, as painted for reference", reference.path)


def _stills(request: JudgeRequest, room: Room) -> Iterator[Picture]:
    """Yield the take's four frames; where they were not kept beside it, they are taken from the clip."""
    if request.stills:
        for path in request.stills[:STILLS]:
            yield _picture(inside(room.reel, path))
    else:
        for frame in grab(inside(room.reel, request.clip), STILLS):
            yield _encoded(Image.fromarray(frame), _FRAME_SIDE)


def _picture(path: Path, side: int = _FRAME_SIDE) -> Picture:
    """Return a picture as a JPEG of at most `side` pixels a side; one that is that already goes as it is."""
    try:
        data = path.read_bytes()
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
            image.load()  # a damaged one must not be judged
            if image.format == "JPEG" and image.mode == "RGB" and max(image.size) <= side:
                return Picture(data)
            return _encoded(as_rgb(image), side)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise Unreadable.of(path, str(error)) from error


def _encoded(image: Image.Image, side: int) -> Picture:
    image.thumbnail((side, side), Image.Resampling.LANCZOS)  # smaller only; it keeps the shape
    out = io.BytesIO()
    image.save(out, format="JPEG", quality=_QUALITY, subsampling=0)
    return Picture(out.getvalue())


def _name(request: JudgeRequest) -> bytes:
    return msgspec.msgpack.encode(request)


def _key(question: Question, request: JudgeRequest, room: Room) -> bytes:
    """Return what is the same for the same clip and question, its pictures included, and for no other."""
    return hashlib.sha256(clip_digest(request, room.reel) + msgspec.msgpack.encode(question)).digest()
