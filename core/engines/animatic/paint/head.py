"""Draws a figure's head in the right order: hair behind, neck, collar, face, hair, hat."""

from __future__ import annotations

from core.engines.animatic.paint.face import Face, features, skull
from core.engines.animatic.paint.hair import hair_behind, hair_from_behind, hair_front
from core.engines.animatic.paint.headwear import beard, glasses, hat
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.pen import Gesture, Pen, shadow
from core.engines.animatic.paint.worn import collar


def draw_head(pen: Pen, look: Look, gesture: Gesture) -> None:
    """Draw everything above the shoulders."""
    face = Face(pen, look, gesture)
    back = gesture.facing == "back"
    if not back:
        hair_behind(face, look)
    neck = 0.046 if look.sex == "woman" else 0.056
    pen.shape(
        [(-neck, 1.52), (neck, 1.52), (neck * 1.15, 1.45), (0.0, 1.415), (-neck * 1.15, 1.45)], shadow(look.skin, 0.2)
    )
    if back:
        collar(pen, look, gesture)
        skull(face, look)
        hair_from_behind(face, look)
        hat(face, look, back=True)
        return
    pen.shape(
        [(-neck, 1.50), (neck, 1.50), (neck * 0.9, 1.465), (0.0, 1.445), (-neck * 0.9, 1.465)],
        shadow(look.skin, 0.38),
        0.8,
    )
    collar(pen, look, gesture)
    skull(face, look)
    if pen.unit * face.wide > 5:
        features(face, look, gesture)
    beard(face, look)
    hair_front(face, look)
    if look.glasses:
        glasses(face)
    hat(face, look, back=False)
