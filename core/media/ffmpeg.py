"""The ffmpeg binary: find one that can do our work, run it so that it cannot outlive us or fail mutely."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import IO

from core.film.errors import BadInput, DiskTrouble, EngineTrouble, ReelError

FFMPEG_VARIABLE = "REELTUI_FFMPEG"
_KEPT_LINES = 400  # of stderr; a filter's summary is some twenty lines, a cause of failure a handful
_TOLD_LINES = 6
_CHECK_SECONDS = 20.0

# One run of everything the mix needs, with the options that came late: it tells more than a list of names.
_TRIAL_GRAPH = (
    "[0:a]asplit[a][b];[a][b]sidechaincompress=threshold=0.03,alimiter=limit=0.8:level=0:latency=1,"
    "ebur128=peak=true:framelog=quiet,adelay=delays=8S:all=1,apad=whole_len=4800,atrim=end_sample=4800[s];"
    "[0:a]amix=inputs=1:normalize=0,anullsink;"
    "[1:v]split[c][d];[c][d]xfade=transition=fade:duration=0.1:offset=0.1,tpad=stop_mode=clone:stop=1[v]"
)
_TRIAL = [
    *("-hide_banner", "-nostdin", "-loglevel", "error", "-stats_period", "0.25"),
    *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=0.1"),
    *("-f", "lavfi", "-i", "color=size=32x32:rate=10:duration=0.3"),
    *("-filter_complex", _TRIAL_GRAPH, "-map", "[v]", "-map", "[s]"),
    *("-c:v", "libx264", "-bsf:v", "setts=ts=TS", "-c:a", "aac", "-f", "null", "-"),
]

# A child that outlives its parent closes its file properly, and a playable but short file would look whole.
# The signal is asked for in the child, before it becomes ffmpeg; a parent already gone is seen by its pid.
_TIED = (
    "import ctypes,os,sys;"
    "ctypes.CDLL(None).prctl(1,9,0,0,0);"  # PR_SET_PDEATHSIG = 1, SIGKILL = 9 (linux/prctl.h)
    "os.getppid()==int(sys.argv[1]) or os._exit(1);"
    "os.execv(sys.argv[2],sys.argv[2:])"
)

_DISK_PHRASES = ("No space left on device", "Disk quota exceeded", "Read-only file system", "File too large")


def find_ffmpeg(patience: float = _CHECK_SECONDS) -> str:
    """Return the path of an ffmpeg that runs and has the filters and encoders the mix needs.

    Tried in order: `$REELTUI_FFMPEG`, `ffmpeg` on PATH, the one imageio-ffmpeg carries; each twice, for `patience`
    seconds at most. The answer is kept.
    Raises BadInput where `$REELTUI_FFMPEG` names one that will not do, EngineTrouble where there is none.
    """
    return _find(os.environ.get(FFMPEG_VARIABLE, ""), os.environ.get("PATH", ""), patience)


@cache
def _find(chosen: str, search: str, patience: float) -> str:
    if chosen:
        binary = shutil.which(os.path.expanduser(chosen), path=search)
        reason = _unfit(binary, patience) if binary else "there is no such program"
        if binary and reason is None:
            return binary
        raise BadInput(
            f"{FFMPEG_VARIABLE} names {chosen}, which cannot be used: {reason}",
            remedy=f"unset {FFMPEG_VARIABLE}, or let it name a full ffmpeg 6 or later (libx264, libass)",
        )
    reasons = []
    for binary in (shutil.which("ffmpeg", path=search), _carried()):
        if binary is None:
            continue
        reason = _unfit(binary, patience)
        if reason is None:
            return binary
        reasons.append(f"{binary}: {reason}")
    raise EngineTrouble(
        "no usable ffmpeg was found" + "".join(f"; {reason}" for reason in reasons),
        remedy=f"install the imageio-ffmpeg package or a full ffmpeg, or set {FFMPEG_VARIABLE} to one",
    )


def _carried() -> str | None:
    import imageio_ffmpeg  # here, because importing it looks for its binary

    try:
        binary: str = imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError:
        return None  # a wheel without a binary for this machine
    return os.path.abspath(binary) if os.path.dirname(binary) else shutil.which(binary)


def _unfit(binary: str, patience: float) -> str | None:
    """Return why `binary` cannot do our work, or None where it can."""
    try:
        trial = ask_program([binary, *_TRIAL], patience)
        if trial.returncode != 0:
            last = trial.stderr.strip().splitlines()
            return last[-1] if last else f"it ended with status {trial.returncode}"
        # Burning captions needs a file and a font to be tried; that the filter is there must do.
        if " subtitles " not in ask_program([binary, "-hide_banner", "-filters"], patience).stdout:
            return "it lacks the subtitles filter (libass)"
    except OSError as error:
        return str(error)
    except subprocess.TimeoutExpired:
        return "it does not answer"
    return None


def ask_program(command: list[str], patience: float) -> subprocess.CompletedProcess[str]:
    """Run a command that only tells something, for at most so many seconds; its words and status are for the caller.

    Raises OSError, subprocess.TimeoutExpired.
    """
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=patience,
        check=False,
    )


def run_ffmpeg(
    command: Sequence[str],
    *,
    seconds: float = 0.0,
    progress: Callable[[float], None] | None = None,
    cwd: Path | None = None,
) -> list[str]:
    """Run a whole ffmpeg command (binary first) to its end and return the last lines of its log.

    `progress` is called with the fraction done (0..1) a few times a second, measured against `seconds` of
    output; whatever it raises, and Ctrl-C, kill the child first. On Linux it dies with us even by SIGKILL.

    Raises DiskTrouble where the disk cannot be written, else EngineTrouble with ffmpeg's last words.
    """
    arguments = [command[0], "-hide_banner", "-nostdin", "-nostats", "-stats_period", "0.25"]
    arguments += ["-progress", "pipe:1", *command[1:]]
    child = subprocess.Popen(
        _tied(arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        # Its own session: a Ctrl-C meant for us must not let ffmpeg close a short file as if it were whole.
        start_new_session=True,
        env={**os.environ, "AV_LOG_FORCE_NOCOLOR": "1"},
    )
    lines: deque[str] = deque(maxlen=_KEPT_LINES)
    assert child.stdout is not None
    assert child.stderr is not None
    reader = threading.Thread(target=_drain, args=(child.stderr, lines), daemon=True)
    reader.start()
    try:
        _follow(child.stdout, seconds, progress)
        status = child.wait()
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        reader.join()
        child.stdout.close()
        child.stderr.close()
    log = list(lines)
    trouble = _trouble(status, log)
    if trouble is not None:
        raise trouble
    return log


def _tied(arguments: list[str]) -> list[str]:
    if not sys.platform.startswith("linux") or not sys.executable:
        return arguments
    return [sys.executable, "-I", "-S", "-c", _TIED, str(os.getpid()), *arguments]


def _drain(stream: IO[bytes], lines: deque[str]) -> None:
    for line in stream:
        text = line.decode("utf-8", "replace").strip()
        if text:
            lines.append(text)


def _follow(stream: IO[bytes], seconds: float, progress: Callable[[float], None] | None) -> None:
    for line in stream:
        key, _, value = line.partition(b"=")
        if progress is None or key != b"out_time_us" or seconds <= 0:
            continue
        try:
            done = int(value) / 1e6
        except ValueError:  # "N/A" until the first frame is out
            done = 0.0
        progress(min(1.0, max(0.0, done / seconds)))


def _trouble(status: int, log: list[str]) -> ReelError | None:
    for phrase in _DISK_PHRASES:
        # ffmpeg has ended with status 0 after a failed write, so the words count whatever the status.
        if any(phrase in line for line in log):
            return DiskTrouble(
                f"ffmpeg could not write its file: {phrase}", remedy="free some space on that disk, run again"
            )
    if status == 0:
        return None
    ended = f"was killed by {_signal_name(-status)}" if status < 0 else f"failed with status {status}"
    told = " | ".join(log[-_TOLD_LINES:]) or "it said nothing"
    return EngineTrouble(f"ffmpeg {ended}: {told}", remedy="run again; if it fails again, report these words")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
