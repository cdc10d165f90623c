"""The main measures of a clip under the names and roundings that receipts have."""

from __future__ import annotations

from core.film.requests import Fact
from core.media.measure.values import ClipMeasures


def figures(measures: ClipMeasures) -> dict[str, Fact]:
    """Return the main measures by name, rounded for reading."""
    facts: dict[str, Fact] = {
        "frames": measures.frames,
        "width": measures.width,
        "height": measures.height,
        "sharpness": round(measures.sharpness, 3),
    }
    for name in ("slide_x", "slide_y", "zoom", "turn", "wander", "parallax", "trust"):
        facts[f"camera_{name}"] = round(float(getattr(measures.camera, name)), 4)
    for name in ("black", "frozen", "frozen_run", "psnr_median", "psnr_min", "worst", "pump", "flashes"):
        value = getattr(measures.steadiness, name)
        facts[name] = round(value, 2) if isinstance(value, float) else value
    facts["cuts"] = len(measures.steadiness.cuts)
    scene = measures.scene
    for name, likeness in (("first", scene.first), ("last", scene.last), ("colour", scene.colour)):
        facts[f"scene_{name}"] = None if likeness is None else round(likeness, 3)
    facts["scene_structure"] = None if scene.structure is None else round(scene.structure, 3)
    return facts
