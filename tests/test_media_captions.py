"""Captions: lines broken well, files that read back as the narration, fonts found or named."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.film.errors import BadInput
from core.film.language import Language
from core.film.text import clean
from core.media import fonts
from core.media.captions import ass_text, columns, make_cues, parse_srt, srt_text, unwrap, vtt_text, wrap
from core.media.fonts import caption_font, require_caption_font

ENGLISH = "A quiet street wakes under the first light of day, and nobody is there to see it."
JAPANESE = "東京の夜、雨が静かに石畳を濡らしている。彼女は振り返らない、もう二度と。"
CHINESE = "北京的清晨，老人在胡同里慢慢地走着，鸽子从屋顶上飞起来，天空很蓝。"
HINDI = "मुंबई की बारिश में एक लड़की अकेली खड़ी है और समुद्र को देख रही है"


@pytest.mark.parametrize("text", [ENGLISH, JAPANESE, CHINESE, HINDI])
def test_lines_fit_and_join_again(text: str) -> None:
    lines = wrap(text)
    assert len(lines) >= 2
    assert max(map(columns, lines)) <= 42
    assert unwrap(lines) == text
    widths = sorted(map(columns, lines))
    assert widths[0] * 2 >= widths[-1]  # evenly filled


@pytest.mark.parametrize("text", [JAPANESE, CHINESE])
def test_no_line_begins_with_a_closing_mark(text: str) -> None:
    for limit in range(6, 40):
        assert not [line for line in wrap(text, limit) if line[0] in "、。，"]


def test_a_combining_mark_stays_with_its_letter() -> None:
    for limit in range(4, 30):
        assert not [line for line in wrap(HINDI, limit) if unicodedata.category(line[0]).startswith("M")]


def test_a_short_line_stays_whole() -> None:
    assert wrap("Rain again.") == ["Rain again."]
    assert wrap("") == []


@settings(deadline=None)
@given(st.lists(st.text(max_size=120), max_size=6))
def test_srt_reads_back_as_what_was_said(texts: list[str]) -> None:
    cues = make_cues((2.0 * at, 2.0 * at + 1.5, text) for at, text in enumerate(texts))
    assert parse_srt(srt_text(cues)) == cues
    assert [cue.text for cue in cues] == [said for text in texts if (said := clean(text.replace("-->", "→")))]


@settings(deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=4))
def test_no_control_character_survives(texts: list[str]) -> None:
    cues = make_cues((float(at), at + 0.5, text + "\x1b[31m\x07\u202e\x9b") for at, text in enumerate(texts))
    for written in (srt_text(cues), vtt_text(cues), ass_text(cues, width=64, height=36, family="Sans")):
        assert not [char for char in written if unicodedata.category(char) in ("Cc", "Cs") and char != "\n"]
        assert "\u202e" not in written


def test_the_files_say_what_their_formats_want() -> None:
    cues = make_cues([(0.0, 1.25, "Salt & <wind> --> {home}"), (3661.0004, 3662.9996, "Où ?")])
    assert srt_text(cues) == (
        "1\n00:00:00,000 --> 00:00:01,250\nSalt & <wind> → {home}\n\n2\n01:01:01,000 --> 01:01:03,000\nOù ?\n\n"
    )
    assert vtt_text(cues) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.250\nSalt &amp; &lt;wind&gt; → {home}\n\n"
        "01:01:01.000 --> 01:01:03.000\nOù ?\n\n"
    )
    assert r"Salt & <wind> → \{home\}" in ass_text(cues, width=1280, height=720, family="Sans")


def test_cues_are_in_order_and_last() -> None:
    cues = make_cues([(5.0, 5.0, "b"), (1.0, 0.5, "a"), (2.0, 3.0, " \n ")])
    assert [(cue.start, cue.end, cue.text) for cue in cues] == [(1.0, 1.001, "a"), (5.0, 5.001, "b")]
    assert srt_text(()) == ""
    assert parse_srt("") == ()


def test_a_broken_srt_names_the_caption() -> None:
    with pytest.raises(BadInput, match="caption 2"):
        parse_srt("1\n00:00:00,000 --> 00:00:01,000\nok\n\n2\nno times\n")


@pytest.fixture
def no_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("XDG_DATA_HOME", "XDG_DATA_DIRS", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("language", "package"),
    [
        (Language.FRENCH, "fonts-dejavu-core"),
        (Language.HINDI, "fonts-noto-core"),
        (Language.JAPANESE, "fonts-noto-cjk"),
        (Language.MANDARIN_CHINESE, "google-noto-sans-cjk-fonts"),
    ],
)
def test_without_a_font_the_package_is_named(no_fonts: Path, language: Language, package: str) -> None:
    assert caption_font(language) is None
    with pytest.raises(BadInput) as error:
        require_caption_font(language, ["..."])
    assert package in error.value.remedy


def test_a_font_counts_only_for_the_letters_it_has(no_fonts: Path, request: pytest.FixtureRequest) -> None:
    found = next((p for p in Path("/usr/share/fonts").rglob("DejaVuSans.ttf")), None)
    if found is None:
        pytest.skip("no DejaVu Sans on this machine")
    (no_fonts / "fonts").mkdir()
    here = no_fonts / "fonts" / "a font's é.ttf"
    shutil.copy(found, here)
    (no_fonts / "fonts" / "broken.ttf").write_bytes(b"no font")
    fonts._installed.cache_clear()
    request.addfinalizer(fonts._installed.cache_clear)
    assert caption_font(Language.FRENCH) == here
    assert require_caption_font(Language.FRENCH, ["Où est-il, l'été ?"]).family == "DejaVu Sans"
    assert caption_font(Language.JAPANESE) is None
    with pytest.raises(BadInput, match="京"):
        require_caption_font(Language.FRENCH, ["Voilà 東京"])
