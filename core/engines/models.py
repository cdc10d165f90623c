"""The models the studio engine is made of: which repositories of the Hugging Face hub, and what must be in them.

They stand here as structs beside the registry, and not as words in prompts/: which checkpoint a role takes, how much
memory it holds (`registry.STUDIO_HOLDS`) and the code that loads it change together, and every receipt names the model.
"""

from __future__ import annotations

import msgspec

from core.film.lineup import Role


class Model(msgspec.Struct, frozen=True):
    """One checkpoint. `files` are glob patterns below the snapshot, each of which must find something.

    What an index (`*.index.json`, model_index.json) in the snapshot names must be there as well. `bytes` is about what
    is downloaded. `preset` is the only one that needs it ("" for all).
    """

    repository: str
    roles: tuple[Role, ...]
    files: tuple[str, ...]
    bytes: int
    preset: str = ""

    @property
    def download(self) -> str:
        """The command that brings it, or what is missing of it."""
        named = [name for name in self.files if "*" not in name] if self.preset else []
        return " ".join(["hf download", self.repository, *named])


_LIGHTNING = "wan2.2_i2v_A14b_{noise}_noise_lightx2v_4step_720p_260412.safetensors"

# Bytes: from the sizes of the files where they were looked at (Wan2.2: 24 shards of 4.9 GB in 32 bits and a text
# encoder), else the parameters in 16 bits with their text encoders.
STUDIO_MODELS = (
    Model(
        "Qwen/Qwen3.5-35B-A3B",
        (Role.DIRECTOR, Role.CRITIC),
        ("config.json", "tokenizer_config.json", "*.safetensors"),
        70_000_000_000,
    ),
    Model(
        "black-forest-labs/FLUX.2-klein-4B",
        (Role.PAINTER,),
        ("model_index.json", "transformer/*.safetensors", "text_encoder/*.safetensors", "vae/*.safetensors"),
        16_000_000_000,
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
    ),
    Model(
        "lightx2v/Wan2.2-Distill-Models",
        (Role.ANIMATOR,),
        (_LIGHTNING.format(noise="high"), _LIGHTNING.format(noise="low")),
        57_000_000_000,
        preset="lightning",
    ),
    Model(
        "ACE-Step/acestep-v15-xl-turbo-diffusers",
        (Role.COMPOSER,),
        ("model_index.json", "transformer/*.safetensors", "vae/*.safetensors"),
        12_000_000_000,
    ),
    Model(
        "hexgrad/Kokoro-82M",
        (Role.NARRATOR,),
        ("config.json", "kokoro-v1_0.pth", "voices/*.pt"),
        400_000_000,
    ),
)
