"""Bad input of every kind: one clear line, the right exit code, nothing lost, nothing made where it should not be."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
import tomli_w

from core.film.event import Event, Happened
from core.film.plan import MAX_PLAN_BYTES, encode_plan
from core.folder import layout
from core.folder.journal import Journal
from tests.face import Face, face
from tests.stage import edit
from tests.toys import toy_plan
from tests.watching import everything

__all__ = ["face"]  # the fixture

HOSTILE = "\x1b]52;c;aGFjaw==\x07\u202eevil\u2066\x9b31m\x1b[2J\u2028over"


def harmless(text: str) -> bool:
    """Tell whether a terminal would obey nothing in `text`."""
    return all(char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text)


# --- sentences ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("", "has no words"),
        ("   \t\n ", "has no words"),
        ("?!... --- ...", "has no words"),
        ("\U0001f3ac \U0001f3ac", "has no words"),
        ("\x00\x1b\x07", "has no words"),
        ("word " * 10_000, "10,000 words"),
        ("昔" * 10_000, "at most 2,000 characters"),
    ],
    ids=["empty", "blank", "punctuation", "emoji", "control", "10,000 words", "10,000 characters"],
)
def test_a_sentence_that_says_nothing_or_too_much_is_refused(
    face: Face, library: Path, sentence: str, part: str
) -> None:
    assert part in face("make", sentence).refused(2)
    assert not library.exists()


@pytest.mark.parametrize(
    ("sentence", "folder"),
    [
        ("夜の東京を歩く", "夜の東京を歩く"),
        ("امرأة تمشي في المدينة", "امرأة-تمشي-في-المدينة"),
        ("रात में मुंबई की सड़क", None),
        ("Ελλάδα το πρωί", "ελλάδα-το-πρωί"),
        ("\x1b]0;title\x07a boat\u202e at dawn", "0-titlea-boat-dawn"),
        ("../../etc/passwd and /tmp", "etc-passwd-tmp"),
        ("a" * 300, "a" * 48),
        ("CON.. | > x", None),
    ],
)
def test_any_script_makes_a_reel_in_a_harmless_folder(
    face: Face, library: Path, sentence: str, folder: str | None
) -> None:
    said = face("make", sentence, "--size", "64x64", "--shots", "1", "--review", "plan", "--json")
    assert said.code == 3
    (root,) = library.iterdir()
    assert folder in (None, root.name)
    assert harmless(root.name)
    assert "/" not in root.name
    status = face("status", root.name, "--json").last
    assert harmless(status["sentence"])
    assert harmless(face("status", root.name).out)


# --- numbers and words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--language", "q"), "argument --language: invalid choice: 'q'"),
        (("--language", "en-GB"), "argument --language: invalid choice: 'en-GB'"),
        (("--shots", "0"), "--shots: Expected `int` >= 1"),
        (("--shots", "100"), "--shots: Expected `int` <= 24"),
        (("--shots", "-1"), "--shots: Expected `int` >= 1"),
        (("--shots", "x"), "argument --shots: invalid int value: 'x'"),
        (("--shots", "2.5"), "argument --shots: invalid int value: '2.5'"),
        (("--seed", "-1"), "--seed: Expected `int` >= 0"),
        (("--seed", str(2**53)), "--seed: Expected `int` <= 9007199254740991"),
        (("--seed", str(2**80)), "--seed: "),
        (("--seed", "9" * 5000), "argument --seed: invalid int value"),
        (("--size", "0x0"), "is not a size"),
        (("--size", "3x3"), "is not a size"),
        (("--size", "63x64"), "a side of 63 pixels is not possible"),
        (("--size", "64x62"), "a side of 62 pixels is not possible"),
        (("--size", "99999x2"), "is not a size"),
        (("--size", "9998x64"), "a side of 9998 pixels is not possible"),
        (("--size", "abc"), "'abc' is not a size"),
        (("--size", "64x64x64"), "is not a size"),
        (("--size", HOSTILE), "is not a size"),
        (("--aspect", "4:3"), "argument --aspect: invalid choice: '4:3'"),
        (("--preset", "lightning"), "preset: lightning is for the studio engine"),
        (("--review", "stills"), "argument --review: invalid choice: 'stills'"),
        (("--engine", "cinema"), "argument --engine: invalid choice: 'cinema'"),
        (("--library", "~nobody-has-this-name/reels"), "no home folder for ~nobody-has-this-name"),
    ],
    ids=lambda value: " ".join(word[:12] for word in value).replace("\x1b", "ESC") if isinstance(value, tuple) else "",
)
def test_a_wrong_number_or_word_is_refused_by_name(
    face: Face, library: Path, words: tuple[str, ...], part: str
) -> None:
    line = face("make", "a boat", *words).refused(2)
    assert part in line
    assert harmless(line)
    assert len(line) < 1200
    assert not library.exists()


@pytest.mark.parametrize(
    "name", ["a/b", "../x", "/x", ".", "..", ".x", "-x", "x" * 300, "\U0001f3ac" * 80, "a\nb", HOSTILE, "a\0b", " a"]
)
def test_a_name_that_cannot_be_a_folder_is_refused(face: Face, library: Path, name: str) -> None:
    line = face("make", "a boat", f"--name={name}").refused(2)
    assert "cannot be a reel's name" in line
    assert not library.exists() or list(library.iterdir()) == []


@pytest.mark.parametrize("name", ["\U0001f3ac film", "東京の夜", "x" * 100, "a.b", "walk 2"])
def test_a_name_of_any_script_is_a_folder(face: Face, library: Path, name: str) -> None:
    said = face("make", "a boat", "--name", name, "--size", "64x64", "--shots", "1", "--review", "plan")
    assert said.code == 3
    assert [path.name for path in library.iterdir()] == [name]
    assert face("status", name, "--json").last["reel"] == name


def test_a_name_that_is_taken_is_refused_and_the_reel_untouched(face: Face, library: Path) -> None:
    face.make("--review", "plan")
    before = everything(library)
    line = face("make", "another", "--name", "walk").refused(2)
    assert "there is already a reel named walk" in line
    assert "resume walk" in line
    (library / "a file").write_text("mine")
    (library / "a link").symlink_to("/nowhere")
    for name in ("a file", "a link"):
        assert "there is already" in face("make", "another", "--name", name).refused(2)
    (library / "a file").unlink()
    (library / "a link").unlink()
    assert everything(library) == before


@pytest.mark.parametrize(
    "word", ["", "nobody", "../walk", "~nobody-has-this-name", "x" * 5000, "a\0b", HOSTILE, "/proc/1"]
)
def test_a_reel_that_is_none_is_refused(face: Face, word: str) -> None:
    for verb in ("status", "resume"):
        assert harmless(face(verb, word).refused(2))


# --- plans -------------------------------------------------------------------------------------------------


def deep(kind: str, depth: int) -> bytes:
    """Return JSON nested `depth` deep, in a place where the decoder must follow it or where it need not."""
    return {
        "arrays": b"[" * depth + b"]" * depth,
        "open arrays": b"[" * depth,
        "objects": b'{"a":' * depth + b"1" + b"}" * depth,
        "in a field": b'{"characters":{"A":' + b"[" * depth + b"]" * depth + b"}}",
        "in a shot": b'{"shots":' + b"[" * depth + b"]" * depth + b"}",
        "unknown field": b'{"zz":' + b"[" * depth + b"]" * depth + b"}",
    }[kind]


BAD_PLANS: dict[str, tuple[bytes | int, str]] = {
    "nothing": (b"", "is not valid JSON"),
    "not JSON": (b"a plan", "is not valid JSON"),
    "not UTF-8": (b'{"story_logline": "\xff\xfe"}', "plan"),
    "a number": (b"7", "Expected `object`, got `int`"),
    "empty object": (b"{}", "missing required field `characters`"),
    "control characters": (('{"' + "\\u001b[31m" + '":1}').encode(), "unknown field"),
    "100 MB": (100_000_000, f"{MAX_PLAN_BYTES:,}"),
    **{
        f"{kind} {depth:,} deep": (deep(kind, depth), "")
        for kind in ("arrays", "open arrays", "objects", "in a field", "in a shot", "unknown field")
        for depth in (10_000, 1_000_000)
    },
    **{f"{kind} 90,000 deep": (deep(kind, 90_000), "") for kind in ("arrays", "objects", "unknown field")},
}


def write(path: Path, content: bytes | int) -> None:
    """Write a file; a number is the size of one full of nothing, which takes no room on the disk."""
    if isinstance(content, int):
        with path.open("wb") as file:
            file.truncate(content)
    else:
        path.write_bytes(content)


@pytest.mark.parametrize("name", BAD_PLANS)
def test_a_bad_plan_that_is_given_is_refused(face: Face, library: Path, tmp_path: Path, name: str) -> None:
    content, part = BAD_PLANS[name]
    write(tmp_path / "bad.json", content)
    line = face("make", "--plan", str(tmp_path / "bad.json")).refused(2)
    assert part in line
    assert str(tmp_path / "bad.json") in line
    assert harmless(line)
    assert not library.exists()


@pytest.mark.parametrize("name", BAD_PLANS)
def test_a_bad_plan_in_a_reel_is_refused_and_nothing_is_lost(face: Face, library: Path, name: str) -> None:
    face.make("--review", "plan")
    root = library / "walk"
    content, part = BAD_PLANS[name]
    write(root / "plan.json", content)
    line = face("resume", "walk").refused(2)
    assert part in line
    assert harmless(line)
    assert "the last good plan stays in force" in line
    status = face("status", "walk", "--json").last
    assert part in status["plan_error"]
    assert len(status["shots"]) == 3, "the old plan is shown"
    shown = face("status", "walk").out
    assert "plan.json is refused" in shown
    assert harmless(shown)
    assert face("list", "--json").last[0]["name"] == "walk"
    assert (root / "plan.json").stat().st_size == (content if isinstance(content, int) else len(content))
    assert face("resume", "walk", "--keep-plan").code == 0
    assert face("status", "walk", "--json").last["state"] == "done"


@pytest.mark.parametrize("path", ["/dev/zero", "/nowhere/plan.json", "/", "/proc/self/mem"])
def test_a_plan_that_is_no_file_is_refused(face: Face, library: Path, path: str) -> None:
    assert path in face("make", "--plan", path).refused(2)
    assert not library.exists()


def test_a_plan_may_come_through_a_pipe(face: Face, library: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, encode_plan(toy_plan(1, user_prompt="through a pipe")))
    os.close(writer)
    said = face("make", "--plan", f"/dev/fd/{reader}", "--size", "64x64", "--name", "piped", "--json")
    os.close(reader)
    assert said.code == 0
    assert said.last["status"]["sentence"] == "through a pipe"


def test_a_plan_and_words_that_contradict_it_are_refused(face: Face, tmp_path: Path, library: Path) -> None:
    (tmp_path / "plan.json").write_bytes(encode_plan(toy_plan(2)))
    given = ("make", "--plan", str(tmp_path / "plan.json"))
    assert "the plan has 2 shots, not 3" in face(*given, "--shots", "3").refused(2)
    assert "the plan's lines are in 'a'" in face(*given, "--language", "j").refused(2)
    assert not library.exists()


# --- things in a reel that are not what they should be ----------------------------------------------------


@pytest.mark.parametrize("what", ["pipe", "folder", "link"])
def test_a_plan_in_a_reel_that_is_no_file_is_refused(face: Face, library: Path, tmp_path: Path, what: str) -> None:
    face.make("--review", "plan")
    plan = library / "walk" / "plan.json"
    (tmp_path / "mine.json").write_bytes(plan.read_bytes())
    plan.unlink()
    {"pipe": os.mkfifo, "folder": os.mkdir, "link": lambda path: path.symlink_to(tmp_path / "mine.json")}[what](plan)
    assert "plan.json is " in face("resume", "walk").refused(2)
    assert face("status", "walk", "--json").last["plan_error"].startswith("plan.json is ")
    assert face("resume", "walk", "--keep-plan").code == 0
    assert plan.is_file()
    assert not plan.is_symlink()
    assert (tmp_path / "mine.json").read_bytes() == plan.read_bytes()


BAD_REELS = {
    "empty": b"",
    "not TOML": b"a reel",
    "not UTF-8": b'name = "\xff"',
    "a huge number": b"schema = " + b"9" * 5000,
    "deep": b"a = " + b"[" * 10_000 + b"]" * 10_000,
    "unknown field": b'mood = "sad"',
    "hostile": f'id = "x"\n{tomli_w.dumps({HOSTILE: HOSTILE})}'.encode(),
}


@pytest.mark.parametrize("name", BAD_REELS)
def test_a_broken_reel_is_told_and_hides_no_other(face: Face, library: Path, name: str) -> None:
    face.make("--review", "plan")
    (library / "bad").mkdir()
    (library / "bad" / "reel.toml").write_bytes(BAD_REELS[name])
    before = everything(library / "bad")
    for verb in ("status", "resume"):
        line = face(verb, "bad").refused(2)
        assert "reel.toml" in line
        assert harmless(line)
    cards = {card["name"]: card for card in face("list", "--json").last}
    assert cards["bad"]["state"] == "broken"
    assert cards["bad"]["problem"]
    assert cards["walk"]["state"] == "waiting"
    assert harmless(face("list").out)
    assert everything(library / "bad") == before


def test_a_reel_file_that_is_a_pipe_is_shown_as_broken(face: Face, library: Path) -> None:
    face.make("--review", "plan")
    (library / "bad").mkdir()
    os.mkfifo(library / "bad" / "reel.toml")
    assert {card["name"]: card["state"] for card in face("list", "--json").last} == {"walk": "waiting", "bad": "broken"}
    assert "it is not a plain file" in face("status", "bad").refused(2)


def test_hostile_text_in_a_reel_reaches_no_terminal(face: Face, library: Path) -> None:
    face.make()
    root = library / "walk"
    text = (root / "reel.toml").read_text()
    hostile = tomli_w.dumps({"sentence": HOSTILE, "name": HOSTILE}).encode().decode()
    kept = [line for line in text.splitlines() if not line.startswith(("sentence", "name"))]
    (root / "reel.toml").write_text(hostile + "\n".join(kept))
    edit(root, narration={1: f"line {HOSTILE}"}, story_logline=HOSTILE)
    journal = Journal(root / layout.EVENTS, Event)
    for happened in (Happened.RUN_STARTED, Happened.STEP_FAILED):
        step = f"shots/01/{HOSTILE}"
        journal.append(Event(happened, 0.0, step=step, phase="x", message=HOSTILE, data={"final": True}))
    assert "\x1b" in (root / layout.EVENTS).read_text().encode().decode("unicode_escape"), "it is really there"
    (root / layout.LIVE).write_text("{" + HOSTILE)
    shown = face("status", "walk")
    assert shown.code == 0
    assert "failed: " in shown.out
    assert "evil" in shown.out
    assert harmless(shown.out)
    listed = face("list")
    assert "evil" in listed.out
    assert harmless(listed.out)
    for told in (face("status", "walk", "--json"), face("list", "--json")):
        assert harmless(told.out)
        assert len(told.lines) == 1
    assert face("status", "walk", "--json").last["sentence"] == HOSTILE, "escaped, and still what it is"
    said = face("resume", "walk")
    assert said.code == 0
    assert harmless(said.out + said.err)


def test_a_hostile_folder_name_reaches_no_terminal(face: Face, library: Path) -> None:
    face.make()
    (library / "walk").rename(library / "\x1b[31mwalk\x07")
    for words in (("list",), ("status", "\x1b[31mwalk\x07"), ("resume", "\x1b[31mwalk\x07"), ("status", "walk")):
        said = face(*words)
        assert "walk" in said.out + said.err
        assert harmless(said.out + said.err)
