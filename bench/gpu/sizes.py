"""How large the models are: their published configurations, and tiny ones of the same classes to try the bench with."""

from __future__ import annotations

from typing import Any

import msgspec

Config = dict[str, Any]


class Sizes(msgspec.Struct, frozen=True):
    """The keyword arguments of every model's class; `line`: the sounds that are spoken; `frames` a clip, `pictures` the
    sizes clips are measured at."""

    expert: Config
    wan_vae: Config
    words_width: int
    umt5: Config
    flux: Config
    flux_vae: Config
    qwen: Config
    kokoro: Config
    line: str
    frames: int
    pictures: dict[str, tuple[int, int]]


# transformer/config.json of Wan-AI/Wan2.2-I2V-A14B-Diffusers (both experts alike, 14.3 billion parameters each); its
# VAE is AutoencoderKLWan as diffusers has it by default; text_encoder/config.json is google/umt5-xxl's, of which only
# the encoder is there (5.7 billion).
_EXPERT = {
    "patch_size": (1, 2, 2),
    "num_attention_heads": 40,
    "attention_head_dim": 128,
    "in_channels": 36,
    "out_channels": 16,
    "text_dim": 4096,
    "freq_dim": 256,
    "ffn_dim": 13824,
    "num_layers": 40,
    "cross_attn_norm": True,
    "qk_norm": "rms_norm_across_heads",
    "eps": 1e-6,
    "rope_max_seq_len": 1024,
}
_UMT5 = {
    "vocab_size": 256384,
    "d_model": 4096,
    "d_kv": 64,
    "d_ff": 10240,
    "num_layers": 24,
    "num_heads": 64,
    "relative_attention_num_buckets": 32,
    "relative_attention_max_distance": 128,
    "feed_forward_proj": "gated-gelu",
}
# FLUX.2 [klein] 4B: 5 double and 20 single blocks of 24 heads x 128 (3.9 billion), words by Qwen3-4B (three of its
# layers side by side: 3 x 2560), the VAE of FLUX.2, which is AutoencoderKLFlux2 as diffusers has it by default.
_FLUX = {
    "patch_size": 1,
    "in_channels": 128,
    "num_layers": 5,
    "num_single_layers": 20,
    "attention_head_dim": 128,
    "num_attention_heads": 24,
    "joint_attention_dim": 7680,
    "mlp_ratio": 3.0,
    "axes_dims_rope": (32, 32, 32, 32),
    "rope_theta": 2000,
    "guidance_embeds": False,
}
_QWEN = {
    "vocab_size": 151936,
    "hidden_size": 2560,
    "intermediate_size": 9728,
    "num_hidden_layers": 36,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "max_position_embeddings": 40960,
    "tie_word_embeddings": True,
}
# config.json of hexgrad/Kokoro-82M (81.8 million parameters), without its table of sounds: see `speech.vocabulary`.
_KOKORO = {
    "istftnet": {
        "upsample_kernel_sizes": [20, 12],
        "upsample_rates": [10, 6],
        "gen_istft_hop_size": 5,
        "gen_istft_n_fft": 20,
        "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]],
        "resblock_kernel_sizes": [3, 7, 11],
        "upsample_initial_channel": 512,
    },
    "dim_in": 64,
    "dropout": 0.2,
    "hidden_dim": 512,
    "max_conv_dim": 512,
    "max_dur": 50,
    "multispeaker": True,
    "n_layer": 3,
    "n_mels": 80,
    "n_token": 178,
    "style_dim": 128,
    "text_encoder_kernel_size": 5,
    "plbert": {
        "hidden_size": 768,
        "num_attention_heads": 12,
        "intermediate_size": 2048,
        "max_position_embeddings": 512,
        "num_hidden_layers": 12,
        "dropout": 0.1,
    },
}
_LINE = "ðə bˈoʊt lˈiːvz ðə hˈɑːɹbɚ ət dˈɔːn"  # the boat leaves the harbour at dawn

REAL = Sizes(
    expert=_EXPERT,
    wan_vae={},
    words_width=4096,
    umt5=_UMT5,
    flux=_FLUX,
    flux_vae={},
    qwen=_QWEN,
    kokoro=_KOKORO,
    line=_LINE,
    frames=81,
    pictures={"480": (832, 480), "720": (1280, 720)},
)

TINY = Sizes(
    expert=_EXPERT
    | {
        "num_attention_heads": 2,
        "attention_head_dim": 12,
        "text_dim": 32,
        "ffn_dim": 32,
        "num_layers": 2,
        "rope_max_seq_len": 32,
    },
    wan_vae={
        "base_dim": 3,
        "z_dim": 16,
        "dim_mult": [1, 1, 1, 1],
        "num_res_blocks": 1,
        "temperal_downsample": [False, True, True],
    },
    words_width=32,
    umt5=_UMT5 | {"vocab_size": 300, "d_model": 32, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2},
    flux=_FLUX
    | {
        "in_channels": 4,
        "num_layers": 1,
        "num_single_layers": 1,
        "attention_head_dim": 16,
        "num_attention_heads": 2,
        "joint_attention_dim": 48,
        "axes_dims_rope": (4, 4, 4, 4),
    },
    flux_vae={
        "sample_size": 32,
        "down_block_types": ("DownEncoderBlock2D",),
        "up_block_types": ("UpDecoderBlock2D",),
        "block_out_channels": (4,),
        "layers_per_block": 1,
        "latent_channels": 1,
        "norm_num_groups": 1,
        "use_quant_conv": False,
        "use_post_quant_conv": False,
    },
    # The pipeline reads its layers 9, 18 and 27.
    qwen=_QWEN
    | {
        "vocab_size": 300,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 28,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 1024,
    },
    kokoro=_KOKORO
    | {
        "istftnet": _KOKORO["istftnet"] | {"resblock_kernel_sizes": [3], "resblock_dilation_sizes": [[1, 3, 5]]},
        "max_dur": 4,
        "n_layer": 1,
        "plbert": _KOKORO["plbert"]
        | {"hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 32, "num_hidden_layers": 1},
    },
    line=_LINE[:8],
    frames=5,
    pictures={"480": (80, 64), "720": (96, 64)},
)
