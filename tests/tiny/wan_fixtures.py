"""What the tests of the animator begin with: a tiny Wan in a hub cache, an animator that has loaded it, and a reel."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from core.engines.studio.animator import WanAnimator
from tests.tiny.hub import place
from tests.tiny.wan import build_wan
from tests.tiny.wan_calls import Calls, Set

WAN = "Wan-AI/Wan2.2-I2V-A14B-Diffusers"
# What every module of these tests is marked with.
STUDIO = [
    pytest.mark.studio,
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(find_spec("diffusers") is None, reason="the studio extra (torch, diffusers) is not installed"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Wan's snapshot."""
    import torch

    torch.set_num_threads(1)
    return place(tmp_path_factory.mktemp("hub"), WAN, build_wan)


@pytest.fixture(scope="module")
def shared(folder: Path) -> WanAnimator:
    """An animator that many tests use one after another: no take may depend on another."""
    return loaded(folder)


@pytest.fixture
def takes(tmp_path: Path) -> Set:
    """A reel with pictures."""
    return Set(tmp_path)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What reaches the pipeline."""
    return Calls(monkeypatch)


def loaded(folder: Path, **options: Any) -> WanAnimator:
    """Return an animator that has loaded the snapshot in a folder."""
    animator = WanAnimator(repository=str(folder), **options)
    animator.load("cpu")
    return animator


def sha(stage: Path) -> str:
    """Return the SHA-256 of a take's clip."""
    return hashlib.sha256((stage / "clip.mp4").read_bytes()).hexdigest()
