"""The animatic director: every sentence gives a legal plan that keeps the planning rules, the same every time."""

from __future__ import annotations

import os
import re
import string
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.engines.animatic.direct.arc import beats
from core.engines.animatic.direct.words import Lines, load_lines, load_words
from core.engines.animatic.director import AnimaticDirector, direct
from core.engines.animatic.reading import MOODS, PLACES, TIMES, WEATHERS, read_scene
from core.engines.roles import Room
from core.engines.wording import load_wording
from core.film.camera import CameraMove, read_move
from core.film.errors import BadInput
from core.film.language import Language
from core.film.plan import MAX_SHOTS, Plan, decode_plan, encode_plan
from core.film.requests import DirectRequest
from core.film.text import clean
from core.pipeline.rules import broken_rules, camera_moves

PHRASES = load_wording().phrases
TOKYO = "A young woman walks through rainy neon Tokyo at night and meets two friends under an awning"
SENTENCES = (
    TOKYO,
    "an old fisherman and his dog",
    "two robots",
    "a violinist plays in a Brooklyn subway station at midnight",
    "30-second cinematic reel: a young woman walks alone through San Francisco at golden hour - down a steep Pacific "
    "Heights street, fog rolling in, ending at a quiet overlook of the Golden Gate Bridge",
    "a mother and her daughter fly a kite on a beach at sunset",
    "two lovers dance on a rooftop in Rio at dusk",
    "a paper boat drifts down a river in the rain",
    "waves crash on a rocky coast at dawn",
    "three scientists in a library in Bangkok, neon, rain, night",
    "a man, a woman and a child play the violin in New York, neon at night in the rain",
    "three old fishermen in Rio de Janeiro, neon, in a storm at night, climbing a mountain",
    "a static tracking shot of a cinematic crane, pan left then zoom in, exactly two people",
    "x",
    "....",
    "",
    "A LONELY ASTRONAUT FLOATS THROUGH SPACE",
    "夜の東京で少女が猫を探す",
    "एक लड़की बारिश में मुंबई की सड़क पर चलती है",
    "一个老人在雪山上",
    "старик и море",
    "رجل في الصحراء",
    "🌧🌙🐕",
    "a girl named Static Crane Shot in the Dolly In Park",
    "word " * 390,
)


def plan_of(sentence: str, shots: int = 6, language: Language | None = None, seed: int = 1) -> Plan:
    return direct(DirectRequest(sentence, shots, language, 5.0625, seed))


def said(plan: Plan) -> str:
    return " ".join([*(shot.prompt for shot in plan.shots), *plan.characters.values()])


@pytest.mark.parametrize("sentence", SENTENCES)
def test_plans_are_legal_and_keep_every_rule(sentence: str) -> None:
    for shots in (1, 2, 3, 4, 5, 6, 7, 11, 24):
        for seed in (0, 1, 2):
            plan = plan_of(sentence, shots, seed=seed)
            assert decode_plan(encode_plan(plan)) == plan
            assert broken_rules(plan, PHRASES) == []
            assert len(plan.shots) == shots
            assert plan.user_prompt == clean(sentence)
            assert len(set(plan.vo_script_per_shot)) == shots, "a line is said twice"


@pytest.mark.parametrize("language", list(Language))
def test_every_language_keeps_the_rules(language: Language) -> None:
    for number, sentence in enumerate(SENTENCES[:10]):
        for shots in (6, 24):
            plan = plan_of(sentence, shots, language, seed=number)
            assert plan.vo_lang is language
            assert broken_rules(plan, PHRASES) == []
            assert len(set(plan.vo_script_per_shot)) == shots


@pytest.mark.parametrize("shots", range(1, MAX_SHOTS + 1))
def test_the_arc_of_any_length(shots: int) -> None:
    arc = beats(shots)
    assert len(arc) == shots
    assert arc[0] == "hero"
    plan = plan_of(TOKYO, shots)
    assert [shot.is_hero for shot in plan.shots] == [True] + [False] * (shots - 1)
    assert plan.shots[0].shot_type.startswith("Wide")
    if shots >= 6:
        assert arc[1] == "setup"
        assert arc[-3:] == ("climax", "anchor", "close")
        assert plan.shots[-2].shot_type == "Static close-up"
        assert read_move(plan.shots[-2].prompt, PHRASES) is CameraMove.STATIC


