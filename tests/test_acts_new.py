"""A new reel from a form: checked, foreseen, then there as a whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec
import pytest

from core.film.errors import BadInput, DiskTrouble
from core.film.lineup import Phase
from core.film.preset import Aspect, PresetName
from core.film.settings import Settings
from core.folder import layout
from core.folder.snapshot import read_reel
from core.pipeline.cost import Timing
from core.worker.records import timings
from reeltui.acts import new, opened
from reeltui.acts.new import Wanted, WrongSetting, create, preview, settings_of
from tests.stage import TINY
from tests.toys import toy_lineup, toy_plan


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "engine_of", lambda settings: toy_lineup())
    monkeypatch.setattr(new, "choose_engine", lambda word, *more: toy_lineup())


@pytest.mark.parametrize("voice", [True, False])
def test_the_preview_is_what_the_new_reel_then_says(library: Path, voice: bool) -> None:
    settings = msgspec.structs.replace(TINY, voice=voice, music=voice)
    told = preview(library, settings)
    made = create(library, Wanted("Aiko walks", settings))
    assert told.ahead == opened.open_root(made.root).ahead()
    assert not told.ahead.whole.measured
    assert (Phase.NARRATE in told.ahead.phases) is voice
    assert told.lineup.why == "a test"
    assert told.fits


def test_the_preview_rests_on_what_this_machine_measured(library: Path) -> None:
    before = preview(library, TINY).ahead.whole.seconds
    for _ in range(5):
        timings().remember(Timing(Phase.PLAN, "toy-director", 1.0, 100.0))
    told = preview(library, TINY).ahead
    assert told.phases[Phase.PLAN].measured
    assert told.whole.seconds > before + 90


def test_a_bigger_reel_needs_more_time_and_disk(library: Path) -> None:
    small, big = preview(library, TINY), preview(library, settings_of({"shots": 12, "preset": "cinematic"}))
    assert big.needed > small.needed
    assert big.ahead.whole.seconds > small.ahead.whole.seconds


def test_lightning_is_for_an_engine_that_has_its_weights(library: Path) -> None:
    settings = settings_of({"preset": "lightning"})
    for refuse in (lambda: preview(library, settings), lambda: create(library, Wanted("Aiko walks", settings))):
        with pytest.raises(WrongSetting, match="lightning is for the studio engine") as caught:
            refuse()
        assert caught.value.field == "preset"
    assert not library.exists()


def test_a_disk_that_cannot_hold_it_is_told_and_nothing_is_made(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(total=10**9, free=1000))
    assert not preview(library, TINY).fits
    with pytest.raises(DiskTrouble, match=r"1\.0 kB left"):
        create(library, Wanted("Aiko walks", TINY))
    assert not library.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"shots": 0}, "shots"),
        ({"shots": 25}, "shots"),
        ({"preset": "best"}, "preset"),
        ({"aspect": "4:3"}, "aspect"),
        ({"language": "x"}, "language"),
        ({"width": 65, "height": 64}, "width"),
        ({"seed": -1}, "seed"),
        ({"review": "often"}, "review"),
    ],
)
def test_a_setting_that_is_not_possible_is_named(fields: dict[str, object], field: str) -> None:
    with pytest.raises(WrongSetting) as wrong:
        settings_of(fields)
    assert wrong.value.field == field
    assert wrong.value.reason in str(wrong.value)


def test_the_size_follows_the_aspect() -> None:
    tall = settings_of({"aspect": "9:16", "preset": "draft"})
    assert (tall.width, tall.height, tall.aspect, tall.preset) == (720, 1280, Aspect.TALL, PresetName.DRAFT)
    assert settings_of({}) == Settings(engine="auto")
    assert settings_of({"aspect": Aspect.SQUARE}).width == 960


@pytest.mark.parametrize(("sentence", "problem"), [("", "no words"), ("\x1b ...", "no words"), ("a " * 1001, "read")])
def test_a_sentence_without_words_or_with_too_many_is_refused(library: Path, sentence: str, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        create(library, Wanted(sentence, TINY))
    assert not library.exists()


def test_a_reel_is_there_with_its_plan_and_the_engine_that_was_chosen(library: Path) -> None:
    settings = msgspec.structs.replace(TINY, engine="auto")
    made = create(library, Wanted("Aiko\nwalks", settings, name="walk", plan=toy_plan()))
    assert made.root == library / "walk"
    reel = read_reel(made.root)
    assert (reel.sentence, reel.settings.engine) == ("Aiko walks", "animatic")
    found = opened.open_root(made.root).snapshot
    assert found.plan == toy_plan()
    assert len(list((made.root / layout.PLANS).iterdir())) == 1
    with pytest.raises(BadInput, match="already a reel named walk"):
        create(library, Wanted("Aiko walks", TINY, name="walk"))


def test_a_disk_that_fills_while_the_plan_is_written_leaves_no_reel(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise DiskTrouble("the disk is full")

    monkeypatch.setattr(new, "keep_plan", full)
    with pytest.raises(DiskTrouble):
        create(library, Wanted("Aiko walks", TINY, plan=toy_plan()))
    assert os.listdir(library) == []
