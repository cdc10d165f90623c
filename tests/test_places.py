"""Packaged data: found in a checkout and in a wheel, a user's own file wins, a broken one is named."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from core.engines.wording import load_wording
from core.film.camera import CameraMove
from core.film.errors import BadInput
from core.film.verdict import Label
from core.places import config_dir, data_file, data_root, data_table, state_dir

ROOT = Path(__file__).resolve().parents[1]


def test_data_is_found_in_the_checkout() -> None:
    assert data_root() == ROOT
    assert data_file("prompts/camera.toml") == ROOT / "prompts/camera.toml"


def test_wording_has_every_label_and_move() -> None:
    wording = load_wording()
    assert set(wording.retry) == set(Label)
    assert set(wording.simple) == set(CameraMove)


def test_a_users_own_file_wins() -> None:
    own = config_dir() / "prompts/camera.toml"
    own.parent.mkdir(parents=True)
    text = (ROOT / "prompts/camera.toml").read_text(encoding="utf-8").replace("The camera rises slowly.", "Up we go.")
    own.write_text(text, encoding="utf-8")
    assert data_file("prompts/camera.toml") == own
    assert load_wording().simple[CameraMove.CRANE_UP] == "Up we go."


def test_a_broken_own_file_is_named() -> None:
    own = config_dir() / "prompts/retry.toml"
    own.parent.mkdir(parents=True)
    own.write_text("negative = [", encoding="utf-8")
    with pytest.raises(BadInput, match=r"retry\.toml"):
        load_wording()


def test_an_incomplete_own_file_names_what_is_missing() -> None:
    own = config_dir() / "prompts/retry.toml"
    own.parent.mkdir(parents=True)
    own.write_text('negative = ""\n[retry.OBJECT_MORPHING]\nprompt = "x"\n', encoding="utf-8")
    with pytest.raises(BadInput, match="CHARACTER_DRIFT"):
        load_wording()


def test_missing_data_is_an_error() -> None:
    with pytest.raises(BadInput, match=r"no-such\.toml"):
        data_file("prompts/no-such.toml")


def test_relative_xdg_folders_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "somewhere")
    assert state_dir() == Path.home() / ".local/state/reeltui"


def test_themes_are_whole() -> None:
    names = sorted(path.name for path in (data_root() / "themes").glob("*.toml"))
    assert len(names) >= 2
    wanted = {"name", "dark", "primary", "background", "foreground", "error"}
    for name in names:
        table = data_table(f"themes/{name}")
        assert wanted <= set(table)
        assert table["name"] == name.removesuffix(".toml")


@pytest.mark.slow
def test_an_installed_wheel_finds_its_data(tmp_path: Path) -> None:
    """Build the wheel, install it without its dependencies into a fresh environment, and ask it for its data."""
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(tmp_path),
        ".",
    ]
    subprocess.run(build, cwd=ROOT, check=True, timeout=300)
    wheel = next(tmp_path.glob("reeltui-*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    packed = {
        p.relative_to(ROOT).as_posix() for p in (*ROOT.glob("prompts/**/*"), *ROOT.glob("themes/*")) if p.is_file()
    }
    assert {f"core/_data/{name}" for name in packed} <= names
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    code = (
        "import core, core.places as p;"
        "print(core.__file__); print(p.data_root()); print(p.data_file('prompts/retry.toml').is_file())"
    )
    environment = {"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == [f"{site}/core/__init__.py", f"{site}/core/_data", "True"]


def test_the_version_is_said_once() -> None:
    from reeltui import __version__

    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__