def test_the_arc_of_six() -> None:
    assert beats(6) == ("hero", "setup", "element", "climax", "anchor", "close")


def test_friends_are_met_later_and_portraits_repeat() -> None:
    plan = plan_of(TOKYO)
    assert list(plan.characters) == ["A", "B", "C"]
    assert "woman" in plan.characters["A"]
    assert "Japanese" in plan.characters["A"]
    assert [shot.dominant_subject for shot in plan.shots] == ["A", "A", "BC", "ABC", "A", "ABC"]
    assert plan.continues(1)
    assert plan.vo_lang is Language.JAPANESE


def test_one_person_goes_on_into_the_face_anchor() -> None:
    plan = plan_of("a violinist plays in a subway station")
    assert plan.continues(1)
    assert plan.continues(4)
    assert [shot.dominant_subject for shot in plan.shots] == ["A", "A", "scene", "A", "A", "A"]
    assert "violin" in plan.characters["A"]
    assert "plays the violin" in plan.shots[0].prompt


@pytest.mark.parametrize(
    ("sentence", "kinds"),
    [
        ("an old fisherman and his dog", ["fisherman", "dog"]),
        ("two robots", ["robot", "robot"]),
        ("a robot gardener", ["robot"]),
        ("a couple dances", ["woman", "man"]),
        ("a woman violinist", ["woman"]),
        ("a boy and his grandmother", ["boy", "woman"]),
        ("a knight rests; the knight sleeps", ["man"]),
        ("three women", ["woman", "woman", "woman"]),
        ("seven children", ["", "", ""]),
        ("a woman named Vesna", ["Vesna"]),
        ("a fox in the snow", ["fox"]),
        ("waves on a coast at dawn", []),
        ("a red balloon over Paris", []),
        ("a pirate ship in a storm", []),
        ("walking home in the rain", [""]),
        ("Tokyo at night", [""]),
    ],
)
def test_who_is_in_it(sentence: str, kinds: list[str]) -> None:
    portraits = list(plan_of(sentence).characters.values())
    assert len(portraits) == len(kinds)
    for portrait, kind in zip(portraits, kinds, strict=True):
        assert kind in portrait


def test_clothes_hair_age_and_sex_of_the_sentence() -> None:
    portrait = plan_of("an old silver-haired woman in a green coat waits for her train").characters["A"]
    assert "silver hair" in portrait
    assert "green coat" in portrait
    age = int(re.findall(r"\d+", portrait)[0])
    assert age > 60
    assert " man" in plan_of("a painter packs his brushes").characters["A"]
    assert " woman" in plan_of("a painter packs her brushes").characters["A"]


def test_portraits_of_a_plan_differ_in_name_and_colour() -> None:
    for seed in range(20):
        plan = plan_of("three women in a park", seed=seed)
        names = [portrait.partition(" (")[0] for portrait in plan.characters.values()]
        assert len(set(names)) == 3
        assert len(set(plan.characters.values())) == 3


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("a walk in Tokyo", "j"),
        ("a walk in Kyoto", "j"),
        ("Japan in spring", "j"),
        ("love in Paris", "f"),
        ("the lavender of France", "f"),
        ("a market in Mumbai", "h"),
        ("a tea stall in Delhi", "h"),
        ("carnival in Rio", "p"),
        ("a tram in Lisbon", "p"),
        ("a tram in São Paulo", "p"),
        ("night in Madrid", "e"),
        ("a festival in Mexico", "e"),
        ("a fountain in Rome", "i"),
        ("a gondola in Venice", "i"),
        ("dawn in Beijing", "z"),
        ("the towers of Shanghai", "z"),
        ("rain in London", "b"),
        ("the hills of Scotland", "b"),
        ("a street in New York", "a"),
        ("somewhere", "a"),
        ("a French baker in Chicago", "a"),
        ("a French baker", "f"),
        ("夜を歩く", "j"),
        ("パリの夜", "f"),
        ("一个人在路上", "z"),
        ("एक लड़की", "h"),
        ("одинокий человек", "a"),
        ("رجل", "a"),
    ],
)
def test_the_language_follows_the_place(sentence: str, language: str) -> None:
    assert plan_of(sentence).vo_lang.value == language


