"""The preview of a clip under way: which picture stands for it at this moment, by live state."""

from __future__ import annotations

from pathlib import Path

import msgspec

from core.film.event import Beside, Live
from core.folder.preview import find_preview
from reeltui.pictures.cells import PictureRef

# A newer preview is taken this often (seconds of live state) at most: every cell of it is another, and over a slow line
# a picture is the dearest thing there is.
EVERY = 10.0


class _Shown(msgspec.Struct, frozen=True):
    """A preview and the moment of live state (epoch seconds) it was taken at."""

    ref: PictureRef
    at: float


class Previews:
    """Remembers which preview of each step is shown. For one thread at a time; asks the file system."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._shown: dict[str, _Shown] = {}

    def take(self, live: Live | None) -> None:
        """Take the previews that live state names; those of steps that ended are forgotten."""
        shown: dict[str, _Shown] = {}
        for one in live.running if live is not None else ():
            path = find_preview(self._root, one.preview)
            if live is None or path is None:
                continue
            known = self._shown.get(one.step)
            # Also where the clock of whoever wrote it went back.
            if known is None or known.ref.path != path or not 0.0 <= live.at - known.at < EVERY:
                known = _Shown(PictureRef.of_file(path), live.at)
            shown[one.step] = known
        self._shown = shown

    def of(self, running: Beside | None) -> PictureRef | None:
        """Return the preview of a step under way, None where it has none."""
        shown = self._shown.get(running.step) if running is not None else None
        return shown.ref if shown is not None else None


def under_way(live: Live | None, folder: str) -> Beside | None:
    """Return the step under way in a folder of the reel; where there are several, one that shows what it makes."""
    found = [one for one in live.running if one.step.startswith(folder)] if live is not None else []
    return next((one for one in found if one.preview), found[0] if found else None)
