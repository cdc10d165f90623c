"""The planning rules: each is broken once, and named."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core.engines.wording import load_wording
from core.film.camera import CameraMove
from core.film.language import Language
from core.film.plan import Plan, Shot
from core.pipeline.rules import broken_rules, camera_moves

PHRASES = load_wording().phrases
MAYA = "Maya (slim woman, 27, black bob, red coat, blue jeans, white scarf)"
FILLER = " ".join(["soft light lies over quiet stone"] * 9)
LENS = "shot on Arri Alexa, anamorphic, 35mm film grain, photorealistic"
PROMPT = f"Dolly in slowly at eye level. {MAYA} walks ahead. {FILLER}. {LENS}"


def plan(**shot: Any) -> Plan:
    first = Shot(index=0, is_hero=True, shot_type="Wide dolly in", dominant_subject="A", cut=True, prompt=PROMPT)
    return Plan(
        characters={"A": MAYA},
        story_logline="Maya walks.",
        shots=(msgspec.structs.replace(first, **shot),),
        music_style="piano",
        vo_script_per_shot=("Every story begins with a moment like this.",),
        vo_lang=Language.AMERICAN_ENGLISH,
    )


def test_a_sound_plan_breaks_nothing() -> None:
    assert broken_rules(plan(), PHRASES) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_hero": False}, "not the hero shot"),
        ({"shot_type": "Close-up"}, "no wide shot"),
        ({"cut": False}, "continues a shot"),
        ({"prompt": f"Dolly in slowly. {MAYA} walks. {LENS}"}, "words; 70 to 110"),
        ({"prompt": PROMPT.replace(FILLER, FILLER + " " + FILLER)}, "words; 70 to 110"),
        (
            {"prompt": PROMPT.replace("Dolly in slowly at eye level", "The light is soft at eye level")},
            "no camera move",
        ),
        (
            {"prompt": PROMPT.replace("Dolly in slowly at eye level. ", "").replace("ahead.", "ahead, dolly in.")},
            "first",
        ),
        ({"prompt": PROMPT.replace("walks ahead", "walks ahead, then pan left")}, "several camera moves"),
        ({"prompt": PROMPT.replace("red coat", "green coat")}, "word for word"),
        ({"prompt": PROMPT.replace("soft light lies", "soft Cinematic light", 1)}, "cinematic"),
        ({"prompt": PROMPT.replace("walks ahead", "walks past two old friends")}, "counts people"),
        ({"prompt": PROMPT.replace("walks ahead", "walks, EXACTLY like that")}, "counts people"),
        ({"prompt": PROMPT.replace(LENS, "and so it all ends here today, quietly and well")}, "lens anchor"),
        ({"dominant_subject": "AB"}, "names no character: B"),
        ({"dominant_subject": "scene", "prompt": PROMPT.replace(MAYA, "Maya")}, "without the portrait of A"),
    ],
)
def test_each_broken_rule_is_named(change: dict[str, Any], said: str) -> None:
    broken = broken_rules(plan(**change), PHRASES)
    assert any(said in problem for problem in broken), broken


@pytest.mark.parametrize("line", ["Too short.", "", "This line is much too long to be spoken in five short seconds."])
def test_lines_have_six_to_ten_words(line: str) -> None:
    broken = broken_rules(msgspec.structs.replace(plan(), vo_script_per_shot=(line,)), PHRASES)
    assert len(broken) == 1
    assert "narration" in broken[0]


def test_japanese_lines_are_counted_in_characters() -> None:
    one = msgspec.structs.replace(plan(), vo_lang=Language.JAPANESE)
    assert broken_rules(msgspec.structs.replace(one, vo_script_per_shot=("最初の光が、音もなく届く。",)), PHRASES) == []
    assert broken_rules(msgspec.structs.replace(one, vo_script_per_shot=("光。",)), PHRASES) != []


def test_portraits_and_setting_are_checked_too() -> None:
    bad = msgspec.structs.replace(plan(), setting="A cinematic street.")
    assert broken_rules(bad, PHRASES) == ["the setting says “cinematic”"]


def test_an_age_is_no_count() -> None:
    child = "Mo (small girl, 9, braids)"
    bad = msgspec.structs.replace(plan(prompt=PROMPT.replace(MAYA, child)), characters={"A": child})
    assert not any("counts" in problem for problem in broken_rules(bad, PHRASES))


def test_a_wording_inside_a_longer_one_is_one_move() -> None:
    found = camera_moves("Tracking shot following from behind at hip level. She walks.", PHRASES)
    assert found == [(0, CameraMove.FOLLOW)]
    assert camera_moves("A slow pull-back, then pan left", PHRASES) == [
        (2, CameraMove.DOLLY_OUT),
        (5, CameraMove.PAN_LEFT),
    ]


def test_every_camera_wording_stands_for_its_own_move_alone() -> None:
    for name, wordings in PHRASES.items():
        assert [move for _, move in camera_moves(wordings[0], PHRASES)] == [CameraMove(name)]
