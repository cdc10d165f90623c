"""A library is a folder of reels: making one, finding one, listing them all without reading all their files."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import shutil
import unicodedata
import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec
import tomli_w

from core.film.errors import BadInput, ReelError
from core.film.event import Event, Happened
from core.film.settings import Reel, Settings
from core.film.text import clean
from core.folder import layout
from core.folder.journal import Journal
from core.folder.lock import holder_of
from core.folder.queue import Entry, Queue, lives_at, read_queue
from core.folder.snapshot import read_reel
from core.folder.write import disk_trouble, sync_folder, write_whole
from core.places import at_home

ARCHIVE = ".archive"  # a folder of the library; what is in it, no listing shows
_NAME = re.compile(r"^[^/\0]{1,100}$")


def slug(sentence: str) -> str:
    """Return a folder name from a sentence: its first words, lower case, letters and digits of any script."""
    text = unicodedata.normalize("NFC", clean(sentence)).lower()
    words = re.findall(r"[^\W_]+", text)
    small = {"a", "an", "the", "of", "in", "at", "and", "to", "with", "through", "on"}
    chosen = [word for word in words if word not in small][:5] or words[:5]
    return "-".join(chosen)[:48].strip("-") or "reel"


def check_name(name: str) -> str:
    """Return a name a person gave, or raise BadInput where it cannot be a folder's."""
    if not _NAME.match(name) or name.startswith((".", "-")) or clean(name) != name or len(name.encode()) > 200:
        raise BadInput(
            f"{clean(name, limit=60)!r} cannot be a reel's name",
            remedy="use up to 100 letters, digits, spaces or dashes, not starting with a dot or a dash",
        )
    return name


def create_reel(
    library: Path,
    sentence: str,
    settings: Settings,
    *,
    name: str | None,
    now: str,
    fill: Callable[[Path], None] | None = None,
    like: str = "",
) -> Path:
    """Make a new reel's folder and return it; it appears whole or not at all.

    A given name must be free (BadInput); without one it is named `like` another, else by the sentence, and gets a
    number where that is not free. `fill` puts the first things into the folder before anybody sees it; what it raises
    leaves no reel. Raises DiskTrouble where the library cannot be written.
    """
    base = check_name(name) if name else like or slug(sentence)
    nursery = library / f".new-{uuid.uuid4().hex[:12]}"
    try:
        library.mkdir(parents=True, exist_ok=True)
        nursery.mkdir()
    except OSError as error:
        disk_trouble(error, library)
    try:
        for number in range(1, 10_000):
            candidate = base if number == 1 else f"{base}-{number}"
            target = library / candidate
            if target.exists() or target.is_symlink():
                if name:
                    raise _taken(name, library)
                continue
            reel = Reel(id=uuid.uuid4().hex, name=candidate, sentence=sentence, created=now, settings=settings)
            write_reel(nursery, reel)
            if fill is not None:
                fill(nursery)
                fill = None
            try:
                os.rename(nursery, target)  # onto a non-empty folder this fails: somebody was faster
            except OSError:
                if not target.exists():
                    raise
                if name:
                    raise _taken(name, library) from None
                continue
            sync_folder(library)
            return target
        raise BadInput(f"there are too many reels named {base}", remedy="choose a --name")
    except OSError as error:
        disk_trouble(error, library)
    finally:
        shutil.rmtree(nursery, ignore_errors=True)


def _taken(name: str, library: Path) -> BadInput:
    return BadInput(
        f"there is already a reel named {name} in {library}",
        remedy=f"`reeltui resume {name}` goes on with it; or choose another --name",
    )


def write_reel(root: Path, reel: Reel) -> None:
    """Write reel.toml. Raises DiskTrouble."""
    table = {key: value for key, value in msgspec.to_builtins(reel).items() if value is not None}
    table["settings"] = {key: value for key, value in table["settings"].items() if value is not None}
    write_whole(root / layout.REEL_FILE, tomli_w.dumps(table).encode())


def find_reel(word: str, library: Path) -> Path:
    """Return the folder of the reel a person means: a path to it, or its name in the library.

    Raises BadInput, naming near ones.
    """
    if not word or "\0" in word:
        raise BadInput("a reel needs a name", remedy="see `reeltui list`")
    for candidate in (library / word, at_home(Path(word))):
        if os.path.lexists(candidate / layout.REEL_FILE):
            return candidate.resolve()
    names = [path.name for path in reel_folders(library)]
    near = difflib.get_close_matches(word, names, n=3)
    if "/" not in word and os.path.isfile(library / ARCHIVE / word / layout.REEL_FILE):
        remedy = f"it is archived; bring it back: reeltui archive --back {shlex.quote(clean(word, limit=80))}"
    elif near:
        remedy = f"did you mean {', '.join(near)}?"
    else:
        remedy = f"`reeltui list` shows what is in {library}"
    raise BadInput(f"there is no reel {clean(word, limit=80)!r} in {library}", remedy=remedy)


