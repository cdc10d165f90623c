"""Verdicts, presets, settings, languages, camera verbs, errors: the figures of SPEC, strictly held."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engines.wording import load_wording
from core.film.camera import CameraMove, read_move
from core.film.decision import Decision, Kind, in_force
from core.film.errors import (
    BadInput,
    DiskTrouble,
    EngineTrouble,
    Interrupted,
    Locked,
    PersonNeeded,
    ReelError,
    TryAgain,
)
from core.film.language import LANGUAGES, Language
from core.film.lineup import ROLE_OF, Phase
from core.film.preset import FLOW_SHIFT_MAX, FLOW_SHIFT_MIN, PRESETS, SIZES, PresetName
from core.film.settings import Settings
from core.film.verdict import Label, Verdict, verdict_schema

GOOD: dict[str, Any] = {
    "character_match": 9,
    "scene_match": 8,
    "composition": 9,
    "artifact_free": 7,
    "overall": 8,
    "issues": ["STYLIZED_AI_LOOK: skin appears plastic", "OBJECT_MORPHING"],
}


def verdict(**changes: Any) -> Verdict:
    return msgspec.json.decode(json.dumps({**GOOD, **changes}), type=Verdict)


def test_a_verdict_of_the_seed_is_read() -> None:
    read = verdict()
    assert read.axes == (9, 8, 9, 7)
    assert read.labels == (Label.STYLIZED_AI_LOOK, Label.OBJECT_MORPHING)
    assert json.loads(msgspec.json.encode(read)) == GOOD


@pytest.mark.parametrize("axis", ["character_match", "scene_match", "composition", "artifact_free", "overall"])
@pytest.mark.parametrize("mark", [70, 0, -1, 10.01, 0.99, "8", "eight of ten", None, [8], True])
def test_a_mark_outside_is_refused_and_never_clipped(axis: str, mark: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match=axis):
        verdict(**{axis: mark})


@pytest.mark.parametrize(
    "issue",
    [
        "LOOKS_BAD: unknown",
        "the hand is wrong",
        "object_morphing: small letters",
        "OBJECT_MORPHING of the bridge",
        "OBJECT_MORPHING:no space",
        "",
        "OBJECT_MORPHING: " + "x" * 400,
        5,
    ],
)
def test_an_unknown_label_is_refused(issue: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match="issues"):
        verdict(issues=[issue])


@pytest.mark.parametrize(
    "answer", [b"", b"The clip looks great, 8/10!", b'```json\n{"overall": 8}\n```', b"[]", b'{"overall": 8}']
)
def test_prose_is_no_verdict(answer: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(answer, type=Verdict)


def test_an_extra_field_is_no_verdict() -> None:
    with pytest.raises(msgspec.ValidationError, match="passed"):
        verdict(passed=True)


def test_a_label_named_twice_counts_once() -> None:
    assert verdict(issues=["OBJECT_MORPHING: a", "OBJECT_MORPHING: b"]).labels == (Label.OBJECT_MORPHING,)


MARKS = st.floats(1, 10)


@given(MARKS, MARKS, MARKS, MARKS, MARKS, st.lists(st.sampled_from(Label), max_size=5))
def test_every_legal_verdict_comes_back(a: float, b: float, c: float, d: float, e: float, labels: list[Label]) -> None:
    made = Verdict(a, b, c, d, e, tuple(f"{label}: so" for label in labels))
    assert msgspec.json.decode(msgspec.json.encode(made), type=Verdict) == made


def test_the_schema_of_a_verdict_bounds_every_mark_and_names_every_label() -> None:
    schema: Any = verdict_schema()
    fields = schema["$defs"]["Verdict"]["properties"]
    for axis in ("character_match", "scene_match", "composition", "artifact_free", "overall"):
        assert (fields[axis]["minimum"], fields[axis]["maximum"]) == (1, 10)
    assert all(label.value in fields["issues"]["items"]["pattern"] for label in Label)


def test_the_eleven_labels() -> None:
    assert len(Label) == 11


def test_the_presets_are_those_of_spec() -> None:
    told = {
        "default": (81, 16, 30, 24, 0.05, 7, 3),
        "cinematic": (121, 24, 30, 24, 0.05, 7, 3),
        "fast": (81, 16, 20, 18, 0.08, 6, 2),
        "draft": (81, 16, 14, 14, 0.10, 5, 1),
        "lightning": (81, 16, 4, 4, 0.0, 7, 3),
    }
    assert set(told) == {name.value for name in PresetName}
    for name, figures in told.items():
        preset = PRESETS[PresetName(name)]
        steps = (preset.steps_hero, preset.steps_broll)
        assert (preset.frames, preset.fps, *steps, preset.cache, preset.threshold, preset.takes) == figures
    assert (FLOW_SHIFT_MIN, FLOW_SHIFT_MAX) == (3.0, 8.0)
    assert PRESETS[PresetName.DEFAULT].seconds == 81 / 16
    assert {aspect.value: size for aspect, size in SIZES.items()} == {
        "16:9": (1280, 720),
        "9:16": (720, 1280),
        "1:1": (960, 960),
    }


def test_the_nine_languages_and_their_voices() -> None:
    told = {"a": "af_heart", "b": "bf_emma", "e": "ef_dora", "f": "ff_siwis", "h": "hf_alpha", "i": "if_sara"}
    told |= {"j": "jf_alpha", "p": "pf_dora", "z": "zf_xiaobei"}
    assert {code.value: info.voice for code, info in LANGUAGES.items()} == told
    assert len({info.espeak for info in LANGUAGES.values()}) == len(Language) == 9


@pytest.mark.parametrize(
    ("field", "value"),
    [("width", 63), ("width", 65), ("height", 5000), ("shots", 0), ("shots", 25), ("seed", -1), ("preset", "best")],
)
def test_settings_outside_their_bounds_are_refused(field: str, value: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match=field):
        msgspec.convert({field: value}, Settings)
    with pytest.raises(msgspec.ValidationError, match="colour"):
        msgspec.convert({"colour": 1}, Settings)


def test_every_phase_has_a_role_and_every_error_its_code() -> None:
    assert set(ROLE_OF) == set(Phase)
    codes = {BadInput: 2, PersonNeeded: 3, Locked: 4, DiskTrouble: 5, EngineTrouble: 6, TryAgain: 75, Interrupted: 130}
    for error, code in codes.items():
        made = error("what", remedy="do this")
        assert isinstance(made, ReelError)
        assert (made.exit_code, str(made), made.remedy) == (code, "what", "do this")


@pytest.mark.parametrize(
    ("prompt", "move"),
    [
        ("Tracking shot following from behind at hip level. A woman walks. 35mm", CameraMove.FOLLOW),
        ("Static camera. She smiles; the pan left is on the stove.", CameraMove.STATIC),
        ("Pan left across the street. Then she dollies in.", CameraMove.PAN_LEFT),
        ("DOLLY-IN slowly. He waits.", CameraMove.DOLLY_IN),
        ("She stands in the rain.", None),
        ("", None),
    ],
)
def test_the_first_camera_verb_counts(prompt: str, move: CameraMove | None) -> None:
    assert read_move(prompt, load_wording().phrases) is move


@pytest.mark.parametrize("move", CameraMove)
def test_the_simple_wording_of_a_move_names_no_other(move: CameraMove) -> None:
    wording = load_wording()
    assert read_move(wording.simple[move], wording.phrases) in (move, None)


def test_undone_decisions_are_out_of_force_in_either_order() -> None:
    approve = Decision("1", Kind.APPROVE, "t", shot=0, take=1)
    reject = Decision("2", Kind.REJECT, "t", shot=0, take=1)
    undo = Decision("3", Kind.UNDO, "t", seen="1")
    assert in_force((approve, reject, undo)) == (reject,)
    assert in_force((approve, undo)) == ()
