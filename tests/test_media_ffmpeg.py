"""ffmpeg is found, told apart from one that will not do, and never outlives us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.film.errors import BadInput, DiskTrouble, EngineTrouble
from core.media import ffmpeg
from core.media.ffmpeg import find_ffmpeg, run_ffmpeg
from core.media.loudness import measure_loudness
from tests.media_making import noise, tone, wav

ENDLESS = ["-re", "-f", "lavfi", "-i", "sine", "-f", "null", "-"]


def script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def wait_until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_an_ffmpeg_is_found_and_runs() -> None:
    binary = find_ffmpeg()
    assert os.access(binary, os.X_OK)
    assert find_ffmpeg() == binary


def test_a_chosen_one_that_will_not_do_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = script(tmp_path / "ffmpeg", "echo no such filter: sidechaincompress >&2; exit 1")
    monkeypatch.setenv(ffmpeg.FFMPEG_VARIABLE, str(broken))
    with pytest.raises(BadInput, match="no such filter"):
        find_ffmpeg()
    monkeypatch.setenv(ffmpeg.FFMPEG_VARIABLE, str(tmp_path / "absent"))
    with pytest.raises(BadInput, match="no such program"):
        find_ffmpeg()


def test_a_chosen_one_that_works_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = script(tmp_path / "my ffmpeg", f'exec "{find_ffmpeg()}" "$@"')
    monkeypatch.setenv(ffmpeg.FFMPEG_VARIABLE, str(chosen))
    assert find_ffmpeg() == str(chosen)


def test_a_broken_one_on_path_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path / "ffmpeg", "exit 0")  # claims to have done the trial, but knows no filters
    monkeypatch.delenv(ffmpeg.FFMPEG_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(ffmpeg, "_carried", lambda: None)
    ffmpeg._find.cache_clear()
    with pytest.raises(EngineTrouble, match="subtitles") as error:
        find_ffmpeg()
    assert "imageio-ffmpeg" in error.value.remedy
    ffmpeg._find.cache_clear()


def test_progress_is_told_and_failure_has_its_words(tmp_path: Path) -> None:
    seen: list[float] = []
    made = [find_ffmpeg(), "-f", "lavfi", "-i", "sine=duration=2", str(tmp_path / "a b.wav")]
    run_ffmpeg(made, seconds=2.0, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0, abs=0.02)
    with pytest.raises(EngineTrouble, match="absent"):
        run_ffmpeg([find_ffmpeg(), "-i", str(tmp_path / "absent.wav"), "-f", "null", "-"])


def test_a_full_disk_is_disk_trouble() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(DiskTrouble, match="No space left"):
        run_ffmpeg([find_ffmpeg(), "-f", "lavfi", "-i", "sine=duration=9", "-y", "-f", "wav", "/dev/full"])


@pytest.mark.parametrize("cause", [KeyboardInterrupt, ValueError])
def test_the_child_dies_when_the_call_is_left(cause: type[BaseException]) -> None:
    before = children()

    def stop(_: float) -> None:
        raise cause

    with pytest.raises(cause):
        run_ffmpeg([find_ffmpeg(), *ENDLESS], seconds=10.0, progress=stop)
    assert children() <= before


def children() -> set[int]:
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    return {int(pid) for pid in listed.read_text().split()} if listed.exists() else set()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the parent-death signal is Linux's")
def test_the_child_dies_with_a_killed_parent(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    binary = script(tmp_path / "ffmpeg", f'echo $$ > "{pid_file}"\nexec "{find_ffmpeg()}" "$@"')
    code = f"from core.media.ffmpeg import run_ffmpeg; run_ffmpeg({[str(binary), *ENDLESS]!r})"
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parent.parent)
    try:
        assert wait_until(lambda: pid_file.exists() and bool(pid_file.read_text().strip()))
        child = int(pid_file.read_text())
        assert not gone(child)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert wait_until(lambda: gone(child))


def test_the_meter_reads_the_standard_tone(tmp_path: Path) -> None:
    # EBU Tech 3341, case 1: a stereo 1 kHz sine at -23 dBFS reads -23 LUFS.
    level = 10 ** (-23 / 20)
    path = wav(tmp_path / "tone.wav", tone(4.0, level, hertz=1000))
    found = measure_loudness(path)
    assert found.integrated_lufs == pytest.approx(-23.0, abs=0.11)
    assert found.true_peak_dbtp == pytest.approx(-23.0, abs=0.21)
    assert found.range_lu == pytest.approx(0.0, abs=0.11)


def test_the_meter_sees_peaks_between_samples(tmp_path: Path) -> None:
    # A quarter-rate sine sampled at 45 degrees: its samples reach 0.707 of its true height.
    at = np.arange(96_000)
    swell = np.minimum(1.0, np.minimum(at, at[::-1]) / 9_600)  # a hard edge has peaks of its own
    sine = (0.7 * swell * np.sin(np.pi / 2 * at + np.pi / 4)).astype(np.float32)
    found = measure_loudness(wav(tmp_path / "t.wav", sine))
    assert found.true_peak_dbtp == pytest.approx(20 * np.log10(0.7), abs=0.3)


def test_silence_has_no_loudness(tmp_path: Path) -> None:
    found = measure_loudness(wav(tmp_path / "s.wav", np.zeros(48_000, np.float32)))
    assert (found.integrated_lufs, found.true_peak_dbtp) == (None, None)
    short = measure_loudness(wav(tmp_path / "n.wav", noise(0.2, 0.1)))
    assert short.integrated_lufs is None
    assert short.true_peak_dbtp is not None


def test_no_sound_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineTrouble):
        measure_loudness(tmp_path / "absent.wav")