def reel_folders(library: Path) -> list[Path]:
    """Return the reels' folders in a library, by name; links are not followed."""
    try:
        with os.scandir(library) as entries:
            names = sorted(e.name for e in entries if not e.name.startswith(".") and e.is_dir(follow_symlinks=False))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BadInput(
            f"cannot read the library {library}: {error.strerror}", remedy="choose another with --library"
        ) from None
    # Whatever bears the name makes a folder a reel; that it is no file is told as its trouble, not by its absence.
    return [library / name for name in names if os.path.lexists(library / name / layout.REEL_FILE)]


class Card(msgspec.Struct, frozen=True):
    """A reel in a listing, from three small reads: reel.toml, the end of events.jsonl, the lock.

    `state` is planned, running, waiting, interrupted, paused, cancelled, failed or done, or "broken" with the reason
    in `problem`. `changed` says that the plan or a decision is newer than the last run. `seconds` is the finished
    reel's length, `waits_for` the gate it waits at. `queue` is its place in the library's queue, from 1, and `held`
    why it is not taken from there.
    """

    name: str
    path: str
    state: str
    sentence: str
    engine: str
    preset: str
    created: str
    phase: str = ""
    done: int = 0
    total: int = 0
    seconds: float | None = None
    changed: bool = False
    problem: str = ""
    waits_for: str = ""
    queue: int | None = None
    held: str = ""


def list_reels(library: Path) -> tuple[Card, ...]:
    """Return a card for every reel of a library, newest first; a broken one is shown as broken."""
    read = [_read(root) for root in reel_folders(library)]
    queue = read_queue(library) if read else Queue()
    names = _names(queue, {card.name: reel for reel, card in read})
    places = {names[entry]: (place, entry) for place, entry in enumerate(queue.reels, 1) if entry in names}
    cards = []
    for _, card in read:
        if card.name in places:
            place, entry = places[card.name]
            card = msgspec.structs.replace(card, queue=place, held=entry.held.value)
        cards.append(card)
    return tuple(sorted(cards, key=lambda card: (card.created, card.name), reverse=True))


def locate(library: Path, queue: Queue) -> dict[Entry, Path]:
    """Return the folder of every reel in a queue; one whose folder is no more is not in it.

    A renamed folder is found by the reel's id; only then is the whole library looked through. Raises BadInput.
    """
    found = {entry: library / entry.name for entry in queue.reels if lives_at(library / entry.name, entry)}
    if len(found) == len(queue.reels):
        return found
    ids = {root.name: _read(root)[0] for root in reel_folders(library)}
    return {entry: library / name for entry, name in _names(queue, ids).items()}


def _names(queue: Queue, ids: dict[str, str]) -> dict[Entry, str]:
    """Return the folder name of every queued reel from the ids of all folders ("" where reel.toml is unreadable)."""
    found = {entry: entry.name for entry in queue.reels if ids.get(entry.name) in (entry.id, "")}
    taken = set(found.values())
    free = {reel: name for name, reel in reversed(ids.items()) if name not in taken}
    for entry in queue.reels:
        if entry not in found and entry.id in free:
            found[entry] = free.pop(entry.id)
    return found


def read_card(root: Path) -> Card:
    """Return the card of one reel, its place in the queue left open; a broken reel is shown as broken."""
    return _read(root)[1]


def _read(root: Path) -> tuple[str, Card]:
    """Return the id of a reel and its card; "" for one that is broken."""
    try:
        reel = read_reel(root)
    except ReelError as error:
        return "", _broken(root, f"{error}")
    try:
        events = Journal(root / layout.EVENTS, Event).tail(4096)
    except OSError as error:
        return reel.id, _broken(root, f"cannot read {root / layout.EVENTS}: {error.strerror}", reel)
    last = events[-1] if events else None
    changed = last is not None and any(_newer(root / name, last.at) for name in (layout.PLAN_FILE, layout.DECISIONS))
    if holder_of(root / layout.LOCK) is not None:
        state = "running"
    elif last is None:
        state = "planned"
    elif last.event is Happened.RUN_ENDED:
        outcome = str(last.data.get("outcome", "interrupted"))
        state = "planned" if changed and outcome == "done" else outcome
    else:
        state = "interrupted"
    steps = [event for event in events if event.total]
    length = next((e.data.get("seconds") for e in reversed(events) if e.event is Happened.RUN_ENDED), None)
    gate = next((e.data.get("gate") for e in reversed(events) if e.event is Happened.WAITING), "")
    card = Card(
        name=root.name,
        path=os.fspath(root),
        state=state,
        sentence=clean(reel.sentence, limit=200),
        engine=reel.settings.engine,
        preset=reel.settings.preset.value,
        created=reel.created,
        phase=next((event.phase for event in reversed(events) if event.phase), ""),
        done=steps[-1].done if steps else 0,
        total=steps[-1].total if steps else 0,
        seconds=length if isinstance(length, float) else None,
        changed=changed,
        waits_for=clean(str(gate), limit=40) if state == "waiting" else "",
    )
    return reel.id, card


def _broken(root: Path, why: str, reel: Reel | None = None) -> Card:
    """Return the card of a reel of which no more than this can be told."""
    card = Card(root.name, os.fspath(root), "broken", "", "", "", "", problem=clean(why, limit=300))
    if reel is None:
        return card
    return msgspec.structs.replace(card, sentence=clean(reel.sentence, limit=200), created=reel.created)


def _newer(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime > moment + 0.001
    except OSError:
        return False
