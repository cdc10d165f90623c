"""Weights on this machine: found where the hub's cache has them, and what is missing or cut short is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.engines.studio.weights import MissingWeights, revision_of, snapshot
from core.engines.studio.whole import check_whole
from tests.tiny.hub import REVISION, place

KLEIN = "black-forest-labs/FLUX.2-klein-4B"


def tensors(path: Path, size: int = 64) -> None:
    """Write a safetensors file of one tensor of `size` bytes."""
    header = json.dumps(
        {"__metadata__": {"format": "pt"}, "w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(header).to_bytes(8, "little") + header.encode() + bytes(size))


def klein(folder: Path) -> None:
    """Write what the registry says that klein has."""
    parts = {name: ["diffusers", "Any"] for name in ("transformer", "text_encoder", "vae")}
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "Any", **parts}))
    for name in parts:
        tensors(folder / name / "model.safetensors")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty hub cache."""
    folder = tmp_path / "hub"
    folder.mkdir()
    monkeypatch.setenv("HF_HUB_CACHE", str(folder))
    return folder


def test_a_model_in_the_cache_is_found(cache: Path) -> None:
    placed = place(cache, KLEIN, klein)
    assert snapshot(KLEIN) == placed
    assert revision_of(placed) == REVISION


def test_a_model_nobody_listed_is_found_too(cache: Path) -> None:
    placed = place(cache, "someone/else", lambda folder: tensors(folder / "model.safetensors"))
    assert snapshot("someone/else") == placed


def test_a_model_that_is_not_there_is_said_with_its_remedy(cache: Path) -> None:
    with pytest.raises(MissingWeights, match="is not on this machine") as told:
        snapshot(KLEIN)
    assert told.value.remedy == f"reeltui models fetch {KLEIN}"


def test_what_is_missing_of_a_model_is_said(cache: Path) -> None:
    placed = place(cache, KLEIN, klein)
    (placed / "transformer" / "model.safetensors").unlink()
    with pytest.raises(MissingWeights, match=r"lacks transformer/\*\.safetensors"):
        snapshot(KLEIN)


@pytest.mark.parametrize("revision", ["main", REVISION])
def test_a_revision_is_found_by_its_name_and_its_commit(cache: Path, revision: str) -> None:
    placed = place(cache, KLEIN, klein)
    assert snapshot(KLEIN, revision) == placed


@pytest.mark.parametrize("revision", ["f" * 40, "..", "../../other"])
def test_a_revision_that_is_not_there_is_no_other(cache: Path, revision: str) -> None:
    place(cache, KLEIN, klein)
    with pytest.raises(MissingWeights, match="at revision"):
        snapshot(KLEIN, revision)


def test_a_local_folder_stands_in_for_a_repository(cache: Path, tmp_path: Path) -> None:
    assert snapshot(str(tmp_path)) == tmp_path
    assert revision_of(tmp_path) == "local"


def test_a_local_folder_that_is_not_there_is_said(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="there is no folder"):
        snapshot(str(tmp_path / "nowhere"))


def test_a_folder_with_a_repositorys_name_is_no_repository(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "someone" / "else").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MissingWeights, match="is not on this machine"):
        snapshot("someone/else")


def test_whole_files_pass(tmp_path: Path) -> None:
    tensors(tmp_path / "a.safetensors")
    check_whole(tmp_path.glob("*"), "fetch it")


@pytest.mark.parametrize("size", [0, 5, 8, 60, -1])
def test_a_file_that_is_cut_short_is_named(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.safetensors"
    tensors(path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(MissingWeights, match=r"a\.safetensors.*(cut short|damaged)") as told:
        check_whole([path], "fetch it")
    assert told.value.remedy == "fetch it"


@pytest.mark.parametrize(
    "data", [b"\xff" * 200, (2).to_bytes(8, "little") + b"[]", (4).to_bytes(8, "little") + b"nope"]
)
def test_a_file_that_is_something_else_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(data)
    with pytest.raises(MissingWeights, match="damaged"):
        check_whole([path], "fetch it")
