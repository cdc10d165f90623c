"""The animatic painter: storyboard panels with the layers the animator needs."""

from __future__ import annotations

from pathlib import Path

import cv2

from core.engines.animatic.paint.compositor import Compositor
from core.engines.animatic.paint.measure import fitted, working_size
from core.engines.animatic.paint.scenery import paint_stage
from core.engines.animatic.paint.stage import FILE_NAME, save_stage
from core.engines.animatic.reading import read_scene
from core.engines.roles import Progress, Room
from core.film.errors import EngineTrouble
from core.film.requests import Made, PaintRequest


class AnimaticPainter:
    """Paints masters and keyframes on the CPU; the same request gives the same bytes."""

    def load(self, device: str) -> None:
        """Nothing to load; every device is as good as another."""

    def run(self, request: PaintRequest, room: Room, progress: Progress) -> Made:
        """Paint image.png and, beside it, the layers file (`image.layers.zip`, see `paint.stage`)."""
        progress(0.0, "reading the scene")
        scene = read_scene(request.prompt, request.story)
        width, height = working_size(request.width, request.height)
        progress(0.1, f"painting {scene.place}, {scene.time}, {scene.weather}")
        stage = paint_stage(request, scene, width, height)
        progress(0.7, "putting the layers together")
        picture = fitted(Compositor(stage).frame(0.0), request.width, request.height)
        write_picture(room.stage / "image.png", picture)
        progress(0.85, "writing the layers")
        save_stage(stage, room.stage / FILE_NAME)
        progress(1.0)
        return Made(
            files=("image.png", FILE_NAME),
            facts={
                "place": scene.place,
                "time": scene.time,
                "weather": scene.weather,
                "neon": scene.neon,
                "layers": len(stage.notes.sheets),
                "figures": len(stage.notes.actors),
            },
        )


def write_picture(path: Path, picture: cv2.typing.MatLike) -> None:
    """Write an RGB picture as PNG."""
    done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not done:
        raise EngineTrouble("the painted picture could not be written as PNG", remedy="try a smaller picture")
    path.write_bytes(data.tobytes())