def test_a_chosen_language_wins() -> None:
    plan = plan_of(TOKYO, language=Language.ITALIAN)
    assert plan.vo_lang is Language.ITALIAN
    assert "Japanese" in plan.characters["A"]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_painters_read_the_same_scene_back_out_of_every_prompt(sentence: str) -> None:
    scene = read_scene(sentence)
    for seed in (0, 3):
        for shot in plan_of(sentence, 11, seed=seed).shots:
            back = read_scene(shot.prompt, sentence)
            parts = (back.place, back.time, back.weather, back.mood, back.neon)
            assert parts == (scene.place, scene.time, scene.weather, scene.mood, scene.neon), shot.prompt


@pytest.mark.parametrize("place", PLACES)
def test_every_kind_of_place_time_and_weather_keeps_the_rules(place: str) -> None:
    for time, weather in (("dawn", "storm"), ("golden", "snow"), ("night", "rain"), ("dusk", "fog")):
        sentence = f"{place.replace('space', 'outer space')}, {time.replace('golden', 'sunset')}, {weather}, a man"
        plan = plan_of(sentence, 7)
        assert broken_rules(plan, PHRASES) == []
        for shot in plan.shots:
            back = read_scene(shot.prompt)
            assert (back.place, back.time, back.weather) == (place, time, weather), shot.prompt


def test_every_activity_and_thing_keeps_the_rules() -> None:
    words = load_words()
    for names in words.themes.activity.values():
        assert broken_rules(plan_of(f"three friends in Tokyo: {names[0]}", 6), PHRASES) == []
    for things in words.settings.things:
        assert broken_rules(plan_of(f"{things} by the sea", 7), PHRASES) == []


def test_one_camera_move_a_shot_and_seeds_vary_it() -> None:
    moves = set()
    for seed in range(8):
        plan = plan_of("a woman walks through a park", seed=seed)
        for shot in plan.shots:
            assert [at for at, _ in camera_moves(shot.prompt, PHRASES)] == [0]
        moves.add(tuple(read_move(shot.prompt, PHRASES) for shot in plan.shots))
    assert len(moves) >= 4


def test_seeds_vary_the_words_and_the_same_seed_does_not() -> None:
    plans = [encode_plan(plan_of(TOKYO, seed=seed)) for seed in range(6)]
    assert len(set(plans)) == 6
    assert encode_plan(plan_of(TOKYO, seed=3)) == plans[3]
    lines = {plan_of("x", seed=seed).vo_script_per_shot for seed in range(6)}
    assert len(lines) >= 4


def test_another_process_writes_the_same_bytes() -> None:
    code = (
        "import sys; from core.engines.animatic.director import direct; from core.film.plan import encode_plan;"
        "from core.film.requests import DirectRequest;"
        f"sys.stdout.buffer.write(encode_plan(direct(DirectRequest({TOKYO!r}, 24, None, 5.0625, 7))))"
    )
    root = Path(__file__).resolve().parent.parent
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    out = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, check=True)
    assert out.stdout == encode_plan(plan_of(TOKYO, 24, seed=7))


def test_the_word_cinematic_is_only_in_the_users_own_sentence() -> None:
    plan = plan_of("a cinematic walk: cinematic woman named Cinematic in the Cinematic Park")
    assert "cinematic" in plan.user_prompt
    rest = msgspec.structs.replace(plan, user_prompt="")
    assert b"cinematic" not in encode_plan(rest).lower()


def test_landmarks_of_the_sentence_are_seen_in_wide_shots() -> None:
    plan = plan_of("A boy walks to the Golden Gate Bridge")
    assert "the Golden Gate Bridge" in plan.shots[0].prompt


def test_logline_setting_and_music() -> None:
    plan = plan_of("30s reel: a sad woman remembers her love in Venice at night")
    assert plan.story_logline == "A sad woman remembers her love in Venice at night"
    assert "Venice at night" in plan.setting
    assert re.search(r"\b\d{2,3} BPM\b", plan.music_style)
    assert "no drums" in plan.music_style
    assert plan_of("夜の東京で少女が猫を探す").story_logline.isascii()


