"""The animatic composer: a small piece of music from its brief, written as a score and played by NumPy."""

from __future__ import annotations

import math

from core.engines.animatic.compose.score import Score, write_score
from core.engines.animatic.compose.stage import perform
from core.engines.animatic.compose.tones import RATE
from core.engines.roles import Progress, Room
from core.film.errors import BadInput
from core.film.requests import ComposeRequest, Fact, Made
from core.media.sound import write_wav
from core.places import data_table

FILE = "music.wav"
WORDS = "prompts/music.toml"
SHORTEST, LONGEST = 1.0, 180.0  # seconds; a reel has 24 shots of 7 s at most
_NAMES = ("C", "D flat", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")


class AnimaticComposer:
    """Composes and plays (role: core.engines.roles.Composer); no model, no GPU, same brief and seed, same bytes."""

    def load(self, device: str) -> None:
        """Read the word lists; BadInput where prompts/music.toml is broken."""
        data_table(WORDS)

    def run(self, request: ComposeRequest, room: Room, progress: Progress) -> Made:
        """Write music.wav: round(seconds * 48000) samples of 48 kHz stereo, peak at -2 dBFS, ending in silence.

        Raises BadInput for a length outside SHORTEST..LONGEST.
        """
        if not (math.isfinite(request.seconds) and SHORTEST <= request.seconds <= LONGEST):
            raise BadInput(f"music of {request.seconds} seconds cannot be composed", remedy="ask for 1 to 180 seconds")
        progress(0.0, "writing the score")
        score = write_score(request.brief, request.seconds, request.seed, data_table(WORDS))
        samples = round(request.seconds * RATE)
        piece = perform(score, samples, lambda done: progress(0.02 + 0.93 * done, "playing"))
        write_wav(room.stage / FILE, piece, RATE)
        progress(1.0, "played")
        return Made(files=(FILE,), facts=_facts(score, samples))


def _facts(score: Score, samples: int) -> dict[str, Fact]:
    brief, form = score.brief, score.form
    voices = sorted({note.voice.partition(":")[0] for note in score.notes})
    return {
        "seconds": samples / RATE,
        "bpm": brief.bpm,
        "meter": brief.meter,
        "key": f"{_NAMES[brief.tonic]} {brief.mode}",
        "mood": brief.mood if brief.lift == brief.mood else f"{brief.mood}, {brief.lift}",
        "instruments": ", ".join(voices).replace("drum", f"drums ({brief.drums})"),
        "form": " ".join(section.name for section in form.sections),
        "chords": " ".join(span.chord.name for span in form.spans),
        "last_chord_at": round(form.last_chord_at, 3),
        "notes": len(score.notes),
    }
