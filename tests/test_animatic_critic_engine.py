"""The animatic critic on what the animatic painter and animator really draw."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from core.engines.animatic.animator import AnimaticAnimator
from core.engines.animatic.critic import AnimaticCritic
from core.engines.animatic.painter import AnimaticPainter
from core.engines.roles import Room
from core.film.camera import CameraMove
from core.film.requests import Reference
from core.film.verdict import Label
from tests.asking import clip_of, picture_of, quiet, verdict_on

MOVED = [CameraMove.PAN_LEFT, CameraMove.TRACKING, CameraMove.DOLLY_IN, CameraMove.CRANE_UP, CameraMove.STATIC]


@pytest.mark.slow
@pytest.mark.parametrize("move", MOVED)
def test_what_the_animatic_engine_draws_passes_and_another_verb_fails(tmp_path: Path, move: CameraMove) -> None:
    portrait = "Aiko (slim Japanese woman, 27, jet-black bob, mustard yellow vinyl raincoat)"
    paint = picture_of(
        subject="A",
        prompt=portrait,
        characters={"A": portrait},
        story="Aiko walks through neon-lit Tokyo at night in the rain",
        shot_type="Medium",
        camera=move,
        strength=0.75,
        seed=7,
        width=320,
        height=180,
    )
    for name, subject in (("A", "A"), ("shot", "shot")):
        (tmp_path / name).mkdir()
        prompt = portrait if subject == "A" else f"Aiko stands in a rainy neon street. {portrait}"
        AnimaticPainter().run(
            msgspec.structs.replace(paint, subject=subject, prompt=prompt), Room(tmp_path, tmp_path / name), quiet
        )
    animate = clip_of(
        first="shot/image.png",
        layers="shot/image.layers.zip",
        camera=move,
        shot_type="Medium",
        is_hero=False,
        frames=81,
        guidance=(1.0, 1.0),
        cache=0.0,
        strength=0.75,
        seed=1,
        width=320,
        height=180,
    )
    AnimaticAnimator().run(animate, Room(tmp_path, tmp_path), quiet)
    request = verdict_on(
        keyframe="shot/image.png",
        references=(Reference("A", "A/image.png"),),
        characters={"A": portrait},
        camera=move,
        width=320,
        height=180,
    )
    for asked in (move, CameraMove.DOLLY_OUT, CameraMove.TILT_DOWN):
        room = Room(tmp_path, tmp_path)
        got = AnimaticCritic().run(msgspec.structs.replace(request, camera=asked), room, quiet).verdict
        assert got is not None
        if asked is move:
            assert got.overall >= 8, (move, got)
        else:
            assert got.overall < 5, (move, asked, got)
            assert got.labels == (Label.CAMERA_IGNORED,)
