"""A reel under way whose clip shows a preview, as a worker leaves it on the disk; and an animator that shows one."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
from PIL import Image

from core.engines.roles import Progress, Room
from core.film.event import Beside, Live
from core.film.requests import AnimateRequest, Made
from core.folder import layout
from core.folder.preview import look_for_preview
from tests import toys

NAME = "preview.jpg"


def picture(path: Path, colour: tuple[int, int, int]) -> Path:
    """Put a small JPEG there, whole at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(".part")
    Image.new("RGB", (320, 180), colour).save(part, format="JPEG")
    part.replace(path)
    return path


def preview_of(root: Path, step: str) -> Path:
    """Return where a step's preview lies."""
    return root / ".staging" / step.replace("/", "~") / NAME


def tell(root: Path, step: str, at: float, *, preview: str | None = None, fraction: float = 0.5) -> None:
    """Write live state of this process, in which a step is under way; `preview` None: the one that lies there."""
    found, written = look_for_preview(root, step)
    name = found if preview is None else preview
    one = Beside(step, "animate", fraction, "step 12 of 24", 3.0, "cuda:0", os.getpid())
    one = msgspec.structs.replace(one, preview=name, previewed=written)
    live = Live(at, os.getpid(), step, one.phase, fraction, one.note, 3.0, 1, 9, 600.0, 500.0, 900.0, (one,))
    (root / layout.LIVE).write_bytes(msgspec.json.encode(live))


class Showing(toys.ToyAnimator):
    """Shows two pictures of what it makes, each until the file is gone that $TOY_HOLD names with its number."""

    def run(self, request: AnimateRequest, room: Room, progress: Progress) -> Made:
        for number, colour in enumerate(((200, 40, 40), (40, 40, 200))):
            picture(room.stage / NAME, colour)
            held = Path(f"{os.environ['TOY_HOLD']}.{number}")
            while held.exists():
                progress(0.3 + 0.3 * number, f"picture {number}")
                time.sleep(0.02)
        return super().run(request, room, progress)
