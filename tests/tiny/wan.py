"""A tiny Wan2.2-I2V-A14B: every class of the real one, two experts, random weights; and its four-step weights."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from core.engines.studio.wan_lightning import distilled_files

VOCABULARY = 300
WIDTH = 32  # of the text encoder's numbers


def build_wan(folder: Path, seed: int = 0) -> None:
    """Write a Wan pipeline of half a megabyte, with the real VAE's factors: 8 pixels, 4 frames."""
    import torch
    from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanImageToVideoPipeline
    from transformers import UMT5Config, UMT5EncoderModel

    torch.manual_seed(seed)
    WanImageToVideoPipeline(
        tokenizer=_tokenizer(),
        text_encoder=UMT5EncoderModel(
            UMT5Config(vocab_size=VOCABULARY, d_model=WIDTH, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
        ),
        vae=AutoencoderKLWan(
            base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
        ),
        scheduler=UniPCMultistepScheduler(
            flow_shift=5.0, use_flow_sigmas=True, prediction_type="flow_prediction", num_train_timesteps=1000
        ),
        image_processor=None,
        image_encoder=None,
        transformer=expert(),
        transformer_2=expert(),
        boundary_ratio=0.9,
    ).save_pretrained(folder)


def expert(layers: int = 3) -> Any:
    """Return a random transformer."""
    from diffusers import WanTransformer3DModel

    return WanTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=36,
        out_channels=16,
        text_dim=WIDTH,
        freq_dim=256,
        ffn_dim=32,
        num_layers=layers,
        cross_attn_norm=True,
        qk_norm="rms_norm_across_heads",
        rope_max_seq_len=32,
    )


def build_distilled(folder: Path, seed: int = 1) -> None:
    """Write four-step weights as their makers do: one file an expert, in the model's original names."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(seed)
    for path in distilled_files(folder):
        save_file({original(name): tensor.contiguous() for name, tensor in expert().state_dict().items()}, path)


# Written down from the authors' own model (wan/modules/model.py of Wan-Video/Wan2.2), not turned round from what is
# tested: `self_attn`, `cross_attn`, `norm3` between them, `ffn`, `modulation`, `head`.
_ORIGINAL = (
    (r"^condition_embedder\.time_embedder\.linear_1\.", "time_embedding.0."),
    (r"^condition_embedder\.time_embedder\.linear_2\.", "time_embedding.2."),
    (r"^condition_embedder\.text_embedder\.linear_1\.", "text_embedding.0."),
    (r"^condition_embedder\.text_embedder\.linear_2\.", "text_embedding.2."),
    (r"^condition_embedder\.time_proj\.", "time_projection.1."),
    (r"^scale_shift_table$", "head.modulation"),
    (r"^proj_out\.", "head.head."),
    (r"\.scale_shift_table$", ".modulation"),
    (r"\.attn1\.", ".self_attn."),
    (r"\.attn2\.", ".cross_attn."),
    (r"\.to_([qkv])\.", r".\1."),
    (r"\.to_out\.0\.", ".o."),
    (r"\.norm2\.", ".norm3."),
    (r"\.ffn\.net\.0\.proj\.", ".ffn.0."),
    (r"\.ffn\.net\.2\.", ".ffn.2."),
)


def original(name: str) -> str:
    """Return the authors' name for a weight of diffusers'."""
    for pattern, written in _ORIGINAL:
        name = re.sub(pattern, written, name)
    return name


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(alphabet)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="</s>")
