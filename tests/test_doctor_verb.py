"""`reeltui doctor` as a person and a script meet it: whole machines, broken ones, and another program's `core`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.media import ffmpeg
from core.worker.devices.fake import Simulated
from tests.face import Face, Said, face
from tests.test_doctor_looks import fill
from tests.test_full_disk import mounted

__all__ = ["face", "mounted"]  # fixtures

ROOT = Path(__file__).resolve().parents[1]
GB = 1_000_000_000


@pytest.fixture(autouse=True)
def _plain_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No cards, no models, no terminal's variables: what a test does not set is not there."""
    for module in ("pynvml", "amdsmi"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr("core.worker.devices.sysfs.DRM", Path("/nowhere"))
    monkeypatch.setattr("core.worker.devices.sysfs.NVIDIA", Path("/nowhere"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    for name in ("TMUX", "STY", "SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT", "NO_COLOR", "HF_HUB_CACHE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv(ffmpeg.FFMPEG_VARIABLE, raising=False)
    yield
    ffmpeg._find.cache_clear()


def config(text: str) -> None:
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "reeltui/config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def checks(said: Said) -> dict[str, Any]:
    assert said.err == ""
    return {check["name"]: check for check in said.last["checks"]}


def test_a_sound_machine_is_told_as_one(face: Face, library: Path) -> None:
    library.mkdir()
    said = face("doctor")
    assert said.code == 0, said.out
    assert said.err == ""
    for title in ("Installation", "Pictures and sound", "Settings", "Devices and memory", "Models", "Disk", "Worker"):
        assert title in said.out.splitlines()
    assert "BAD" not in said.out
    assert "\x1b" not in said.out
    assert os.listdir(library) == []
    assert "nothing would use them, since there is no GPU" in " ".join(said.out.split())


def test_the_same_as_json(face: Face, library: Path) -> None:
    said = face("doctor", "--json")
    assert said.code == 0
    (told,) = said.lines
    assert told["library"] == str(library)
    assert sum(told["counts"].values()) == len(told["checks"])
    assert told["counts"]["bad"] == 0
    assert all(set(check) == {"name", "group", "state", "found", "remedy"} for check in told["checks"])
    names = [(check["group"], check["name"]) for check in told["checks"]]
    assert len(set(names)) == len(names)
    assert all(check["remedy"] for check in told["checks"] if check["state"] in ("warn", "bad"))


def test_no_ffmpeg_is_bad_and_a_person_is_needed(face: Face, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(ffmpeg, "_carried", lambda: None)
    ffmpeg._find.cache_clear()
    said = face("doctor", "--json")
    assert said.code == 3
    found = checks(said)["ffmpeg"]
    assert (found["state"], found["found"]) == ("bad", "no usable ffmpeg was found")
    assert "imageio-ffmpeg" in found["remedy"]
    assert said.last["worst"] == "bad"
    assert "library space" in checks(said), "the other checks still ran"
    shown = face("doctor")
    assert shown.code == 3
    assert "  BAD   ffmpeg" in shown.out


def test_an_ffmpeg_that_hangs_or_lies_does_not_hold_the_doctor(
    face: Face, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(ffmpeg, "_carried", lambda: None)
    ffmpeg._find.cache_clear()
    began = time.monotonic()
    found = checks(face("doctor", "--json"))["ffmpeg"]
    assert time.monotonic() - began < 40, "it waited for ffmpeg"
    assert found["state"] == "bad"
    assert "does not answer" in found["found"]


def test_a_broken_config_is_told_once(face: Face) -> None:
    config("[worker\n")
    said = face("doctor", "--json")
    assert said.code == 3
    bad = [name for name, check in checks(said).items() if check["state"] == "bad"]
    assert bad == ["config.toml"]


def test_unknown_names_are_told_by_name(face: Face) -> None:
    config('[worker]\nlinger = 5\n[wroker]\nx = 1\n[desk]\ntheme = "x"\n[keys]\n"shot.approve" = "A"\n')
    said = face("doctor", "--json")
    found = checks(said)["config.toml"]
    assert (said.code, found["state"]) == (0, "warn")
    assert "unknown: wroker (did you mean worker?)" in found["found"]
    assert "desk" not in found["found"]


def test_a_broken_file_of_ones_own(face: Face) -> None:
    config("")
    own = Path(os.environ["XDG_CONFIG_HOME"]) / "reeltui/prompts/retry.toml"
    own.parent.mkdir()
    own.write_text("negative = [")
    assert checks(face("doctor", "--json"))["prompts/retry.toml"]["state"] == "bad"


def test_a_simulated_device_and_an_engine_that_needs_one(face: Face) -> None:
    config('[worker]\ndevices = ["fake:88"]\n[engines]\npretend = "core.engines.registry:simulated_animatic"\n')
    Simulated("fake:88").hold(6 * GB)
    said = face("doctor", "--json")
    found = checks(said)
    assert said.code == 0
    assert found["fake:88"]["found"].startswith("SIMULATED")
    assert found["pretend: animator"]["state"] == "warn", "94 GB do not fit 86"
    assert found["pretend: director"]["state"] == "ok"
    assert "There is 86.0 GB on fake:88: too little for animator" in found["engine studio"]["found"]


def test_a_device_of_the_settings_that_is_not_there(face: Face) -> None:
    config('[worker]\ndevices = ["cuda:3"]\n')
    said = face("doctor", "--json")
    assert said.code == 3
    found = checks(said)
    assert found["GPU"]["found"] == "there is no device cuda:3"
    assert [name for name, check in found.items() if check["state"] == "bad"] == ["GPU"]


def test_a_full_disk(face: Face, mounted: Callable[..., Path]) -> None:
    place = mounted("size=128k")
    fill(place)
    said = face("doctor", "--json", "--library", str(place))
    found = checks(said)
    assert said.code == 3
    assert found["library"]["state"] == found["library space"]["state"] == "bad"
    assert "the disk is full" in found["library"]["found"]


def test_names_that_are_commands_to_a_terminal_are_harmless(face: Face, tmp_path: Path) -> None:
    library = tmp_path / "\x1b]52;c;aGk=\x07 reels \u202e"
    said = face("doctor", "--library", str(library))
    assert said.code == 0, said.out
    assert not {"\x1b", "\x07", "\u202e"} & set(said.out)


def run(*words: str, path: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import sys; from reeltui.cli.main import main; sys.exit(main(sys.argv[1:]))", *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (path, ROOT)))},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_another_programs_core_ends_in_one_clear_line(tmp_path: Path) -> None:
    foreign = tmp_path / "site/core"
    foreign.mkdir(parents=True)
    (foreign / "__init__.py").write_text("raise SystemExit('it was imported')\n")
    done = run("doctor", "--json", path=foreign.parent, cwd=tmp_path)
    assert done.returncode == 3, done
    assert len(done.stderr.splitlines()) == 1
    assert f"another program's: {foreign}" in done.stderr
    assert json.loads(done.stdout)["code"] == 3
    assert run("list", path=tmp_path, cwd=tmp_path).returncode == 0
