"""`reeltui models` as a person sees it: what is listed, verified, and which exit code it ends with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.engines.hub_fetch import Fetching
from core.engines.models import STUDIO_MODELS
from core.engines.pins import Pin, pin
from reeltui.cli.models import progress_line
from tests.face import Face, face
from tests.tiny.hub import REVISION, place

__all__ = ["face"]  # a fixture

KOKORO = "hexgrad/Kokoro-82M"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def kokoro(cache: Path, voice: bytes = b"voice") -> Path:
    def build(folder: Path) -> None:
        (folder / "config.json").write_text("{}")
        (folder / "kokoro-v1_0.pth").write_bytes(b"weights")
        (folder / "voices").mkdir()
        (folder / "voices" / "af_heart.pt").write_bytes(voice)

    return place(cache, KOKORO, build)


def test_what_is_needed_and_what_is_here(face: Face, cache: Path) -> None:
    said = face("models")
    assert said.code == 0
    assert f"0 of {len(STUDIO_MODELS)} complete" in said.out
    kokoro(cache)
    told = {one["name"]: one for one in face("models", "list", "--json").lines[0]}
    assert set(told) == {model.name for model in STUDIO_MODELS}
    narrator = told["narrator"]
    assert (narrator["presence"], narrator["revision"], narrator["pinned"]) == ("complete", REVISION, False)
    assert narrator["licence"] == "Apache-2.0"
    assert told["lightning"]["preset"] == "lightning"
    assert told["director"]["roles"] == ["director", "critic"]
    pin(KOKORO, Pin(REVISION))
    assert "(pinned)" in face("models", "list", "narrator").out
    assert "Kokoro" in face("models", "list", "narrator").out
    assert "Wan" not in face("models", "list", "narrator").out


def test_what_is_half_here(face: Face, cache: Path) -> None:
    (kokoro(cache) / "kokoro-v1_0.pth").unlink()
    said = face("models", "list", "narrator")
    assert "incomplete" in said.out
    assert "missing kokoro-v1_0.pth" in said.out


def test_verify_has_a_code_for_each_end(face: Face, cache: Path) -> None:
    assert face("models", "verify").code == 0, "nothing is here, so nothing is wrong"
    assert face("models", "verify", "narrator").code == 3, "it was asked for"
    snapshot = kokoro(cache)
    assert face("models", "verify").code == 0
    pin(KOKORO, Pin(REVISION, "", {"kokoro-v1_0.pth": 7, "voices/af_heart.pt": 5000, "config.json": 2}))
    said = face("models", "verify")
    assert said.code == 5
    assert "voices/af_heart.pt has 5 bytes instead of 5,000" in said.out
    assert "reeltui models fetch narrator" in said.err
    (snapshot / "voices" / "af_heart.pt").write_bytes(b"x" * 5000)
    whole = face("models", "verify", "--deep", "--json")
    assert whole.code == 0
    assert (whole.last["whole"], whole.last["hashed"], whole.last["problems"]) == (True, 0, [])
    (snapshot / "config.json").unlink()
    assert face("models", "verify").code == 3


@pytest.mark.parametrize("verb", ["list", "fetch", "verify"])
def test_a_name_nobody_knows(face: Face, verb: str) -> None:
    said = face("models", verb, "narratr")
    assert said.code == 2
    assert "did you mean narrator?" in said.err


def test_fetching_where_it_is_forbidden(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    said = face("models", "fetch", "narrator", "--json")
    assert said.code == 2
    assert said.last["remedy"] == "unset HF_HUB_OFFLINE, then fetch again"


def test_a_cache_that_cannot_be_read(face: Face, cache: Path) -> None:
    snapshot = kokoro(cache)
    blob = snapshot.parents[1] / "refs" / "main"
    blob.write_text("../../../../etc")
    said = face("models", "list", "narrator", "--json")
    assert said.code == 0
    assert said.lines[0][0]["revision"] == REVISION, "a name that leads outside is no commit"
    assert not os.path.isabs(said.lines[0][0]["revision"])


def test_how_far_it_is() -> None:
    line = progress_line(Fetching("a/b", 5_000_000_000, 20_000_000_000, 100_000_000.0, 150.0))
    assert " 25%  5.0 GB of 20.0 GB  100.0 MB/s" in line
    assert "left" in line
    assert progress_line(Fetching("a/b", 0, 10)).rstrip().endswith("0%  0 bytes of 10 bytes")
    assert "100%" in progress_line(Fetching("a/b", 0, 0))
