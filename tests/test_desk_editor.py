"""The person's own editor and pager: run on a copy, nothing that was written is lost, nothing hostile is shown."""

from __future__ import annotations

import os
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.app import App

from core.film.errors import BadInput, DiskTrouble
from reeltui.editor import edit, editor_command, page, pager_command


class Stage:
    """Stands in for the desk that steps back; tells whether it did, and whether it came back."""

    def __init__(self) -> None:
        self.away = False
        self.times = 0

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """As textual's: what raises within it leaves the terminal as it is."""
        self.away = True
        self.times += 1
        yield
        self.away = False


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture(autouse=True)
def _own_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))


def left_behind(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "tmp").rglob("*") if path.is_file()]


def program(tmp_path: Path, name: str, body: str) -> str:
    path = tmp_path / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def environ(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **more}


# --- which ------------------------------------------------------------------------------------------------------


def test_the_persons_own_come_first(tmp_path: Path) -> None:
    own = program(tmp_path, "own", "")
    assert editor_command(environ(VISUAL=f"{own} --fast 'a b'", EDITOR="vi")) == [own, "--fast", "a b"]
    assert editor_command(environ(VISUAL=" ", EDITOR=own)) == [own]
    assert pager_command(environ(PAGER=f"{own} -x")) == [own, "-x"]


def test_without_a_wish_the_usual_ones_are_taken(tmp_path: Path) -> None:
    program(tmp_path, "vi", "")
    assert editor_command({"PATH": str(tmp_path)}) == ["vi"]
    program(tmp_path, "nano", "")
    assert editor_command({"PATH": str(tmp_path)}) == ["nano"]
    program(tmp_path, "more", "")
    assert pager_command({"PATH": str(tmp_path)}) == ["more"]


def test_an_editor_with_a_window_is_waited_for(tmp_path: Path) -> None:
    code = program(tmp_path, "code", "")
    assert editor_command(environ(EDITOR=code)) == [code, "--wait"]
    assert editor_command(environ(EDITOR=f"{code} -w")) == [code, "-w"]


@pytest.mark.parametrize("value", ["no-such-program", "'unclosed", "''", "x\x1b]0;y\x07"])
def test_a_wish_that_cannot_be_granted_is_said(value: str) -> None:
    with pytest.raises(BadInput, match="EDITOR") as refused:
        editor_command(environ(EDITOR=value))
    assert refused.value.remedy
    assert "\x1b" not in str(refused.value)


def test_where_there_is_none_it_is_said(tmp_path: Path) -> None:
    for command in (editor_command, pager_command):
        with pytest.raises(BadInput, match="there is no") as refused:
            command({"PATH": str(tmp_path)})
        assert refused.value.remedy


# --- editing ----------------------------------------------------------------------------------------------------


def test_what_was_written_comes_back(tmp_path: Path, stage: Stage) -> None:
    note = tmp_path / "note"
    editor = program(
        tmp_path, "own", f'cp "$1" {note}; echo "$1" >> {note}; stat -c %a "$(dirname "$1")" >> {note}; echo new > "$1"'
    )
    assert edit("old\n", name="../plan .json", suspend=stage.suspend, environ=environ(EDITOR=editor)) == "new\n"
    was, path, mode = note.read_text().splitlines()
    assert was == "old"
    assert Path(path).name == "plan-.json"
    assert mode == "700"
    assert (stage.times, stage.away) == (1, False)
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("body", ["true", 'echo >> "$1"', 'mv "$1" "$1.bak"; cp "$1.bak" "$1"'])
def test_what_did_not_change_is_nothing(tmp_path: Path, stage: Stage, body: str) -> None:
    editor = program(tmp_path, "own", body)
    assert edit("a kite", name="x.txt", suspend=stage.suspend, environ=environ(EDITOR=editor)) is None
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('echo mine > "$1"; exit 3', "status 3"),
        ('echo mine > "$1"; kill -9 $$', "signal 9"),
        ("printf 'mine\\377' > \"$1\"", "no UTF-8"),
        ('head -c 8000001 /dev/zero > "$1"', "longer than"),
    ],
)
def test_what_was_written_is_kept_where_it_cannot_be_taken(tmp_path: Path, stage: Stage, body: str, words: str) -> None:
    editor = program(tmp_path, "own", body)
    with pytest.raises(BadInput, match=words) as refused:
        edit("old", name="x.txt", suspend=stage.suspend, environ=environ(EDITOR=editor))
    (kept,) = left_behind(tmp_path)
    assert str(kept) in str(refused.value)
    assert not stage.away
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_an_editor_that_fails_at_once_leaves_nothing(tmp_path: Path, stage: Stage) -> None:
    editor = program(tmp_path, "own", "exit 1")
    with pytest.raises(BadInput, match="status 1"):
        edit("old", name="x.txt", suspend=stage.suspend, environ=environ(EDITOR=editor))
    assert left_behind(tmp_path) == []