@pytest.mark.parametrize("shots", [0, -1, 25])
def test_impossible_numbers_of_shots_are_refused(shots: int) -> None:
    with pytest.raises(BadInput, match="1 to 24"):
        plan_of("x", shots)


def test_the_backend_writes_what_direct_returns(tmp_path: Path) -> None:
    told: list[float] = []
    director = AnimaticDirector()
    director.load("cpu")
    request = DirectRequest(TOKYO, 6, None, 5.0625, 1)
    made = director.run(request, Room(tmp_path, tmp_path), lambda fraction, note="": told.append(fraction))
    assert made.files == ("plan.json",)
    assert (tmp_path / "plan.json").read_bytes() == encode_plan(direct(request))
    assert made.facts == {"shots": 6, "characters": 3, "language": "j"}
    assert told == sorted(told)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.integers(1, 24), st.sampled_from([None, *Language]), st.integers(0, 2**53 - 1))
def test_any_text_gives_a_sound_plan(sentence: str, shots: int, language: Language | None, seed: int) -> None:
    plan = plan_of(sentence, shots, language, seed)
    assert decode_plan(encode_plan(plan)) == plan
    assert broken_rules(plan, PHRASES) == []


_VOCABULARY = [
    *sorted({word for noun in load_words().people.nouns.values() for word in noun.words[:3]}),
    *("in", "and", "two", "three", "his", "her", "the", "a", "old", "young", "at night", "in the rain", "neon", ","),
    *("Tokyo", "Paris", "kitchen", "harbour", "on a bridge", "named Zed", "red coat", "plays the piano", "Big Park"),
]


def test_a_name_that_is_given_twice_is_the_first_ones() -> None:
    plan = plan_of("a cook and amigos named Zed named Zed", 1, None, 0)
    assert broken_rules(plan, PHRASES) == []
    names = [portrait.partition(" (")[0] for portrait in plan.characters.values()]
    assert "Zed" in names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", ["dogs", "cats", "horses", "wolves", "foxes", "robots"])
def test_three_of_a_kind_have_three_names(kind: str) -> None:
    for seed in range(5):
        plan = plan_of(f"three {kind} cross a park", 8, None, seed)
        assert broken_rules(plan, PHRASES) == []
        assert len({portrait.partition(" (")[0] for portrait in plan.characters.values()}) == len(plan.characters) == 3


def test_a_landmark_has_no_name_of_the_cast_in_it() -> None:
    for words in ("mother named Zed Big Park his friend", "a sailor named Zed Big Park"):
        for seed in range(6):
            plan = plan_of(words, 15, None, seed)
            assert broken_rules(plan, PHRASES) == []
            assert "Zed" in " ".join(plan.characters.values())
    assert "the Golden Gate Bridge" in said(plan_of("a sailor named Zed walks over the Golden Gate Bridge"))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(_VOCABULARY), max_size=12), st.integers(1, 24), st.integers(0, 1000))
def test_any_string_of_known_words_gives_a_sound_plan(words: list[str], shots: int, seed: int) -> None:
    plan = plan_of(" ".join(words), shots, None, seed)
    assert broken_rules(plan, PHRASES) == []


def _lines(lines: Lines) -> Iterator[str]:
    for table in (lines.time, lines.weather, lines.place, lines.middle, *lines.theme.values()):
        for options in table.values():
            yield from options


@pytest.mark.parametrize("language", list(Language))
def test_narration_lists_are_complete_and_clean(language: Language) -> None:
    lines = load_lines(language)
    base = load_lines(Language.AMERICAN_ENGLISH)
    assert lines.theme.keys() == base.theme.keys()
    assert lines.time.keys() == base.time.keys()
    assert lines.weather.keys() == base.weather.keys()
    for theme in lines.theme.values():
        assert list(theme) == ["hero", "setup", "element", "climax", "anchor", "close"]
        for options in theme.values():
            assert len(options) >= 2
            assert any("{name}" not in line for line in options)
    assert len(lines.middle["any"]) >= 19, "a reel of 24 shots would run out of lines"
    every = list(_lines(lines))
    assert len(set(every)) == len(every)
    for line in every:
        assert set(re.findall(r"{(\w+)}", line)) <= {"name", "city"}
        assert line == line.strip()
        assert line == unicodedata.normalize("NFC", line)
        assert line[-1] in ".。।"


