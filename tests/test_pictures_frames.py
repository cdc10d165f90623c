"""The frames of a clip for playing: the right ones at the right time, a few ahead, and none once told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reeltui.pictures.cells import Cells, Grain, Shape
from reeltui.pictures.decode import CannotShow, Stopped
from reeltui.pictures.frames import AHEAD, FPS, FPS_FAR, ClipFrames, clip_frames, frame_rate
from tests.media_making import clip

SHAPE = Shape(8, 3)
DEADLINE = 30.0
GREYS = [40 + 4 * i for i in range(32)]  # two seconds


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


def grey_of(cells: Cells) -> int:
    assert cells.sound
    return cells.inks[3]


def test_frames_come_at_the_asked_rate_with_their_seconds(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", GREYS)
    frames = list(clip_frames(path, SHAPE, 8, stopped=threading.Event()))
    assert [frame.at for frame in frames] == [i / 8 for i in range(16)]
    for i, frame in enumerate(frames):
        assert abs(grey_of(frame.cells) - GREYS[2 * i]) <= 10, i


def test_no_frame_is_shown_twice_where_the_clip_has_fewer(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", GREYS[:8], fps=4)
    assert [frame.at for frame in clip_frames(path, SHAPE, 8, stopped=threading.Event())] == [i / 4 for i in range(8)]


def test_a_frame_whose_time_has_passed_is_not_drawn(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", GREYS)
    frames = clip_frames(path, SHAPE, 8, stopped=threading.Event(), behind=lambda at: at < 1.5)
    assert [frame.at for frame in frames] == [0.0, 1.5, 1.625, 1.75, 1.875]


def test_few_frames_are_held_however_long_the_clip_is(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", [100] * 160)
    told: list[ClipFrames] = []
    frames = ClipFrames(path, SHAPE, 8, told.append)
    frames.start()
    until(lambda: len(frames._frames) == AHEAD)
    time.sleep(0.05)
    assert len(frames._frames) == AHEAD
    assert told == [frames]
    frames.stop(DEADLINE)
    assert not frames._thread.is_alive()


def test_the_newest_frame_whose_second_has_come_is_given_and_those_before_are_dropped(tmp_path: Path) -> None:
    frames = ClipFrames(clip(tmp_path / "a.mp4", GREYS), SHAPE, 8, lambda _: None)
    frames.start()
    until(lambda: len(frames._frames) == AHEAD)
    first = frames.due(0.0)
    assert first is not None
    assert first.at == 0.0
    assert frames.due(0.1) is None
    assert frames.next_at() == 0.125
    late = frames.due(0.6)
    assert late is not None
    assert late.at == 0.5
    frames.stop()


def test_the_end_is_told_once_everything_was_shown(tmp_path: Path) -> None:
    ended = threading.Event()
    frames = ClipFrames(clip(tmp_path / "a.mp4", GREYS[:4]), SHAPE, 8, lambda one: ended.set() if one._ended else None)
    frames.start()
    assert ended.wait(DEADLINE)
    assert not frames.ended
    last = frames.due(10.0)
    assert last is not None
    assert last.at == 0.125
    assert frames.ended
    assert frames.broken == ""


def test_a_stop_while_it_waits_for_room_ends_the_thread_and_tells_nobody(tmp_path: Path) -> None:
    told: list[ClipFrames] = []
    frames = ClipFrames(clip(tmp_path / "a.mp4", [100] * 160), SHAPE, 8, told.append)
    frames.start()
    until(lambda: len(frames._frames) == AHEAD)
    before = len(told)
    frames.stop(DEADLINE)
    assert not frames._thread.is_alive()
    assert len(told) == before


def test_a_clip_that_is_cut_missing_or_something_else_says_why(tmp_path: Path) -> None:
    whole = clip(tmp_path / "a.mp4", GREYS).read_bytes()

    def why(path: Path) -> str:
        with pytest.raises(CannotShow) as caught:
            list(clip_frames(path, SHAPE, 8, stopped=threading.Event()))
        return str(caught.value)

    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 3])
    words = tmp_path / "words.mp4"
    words.write_text("no clip")
    link = tmp_path / "link.mp4"
    link.symlink_to(tmp_path / "a.mp4")
    assert "cut short or damaged" in why(cut)
    assert "cut short or damaged" in why(words)
    assert why(tmp_path / "none.mp4") == "there is no such file"
    assert why(link) == "it is a symbolic link"


def test_a_playlist_under_a_clips_name_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libav plays what a playlist names, from anywhere, unless it is told which format the file has."""
    clip(tmp_path / "secret.mp4", GREYS)
    playlist = tmp_path / "clip.mp4"
    playlist.write_text("ffconcat version 1.0\nfile secret.mp4\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CannotShow):
        list(clip_frames(playlist, SHAPE, 8, stopped=threading.Event()))


def test_a_damaged_clip_ends_with_its_reason_and_no_exception_in_the_thread(tmp_path: Path) -> None:
    whole = bytearray(clip(tmp_path / "a.mp4", GREYS).read_bytes())
    for at in range(100, len(whole), 97):
        whole[at] ^= 0x55
    (tmp_path / "bad.mp4").write_bytes(bytes(whole))
    ended = threading.Event()
    frames = ClipFrames(tmp_path / "bad.mp4", SHAPE, 8, lambda one: ended.set() if one._ended else None)
    frames.start()
    until(lambda: frames.due(100.0) is None and ended.is_set())
    assert frames.ended


def test_stopped_before_it_began(tmp_path: Path) -> None:
    stopped = threading.Event()
    stopped.set()
    with pytest.raises((Stopped, CannotShow)):
        list(clip_frames(clip(tmp_path / "a.mp4", GREYS), SHAPE, 8, stopped=stopped))


@pytest.mark.parametrize("grain", [Grain.HALVES, Grain.QUARTERS, Grain.SIXTEEN, Grain.SHADES])
def test_every_grain_plays(tmp_path: Path, grain: Grain) -> None:
    path = clip(tmp_path / "a.mp4", GREYS[:4], size=(32, 64))
    shape = Shape(20, 5, grain)
    found = [frame.cells for frame in clip_frames(path, shape, 8, stopped=threading.Event())]
    assert len(found) == 2
    assert all(cells.sound and (cells.width, cells.height) == (20, 5) for cells in found)


def test_fewer_frames_over_a_line() -> None:
    assert frame_rate({}) == FPS
    assert frame_rate({"SSH_CONNECTION": "a 1 b 2"}) == FPS_FAR < FPS
