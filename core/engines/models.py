"""The models the studio engine is made of: which repositories of the Hugging Face hub, and what must be in them.

They stand here as structs beside the registry, and not as words in prompts/: which checkpoint a role takes, how much
memory it holds and the code that loads it change together, and every receipt names the model.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec

from core.film.errors import BadInput
from core.film.lineup import Role


class Model(msgspec.Struct, frozen=True):
    """One checkpoint.

    `files` are glob patterns below the snapshot, each of which must find something; what an index (`*.index.json`,
    model_index.json) in the snapshot names must be there as well. `bytes` is about what is downloaded. `preset` is the
    only one that needs it ("" for all).

    `name` is what a person calls it. `fetched` are the patterns of what is downloaded: a "*" in them also stands for
    folders. `licence` is what the model's page says; it is the page that counts. `revision` is a commit that every
    machine would use; it is "" for all of them, for the repositories' commits could not be looked at when this was
    written, and a commit that nobody looked at would be a pretended one. What a machine fetched is pinned instead
    (`core.engines.pins`).
    """

    repository: str
    roles: tuple[Role, ...]
    files: tuple[str, ...]
    bytes: int
    preset: str = ""
    name: str = ""
    fetched: tuple[str, ...] = ()
    licence: str = ""
    revision: str = ""

    @property
    def download(self) -> str:
        """The command that brings it, or what is missing of it."""
        return f"reeltui models fetch {self.name or self.repository}"


class Held(msgspec.Struct, frozen=True):
    """Bytes of device memory a model holds while it is loaded (`weights`) and at most while it works (`peak`)."""

    weights: int
    peak: int


# What the studio's models hold, until this machine has measured them. Weights are counted: parameters of the published
# configurations (bench/gpu/sizes.py) in 16 bits, of all that lies on the card at once: klein with its text encoder
# (7.75 + 8.0 + 0.2 GB), both experts of Wan and its VAE (57.2 + 0.5; its text encoder comes and goes), Qwen3.5-35B-A3B
# with the key-value cache of our server, which has a fixed size (70 + 8). Peaks are the upper ends of what the system
# this replaces saw in bf16 (Qwen 84 GB, Wan 94 GB, ACE-Step about 12 GB, Kokoro under 1 GB); of klein it reported 13
# GB, less than its own weights, so what it saw beyond them (13 - 8) is added to ours. ACE-Step's weights are its 3.5
# billion parameters and their text encoder. The mixer is ffmpeg, on the CPU.
STUDIO_HOLDS = {
    Role.DIRECTOR: Held(78_000_000_000, 84_000_000_000),
    Role.CRITIC: Held(78_000_000_000, 84_000_000_000),
    Role.PAINTER: Held(16_000_000_000, 21_000_000_000),
    Role.ANIMATOR: Held(58_000_000_000, 94_000_000_000),
    Role.COMPOSER: Held(8_000_000_000, 12_000_000_000),
    Role.NARRATOR: Held(1_000_000_000, 1_000_000_000),
}

_LIGHTNING = "wan2.2_i2v_A14b_{noise}_noise_lightx2v_4step_720p_260412.safetensors"
# A pipeline of diffusers: one folder a part, with its configuration, weights and the tokenizer's tables. The single
# files at the top, where there are some, hold the same weights once more.
_PIPELINE = ("model_index.json", "*/*.json", "*/*.safetensors", "*/*.txt", "*/*.model", "*/*.jinja", "LICENSE*")
APACHE, MIT = "Apache-2.0", "MIT"

# Bytes: from the sizes of the files where they were looked at (Wan2.2: 24 shards of 4.9 GB in 32 bits and a text
# encoder), else the parameters in 16 bits with their text encoders.
STUDIO_MODELS = (
    Model(
        "Qwen/Qwen3.5-35B-A3B",
        (Role.DIRECTOR, Role.CRITIC),
        ("config.json", "tokenizer_config.json", "*.safetensors"),
        70_000_000_000,
        name="director",
        fetched=("*.json", "*.safetensors", "*.txt", "*.jinja", "LICENSE*"),
        licence=APACHE,
    ),
    Model(
        "black-forest-labs/FLUX.2-klein-4B",
        (Role.PAINTER,),
        ("model_index.json", "transformer/*.safetensors", "text_encoder/*.safetensors", "vae/*.safetensors"),
        16_000_000_000,
        name="painter",
        fetched=_PIPELINE,
        licence=APACHE,
    ),
    Model(
        "Wan-AI/Wan2.2-I2V-A14B-Diffusers",
        (Role.ANIMATOR,),
        (
            "model_index.json",
            "transformer/*.safetensors",
            "transformer_2/*.safetensors",
            "text_encoder/*.safetensors",
            "vae/*.safetensors",
        ),
        126_000_000_000,
        name="animator",
        fetched=_PIPELINE,
        licence=APACHE,
    ),
    Model(
        "lightx2v/Wan2.2-Distill-Models",
        (Role.ANIMATOR,),
        (_LIGHTNING.format(noise="high"), _LIGHTNING.format(noise="low")),
        57_000_000_000,
        preset="lightning",
        name="lightning",
        fetched=(_LIGHTNING.format(noise="high"), _LIGHTNING.format(noise="low"), "LICENSE*"),
        licence=APACHE,
    ),
    Model(
        "ACE-Step/acestep-v15-xl-turbo-diffusers",
        (Role.COMPOSER,),
        (
            "model_index.json",
            "transformer/*.safetensors",
            "condition_encoder/*.safetensors",
            "text_encoder/*.safetensors",
            "vae/*.safetensors",
        ),
        12_000_000_000,
        name="composer",
        fetched=_PIPELINE,
        licence=MIT,
    ),
    Model(
        # The repository has no safetensors: its weights are read with weights_only, which runs nothing from them.
        "hexgrad/Kokoro-82M",
        (Role.NARRATOR,),
        ("config.json", "kokoro-v1_0.pth", "voices/*.pt"),
        400_000_000,
        name="narrator",
        fetched=("config.json", "kokoro-v1_0.pth", "voices/*.pt", "LICENSE*"),
        licence=APACHE,
    ),
)


def model_named(word: str, models: Iterable[Model] = STUDIO_MODELS) -> Model:
    """Return the model a person means: by its name, one of its roles or its repository. Raises BadInput."""
    known = tuple(models)
    for model in known:
        if word.lower() in (model.name, model.repository.lower()):
            return model
    for model in known:
        if word.lower() in model.roles:
            return model
    names = [model.name for model in known]
    near = difflib.get_close_matches(word.lower(), names, n=1)
    remedy = f"did you mean {near[0]}?" if near else f"choose one of: {', '.join(names)}"
    raise BadInput(f"there is no model {word!r}", remedy=remedy)


def model_of(repository: str) -> Model | None:
    """Return the model of a repository, or None where it is none of ours."""
    return next((model for model in STUDIO_MODELS if model.repository == repository), None)
