"""What the desk remembers between sessions: where a person was, and when they last looked at each reel.

It lies in `$XDG_STATE_HOME/reeltui/desk.json`. Nothing here is worth an error on the screen: what cannot be read is
forgotten and said, what cannot be written is said. Several desks may be open at once; each writes only what changed in
it, over what the others wrote.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from core.film.errors import BadInput, DiskTrouble, TryAgain
from core.film.text import clean
from core.folder.shared import Damaged, Shared
from core.places import state_dir

SCHEMA = 1
# Libraries and reels that are remembered, those last touched first.
MOST_REELS = 500
MOST_LIBRARIES = 50
_REMEDY = "it only holds where you were; go on"
Short = Annotated[str, msgspec.Meta(max_length=300)]
PathText = Annotated[str, msgspec.Meta(max_length=8192)]
Number = Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a person is: the room, and the paths and the shot it shows; "" and None where it shows none."""

    room: Short = ""
    library: PathText = ""
    reel: PathText = ""
    shot: Number | None = None


class InLibrary(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was chosen in a library: the reel's name, the order, the words to filter by. `touched`: epoch seconds."""

    reel: Short = ""
    sort: Short = ""
    filter: Short = ""
    touched: float = 0.0


class InReel(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was chosen in a reel, and when somebody last looked at it (epoch seconds; 0: never)."""

    shot: Number | None = None
    seen: float = 0.0
    touched: float = 0.0


class Memory(msgspec.Struct, frozen=True):
    """Everything that is remembered; libraries and reels by their path."""

    schema: int = SCHEMA
    theme: Short = ""
    last: Place = Place()
    libraries: dict[PathText, InLibrary] = {}
    reels: dict[PathText, InReel] = {}


_One = TypeVar("_One", InLibrary, InReel)


class Changes(msgspec.Struct):
    """What one desk changed since it last wrote: field by field, so that nothing of another desk's is lost."""

    desk: dict[str, Any] = {}
    libraries: dict[str, dict[str, Any]] = {}
    reels: dict[str, dict[str, Any]] = {}

    def over(self, memory: Memory) -> Memory:
        """Return a memory with these changes, no larger than it may be."""
        return msgspec.structs.replace(
            memory,
            **self.desk,
            libraries=_newest(_changed(memory.libraries, self.libraries, InLibrary), MOST_LIBRARIES),
            reels=_newest(_changed(memory.reels, self.reels, InReel), MOST_REELS),
        )

    def then(self, later: Changes) -> Changes:
        """Return these changes with later ones over them."""
        both = {
            name: {
                path: {**getattr(self, name).get(path, {}), **getattr(later, name).get(path, {})}
                for path in {**getattr(self, name), **getattr(later, name)}
            }
            for name in ("libraries", "reels")
        }
        return Changes({**self.desk, **later.desk}, **both)

    def __bool__(self) -> bool:
        return bool(self.desk or self.libraries or self.reels)


def _changed(known: dict[str, _One], changes: dict[str, dict[str, Any]], kind: type[_One]) -> dict[str, _One]:
    found = dict(known)
    for path, fields in changes.items():
        before = found.get(path, kind())
        found[path] = msgspec.structs.replace(before, **fields)
        if isinstance(before, InReel):  # whoever of two desks looked last
            found[path] = msgspec.structs.replace(found[path], seen=max(before.seen, fields.get("seen", 0.0)))
    return found


def _newest(known: dict[str, _One], most: int) -> dict[str, _One]:
    if len(known) <= most:
        return known
    newest = sorted(known, key=lambda path: known[path].touched, reverse=True)[:most]
    return {path: known[path] for path in known if path in set(newest)}


class Remembered:
    """The memory of one desk. Reading and changing it touch no disk; `load` and `save` do, and may run in a thread."""

    def __init__(self, path: Path | None = None, *, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives epoch seconds."""
        self.path = path or state_dir() / "desk.json"
        self._file = Shared(self.path, Memory, schema=SCHEMA, remedy=_REMEDY, durable=False, verb="desk")
        self._clock = clock
        self._memory = Memory()
        self._changes = Changes()

    # --- the disk ----------------------------------------------------------------------------------------------

    def load(self) -> str:
        """Read what was remembered. Return a note for the person where it could not be used, else ""."""
        try:
            self._memory = (self._file.read() if self.path.parent.is_dir() else None) or Memory()
        except Damaged as problem:
            self._memory = Memory()
            return self._forgotten(str(problem))
        except (BadInput, DiskTrouble, OSError) as problem:
            self._memory = Memory()
            return f"where you were is not known: {problem}"
        return ""

    def _forgotten(self, why: str) -> str:
        """Put a damaged file aside at once, so that it is said once and not at every start."""
        stamp = Changes({"last": Place(room="library")})
        try:
            _, damage = self._file.change(Memory(), stamp.over)
        except (BadInput, DiskTrouble, TryAgain) as problem:
            return f"where you were is forgotten: {why}; {problem}"
        return f"where you were is forgotten: {damage or why}"

    def save(self) -> str:
        """Write what changed. Return a note where it could not be written, else ""; the next `save` tries again."""
        changes, self._changes = self._changes, Changes()
        if not changes:
            return ""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            memory, damage = self._file.change(Memory(), changes.over)
        except (BadInput, DiskTrouble, TryAgain, OSError) as problem:
            self._changes = changes.then(self._changes)
            return f"where you are will not be remembered: {problem}"
        self._memory = self._changes.over(memory)
        return damage

    # --- what is known -----------------------------------------------------------------------------------------

    @property
    def theme(self) -> str:
        """The theme that was chosen at the desk, "" for none."""
        return clean(self._memory.theme)

    @property
    def last(self) -> Place:
        """Where the last session ended."""
        return self._memory.last

    def library(self, path: Path) -> InLibrary:
        """What was chosen in a library."""
        known = self._memory.libraries.get(str(path), InLibrary())
        return msgspec.structs.replace(known, sort=clean(known.sort), filter=clean(known.filter))

    def reel(self, root: Path) -> InReel:
        """What was chosen in a reel, and when it was last looked at."""
        return self._memory.reels.get(str(root), InReel())

    # --- what is new -------------------------------------------------------------------------------------------

    def choose_theme(self, name: str) -> None:
        """Remember the theme."""
        if name != self.theme:
            self._change(Changes({"theme": name[:300]}))

    def be_at(
        self, room: str, *, library: Path | None = None, reel: Path | None = None, shot: int | None = None
    ) -> None:
        """Remember where the person is."""
        place = Place(room[:300], str(library or ""), str(reel or ""), shot)
        if place != self.last:
            self._change(Changes({"last": place}))

    def in_library(
        self, path: Path, *, reel: str | None = None, sort: str | None = None, filter: str | None = None
    ) -> None:
        """Remember what is chosen in a library; None leaves it as it is."""
        given = {"reel": reel, "sort": sort, "filter": filter}
        known = self.library(path)
        new = {
            name: value[:300] for name, value in given.items() if value is not None and value != getattr(known, name)
        }
        if new:
            self._change(Changes(libraries={str(path): {**new, "touched": self._clock()}}))

    def in_reel(self, root: Path, *, shot: int) -> None:
        """Remember the shot that is chosen in a reel."""
        if self.reel(root).shot != shot:
            self._change(Changes(reels={str(root): {"shot": shot, "touched": self._clock()}}))

    def saw(self, root: Path) -> None:
        """Remember that somebody looks at a reel now."""
        now = self._clock()
        self._change(Changes(reels={str(root): {"seen": now, "touched": now}}))

    def _change(self, changes: Changes) -> None:
        self._changes = self._changes.then(changes)
        self._memory = changes.over(self._memory)
