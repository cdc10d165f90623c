"""The words of Wan's takes as numbers: every text read once, and the text encoder gone again afterwards."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from core.engines.studio.torch_device import give_back, torch_device, torch_dtype
from core.engines.studio.wan_parts import read_text_encoder, reading

# The negative prompt the model was tuned with: `sample_neg_prompt` of wan/configs/shared_config.py in the authors'
# repository Wan-Video/Wan2.2, word for word. An English translation is not what it knows.
TRAINED_NEGATIVE = (
    "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，JPEG压缩残留，"
    "丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，手指融合，静止不动的画面，"
    "杂乱的背景，三条腿，背景人很多，倒着走"
)
# `text_len` of the same file. diffusers' encode_prompt has 226 by itself, which would cut the words short.
TOKENS = 512
_KEPT = 256  # texts; 4 MB each in 16 bits, so 1 GB


def full_negative(own: str) -> str:
    """Return the negative prompt of a take: what the model was tuned with and the request's own.

    The wording in prompts/retry.toml holds it as well, and a person may have written their own: it is said once.
    """
    if TRAINED_NEGATIVE in own:
        return own
    return f"{TRAINED_NEGATIVE}，{own}" if own.strip() else TRAINED_NEGATIVE


class Words:
    """Texts of one snapshot, as the transformers take them. The text encoder is loaded only while texts are read."""

    def __init__(self, snapshot: Path, device: str) -> None:
        self._snapshot = snapshot
        self._device = device
        self._known: OrderedDict[str, Any] = OrderedDict()

    def learn(self, texts: Iterable[str], tell: Callable[[str], None]) -> None:
        """Read the texts that are not known yet; `tell` is called before each and may raise.

        Each is read by itself: read together, rounding would make one depend on the others.
        """
        wanted = list(dict.fromkeys(texts))[:_KEPT]
        for text in wanted:
            if text in self._known:
                self._known.move_to_end(text)
        new = [text for text in wanted if text not in self._known]
        if not new:
            return
        tell("loading the text encoder")
        reader = _Reader(self._snapshot, self._device)
        try:
            for number, text in enumerate(new, 1):
                tell(f"reading text {number} of {len(new)}")
                self._known[text] = reader.read(text)
        finally:
            del reader
            give_back(self._device)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)

    def of(self, text: str) -> Any:
        """Return a text that was learned: a tensor of shape (1, 512, width), on the device."""
        return self._known[text].to(torch_device(self._device))


class _Reader:
    """The text encoder and its tokenizer, in a pipeline that has nothing else."""

    def __init__(self, snapshot: Path, device: str) -> None:
        from diffusers import WanImageToVideoPipeline
        from transformers import AutoTokenizer

        self._device = torch_device(device)
        encoder = read_text_encoder(snapshot / "text_encoder", torch_dtype(device))
        with reading(f"the tokenizer in {snapshot}"):
            tokenizer = AutoTokenizer.from_pretrained(
                snapshot / "tokenizer", local_files_only=True, trust_remote_code=False
            )
        self._pipeline: Any = WanImageToVideoPipeline(
            tokenizer=tokenizer, text_encoder=encoder.to(self._device), vae=None, scheduler=None
        )

    def read(self, text: str) -> Any:
        import torch

        with torch.no_grad():
            numbers, _ = self._pipeline.encode_prompt(
                prompt=text, do_classifier_free_guidance=False, max_sequence_length=TOKENS, device=self._device
            )
        return numbers.cpu()
