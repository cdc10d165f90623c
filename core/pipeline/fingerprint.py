"""Fingerprints and seeds: what makes two requests the same."""

from __future__ import annotations

import hashlib

import msgspec

from core.film.lineup import Backend


def digest(value: object) -> str:
    """Return the sha256 of a value made of dicts, lists, strings and numbers, whatever the order of its keys."""
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()


def settings_digest(backend: Backend, **figures: object) -> str:
    """Return the settings part of a fingerprint: the backend, its model and revision, and the figures used."""
    who = [backend.name, backend.model, backend.revision]
    return digest({"backend": who, **figures})


def derive_seed(seed: int, *path: object) -> int:
    """Return the seed of one step, 0 to 2**31-1: the same whatever was made before it or after a kill."""
    text = "/".join(str(part) for part in (seed, *path))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) & 0x7FFF_FFFF
