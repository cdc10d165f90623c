"""How a narration line fits its shot, measured at once by speaking it on the CPU; the reel is not touched.

It is the animatic narrator's own voice, whoever will narrate: another engine's speaks at about the same pace.
"""

from __future__ import annotations

import msgspec

from core.film.language import Language
from core.film.plan import Plan
from core.film.preset import PRESETS
from core.film.requests import NarrateRequest
from core.film.settings import Settings
from core.pipeline.steps import shot_voice


class Fit(msgspec.Struct, frozen=True):
    """How a line fits. `natural` is how long it takes at the speed that was asked for, `spoken` as it will be spoken:
    faster where it is too long, by `most` times at most. `available` is the shot's length. All in seconds.

    `faster` is how many times faster it would have to be spoken to fit (1.0: it fits as it is); `overrun` by how much
    it runs into the next shot all the same.
    """

    natural: float
    spoken: float
    available: float
    faster: float
    overrun: float
    most: float

    @property
    def fits(self) -> bool:
        """Whether the line ends within its shot."""
        return self.overrun <= 0


def fit(text: str, *, language: Language, voice: str, speed: float, seconds: float) -> Fit:
    """Measure a line; `voice` as in a plan ("af_heart"), `seconds` the shot's length. A line without any word takes no
    time, as nobody will speak it.

    Takes some hundredths of a second (in Japanese, more at the first call: a dictionary is read); call it from a
    thread, as often as you like. Raises BadInput for a line that cannot be spoken, EngineTrouble.
    """
    # numpy and the speech engine: only whoever edits a line pays for them.
    from core.engines.animatic.narrator import time_line
    from core.engines.narration import MOST_FASTER

    if not text.strip():
        return Fit(0.0, 0.0, seconds, 1.0, 0.0, MOST_FASTER)
    found = time_line(NarrateRequest(text.strip(), language, voice, speed, seconds))
    return Fit(found.natural, found.seconds, seconds, found.faster, found.overrun, MOST_FASTER)


def fit_shot(plan: Plan, settings: Settings, index: int, text: str | None = None) -> Fit:
    """Measure the line of a shot, or `text` in its place, with the shot's own voice and speed. Raises as `fit`."""
    place = plan.position(index)
    shot = plan.shots[place]
    return fit(
        plan.narration(place) if text is None else text,
        language=plan.vo_lang,
        voice=shot_voice(plan, shot),
        speed=shot.speed or 1.0,
        seconds=PRESETS[settings.preset].seconds,
    )
