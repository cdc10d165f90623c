"""The extras' requirements: what a container already holds must satisfy them, so that nothing in it is replaced."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

packaging = pytest.importorskip("packaging.requirements", reason="packaging comes with pytest")

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]

# What images that serve on AMD's or NVIDIA's cards hold, as their own builds name it: local and development versions.
CONTAINERS = {
    "a release on ROCm": {
        "torch": "2.13.0+rocm7.2",
        "vllm": "0.32.0+rocm720",
        "transformers": "5.19.0",
        "numpy": "2.3.5",
    },
    "a build from git on ROCm": {
        "torch": "2.9.0a0+git1c57644",
        "vllm": "0.22.1rc1.dev123+g1a2b3c4.rocm711",
        "transformers": "5.4.0",
        "numpy": "2.2.6",
        "pillow": "12.0.0",
        "safetensors": "0.8.0",
        "huggingface-hub": "1.35.0",
        "accelerate": "1.12.0",
        "opencv-python-headless": "4.13.0.90",
        "msgspec": "0.20.0",
        "sentencepiece": "0.2.1",
    },
    "a release on CUDA": {
        "torch": "2.13.0",
        "vllm": "0.32.0",
        "transformers": "5.19.0",
        "diffusers": "0.42.1",
        "huggingface-hub": "2.4.0",
        "kokoro": "0.9.4",
        "numpy": "2.3.5",
    },
}


def requirements(*extras: str) -> list[packaging.Requirement]:
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    found = [packaging.Requirement(line) for line in lines]
    own = [one for one in found if one.name == PROJECT["name"]]
    inside = [line for one in own for extra in one.extras for line in PROJECT["optional-dependencies"][extra]]
    return [one for one in found if one not in own] + [packaging.Requirement(line) for line in inside]


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_containers_own_packages_stay(name: str) -> None:
    held = CONTAINERS[name]
    asked = {requirement.name: requirement for requirement in requirements("studio")}
    for package, version in held.items():
        if package in asked:
            # As pip looks at what is installed: a development version counts.
            assert asked[package].specifier.contains(version, prereleases=True), (
                f"{package} {version} would be replaced"
            )


def test_nothing_is_pinned_and_what_moves_has_a_floor() -> None:
    for requirement in requirements("studio"):
        assert not any(one.operator in ("==", "===") for one in requirement.specifier), f"{requirement} pins"
        assert any(one.operator == ">=" for one in requirement.specifier), f"{requirement} has no floor"


def test_the_base_pulls_in_no_torch() -> None:
    heavy = {"torch", "vllm", "diffusers", "transformers", "kokoro", "misaki", "accelerate", "huggingface-hub"}
    assert not heavy & {requirement.name for requirement in requirements()}
    assert heavy <= {requirement.name for requirement in requirements("studio")}


def test_japanese_is_read_without_a_download() -> None:
    names = {requirement.name: requirement for requirement in requirements("studio")}
    assert "unidic-lite" in names
    assert "unidic" not in names
    assert "ja" not in names["misaki"].extras
