"""Looks at a picture of a person's own before it enters a reel, in a process of its own: it may crash its decoder."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from core.film.errors import BadInput, EngineTrouble
from core.film.requests import Made
from core.folder.write import disk_trouble, write_whole
from core.media.photo import Photo, look_at_photo
from core.worker.hosts.inspector import Inspector
from core.worker.hosts.messages import Failed, Finished, Inspect
from core.worker.hosts.process import Host, HostLost

LOOKER = "core.worker.pictures:PhotoLooker"
# Decoding the largest picture allowed takes seconds.
SILENCE = 60.0
_NAME = "picture"
_REMEDY = "give another picture, or save this one anew as PNG"


class PhotoLooker(Inspector):
    """The inspector, for pictures nobody here made."""

    def inspect(self, message: Inspect) -> Made:
        """Return the facts of one picture (`Photo`). Raises Unreadable, BadInput."""
        (name,) = message.files
        return Made(facts=msgspec.structs.asdict(look_at_photo(Path(message.stage) / name)))


def check_picture(data: bytes, name: str) -> Photo:
    """Return what a picture is; `name` is what the person called it. What is checked is what was read, so the file may
    change meanwhile.

    Raises BadInput where it is no whole picture of a bearable size, DiskTrouble, TryAgain.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix="reeltui-")
    except OSError as error:
        disk_trouble(error, tempfile.gettempdir())
    with folder:
        place = Path(folder.name)
        write_whole(place / _NAME, data, durable=False)
        return msgspec.convert(_looked(place, name).facts, Photo)


def _looked(place: Path, name: str) -> Made:
    host = Host(LOOKER, device="cpu", log=place / "log", silence=SILENCE)
    try:
        for answer in host.work(Inspect(None, str(place), (_NAME,), False)):
            if isinstance(answer, Finished):
                return answer.made
            if isinstance(answer, Failed):
                reason = answer.message.removeprefix(f"{_NAME} ")
                text = f"{name} {reason}" if reason != answer.message else f"{name}: {reason}"
                raise BadInput(text, remedy=answer.remedy if answer.exit_code == 2 else _REMEDY)
    except HostLost as lost:
        raise BadInput(f"{name} takes its decoder down: {lost}", remedy="do not open it elsewhere") from lost
    finally:
        host.end(gently=False)
    raise EngineTrouble(f"{name} could not be looked at", remedy="try again")
