"""plan.json: strict, with the path of the bad field; the seed system's plans load unchanged; nothing is lost."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.film.errors import BadInput
from core.film.language import Language
from core.film.plan import (
    MAX_PLAN_BYTES,
    MAX_SHOTS,
    Plan,
    Shot,
    Transition,
    decode_plan,
    encode_plan,
    plan_schema,
)
from tests.toys import toy_plan

AIKO = "Aiko (slim Japanese woman, 27, jet-black chin-length bob, mustard yellow vinyl raincoat)"
KENJI = "Kenji (Japanese man, 28, tall and lean, charcoal wool coat)"
MEI = "Mei (Japanese woman, 26, shoulder-length lavender hair, white denim jacket)"
LENS = "shot on Arri Alexa, anamorphic, 35mm film grain, photorealistic"


def seed_shot(index: int, kind: str, subject: str, cut: bool, words: str) -> dict[str, Any]:
    return {
        "index": index,
        "is_hero": index == 0,
        "shot_type": kind,
        "dominant_subject": subject,
        "cut": cut,
        "prompt": f"{words} {LENS}",
    }


def seed_plan() -> dict[str, Any]:
    """A whole plan as the seed system wrote them: its field names, its example, all six shots."""
    walking = f"Tracking shot following from behind at hip level. {AIKO} walks down the center of the wet street."
    return {
        "characters": {"A": AIKO, "B": KENJI, "C": MEI},
        "story_logline": "Aiko walks alone through neon-lit Tokyo and reunites with two friends",
        "shots": [
            seed_shot(0, "Wide tracking", "A", True, walking),
            seed_shot(1, "Medium", "A", False, f"Dolly in slowly. {AIKO} looks up at a lit window."),
            seed_shot(2, "Two-shot", "BC", True, f"Static camera. {KENJI} and {MEI} wait under an awning."),
            seed_shot(3, "Medium wide", "ABC", False, f"Pan right. {AIKO} breaks into a quick walk toward them."),
            seed_shot(4, "Medium close-up", "A", False, f"Static camera. {AIKO} smiles, rain on her cheek."),
            seed_shot(5, "Closing wide", "scene", True, "Crane up. The street empties and the signs flicker."),
        ],
        "music_style": "intimate ambient piano with warm pad and soft synth bell, 75 BPM, no drums",
        "vo_script_per_shot": [
            "彼女はずっと一人で歩いていた。",
            "今夜、街は少しやさしかった。",
            "二つの影が軒下で待っていた。",
            "彼女は足を速めた。",
            "その腕が彼女を包んだ。",
            "誰がいるかで、場所は家になる。",
        ],
        "vo_lang": "j",
    }


def encoded(plan: dict[str, Any]) -> bytes:
    return json.dumps(plan, ensure_ascii=False).encode()


def refusal(plan: dict[str, Any] | bytes) -> str:
    with pytest.raises(BadInput) as caught:
        decode_plan(plan if isinstance(plan, bytes) else encoded(plan))
    assert caught.value.exit_code == 2
    assert caught.value.remedy
    return str(caught.value)


def test_a_plan_of_the_seed_loads_unchanged_and_encodes_back_with_no_field_lost() -> None:
    plan = decode_plan(encoded(seed_plan()))
    assert json.loads(encode_plan(plan)) == {**seed_plan()}
    assert plan.vo_lang is Language.JAPANESE
    assert plan.cast(plan.shots[3]) == ("A", "B", "C")
    assert plan.cast(plan.shots[5]) == ()
    assert [plan.continues(place) for place in range(6)] == [False, True, False, False, False, False]


def test_every_optional_extra_survives() -> None:
    extras = {
        "seed": 7,
        "flow_shift": 4.5,
        "steps": 12,
        "negative": "fog",
        "transition": "crossfade",
        "voice": "jf_alpha",
        "speed": 1.1,
    }
    told = seed_plan()
    told["shots"][2].update(extras)
    told |= {"user_prompt": "a walk", "setting": "Tokyo at night"}
    plan = decode_plan(encoded(told))
    assert json.loads(encode_plan(plan)) == told
    assert plan.shots[2].transition is Transition.CROSSFADE


@pytest.mark.parametrize("count", [1, 2, 6, MAX_SHOTS])
def test_one_to_twenty_four_shots_are_legal(count: int) -> None:
    assert len(decode_plan(encode_plan(toy_plan(count))).shots) == count


@pytest.mark.parametrize("count", [0, MAX_SHOTS + 1, 100])
def test_no_other_number_of_shots_is(count: int) -> None:
    assert "`$.shots`" in refusal(encode_plan(toy_plan(count)))


def test_indexes_may_have_gaps_but_must_rise() -> None:
    told = seed_plan()
    for shot, index in zip(told["shots"], (0, 2, 3, 10, 11, 99), strict=True):
        shot["index"] = index
    plan = decode_plan(encoded(told))
    assert [shot.index for shot in plan.shots] == [0, 2, 3, 10, 11, 99]
    assert plan.position(10) == 3
    assert plan.narration(3) == told["vo_script_per_shot"][3]
    with pytest.raises(BadInput, match="no shot 1 in this plan"):
        plan.position(1)
    told["shots"][2]["index"] = 2
    assert "`$.shots[2].index`" in refusal(told)


BAD: list[tuple[str, tuple[Any, ...], Any]] = [
    ("$.shots[2].prompt", ("shots", 2, "prompt"), 5),
    ("$.shots[2].prompt", ("shots", 2, "prompt"), ""),
    ("$.shots[2].prompt", ("shots", 2, "prompt"), "   \n"),
    ("$.shots[0].prompt", ("shots", 0, "prompt"), "x" * 4001),
    ("$.shots[1].is_hero", ("shots", 1, "is_hero"), "yes"),
    ("$.shots[1].cut", ("shots", 1, "cut"), None),
    ("$.shots[4].index", ("shots", 4, "index"), -1),
    ("$.shots[5].index", ("shots", 5, "index"), 100),
    ("$.shots[3].seed", ("shots", 3, "seed"), 2**53),
    ("$.shots[3].flow_shift", ("shots", 3, "flow_shift"), 12.0),
    ("$.shots[3].flow_shift", ("shots", 3, "flow_shift"), 2.9),
    ("$.shots[3].steps", ("shots", 3, "steps"), 0),
    ("$.shots[3].speed", ("shots", 3, "speed"), 9),
    ("$.shots[3].voice", ("shots", 3, "voice"), "../../etc/passwd"),
    ("$.shots[3].transition", ("shots", 3, "transition"), "wipe"),
    ("$.characters", ("characters", "AB"), "two letters"),
    ("$.characters", ("characters", "é"), "no such letter"),
    ("$.characters.B", ("characters", "B"), " "),
    ("$.vo_lang", ("vo_lang",), "x"),
    ("$.vo_script_per_shot", ("vo_script_per_shot",), ["one line only"]),
    ("$.vo_script_per_shot[1]", ("vo_script_per_shot", 1), 3),
    ("$.schema", ("schema",), 2),
    ("$.music_style", ("music_style",), ["piano"]),
]


@pytest.mark.parametrize(("path", "where", "value"), BAD)
def test_the_bad_field_is_named(path: str, where: tuple[Any, ...], value: Any) -> None:
    told = seed_plan()
    place: Any = told
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = value
    assert f"`{path}`" in refusal(told) or f"in `{path}`" in refusal(told)


@pytest.mark.parametrize("name", list(seed_plan()))
def test_a_missing_field_is_named(name: str) -> None:
    told = seed_plan()
    del told[name]
    assert f"`{name}`" in refusal(told)


def test_an_unknown_field_is_named() -> None:
    told = seed_plan()
    told["shots"][1]["promt"] = "a slip of the finger"
    message = refusal(told)
    assert "`promt`" in message
    assert "`$.shots[1]`" in message


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"null", b"[]", b'"plan"', b"\xff\xfe{}", b'{"characters": {"A": "\xc3("}}', b"{'a': 1}", b"NaN"],
)
def test_what_is_no_plan_at_all_is_refused_in_one_line(data: bytes) -> None:
    assert "\n" not in refusal(data)


def test_a_huge_file_is_refused_by_its_size() -> None:
    assert "bytes" in refusal(b" " * (MAX_PLAN_BYTES + 1))


@pytest.mark.parametrize("opener", [b"[", b'{"a":', b'{"shots":['])
def test_deep_nesting_is_refused(opener: bytes) -> None:
    assert "plan.json" in refusal(opener * 10_000)


def test_the_largest_legal_plan_fits() -> None:
    """24 shots with every text as long as it may be, in a script of four bytes a character."""
    long = "\U00020000" * 4000
    shots = tuple(Shot(i, False, "x" * 200, "A", True, long, negative=long) for i in range(MAX_SHOTS))
    lines = tuple("字" * 1000 for _ in shots)
    plan = msgspec.structs.replace(toy_plan(), characters={"A": long}, shots=shots, vo_script_per_shot=lines)
    assert decode_plan(encode_plan(plan)) == plan


def test_the_schema_is_made_from_the_struct() -> None:
    schema: Any = plan_schema()
    plan, shot = schema["$defs"]["Plan"], schema["$defs"]["Shot"]
    assert set(plan["properties"]) == set(Plan.__struct_fields__)
    assert set(shot["properties"]) == set(Shot.__struct_fields__)
    assert plan["additionalProperties"] is False
    assert (plan["properties"]["shots"]["minItems"], plan["properties"]["shots"]["maxItems"]) == (1, MAX_SHOTS)
    assert set(seed_plan()) == set(plan["required"])
    assert json.dumps(schema)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)
WORDS = TEXT.filter(lambda text: bool(text.strip()))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    indexes = sorted(draw(st.sets(st.integers(0, 99), min_size=1, max_size=6)))
    shots = tuple(
        Shot(
            index,
            draw(st.booleans()),
            draw(TEXT),
            draw(TEXT),
            draw(st.booleans()),
            draw(WORDS),
            seed=draw(st.none() | st.integers(0, 2**53 - 1)),
            flow_shift=draw(st.none() | st.floats(3.0, 8.0)),
            steps=draw(st.none() | st.integers(1, 100)),
            negative=draw(st.none() | TEXT),
            transition=draw(st.none() | st.sampled_from(Transition)),
            speed=draw(st.none() | st.floats(0.5, 2.0)),
        )
        for index in indexes
    )
    return Plan(
        characters=draw(st.dictionaries(st.sampled_from("ABCDEFGH"), WORDS, max_size=4)),
        story_logline=draw(TEXT),
        shots=shots,
        music_style=draw(TEXT),
        vo_script_per_shot=tuple(draw(TEXT) for _ in shots),
        vo_lang=draw(st.sampled_from(Language)),
        user_prompt=draw(TEXT),
        setting=draw(TEXT),
    )


@given(plans())
def test_whatever_is_legal_comes_back_the_same(plan: Plan) -> None:
    assert decode_plan(encode_plan(plan)) == plan


@given(st.binary(max_size=300))
def test_whatever_is_not_is_refused_with_a_typed_error(data: bytes) -> None:
    with pytest.raises(BadInput):
        decode_plan(data)


@given(plans(), st.data())
def test_a_cut_off_plan_is_refused(plan: Plan, data: st.DataObject) -> None:
    whole = encode_plan(plan).rstrip()
    with pytest.raises(BadInput):
        decode_plan(whole[: data.draw(st.integers(0, len(whole) - 1))])


def test_the_type_itself_is_frozen() -> None:
    with pytest.raises(AttributeError):
        toy_plan().vo_lang = Language.FRENCH  # type: ignore[misc]
    assert msgspec.structs.replace(toy_plan(), setting="x").setting == "x"
