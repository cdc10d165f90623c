"""A tiny random Kokoro: its real classes and file layout, few numbers, voices for all nine languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.film.language import LANGUAGES

# The 178 places of Kokoro's vocabulary hold IPA, punctuation and tones; every sound its readers write is in here.
_SIGNS = (
    ';:,.!?—…"()“” \u0303ʣʥʦʨᵝꭧAIOQSTWYᵊabcdefghi'
    "jklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻN"
)
STYLE, HIDDEN = 128, 512


def config() -> dict[str, Any]:
    """Return a configuration as small as Kokoro's classes allow."""
    vocabulary = {sign: place for place, sign in enumerate(dict.fromkeys(_SIGNS), start=1)}
    assert len(vocabulary) < 178
    return {
        "istftnet": {
            "upsample_kernel_sizes": [20, 12],
            "upsample_rates": [10, 6],
            "gen_istft_hop_size": 5,
            "gen_istft_n_fft": 20,
            "resblock_dilation_sizes": [[1, 3, 5]],
            "resblock_kernel_sizes": [3],
            "upsample_initial_channel": 512,
        },
        "dim_in": 64,
        "dropout": 0.2,
        "hidden_dim": HIDDEN,
        "max_conv_dim": 16,
        "max_dur": 50,
        "multispeaker": True,
        "n_layer": 1,
        "n_mels": 80,
        "n_token": 178,
        "style_dim": STYLE,
        "text_encoder_kernel_size": 5,
        "plbert": {
            "hidden_size": 32,
            "num_attention_heads": 2,
            "intermediate_size": 32,
            "max_position_embeddings": 512,
            "num_hidden_layers": 1,
            "dropout": 0.1,
        },
        "vocab": vocabulary,
    }


def build(folder: Path) -> None:
    """Write config.json, kokoro-v1_0.pth and one voice a language into `folder`."""
    import torch
    from kokoro.istftnet import Decoder
    from kokoro.modules import CustomAlbert, ProsodyPredictor, TextEncoder
    from transformers import AlbertConfig

    made = config()
    (folder / "config.json").write_text(json.dumps(made))
    torch.manual_seed(0)
    bert = CustomAlbert(AlbertConfig(vocab_size=made["n_token"], **made["plbert"]))
    predictor = ProsodyPredictor(
        style_dim=STYLE, d_hid=HIDDEN, nlayers=made["n_layer"], max_dur=made["max_dur"], dropout=made["dropout"]
    )
    # About 3 of 50 places of 1/40 s a sound, as a voice has, and not the 25 of random weights: quick to speak.
    torch.nn.init.constant_(predictor.duration_proj.linear_layer.bias, -2.6)
    parts = {
        "bert": bert,
        "bert_encoder": torch.nn.Linear(bert.config.hidden_size, HIDDEN),
        "predictor": predictor,
        "text_encoder": TextEncoder(channels=HIDDEN, kernel_size=5, depth=1, n_symbols=made["n_token"]),
        "decoder": Decoder(
            dim_in=HIDDEN, style_dim=STYLE, dim_out=made["n_mels"], disable_complex=False, **made["istftnet"]
        ),
    }
    state = {
        # As in the real file: "module." before every name, and no scales of the norms that have none.
        part: {
            f"module.{name}": value
            for name, value in module.state_dict().items()
            if not (part in ("decoder", "predictor") and name.endswith((".norm.weight", ".norm.bias")))
        }
        for part, module in parts.items()
    }
    torch.save(state, folder / "kokoro-v1_0.pth")
    (folder / "voices").mkdir()
    for info in LANGUAGES.values():
        torch.save(torch.randn(510, 1, 2 * STYLE) * 0.1, folder / "voices" / f"{info.voice}.pt")