def test_an_editor_that_removes_the_file_is_said(tmp_path: Path, stage: Stage) -> None:
    editor = program(tmp_path, "own", 'rm "$1"')
    with pytest.raises(BadInput, match="cannot be read"):
        edit("old", name="x.txt", suspend=stage.suspend, environ=environ(EDITOR=editor))


def test_the_desk_comes_back_from_a_program_that_cannot_start(tmp_path: Path, stage: Stage) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)
    with pytest.raises(BadInput, match="broken cannot be started"):
        edit("old", name="x.txt", suspend=stage.suspend, environ=environ(EDITOR=str(broken)))
    assert (stage.times, stage.away) == (1, False)
    assert left_behind(tmp_path) == []


def test_a_terminal_that_cannot_be_given_away_is_said(tmp_path: Path) -> None:
    import asyncio

    editor = program(tmp_path, "own", "true")

    async def play() -> None:
        app: App[None] = App()
        async with app.run_test():
            with pytest.raises(BadInput, match="cannot be given"):
                edit("old", name="x.txt", suspend=app.suspend, environ=environ(EDITOR=editor))

    asyncio.run(play())


def test_a_full_disk_is_said(stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(DiskTrouble, match="cannot write"):
        edit("old", name="x.txt", suspend=stage.suspend, environ=environ(EDITOR="true"))
    assert stage.times == 0


def test_ctrl_c_belongs_to_the_program(tmp_path: Path, stage: Stage) -> None:
    """The terminal sends it to both; the program ends, and the desk and its own handler stay."""
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        editor = program(tmp_path, "own", f'kill -INT {os.getpid()}; kill -INT $$; echo stayed > "$1"')
        with pytest.raises(BadInput, match="signal 2"):
            edit("old", name="x.txt", suspend=stage.suspend, environ=environ(EDITOR=editor))
        assert heard == []
        signal.raise_signal(signal.SIGINT)
        assert heard == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


# --- reading ----------------------------------------------------------------------------------------------------


def test_the_pager_gets_nothing_a_terminal_would_obey(tmp_path: Path, stage: Stage) -> None:
    shown = tmp_path / "shown"
    pager = program(tmp_path, "own", f'cp "$1" {shown}')
    text = "one\x1b]52;c;ZXZpbA==\x07\n\ttwo\x9b31m\u202e\r\nthree"
    page(text, name="critic.log", suspend=stage.suspend, environ=environ(PAGER=pager), hold=lambda: None)
    assert shown.read_text() == "one]52;c;ZXZpbA==\n    two31m\nthree"
    assert left_behind(tmp_path) == []


def test_who_comes_back_at_once_is_held(tmp_path: Path, stage: Stage) -> None:
    held: list[bool] = []
    pager = program(tmp_path, "own", 'cat "$1" > /dev/null')
    page("x", name="x", suspend=stage.suspend, environ=environ(PAGER=pager), hold=lambda: held.append(stage.away))
    assert held == [True]
    assert not stage.away


def test_who_was_read_is_not_held(tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reeltui.editor._GLANCE", 0.0)
    pager = program(tmp_path, "own", "true")
    page("x", name="x", suspend=stage.suspend, environ=environ(PAGER=pager), hold=lambda: pytest.fail("held"))


def test_a_pager_that_fails_is_said_and_one_that_was_left_is_not(tmp_path: Path, stage: Stage) -> None:
    failing = program(tmp_path, "failing", "exit 2")
    with pytest.raises(BadInput, match="status 2"):
        page("x", name="x", suspend=stage.suspend, environ=environ(PAGER=failing), hold=lambda: None)
    left = program(tmp_path, "left", "kill -INT $$")
    page("x", name="x", suspend=stage.suspend, environ=environ(PAGER=left), hold=lambda: None)
    assert left_behind(tmp_path) == []
