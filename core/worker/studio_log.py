"""Reads StudioMI300's event log: which verdict belongs to the clip on disk, and where none can be told. Pure.

That system overwrites a clip by its next attempt, never judges its third, and takes a critic that failed for ten of
ten. So a verdict counts only where the log says that it was given after the last rendering of its shot began and
ended, by a critic of which no failure is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from core.film.text import clean
from core.film.verdict import Verdict

_CRITIC = re.compile(r"critic|judge|verdict|score", re.IGNORECASE)
_TROUBLE = re.compile(
    r"error|exception|fail|traceback|time[d_ -]*out|unavailable|crash|skip|default|fallback|refus|oom|not loaded",
    re.IGNORECASE,
)
_SHOT = re.compile(r"(?:shot|clip)\W{0,3}(\d{1,2})\b", re.IGNORECASE)
_NO_JUDGEMENT = ("error", "exception", "fallback", "traceback", "parse_error", "skipped")
_MOST_ISSUE = 400  # characters, as a verdict allows
_NO_TIMES = "the folder has several logs and not all lines say when, so their order cannot be told"


class ClipStory(msgspec.Struct, frozen=True):
    """What the log says about the clip of one shot as it lies there.

    `verdict` is None where none can be told, then `doubt` says why. `seconds` is the rendering time. `prompt` is the
    shot's prompt in the plan the clip was rendered from, None where the log does not say.
    """

    verdict: Verdict | None = None
    doubt: str = "the log has no verdict for it"
    seconds: float | None = None
    attempt: int | None = None
    prompt: str | None = None


class StudioLog(msgspec.Struct, frozen=True):
    """What a log tells. Keys are shot numbers; `seconds` has working times by step ("masters/A", "keyframe/0").

    `keyframe_prompts` are the prompts keyframes were painted from, `spoken` what the narrator was given to say and
    how long it was (seconds, or None), both only where the log says so.
    """

    sentence: str = ""
    clips: dict[int, ClipStory] = {}
    keyframe_prompts: dict[int, str] = {}
    spoken: dict[int, tuple[str, float | None]] = {}
    seconds: dict[str, float] = {}

    def clip(self, shot: int) -> ClipStory:
        """Return what is known about the clip of a shot."""
        return self.clips.get(shot, ClipStory())


def read_log(texts: Iterable[bytes]) -> StudioLog:
    """Return what these log files tell, oldest line first. Lines that say nothing known are passed over."""
    files = [list(_entries(text)) for text in texts]
    told = [lines for lines in files if any(entry.event is not None for entry in lines)]
    reader = _Reader()
    entries = [entry for lines in told for entry in lines]
    if len(told) > 1 and any(entry.at is None for entry in entries):
        reader.distrust = _NO_TIMES
    elif len(told) > 1:
        entries.sort(key=lambda entry: entry.at or 0.0)
    for entry in entries:
        reader.take(entry)
    for lines in files:
        if lines not in told:
            reader.overhear(lines)
    return reader.told()


class _Entry(msgspec.Struct, frozen=True):
    """A line: its event, or None for plain words; the words around it; when (a plain line: when the one before)."""

    event: dict[str, Any] | None
    words: str
    at: float | None


def _entries(text: bytes) -> Iterator[_Entry]:
    at: float | None = None
    for raw in text.splitlines():
        words, brace, rest = raw.partition(b"{")
        event: object = None
        if brace:
            try:
                event = msgspec.json.decode(brace + rest)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                words = raw  # half a line, or words with a brace in them
        said = words.decode(errors="replace")
        if isinstance(event, dict):
            when = event.get("ts")
            at = float(when) if isinstance(when, int | float) and not isinstance(when, bool) else at
            yield _Entry(event, said, at)
        elif said.strip():
            yield _Entry(None, said, at)


class _Clip:
    """One shot while the log is read."""

    def __init__(self) -> None:
        self.rendering = False
        self.rendered = False
        self.passed = False
        self.attempt: int | None = None
        self.seconds: float | None = None
        self.prompt: str | None = None
        self.event: dict[str, Any] | None = None
        self.doubt = ""


class _Reader:
    """Follows the log from its first line to its last."""

    def __init__(self) -> None:
        self.distrust = ""
        self._clips: dict[int, _Clip] = {}
        self._prompts: dict[int, str] = {}
        self._last: int | None = None
        self._critic_down = ""
        self._sentence = ""
        self._keyframes: dict[int, str] = {}
        self._spoken: dict[int, tuple[str, float | None]] = {}
        self._seconds: dict[str, float] = {}

    def take(self, entry: _Entry) -> None:
        """Take one line."""
        if _CRITIC.search(entry.words) and _TROUBLE.search(entry.words):
            named = _SHOT.search(entry.words)
            self._trouble(int(named[1]) if named else None, entry.words)
        if entry.event is None:
            return
        event = entry.event
        stage = event.get("stage")
        if not isinstance(stage, str):
            stage = "critic_verdict" if "score" in event else ""
        shot = event.get("shot")
        shot = shot if isinstance(shot, int) and not isinstance(shot, bool) else None
        if shot is not None and shot not in self._clips:
            self._clips[shot] = _Clip()
        if _CRITIC.search(stage) and _TROUBLE.search(stage):
            self._trouble(shot, str(event.get("error") or event.get("message") or stage))
            return
        step = getattr(self, f"_{stage}", None) if stage in _STAGES else None
        if step is not None:
            step(event, shot)

    def overhear(self, lines: list[_Entry]) -> None:
        """Take a log of words alone. When its lines were written is not known, so what it doubts stays doubted."""
        for entry in lines:
            if _CRITIC.search(entry.words) and _TROUBLE.search(entry.words):
                named = _SHOT.search(entry.words)
                if named:
                    self._trouble(int(named[1]), entry.words)
                else:
                    self.distrust = self.distrust or _failed(entry.words)

    def _trouble(self, shot: int | None, words: str) -> None:
        """The critic failed: for this shot, or, where none is named, from here on."""
        doubt = _failed(words)
        if shot is None:
            self._critic_down = doubt
            shot = self._last
        if shot is not None:
            self._clips.setdefault(shot, _Clip()).doubt = doubt

    def _started(self, event: dict[str, Any], shot: int | None) -> None:
        self._critic_down = ""
        self._sentence = _text(event.get("prompt")) or self._sentence

    def _plan_ready(self, event: dict[str, Any], shot: int | None) -> None:
        shots = event.get("shots")
        self._prompts = {}
        for one in shots if isinstance(shots, list) else []:
            if isinstance(one, dict) and isinstance(one.get("index"), int) and isinstance(one.get("prompt"), str):
                self._prompts[one["index"]] = one["prompt"]

    def _master_ready(self, event: dict[str, Any], shot: int | None) -> None:
        self._time(f"masters/{_text(event.get('name'))}", event.get("seconds"))

    def _keyframe_ready(self, event: dict[str, Any], shot: int | None) -> None:
        if shot is not None:
            self._time(f"keyframe/{shot}", event.get("seconds"))
            self._keyframes.pop(shot, None)
            if shot in self._prompts:
                self._keyframes[shot] = self._prompts[shot]

    def _clip_started(self, event: dict[str, Any], shot: int | None) -> None:
        if shot is not None:
            clip = self._clips[shot] = _Clip()
            clip.rendering, clip.attempt = True, _whole(event.get("attempt"))

    def _clip_rendered(self, event: dict[str, Any], shot: int | None) -> None:
        if shot is None:
            return
        began = self._clips[shot].attempt if self._clips[shot].rendering else None
        clip = self._clips[shot] = _Clip()
        clip.rendered, clip.attempt = True, _whole(event.get("attempt")) or began
        minutes = _number(event.get("minutes"))
        clip.seconds = minutes * 60 if minutes is not None else _number(event.get("seconds"))
        clip.prompt = self._prompts.get(shot)
        self._last = shot

    def _critic_verdict(self, event: dict[str, Any], shot: int | None) -> None:
        if shot is None:
            return
        clip = self._clips[shot]
        clip.event, clip.doubt = event, clip.doubt or self._critic_down
        judged = _whole(event.get("attempt"))
        if judged is not None and clip.attempt is not None and judged != clip.attempt:
            clip.doubt = f"the log's verdict is of attempt {judged}, the clip of attempt {clip.attempt}"

    def _clip_passed(self, event: dict[str, Any], shot: int | None) -> None:
        if shot is not None:
            self._clips[shot].passed = True

    def _vo_chunk_ready(self, event: dict[str, Any], shot: int | None) -> None:
        if shot is not None:
            self._spoken[shot] = (_text(event.get("text")), _number(event.get("seconds")))

    def _music_ready(self, event: dict[str, Any], shot: int | None) -> None:
        self._time("music", event.get("seconds"))

    def _time(self, name: str, seconds: object) -> None:
        found = _number(seconds)
        if found is not None:
            self._seconds[name] = found

    def told(self) -> StudioLog:
        """Return what was told."""
        clips = {shot: self._story(clip) for shot, clip in self._clips.items()}
        return StudioLog(self._sentence, clips, self._keyframes, self._spoken, self._seconds)

    def _story(self, clip: _Clip) -> ClipStory:
        story = ClipStory(seconds=clip.seconds, attempt=clip.attempt, prompt=clip.prompt)
        doubt = self.distrust or clip.doubt
        if not doubt and clip.rendering:
            doubt = "it was being rendered again when the log ends"
        if not doubt and clip.event is not None and not (clip.rendered or clip.passed):
            doubt = "the log does not say of which attempt its verdict is"
        if clip.event is None:
            return msgspec.structs.replace(story, doubt=doubt or ClipStory().doubt)
        verdict, fault = _verdict(clip.event)
        if doubt or verdict is None:
            return msgspec.structs.replace(story, doubt=doubt or fault)
        return msgspec.structs.replace(story, verdict=verdict, doubt="")


_STAGES = (
    "started",
    "plan_ready",
    "master_ready",
    "keyframe_ready",
    "clip_started",
    "clip_rendered",
    "critic_verdict",
    "clip_passed",
    "vo_chunk_ready",
    "music_ready",
)


def _verdict(event: dict[str, Any]) -> tuple[Verdict | None, str]:
    """Return the verdict of an event, or what is wrong with it. Marks are refused, never mended."""
    score = event.get("score")
    for holder in (event, score):
        for key in _NO_JUDGEMENT:
            if isinstance(holder, dict) and holder.get(key):
                return None, _failed(f"{key}: {holder[key]}")
    if not isinstance(score, dict):
        return None, "the log's verdict holds no marks"
    issues = score.get("issues")
    if isinstance(issues, list):
        cut = [clean(issue, limit=_MOST_ISSUE) if isinstance(issue, str) else issue for issue in issues]
        score = {**score, "issues": cut}
    try:
        return msgspec.convert(score, Verdict), ""
    except msgspec.ValidationError as error:
        reason, at, where = str(error).partition(" - at ")
        return None, f"the log's verdict is none: {clean(reason, limit=90)}{at}{clean(where, limit=40)}"


def _failed(words: str) -> str:
    return f"the log says that the critic failed: {clean(words, limit=120)}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 1e7 else None
