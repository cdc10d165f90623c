"""A tiny ACE-Step 1.5 turbo: every class of the real one, random weights, 25 latents a second at 48 kHz."""

from __future__ import annotations

from pathlib import Path

from tests.tiny.words import VOCABULARY, tokenizer


def build_ace(folder: Path) -> None:
    """Write a turbo pipeline whose layers are a few numbers wide."""
    import torch
    from diffusers import (
        AceStepPipeline,
        AceStepTransformer1DModel,
        AutoencoderOobleck,
        FlowMatchEulerDiscreteScheduler,
    )
    from diffusers.pipelines.ace_step import AceStepConditionEncoder
    from transformers import Qwen3Config, Qwen3Model

    torch.manual_seed(0)
    hidden, latent = 16, 4
    layer = {
        "hidden_size": hidden,
        "intermediate_size": hidden,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 8,
    }
    AceStepPipeline(
        vae=AutoencoderOobleck(
            encoder_hidden_size=2 * latent,
            downsampling_ratios=[2, 4, 4, 6, 10],
            channel_multiples=[1, 1, 1, 1, 1],
            decoder_channels=4,
            decoder_input_channels=latent,
            audio_channels=2,
            sampling_rate=48_000,
        ),
        text_encoder=Qwen3Model(Qwen3Config(**layer, num_hidden_layers=1, vocab_size=VOCABULARY)),
        tokenizer=tokenizer("Instruction Caption Metas bpm Lyric", pad_token="<|endoftext|>", eos_token="<|im_end|>"),
        transformer=AceStepTransformer1DModel(
            **layer,
            num_hidden_layers=2,
            in_channels=3 * latent,
            audio_acoustic_hidden_dim=latent,
            patch_size=2,
            sliding_window=16,
            is_turbo=True,
            model_version="turbo",
        ),
        condition_encoder=AceStepConditionEncoder(
            **layer,
            text_hidden_dim=hidden,
            timbre_hidden_dim=latent,
            num_lyric_encoder_hidden_layers=1,
            num_timbre_encoder_hidden_layers=1,
            sliding_window=16,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
    ).save_pretrained(folder)
