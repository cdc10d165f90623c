"""Steady choices: the same seed and name always pick the same thing, in any process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from core.pipeline.fingerprint import derive_seed

T = TypeVar("T")


def pick(options: Sequence[T], seed: int, *name: object) -> T:
    """Return one of `options` (at least one), chosen by `seed` and what the choice is called."""
    return options[derive_seed(seed, *name) % len(options)]


def shuffled(options: Sequence[T], seed: int, *name: object) -> list[T]:
    """Return `options` in an order chosen by `seed` and what the choice is called."""
    order = sorted(range(len(options)), key=lambda i: (derive_seed(seed, *name, i), i))
    return [options[i] for i in order]
