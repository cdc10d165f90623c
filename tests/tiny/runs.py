"""Runs of a backend that makes one file with diffusers: here or in a host, and what reached the real pipeline."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.engines.roles import Room
from core.film.requests import Made, Request
from core.worker.hosts.messages import FromHost, Run
from core.worker.hosts.process import Host
from tests.tiny.hub import place


def tiny_hub(factory: pytest.TempPathFactory, repository: str, build: Callable[[Path], None]) -> Path:
    """Return a hub cache with one tiny model; skip the test where there is no torch or no diffusers."""
    torch = pytest.importorskip("torch", reason="the studio engine needs torch")
    pytest.importorskip("diffusers", reason="the studio engine needs diffusers")
    torch.set_num_threads(1)  # layers this small only wait for each other
    folder = factory.mktemp("hub")
    place(folder, repository, build)
    return folder


def calls_of(pipeline: type, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Note what a pipeline is asked, which still does its work; the generator is there as its "seed"."""
    seen: list[dict[str, Any]] = []
    real: Callable[..., Any] = pipeline.__call__

    def recorded(self: Any, **asked: Any) -> Any:
        plain = {name: value for name, value in asked.items() if name not in ("generator", "callback_on_step_end")}
        seen.append({**plain, "seed": asked["generator"].initial_seed()})
        return real(self, **asked)

    monkeypatch.setattr(pipeline, "__call__", recorded)
    return seen


def offloads_of(pipeline: type, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note where a pipeline's parts are to work when they are offloaded. The hooks are accelerate's own; only the card
    they would move to is the CPU here."""
    moved: list[str] = []
    real: Callable[..., Any] = pipeline.enable_model_cpu_offload  # type: ignore[attr-defined]

    def hooked(self: Any, device: str) -> None:
        moved.append(device)
        real(self, device="cpu")

    monkeypatch.setattr(pipeline, "enable_model_cpu_offload", hooked)
    return moved


def full_card(pipeline: type, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let a card have no room for a whole pipeline; note where its parts were put, and where they work offloaded."""
    import torch

    moved = offloads_of(pipeline, monkeypatch)
    real: Callable[..., Any] = pipeline.to  # type: ignore[attr-defined]

    def to(self: Any, device: Any, *more: Any, **how: Any) -> Any:
        if str(device) != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB")
        moved.append(f"to {device}")
        return real(self, device, *more, **how)

    monkeypatch.setattr(pipeline, "to", to)
    return moved


def run(backend: Any, request: Request, room: Room) -> tuple[Made, str, list[tuple[float, str]]]:
    """Return what was made, the SHA-256 of its one file, and the progress that was told."""
    told: list[tuple[float, str]] = []
    made = backend.run(request, room, lambda fraction, note="": told.append((fraction, note)))
    return made, sha(made, room), told


def sha(made: Made, room: Room) -> str:
    """Return the SHA-256 of the one file that was made."""
    (name,) = made.files
    return hashlib.sha256((room.stage / name).read_bytes()).hexdigest()


def run_in_host(
    target: str, snapshot: Path, request: Request, room: Room, log: Path
) -> tuple[list[FromHost], dict[str, str]]:
    """Have another process do it, made with the backend's options; return its answers and its libraries' versions."""
    away = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    with Host(target, device="cpu", log=log, options={"repository": str(snapshot)}, environment=away) as host:
        answers = list(host.work(Run(request, str(room.reel), str(room.stage))))
        return answers, dict(host.versions)
