"""Journals: a torn tail or a flipped byte costs the record it hits and no other, and never the file."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.film.decision import Decision, Kind
from core.film.errors import DiskTrouble
from core.folder.decisions import say_decision
from core.folder.journal import Bookmark, Journal, decode_line, encode_line
from tests.forking import ended, fork


class Note(msgspec.Struct, frozen=True):
    """A record of a test."""

    text: str
    number: int = 0


NOTES = [Note("one", 1), Note('a "crc":"00000000"} inside', 2), Note("日本語\nnew line", 3), Note("", 4)]


def journal(path: Path) -> Journal[Note]:
    return Journal(path, Note)


@pytest.fixture
def full(tmp_path: Path) -> Path:
    path = tmp_path / "notes.jsonl"
    for note in NOTES:
        journal(path).append(note)
    return path


def test_what_was_written_is_read(full: Path) -> None:
    assert journal(full).read() == (NOTES, 0)
    assert journal(full).tail() == NOTES
    assert full.read_bytes().count(b"\n") == len(NOTES)


def test_no_file_is_an_empty_journal(tmp_path: Path) -> None:
    none = journal(tmp_path / "none")
    assert none.read() == ([], 0)
    assert none.tail() == []
    assert none.mend(tmp_path / "aside") == 0
    assert os.listdir(tmp_path) == []


def test_torn_at_every_byte(full: Path, tmp_path: Path) -> None:
    """However little of the last record reached the disk: the others are read, the next append is whole."""
    data = full.read_bytes()
    for end in range(len(data)):
        torn = tmp_path / "torn.jsonl"
        torn.write_bytes(data[:end])
        lines = data[:end].split(b"\n")
        whole = [NOTES[i] for i, line in enumerate(lines) if line and line == data.split(b"\n")[i]]
        broken = int(bool(lines[-1]) and lines[-1] != data.split(b"\n")[len(lines) - 1])
        assert journal(torn).read() == (whole, broken)
        assert torn.read_bytes() == data[:end], "reading changes nothing"
        journal(torn).append(Note("after"))
        assert journal(torn).read() == ([*whole, Note("after")], broken)
        aside = tmp_path / "aside"
        before = torn.read_bytes()
        assert journal(torn).mend(aside) == broken
        assert journal(torn).read() == ([*whole, Note("after")], 0)
        if broken:
            assert aside.read_bytes() == before
            aside.unlink()
        assert not aside.exists()


def test_every_byte_flipped_costs_its_own_record_at_most(full: Path, tmp_path: Path) -> None:
    """Every byte set to a few other values; a line break that goes joins two lines, and both are lost."""
    data = full.read_bytes()
    hit = tmp_path / "hit.jsonl"
    for at in range(len(data)):
        line = data[:at].count(b"\n")
        lost = {line, line + 1} if data[at] == 10 else {line}
        for mask in (0x01, 0x20, 0x80, data[at] ^ 0x0A, data[at]):
            if not mask:
                continue
            hit.write_bytes(data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :])
            read, bad = journal(hit).read()
            assert read == [note for i, note in enumerate(NOTES) if i not in lost]
            assert bad >= 1


@given(st.lists(st.text(max_size=30), max_size=5), st.binary(max_size=60), st.data())
def test_rubbish_between_the_lines_is_skipped(texts: list[str], rubbish: bytes, data: st.DataObject) -> None:
    lines = [encode_line(Note(text, 1)) for text in texts]
    place = data.draw(st.integers(0, len(lines)))
    mixed = b"".join([*lines[:place], rubbish + b"\n", *lines[place:]])
    notes = [msgspec.json.decode(body, type=Note) for body in map(decode_line, mixed.split(b"\n")) if body]
    assert notes == [Note(text, 1) for text in texts]


def test_a_record_of_another_type_is_bad_not_fatal(full: Path) -> None:
    with full.open("ab") as file:
        file.write(encode_line({"text": 5}))
        file.write(encode_line({"text": "good", "number": 9, "later": "a field of a newer version"}))
    read, bad = journal(full).read()
    assert (read, bad) == ([*NOTES, Note("good", 9)], 1)


def test_the_tail_starts_at_a_whole_line(full: Path) -> None:
    for limit in range(1, full.stat().st_size + 2):
        read = journal(full).tail(limit)
        assert read == NOTES[len(NOTES) - len(read) :]
    assert journal(full).tail(full.stat().st_size) == NOTES


def test_a_full_disk_in_the_middle_of_a_record(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = os.write, []

    def little(descriptor: int, view: memoryview) -> int:
        calls.append(len(view))
        if len(calls) == 1:
            return real(descriptor, view[:7])
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", little)
        with pytest.raises(DiskTrouble, match="full"):
            journal(full).append(Note("lost"))
    assert journal(full).read() == (NOTES, 1)
    journal(full).append(Note("next"))
    assert journal(full).read() == ([*NOTES, Note("next")], 1)


def test_an_append_reaches_the_disk_before_it_returns(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: int) -> None:
        raise OSError(errno.EIO, "bad")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(DiskTrouble):
        journal(full).append(Note("x"))


def test_an_empty_record_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="says nothing"):
        encode_line({})


def test_decisions_of_many_processes_are_all_there(tmp_path: Path) -> None:
    """Eight processes at once, twenty words each, under the short lock."""
    children = []
    for person in range(8):

        def speak(person: int = person) -> None:
            for number in range(20):
                say_decision(tmp_path, Decision(f"{person}-{number}", Kind.APPROVE, "t", shot=0, take=1))

        children.append(fork(speak))
    assert [ended(child) for child in children] == [0] * 8
    said, bad = Journal(tmp_path / "decisions.jsonl", Decision).read()
    assert bad == 0
    assert sorted(d.id for d in said) == sorted(f"{p}-{n}" for p in range(8) for n in range(20))
    for person in range(8):
        own = [d.id for d in said if d.id.startswith(f"{person}-")]
        assert own == [f"{person}-{n}" for n in range(20)]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("precious\n")
    (tmp_path / "notes.jsonl").symlink_to(outside)
    linked = journal(tmp_path / "notes.jsonl")
    assert linked.read() == ([], 0)
    assert linked.tail() == []
    assert linked.mend(tmp_path / "aside") == 0
    with pytest.raises(DiskTrouble, match="symbolic link"):
        linked.append(Note("x"))
    assert outside.read_text() == "precious\n"


def test_a_bookmark_gives_every_record_once(tmp_path: Path) -> None:
    notes, mark, seen = journal(tmp_path / "notes.jsonl"), Bookmark(), []
    assert notes.since(mark) == ([], mark)
    assert notes.end() == mark
    for note in NOTES:
        notes.append(note)
        new, mark = notes.since(mark)
        seen += new
        assert mark == notes.end()
        assert notes.since(mark) == ([], mark)
    assert seen == NOTES


def test_a_torn_tail_is_read_when_it_is_whole_and_never_twice(full: Path) -> None:
    """The follower looks at every moment of a write."""
    data, seen, mark = full.read_bytes(), [], Bookmark()
    for end in range(len(data) + 1):
        full.write_bytes(data[:end])
        new, mark = journal(full).since(mark)
        seen += new
    assert seen == NOTES


def test_a_torn_line_before_good_ones_is_skipped(full: Path) -> None:
    notes = journal(full)
    mark = notes.end()
    with full.open("ab") as file:
        file.write(b'{"text":"torn')
    assert notes.since(mark) == ([], mark)
    assert notes.end() == mark
    notes.append(Note("after", 5))
    assert notes.since(mark)[0] == [Note("after", 5)]


def test_a_mended_file_is_read_on_from_where_it_was(full: Path, tmp_path: Path) -> None:
    """Mending takes bad lines out, so that everything after them lies further to the front."""
    notes = journal(full)
    data = full.read_bytes().split(b"\n")
    full.write_bytes(b"\n".join([b"damaged", data[0], b"x" * 300, *data[1:3], b""]))
    new, mark = notes.since(Bookmark())
    assert new == NOTES[:3]
    notes.mend(tmp_path / "aside")
    notes.append(Note("after", 5))
    assert notes.since(mark)[0] == [Note("after", 5)]


@pytest.mark.parametrize("others", [1, 20])
def test_a_file_that_was_replaced_by_another_counts_as_read(full: Path, others: int) -> None:
    notes = journal(full)
    mark = notes.end()
    full.unlink()
    for number in range(others):
        notes.append(Note("other", number))
    new, mark = notes.since(mark)
    assert new == []
    notes.append(Note("after", 5))
    assert notes.since(mark)[0] == [Note("after", 5)]
