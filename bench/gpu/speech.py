"""Measures Kokoro-82M: from a line's sounds to samples. Reading the line (G2P) is the CPU's and is not in it."""

from __future__ import annotations

import importlib.util
import json
import statistics
import sys
import types
import warnings
from typing import Any

from bench.gpu.call import Call
from bench.gpu.life import Life

_RATE = 24_000  # hertz
_VOICE = 256  # numbers of a voice: half for the sound, half for the melody
_TIMES = 3


def measure(call: Call) -> dict[str, Any]:
    """Return the seconds for ten seconds of speech. The file is a real one, so `build` is a real load here."""
    import torch

    files = _files(call)
    life = Life(call)
    with life.building():
        model = _model(*files).to(call.device).eval()
    voice = 0.1 * torch.randn(1, _VOICE, generator=torch.Generator().manual_seed(0))
    with life.first_use():
        spoken = model(call.sizes.line, voice).numel() / _RATE
    took: list[float] = []
    for _ in range(_TIMES):
        with call.meter.seconds(took):
            model(call.sizes.line, voice)
    with life.giving_back():
        del model
    return {
        **life.figures(),
        "unit": "10 s of speech",
        "computed": statistics.median(took) * 10 / spoken,
        "seen": _TIMES,
        "facts": {"spoken": f"{spoken:.1f} s at a time; random weights say nothing of a real line's length"},
    }


def vocabulary(line: str, tokens: int) -> dict[str, int]:
    """Return a table of sounds: those of `line`, whatever numbers the real one gives them."""
    letters = sorted(set(line))
    return {letter: 1 + number % (tokens - 1) for number, letter in enumerate(letters)}


def _files(call: Call) -> tuple[str, str]:
    """Write a random checkpoint, as Kokoro's own lies on the hub; return its configuration's and weights' paths."""
    import torch

    _without_g2p()
    from kokoro.istftnet import Decoder
    from kokoro.modules import CustomAlbert, ProsodyPredictor, TextEncoder
    from transformers import AlbertConfig

    config = call.sizes.kokoro | {"vocab": vocabulary(call.sizes.line, call.sizes.kokoro["n_token"])}
    width, style, layers = config["hidden_dim"], config["style_dim"], config["n_layer"]
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # weight_norm is old
        bert = CustomAlbert(AlbertConfig(vocab_size=config["n_token"], **config["plbert"]))
        parts = {
            "bert": bert,
            "bert_encoder": torch.nn.Linear(bert.config.hidden_size, width),
            "predictor": ProsodyPredictor(
                style_dim=style, d_hid=width, nlayers=layers, max_dur=config["max_dur"], dropout=config["dropout"]
            ),
            "text_encoder": TextEncoder(
                channels=width,
                kernel_size=config["text_encoder_kernel_size"],
                depth=layers,
                n_symbols=config["n_token"],
            ),
            "decoder": Decoder(
                dim_in=width, style_dim=style, dim_out=config["n_mels"], disable_complex=False, **config["istftnet"]
            ),
        }
    weights = {
        name: {f"module.{key}": value for key, value in part.state_dict().items()} for name, part in parts.items()
    }
    torch.save(weights, call.folder / "kokoro.pth")
    (call.folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return str(call.folder / "config.json"), str(call.folder / "kokoro.pth")


def _model(config: str, weights: str) -> Any:
    from kokoro import KModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return KModel(repo_id="hexgrad/Kokoro-82M", config=config, model=weights)


def _without_g2p() -> None:
    """Let kokoro be imported without misaki, which reads lines and brings spaCy: this measures what comes after."""
    if importlib.util.find_spec("misaki") is not None:
        return
    package = types.ModuleType("misaki")
    for name in ("en", "espeak"):
        module = types.ModuleType(f"misaki.{name}")
        for part in ("MToken", "G2P", "EspeakFallback", "EspeakG2P"):
            setattr(module, part, object)
        setattr(package, name, module)
        sys.modules[f"misaki.{name}"] = module
    sys.modules["misaki"] = package
