"""The fit of a narration line: what the narrator itself would say, measured without a file, from any thread."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import msgspec
import pytest

from core.engines.animatic.narrator import AnimaticNarrator
from core.engines.narration import MOST_FASTER
from core.engines.roles import Room
from core.film.errors import BadInput
from core.film.language import LANGUAGES, Language
from core.film.preset import PresetName
from core.film.requests import NarrateRequest
from core.film.settings import Settings
from reeltui.acts.fit import fit, fit_shot
from tests.toys import toy_plan

SHORT = "She walks through the rain."
LONG = "She walks through the neon rain of the city, looking for two friends she has not seen for years."
KANA = "かのじょはあるく。"


def fit_of(text: str, code: str = "a", *, speed: float = 1.0, seconds: float = 5.0):  # type: ignore[no-untyped-def]
    language = Language(code)
    return fit(text, language=language, voice=LANGUAGES[language].voice, speed=speed, seconds=seconds)


@pytest.mark.parametrize(
    ("text", "code", "seconds"), [(SHORT, "a", 5.0), (LONG, "a", 5.0), (LONG, "a", 3.0), (KANA, "j", 5.0)]
)
def test_it_is_what_the_narrator_says(tmp_path: Path, text: str, code: str, seconds: float) -> None:
    language = Language(code)
    request = NarrateRequest(text, language, LANGUAGES[language].voice, 1.0, seconds)
    facts = AnimaticNarrator().run(request, Room(tmp_path, tmp_path), lambda fraction, note="": None).facts
    found = fit_of(text, code, seconds=seconds)
    assert found.spoken == pytest.approx(facts["seconds"], abs=0.002)
    assert found.overrun == pytest.approx(facts["overrun_seconds"], abs=0.002)
    assert found.available == seconds


def test_a_line_that_fits_is_not_made_faster() -> None:
    found = fit_of(SHORT)
    assert found.fits
    assert (found.natural, found.faster, found.overrun) == (found.spoken, 1.0, 0.0)
    assert 1.0 < found.spoken < 3.0


def test_a_line_that_is_a_little_long_is_spoken_faster_and_fits() -> None:
    natural = fit_of(LONG, seconds=30.0).natural
    found = fit_of(LONG, seconds=natural * 0.95)
    assert found.fits
    assert found.natural == natural
    assert found.spoken < natural
    assert 1.0 < found.faster < MOST_FASTER


def test_a_line_that_is_far_too_long_says_by_how_much() -> None:
    found = fit_of(LONG, seconds=2.0)
    assert not found.fits
    assert found.faster > found.most == MOST_FASTER
    assert found.overrun == pytest.approx(found.spoken - 2.0)


def test_no_words_take_no_time_and_what_cannot_be_spoken_says_so() -> None:
    assert fit_of("  \n").spoken == 0.0
    assert fit_of("").fits
    with pytest.raises(BadInput, match="no word to speak"):
        fit_of("***")
    with pytest.raises(BadInput, match="not possible"):
        fit_of(SHORT, speed=0.0)


def test_a_shot_has_its_own_voice_speed_and_length() -> None:
    plan = toy_plan()
    slow = msgspec.structs.replace(plan.shots[1], speed=0.5)
    plan = msgspec.structs.replace(plan, shots=(plan.shots[0], slow, plan.shots[2]))
    draft = Settings(preset=PresetName.DRAFT)
    assert fit_shot(plan, draft, 1).natural > 1.5 * fit_shot(plan, draft, 0).natural
    assert fit_shot(plan, draft, 0).available == draft.figures.seconds
    assert fit_shot(plan, draft, 0, LONG).natural > fit_shot(plan, draft, 0).natural
    with pytest.raises(BadInput, match="no shot 9"):
        fit_shot(plan, draft, 9)


def test_threads_may_ask_as_often_as_they_like() -> None:
    alone = {text: fit_of(text) for text in (SHORT, LONG)}
    found: list[object] = []
    open_files = len(os.listdir("/proc/self/fd"))

    def ask(text: str) -> None:
        found.extend(fit_of(text) == alone[text] for _ in range(10))

    threads = [threading.Thread(target=ask, args=(text,)) for text in (SHORT, LONG) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [True] * 40
    assert len(os.listdir("/proc/self/fd")) <= open_files
