"""Brings a person's own picture into the reel's size; the same for every engine."""

from __future__ import annotations

import hashlib

from core.engines.roles import Progress, Room
from core.film.errors import BadInput
from core.film.requests import Made, OwnPictureRequest
from core.folder import layout
from core.media.photo import fitted_photo

_GIVE_AGAIN = "give the picture again, or take it away with --remove"


class OwnPicture:
    """Fits a picture with Pillow, on the CPU; the same request gives the same bytes."""

    def load(self, device: str) -> None:
        """Nothing to load."""

    def run(self, request: OwnPictureRequest, room: Room, progress: Progress) -> Made:
        """Make image.png. Raises BadInput where the picture is gone or another, Unreadable."""
        progress(0.0, "reading the picture")
        path = layout.inside(room.reel, request.path)
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise BadInput(f"your own picture {request.path} is missing from the reel", remedy=_GIVE_AGAIN) from None
        if found != request.sha256:
            text = f"your own picture {request.path} is not the file that was given (its sha256 differs)"
            raise BadInput(text, remedy=_GIVE_AGAIN)
        progress(0.3, "fitting it to the reel")
        picture = fitted_photo(path, request.width, request.height)
        picture.save(room.stage / "image.png", compress_level=3)
        progress(1.0)
        return Made(("image.png",))
