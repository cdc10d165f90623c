"""A tokenizer of a few hundred pieces, learned from words given on the spot."""

from __future__ import annotations

from typing import Any


def tokenizer(words: str, **tokens: Any) -> Any:
    """Return a fast byte-level BPE tokenizer that knows `words` well and everything else by its bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - 16, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    made.train_from_iterator([words], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, **tokens)


VOCABULARY = 1500