SCRIPTS = {Language.JAPANESE: ("CJK", "HIRAGANA", "KATAKANA"), Language.MANDARIN_CHINESE: ("CJK",)}


@pytest.mark.parametrize("language", [Language.JAPANESE, Language.MANDARIN_CHINESE, Language.HINDI])
def test_narration_is_in_its_own_script_names_included(language: Language) -> None:
    known = SCRIPTS.get(language, ("DEVANAGARI", "ZERO WIDTH"))
    for sentence in SENTENCES[:9]:
        for line in plan_of(sentence, 12, language).vo_script_per_shot:
            for char in line:
                if unicodedata.category(char)[0] in "LM" and char != "ー":
                    assert unicodedata.name(char).startswith(known), line


def test_names_have_a_form_in_every_script() -> None:
    words = load_words()
    lists = [
        *(names for culture in words.cast.culture.values() for names in (culture.woman, culture.man)),
        words.cast.robot["names"],
        *(names for key, names in words.cast.animal.items() if key.startswith("names_")),
    ]
    for names in lists:
        assert len(names) >= 2
        for entry in names:
            forms = entry.split("|")
            assert len(forms) == 4
            assert all(forms)


def test_the_lists_point_at_each_other() -> None:
    words = load_words()
    texts = words.settings
    assert set(texts.place) == set(PLACES)
    assert set(texts.time_words) == set(texts.light["indoor"]) == set(texts.light["outdoor"]) == set(TIMES)
    assert set(texts.weather_words) == {"clear", *texts.weather["indoor"]} == set(WEATHERS)
    assert set(texts.mood_words) == set(words.music.mood) == set(MOODS)
    for place in words.gazetteer.place.values():
        assert place.culture in words.cast.culture
    for noun in words.people.nouns.values():
        assert not noun.outfit or noun.outfit in words.cast.outfit or f"{noun.outfit}_woman" in words.cast.outfit
    assert set(words.themes.logline) == {*words.themes.theme, "generic"}
    assert set(words.themes.activity) <= {*words.shots.activity}
    for beat in words.shots.beat.values():
        assert {CameraMove(name) for name in (*beat.moves, *beat.place_moves)}
    slots = {field for name in words.shots.beat_motion.values() for texts in name.values() for text in texts
             for _, field, _, _ in string.Formatter().parse(text) if field}  # fmt: skip
    assert slots <= {"main", "again", "way", "spot", "their"}


def test_a_users_own_list_counts_and_a_broken_one_is_refused_by_name() -> None:
    own = Path(os.environ["XDG_CONFIG_HOME"]) / "reeltui" / "prompts" / "director" / "narration"
    own.mkdir(parents=True)
    ours = 'inherits = "a"\n[middle]\nany = ["A line of my own, and only mine."]\n'
    (own / "f.toml").write_text(ours, encoding="utf-8")
    assert load_lines(Language.FRENCH).middle["any"] == ("A line of my own, and only mine.",)
    (own / "f.toml").write_text('inherits = "f"\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"f\.toml"):
        load_lines(Language.FRENCH)
    (own / "f.toml").write_text("time = 3\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"f\.toml"):
        load_lines(Language.FRENCH)


def test_too_few_lines_of_a_users_own_are_refused_with_a_remedy() -> None:
    own = Path(os.environ["XDG_CONFIG_HOME"]) / "reeltui" / "prompts" / "director" / "narration"
    own.mkdir(parents=True)
    (own / "i.toml").write_text(
        'inherits = "a"\n[middle]\nany = ["A line of my own, and only mine."]\n', encoding="utf-8"
    )
    with pytest.raises(BadInput, match="narration"):
        plan_of("x", 24, Language.ITALIAN)


@pytest.mark.parametrize("seed", range(4))
def test_neon_lit_is_no_french_reader(seed: int) -> None:
    """In French "lit" is "reads"; in "neon-lit" it is light, and she walks."""
    sentence = "a young woman walks through neon-lit Tokyo at night and meets two friends"
    plan = direct(DirectRequest(sentence, 6, None, 5.06, seed))
    assert "walk" in plan.shots[0].prompt
    assert not any("reads" in shot.prompt for shot in plan.shots)
