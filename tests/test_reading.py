"""Reading a scene: whole words, plurals, any script; the first text that names a thing wins."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engines.animatic.lexicon import Lexicon, plain, singulars, without
from core.engines.animatic.reading import MOODS, PLACES, TIMES, WEATHERS, Scene, names_place, read_scene
from core.film.errors import BadInput

SEED_PROMPT = (
    "Tracking shot following from behind at hip level. Aiko (slim Japanese woman, 27, jet-black bob, mustard yellow "
    "vinyl raincoat) walks down the center of the wet street, head turning slightly. Distant pedestrians stay blurred. "
    "Light rain falls steadily, neon signs flicker. shot on Arri Alexa, anamorphic, 35mm film grain, photorealistic"
)


@pytest.mark.parametrize(
    ("sentence", "place", "time", "weather"),
    [
        ("a young woman walks through rainy neon Tokyo at night", "city", "night", "rain"),
        ("an old fisherman and his dog", "harbour", "day", "clear"),
        ("a violinist plays in a Brooklyn subway station at midnight", "station", "night", "clear"),
        ("two robots dance in a kitchen at sunset", "kitchen", "golden", "clear"),
        ("waves crash on a rocky coast at dawn during a storm", "sea", "dawn", "storm"),
        ("MOUNTAINS IN THE FOG, EVENING", "mountain", "dusk", "fog"),
        ("churches under falling snow", "temple", "day", "snow"),
        ("una mujer camina por la calle bajo la lluvia de noche", "street", "night", "rain"),
        ("une femme marche dans la forêt à l'aube, brouillard", "forest", "dawn", "fog"),
        ("una donna sulla spiaggia al tramonto", "beach", "golden", "clear"),
        ("uma menina no jardim sob a chuva", "garden", "day", "rain"),
        ("夜の駅で雨が降る", "station", "night", "rain"),
        ("雪山的黄昏", "snowfield", "dusk", "snow"),
        ("रात में सड़क पर बारिश", "street", "night", "rain"),
        ("ночью в лесу идёт снег", "forest", "night", "snow"),
        ("🌧 🌙", "city", "night", "rain"),
        (SEED_PROMPT, "street", "night", "rain"),
    ],
)
def test_place_time_and_weather(sentence: str, place: str, time: str, weather: str) -> None:
    scene = read_scene(sentence)
    assert (scene.place, scene.time, scene.weather) == (place, time, weather)


@pytest.mark.parametrize("sentence", ["", "x", "....", "?!", "\x1b[2J", "\u202e", "a" * 5000])
def test_nothing_said_is_the_usual(sentence: str) -> None:
    assert read_scene(sentence) == Scene()


def test_no_text_is_the_usual() -> None:
    assert read_scene() == Scene()


@pytest.mark.parametrize(
    ("phrase", "part", "usual"),
    [
        ("a midnight blue coat", "time", "day"),
        ("a yellow raincoat is no raining", "time", "day"),
        ("shallow depth of field", "place", "city"),
        ("snow-white hair", "weather", "clear"),
        ("a brainstorm on a rainbow", "weather", "clear"),
        ("a white lab coat", "place", "city"),
    ],
)
def test_parts_of_words_and_colours_are_no_scene(phrase: str, part: str, usual: str) -> None:
    assert getattr(read_scene(phrase), part) == usual


def test_the_first_text_that_names_a_thing_wins() -> None:
    shot = "She stands in the kitchen."
    story = "Rain at night in a forest with a lantern, a sad farewell"
    scene = read_scene(shot, story)
    assert (scene.place, scene.time, scene.weather, scene.mood) == ("kitchen", "night", "rain", "melancholic")
    assert scene.things == ("lantern",)


def test_what_is_named_beats_what_is_hinted_at() -> None:
    assert read_scene("an old fisherman", "a library").place == "library"
    assert read_scene("an umbrella", "falling snow").weather == "snow"


def test_a_quiet_shot_of_a_sad_story_is_sad() -> None:
    assert read_scene("The street stays quiet.", "a lonely farewell").mood == "melancholic"


def test_things_come_once_in_order_and_at_most_six() -> None:
    text = "A boat, two boats, a lantern, umbrellas, a kite, a bench, a piano, a violin"
    assert read_scene(text).things == ("boat", "lantern", "umbrella", "kite", "bench", "piano")


def test_neon() -> None:
    assert read_scene("neon signs").neon
    assert not read_scene("without neon").neon


def test_names_place_tells_silence_from_the_usual() -> None:
    assert names_place("x") is None
    assert names_place("a city") == "city"


@given(st.lists(st.text(max_size=200), max_size=3))
def test_any_text_gives_known_words(texts: list[str]) -> None:
    scene = read_scene(*texts)
    assert scene.place in PLACES
    assert scene.time in TIMES
    assert scene.weather in WEATHERS
    assert scene.mood in MOODS
    assert len(scene.things) <= 6
    assert read_scene(*texts) == scene


def test_plain_keeps_the_letters_of_every_script() -> None:
    assert plain("Café—NOIR, l'été!") == "cafe noir l ete"
    assert plain("बारिश में") == "बारिश में"
    assert plain("が ガ") == "が ガ"
    assert plain("☀️rain") == "☀ rain"


def test_singulars() -> None:
    assert "city" in singulars("cities")
    assert "church" in singulars("churches")
    assert singulars("glass") == ("glass",)


def test_the_longest_phrase_wins_and_places_are_exact() -> None:
    lexicon = Lexicon({"a": ["station"], "b": ["space station"], "c": ["夜"], "d": ["夜市"]})
    text = plain("The Space Station 夜市")
    hits = lexicon.find(text)
    assert [hit.key for hit in hits] == ["b", "d"]
    assert [text[hit.at : hit.end] for hit in hits] == ["space station", "夜市"]
    assert lexicon.first(without(text, hits)) is None


@given(st.text(max_size=100))
def test_hits_lie_in_the_text_in_order_without_overlap(text: str) -> None:
    lexicon = Lexicon({"a": ["a", "b c", "夜"], "b": ["夜市", "c d"]})
    last = 0
    for hit in lexicon.find(plain(text)):
        assert last <= hit.at < hit.end <= len(plain(text))
        last = hit.end


def test_a_broken_list_of_the_user_is_refused_by_name() -> None:
    own = Path(os.environ["XDG_CONFIG_HOME"]) / "reeltui" / "prompts" / "director"
    own.mkdir(parents=True)
    (own / "reading.toml").write_text('ignore = []\n[place]\nnowhere = ["x"]\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"reading\.toml"):
        read_scene("x")
