"""The studio's director against a real server: only a whole, legal plan counts; all else is asked again, bounded."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.engines.roles import Cancelled, Room
from core.engines.studio.chat import Answer, Chat, Rejected, ServerTrouble
from core.engines.studio.director import ASKS, NoPlan, read_plan, write_plan
from core.engines.studio.instructions import critic_instructions, director_instructions
from core.engines.studio.schemas import narrowed_plan, narrowed_verdict
from core.engines.studio.vision_language import VisionLanguage
from core.engines.wording import load_wording
from core.film.errors import BadInput
from core.film.language import Language
from core.film.plan import Plan, decode_plan
from core.film.requests import DirectRequest, Made
from core.film.verdict import Label
from core.pipeline.rules import broken_rules
from tests.asking import quiet
from tests.tiny.server import KEY, Tiny, good_plan, running
from tests.watching import until

SENTENCE = "a young woman walks through neon-lit Tokyo at night"


def request(shots: int = 2, language: Language | None = None, seed: int = 11) -> DirectRequest:
    return DirectRequest(SENTENCE, shots, language, 5.0625, seed)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engines.studio.chat._PAUSES", (0.01, 0.02))
    monkeypatch.setenv("TINY_KEY", KEY)


def directed(tiny: Tiny, stage: Path, asked: DirectRequest | None = None, progress: Any = quiet) -> tuple[Made, Plan]:
    """Have a plan written the way a host does."""
    backend = VisionLanguage(server=tiny.address, key="TINY_KEY")
    backend.load("cpu")
    made = backend.run(asked or request(), Room(stage, stage), progress)
    return made, decode_plan((stage / "plan.json").read_bytes())


def test_a_good_plan_is_written_with_portraits_for_letters(tmp_path: Path) -> None:
    with running(tmp_path / "tiny") as tiny:
        made, plan = directed(tiny, tmp_path, request(3, Language.JAPANESE))
        (asked,) = tiny.asked()
    assert made.files == ("plan.json",)
    assert len(plan.shots) == 3
    assert plan.vo_lang is Language.JAPANESE
    assert plan.user_prompt == SENTENCE
    assert all(plan.characters["A"] in shot.prompt and "{" not in shot.prompt for shot in plan.shots)
    facts = {"asked": 1, "server": "given", "model": "tiny", "seed": 11, "shots": 3, "language": "j"}
    assert {name: made.facts[name] for name in facts} == facts
    body = asked["body"]
    assert body["seed"] == 11
    assert body["temperature"] == 0.7
    system, user = (message["content"] for message in body["messages"])
    assert system == director_instructions()
    assert SENTENCE in user
    assert "Shots: 3" in user
    assert "Japanese" in user


def test_the_plan_of_the_tests_keeps_every_rule(tmp_path: Path) -> None:
    plan = read_plan(Answer(json.dumps(good_plan(6)), True), request(6))
    assert broken_rules(plan, load_wording().phrases) == []


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("bad json", "not valid JSON"),
        ("prose", "not valid JSON"),
        ("wrong schema", "unknown field `score`"),
        ("partial", "cut short"),
        ("few shots", "it has 1 shots; 2 are wanted"),
        ("no such letter", "{D} is in the text"),
        ("empty", "not valid JSON"),
    ],
)
def test_what_is_no_plan_is_asked_again_with_what_is_wrong(tmp_path: Path, word: str, told: str) -> None:
    with running(tmp_path / "tiny", plan=[word, "good"]) as tiny:
        made, plan = directed(tiny, tmp_path)
        first, second = (asked["body"] for asked in tiny.asked())
    assert made.facts["asked"] == 2
    assert len(plan.shots) == 2
    assert second["messages"][:2] == first["messages"]
    assert told in second["messages"][-1]["content"]
    assert (first["seed"], second["seed"]) == (11, 12)


def test_a_person_is_needed_when_no_answer_is_a_plan(tmp_path: Path) -> None:
    with running(tmp_path / "tiny", plan=["partial", "prose", "wrong schema", "good"]) as tiny:
        with pytest.raises(NoPlan, match=r"asked 3 times.*unknown field") as caught:
            directed(tiny, tmp_path)
        assert len(tiny.asked()) == ASKS
    assert caught.value.exit_code == 3
    assert "plan.json" in caught.value.remedy
    assert not (tmp_path / "plan.json").exists()


def test_a_plan_that_breaks_rules_is_asked_again_and_the_best_is_kept(tmp_path: Path) -> None:
    with running(tmp_path / "tiny", plan=["short prompts", "bad json", "short prompts"]) as tiny:
        made, plan = directed(tiny, tmp_path)
        bodies = [asked["body"] for asked in tiny.asked()]
    again = bodies[1]["messages"]
    assert [message["role"] for message in again] == ["system", "user", "assistant", "user"]
    assert "words; 70 to 110 are wanted" in again[-1]["content"]
    assert made.facts["asked"] == 3
    assert made.facts["rules_broken"] == len(broken_rules(plan, load_wording().phrases)) == 2
    assert "wanted" in str(made.facts["first_broken"])


def test_the_same_request_asks_the_same(tmp_path: Path) -> None:
    bodies = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with running(tmp_path / name / "tiny", plan=["bad json", "short prompts", "good"]) as tiny:
            directed(tiny, tmp_path / name)
            bodies.append([asked["body"] for asked in tiny.asked()])
    assert bodies[0] == bodies[1]
    assert len(bodies[0]) == 3


@pytest.mark.parametrize(("word", "kind"), [("500", ServerTrouble), ("400", Rejected), ("break", ServerTrouble)])
def test_a_server_that_fails_is_no_plan(tmp_path: Path, word: str, kind: type[Exception]) -> None:
    with running(tmp_path / "tiny", plan=[word]) as tiny, pytest.raises(kind):
        directed(tiny, tmp_path)
    assert not (tmp_path / "plan.json").exists()


def test_a_cancel_gives_the_question_up(tmp_path: Path) -> None:
    def cancel(fraction: float, note: str = "") -> None:
        if "writing the plan" in note:
            raise Cancelled

    with running(tmp_path / "tiny", plan=["hang"]) as tiny:
        with pytest.raises(Cancelled):
            directed(tiny, tmp_path, progress=cancel)
        until(lambda: any(note.get("left") for note in tiny.noted()))


def test_an_impossible_number_of_shots_asks_nobody(tmp_path: Path) -> None:
    with running(tmp_path / "tiny") as tiny:
        chat = Chat(tiny.address, key=KEY, model="tiny")
        with pytest.raises(BadInput, match="1 to 24 shots"):
            write_plan(request(25), chat, "", load_wording().phrases, quiet)
        assert tiny.asked() == []


def test_a_name_follows_a_portrait_and_words_are_made_harmless() -> None:
    made = good_plan(1)
    made["shots"][0]["prompt"] = "Pan left. {A} waves\x1b[2J. {A} and {B} walk on.\nCalm."
    made["story_logline"] = "{A} meets {B}"
    plan = read_plan(Answer(json.dumps(made), True), request(1))
    aiko, kenji = plan.characters["A"], plan.characters["B"]
    assert plan.shots[0].prompt == f"Pan left. {aiko} waves[2J. Aiko and {kenji} walk on. Calm."
    assert plan.story_logline == "Aiko meets Kenji"


def test_a_portrait_that_names_another_is_refused() -> None:
    made = good_plan(1)
    made["characters"] = {"A": "Aiko, sister of {B}", "B": "Kenji"}
    with pytest.raises(BadInput, match="portrait of A"):
        read_plan(Answer(json.dumps(made), True), request(1))


def test_a_language_other_than_asked_is_refused() -> None:
    with pytest.raises(BadInput, match="vo_lang is a; f is wanted"):
        read_plan(Answer(json.dumps(good_plan(1)), True), request(1, Language.FRENCH))


def test_the_plans_schema_is_narrowed_to_what_is_asked() -> None:
    schema = narrowed_plan(4, Language.HINDI)
    fields = schema["properties"]
    assert fields["shots"]["minItems"] == fields["shots"]["maxItems"] == 4
    assert fields["vo_script_per_shot"]["minItems"] == 4
    assert fields["vo_lang"] == {"enum": ["h"]}
    assert set(fields["shots"]["items"]["properties"]) == set(fields["shots"]["items"]["required"])
    assert fields["shots"]["items"]["properties"]["index"]["maximum"] == 3
    assert set(fields) == set(schema["required"]) <= set(Plan.__struct_fields__)
    assert len(narrowed_plan(1, None)["properties"]["vo_lang"]["enum"]) == len(Language)
    for whole in (schema, narrowed_verdict()):
        text = json.dumps(whole)
        assert "$ref" not in text
        assert "propertyNames" not in text
        assert "Length" not in text


def test_the_prompts_are_filled_in() -> None:
    director, critic = director_instructions(), critic_instructions()
    assert "{{" not in director + critic
    assert "- j: Japanese, 10 to 24 characters a line" in director
    assert "- a: American English, 6 to 10 words a line" in director
    assert "70 to 110 words" in director
    assert "- Static camera" in director
    assert all(label.value in critic for label in Label)


def own_prompt(name: str, text: str) -> Path:
    path = Path(os.environ["XDG_CONFIG_HOME"], "reeltui", "prompts", name)
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_persons_own_prompt_wins() -> None:
    own_prompt("director.md", "Be brief: {{words}}.\n")
    assert director_instructions() == "Be brief: 70 to 110."


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [("director.md", "{{colour}}", "colour}} is not known"), ("critic.md", "Judge.", "CHARACTER_DRIFT")],
)
def test_a_persons_own_prompt_that_is_wrong_is_told_when_it_is_loaded(name: str, text: str, told: str) -> None:
    path = own_prompt(name, text)
    with pytest.raises(BadInput, match=told) as caught:
        VisionLanguage(server="http://127.0.0.1:1").load("cpu")
    assert str(path) in str(caught.value)


def test_what_is_filled_in_must_still_be_legal() -> None:
    made = good_plan(1)
    made["characters"] = {"A": "Aiko (" + "very " * 790 + "tall)"}
    with pytest.raises(BadInput, match="prompt"):
        read_plan(Answer(json.dumps(made), True), request(1))
    assert msgspec.json.decode(json.dumps(made))
