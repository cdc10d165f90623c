"""The animatic narrator: espeak-ng speaks a line, fitted to its shot and made pleasant."""

from __future__ import annotations

import math
import re

import msgspec
import numpy as np

from core.engines.animatic.narrate.espeak import (
    BASE_RATE,
    FASTEST,
    RATE,
    SLOWEST,
    Speech,
    find_library,
    voice_name,
)
from core.engines.animatic.narrate.japanese import read_japanese
from core.engines.animatic.narrate.polish import OUTPUT_RATE, polish
from core.engines.narration import (
    BREATH_SECONDS,
    FILE,
    MOST_FASTER,
    Fitted,
    Samples,
    check_line,
    fit,
    no_words,
    spoken_facts,
    trim,
)
from core.engines.roles import Progress, Room
from core.film.errors import BadInput
from core.film.language import Language
from core.film.requests import Made, NarrateRequest
from core.film.text import clean
from core.media.sound import write_wav

_JOIN_SECONDS = 0.06  # between a Japanese piece and an English one

# Markup and code are said as words: espeak would name each of these signs ("less than", "asterisk", "backslash").
_SIGNS = re.compile(r"[<>\[\]{}()*_#|\\~^`=\"“”«»„/]+")
_DASHES = re.compile(r"\s+[-–—]+\s+|[–—]+")


class Spoken(msgspec.Struct, frozen=True):
    """What is sent to espeak: (text, voice) in order, and the kanji left out because nobody could read them."""

    pieces: tuple[tuple[str, str], ...]
    unread: str = ""


def script(text: str, language: Language, voice: str) -> Spoken:
    """Return the pieces of `text` as they are to be spoken; BadInput where no word is left.

    Control characters and markup signs are gone; Japanese is in kana, with Latin words for an English voice.
    """
    plain = _DASHES.sub(", ", _SIGNS.sub(" ", clean(text)))
    plain = " ".join(plain.split()).strip(", ")
    own = voice_name(language, voice)
    spoken = Spoken(((plain, own),))
    if language is Language.JAPANESE:
        reading = read_japanese(plain)
        english = voice_name(Language.AMERICAN_ENGLISH, "").partition("+")[0] + "+" + own.partition("+")[2]
        pieces = tuple((piece, english if is_english else own) for piece, is_english in reading.pieces)
        spoken = Spoken(pieces, reading.unread)
    if not any(char.isalnum() for piece, _ in spoken.pieces for char in piece):
        raise no_words()
    return spoken


class Timed(msgspec.Struct, frozen=True):
    """How long a line takes: `natural` at the speed that was asked for, `seconds` as it is spoken at `speed` once it is
    fitted, `faster` the factor it would have to be spoken faster by to fit (1.0 where it fits), all of it in seconds or
    as factors. `overrun` is by how much it is longer than its shot."""

    natural: float
    seconds: float
    speed: float
    faster: float
    overrun: float


def time_line(request: NarrateRequest) -> Timed:
    """Speak a line and tell only how long it takes: the same as `AnimaticNarrator.run` says, without a file.

    Takes about a hundredth of the time it would take to listen; may be called from any thread. Raises BadInput,
    EngineTrouble.
    """
    check_line(request)
    fitted = _fitted(script(request.text, request.language, request.voice), request, lambda fraction, note="": None)
    seconds, room = len(fitted.sound) / RATE, request.fit_seconds - BREATH_SECONDS
    return Timed(
        natural=fitted.natural,
        seconds=seconds,
        speed=fitted.pace / BASE_RATE[request.language],
        faster=max(1.0, fitted.natural / room) if room > 0 else math.inf,
        overrun=max(0.0, seconds - request.fit_seconds),
    )


class AnimaticNarrator:
    """Speaks one line with espeak-ng (role: core.engines.roles.Narrator); no model, no GPU, same bytes every time."""

    def load(self, device: str) -> None:
        """Check that espeak-ng is there and starts; EngineTrouble where it does not."""
        find_library()
        with Speech():
            pass

    def run(self, request: NarrateRequest, room: Room, progress: Progress) -> Made:
        """Write narration.wav (mono, 48 kHz, 16 bit) and return its facts.

        `seconds` is the file's length without silence around it; `speed` what was used after fitting;
        `overrun_seconds` by how much it is longer than `fit_seconds` (0.0 where it fits). A line longer than
        `fit_seconds` less BREATH_SECONDS is spoken faster, by MOST_FASTER at most.
        """
        check_line(request)
        progress(0.0, "reading the line")
        spoken = script(request.text, request.language, request.voice)
        fitted = _fitted(spoken, request, progress)
        progress(0.8, "levelling the voice")
        finished = polish(fitted.sound, RATE)
        write_wav(room.stage / FILE, finished, OUTPUT_RATE)
        seconds = len(finished) / OUTPUT_RATE
        facts = spoken_facts(seconds, fitted.pace / BASE_RATE[request.language], request.fit_seconds)
        facts["voice"] = spoken.pieces[0][1]
        if request.language is Language.JAPANESE:
            facts["reading"] = " ".join(piece for piece, _ in spoken.pieces)
        if spoken.unread:
            facts["note"] = f"left out, no reading known: {spoken.unread}"
        progress(1.0, "spoken")
        return Made(files=(FILE,), facts=facts)


def _fitted(spoken: Spoken, request: NarrateRequest, progress: Progress) -> Fitted:
    """Return the speech and its rate in words a minute, faster where the line is too long."""
    base = BASE_RATE[request.language] * request.speed
    rate = _possible(base)
    fastest = max(rate, min(_possible(base * MOST_FASTER), math.floor(base * MOST_FASTER)))
    return fit(
        lambda words: _say(spoken, words, progress),
        pace=rate,
        fastest=fastest,
        rate=RATE,
        fit_seconds=request.fit_seconds,
        step=2,
    )


def _possible(rate: float) -> int:
    return max(SLOWEST, min(FASTEST, round(rate)))


def _say(spoken: Spoken, rate: int, progress: Progress) -> Samples:
    """Return the pieces spoken and joined at RATE, without silence around them; BadInput where nothing is heard."""
    joined: list[Samples] = []
    gap = np.zeros(int(_JOIN_SECONDS * RATE), np.float32)
    for number, (text, voice) in enumerate(spoken.pieces):
        fraction = 0.1 + 0.6 * number / len(spoken.pieces)

        def tick(fraction: float = fraction) -> None:
            progress(fraction, "speaking")

        # One load a piece: espeak's state would otherwise carry over from one voice into the next.
        with Speech() as speech:
            sound = trim(speech.say(text, voice, rate, tick).astype(np.float32) / 32768.0, RATE)
        if len(sound):
            joined += [gap, sound] if joined else [sound]
    if not joined:
        raise BadInput(
            "the shot's narration line cannot be spoken in its language: " + clean(spoken.pieces[0][0], limit=60),
            remedy="write the line in the language of vo_lang",
        )
    return np.concatenate(joined)
