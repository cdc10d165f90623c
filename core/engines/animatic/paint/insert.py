"""Insert shots: one object large in the frame, in front of the set out of focus."""

from __future__ import annotations

from core.engines.animatic.paint.box import Box
from core.engines.animatic.paint.look import Look


def paint_insert(box: Box, prompt: str, looks: list[Look]) -> None:
    """Paint the object the prompt names on a near card."""
    del box, prompt, looks
