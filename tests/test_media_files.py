"""Probing, decoding, frames and wav files: what is whole is read, what is cut short is found."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.film.errors import BadInput, DiskTrouble, EngineTrouble
from core.media.frames import ClipWriter, grab, read_frames, save_jpeg
from core.media.probe import decode_check, probe
from core.media.sound import read_wav, wav_seconds, write_wav
from core.media.unreadable import Unreadable
from tests.media_making import clip, noise, tone, wav

COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 30, 90), (128, 128, 128)]


def noisy_clip(path: Path, frames: int = 20) -> Path:
    rng = np.random.default_rng(3)
    with ClipWriter(path, 64, 36, 16) as writer:
        for _ in range(frames):
            writer.write(rng.integers(0, 256, (36, 64, 3), dtype=np.uint8))
    return path


def test_a_clip_is_what_was_asked_for(tmp_path: Path) -> None:
    path = noisy_clip(tmp_path / "a clip é'.mp4")
    found = probe(path)
    assert (found.frames, found.fps, found.width, found.height) == (20, 16.0, 64, 36)
    assert (found.video_codec, found.pixel_format, found.audio, found.subtitles) == ("h264", "yuv420p", None, 0)
    assert found.seconds == 1.25
    assert decode_check(path).frames == 20
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # faststart
    assert list(tmp_path.iterdir()) == [path]


def test_same_frames_same_bytes(tmp_path: Path) -> None:
    digests = {hashlib.sha256(noisy_clip(tmp_path / f"{i}.mp4").read_bytes()).digest() for i in range(2)}
    assert len(digests) == 1


def test_colours_survive_a_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "colours.mp4"
    with ClipWriter(path, 64, 36, 16) as writer:
        for colour in COLOURS:
            writer.write(np.broadcast_to(np.array(colour, np.uint8), (36, 64, 3)))
    for colour, frame in zip(COLOURS, read_frames(path), strict=True):
        assert np.abs(frame[18, 32].astype(int) - colour).max() <= 4


@pytest.mark.parametrize("shape", [(36, 64), (64, 36, 3), (36, 64, 4)])
def test_a_frame_of_another_shape_is_refused_and_nothing_is_left(tmp_path: Path, shape: tuple[int, ...]) -> None:

    def encode() -> None:
        with ClipWriter(tmp_path / "c.mp4", 64, 36, 16) as writer:
            writer.write(np.zeros((36, 64, 3), np.uint8))
            writer.write(np.zeros(shape, np.uint8))

    with pytest.raises(BadInput, match="frame"):
        encode()
    assert not list(tmp_path.iterdir())


def test_an_interrupted_clip_leaves_the_old_one(tmp_path: Path) -> None:
    path = noisy_clip(tmp_path / "c.mp4")
    before = path.read_bytes()

    def encode() -> None:
        with ClipWriter(path, 64, 36, 16) as writer:
            writer.write(np.zeros((36, 64, 3), np.uint8))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_clip_without_frames_or_with_odd_sides_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineTrouble, match="without a single frame"), ClipWriter(tmp_path / "c.mp4", 64, 36, 16):
        pass
    with pytest.raises(BadInput, match="63x36"):
        ClipWriter(tmp_path / "c.mp4", 63, 36, 16)
    with pytest.raises(DiskTrouble):
        ClipWriter(tmp_path / "missing" / "c.mp4", 64, 36, 16)
    assert not list(tmp_path.iterdir())


def test_frames_are_scaled_and_grayed_while_read(tmp_path: Path) -> None:
    path = clip(tmp_path / "c.mp4", [10, 120, 240])
    small = list(read_frames(path, size=(16, 8), gray=True))
    assert [frame.shape for frame in small] == [(8, 16)] * 3
    assert np.abs(np.array([frame.mean() for frame in small]) - [10, 120, 240]).max() <= 3
    assert next(read_frames(path)).shape == (36, 64, 3)


@pytest.mark.parametrize(("n", "grays"), [(1, [100]), (2, [0, 200]), (4, [0, 60, 140, 200]), (40, range(0, 201, 20))])
def test_stills_are_spread_over_the_clip(tmp_path: Path, n: int, grays: list[int]) -> None:
    path = clip(tmp_path / "c.mp4", range(0, 201, 20))
    assert [round(frame.mean() / 20) * 20 for frame in grab(path, n)] == list(grays)


@pytest.mark.parametrize("part", [0.05, 0.5, 0.9, 0.999])
def test_a_clip_cut_short_is_found(tmp_path: Path, part: float) -> None:
    data = noisy_clip(tmp_path / "c.mp4").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: int(len(data) * part)])
    for check in (probe, decode_check):
        with pytest.raises(Unreadable) as error:
            check(cut)
        assert error.value.reason
        assert error.value.remedy


def test_damage_inside_a_clip_is_found(tmp_path: Path) -> None:
    path = noisy_clip(tmp_path / "c.mp4")
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 2000
    data[start : start + 3000] = bytes(3000)
    path.write_bytes(data)
    with pytest.raises(Unreadable):
        decode_check(path)


def test_a_short_but_playable_clip_shows_by_its_count(tmp_path: Path) -> None:
    path = noisy_clip(tmp_path / "c.mp4", frames=7)
    assert probe(path).frames == decode_check(path).frames == 7


@pytest.mark.parametrize("suffix", ["png", "jpg"])
@pytest.mark.parametrize("missing", [1, 12, 200])
def test_a_picture_cut_short_is_found(tmp_path: Path, suffix: str, missing: int) -> None:
    path = tmp_path / f"p.{suffix}"
    pixels = np.random.default_rng(1).integers(0, 256, (36, 64, 3), dtype=np.uint8)
    if suffix == "jpg":
        save_jpeg(path, pixels)
    else:
        Image.fromarray(pixels).save(path)
    assert decode_check(path).frames == 1
    assert (probe(path).frames, probe(path).fps) == (1, 0.0)
    path.write_bytes(path.read_bytes()[:-missing])
    with pytest.raises(Unreadable):
        decode_check(path)


def test_a_wav_comes_back_as_it_was(tmp_path: Path) -> None:
    sound = tone(0.5, 0.9)
    path = wav(tmp_path / "s.wav", sound)
    back, rate = read_wav(path)
    assert (rate, back.shape, wav_seconds(path)) == (48_000, (24_000, 2), 0.5)
    assert np.abs(back - sound).max() < 1 / 32_000
    found = probe(path)
    assert found.audio is not None
    assert (found.audio.sample_rate, found.audio.channels, found.audio.seconds) == (48_000, 2, 0.5)
    assert (found.frames, found.seconds) == (0, 0.5)
    assert decode_check(path).samples == 24_000


@pytest.mark.parametrize("missing", [1, 2, 1000, 95_990, 96_030])
def test_a_wav_cut_short_is_found(tmp_path: Path, missing: int) -> None:
    path = wav(tmp_path / "s.wav", noise(1.0, 0.1))
    path.write_bytes(path.read_bytes()[:-missing])
    for check in (probe, decode_check, read_wav, wav_seconds):
        with pytest.raises(Unreadable):
            check(path)


def test_sound_that_is_no_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not numbers"):
        write_wav(tmp_path / "s.wav", np.array([0.0, np.nan], np.float32), 48_000)
    with pytest.raises(BadInput, match="shape"):
        write_wav(tmp_path / "s.wav", np.zeros((2, 2, 2), np.float32), 48_000)


@pytest.mark.parametrize("content", [b"", b"not media at all, only words" * 9])
def test_what_is_no_media_is_unreadable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    for check in (probe, decode_check):
        with pytest.raises(Unreadable):
            check(path)
    with pytest.raises(Unreadable, match="no such file"):
        probe(tmp_path / "absent.mp4")
    with pytest.raises(Unreadable, match="no such file"):
        decode_check(tmp_path / "absent.mp4")
