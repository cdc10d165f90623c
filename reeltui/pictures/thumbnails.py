"""Pictures drawn outside the screen's thread: asked for, had at once when known, told of when ready."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from core.places import cache_dir
from reeltui.pictures.cells import Broken, Cells, Grain, PictureRef, Shape, mark_of
from reeltui.pictures.kept import DISK, Kept
from reeltui.pictures.protocol import CELLS, Way

MEMORY = 2 << 20  # a picture of 40x12 cells takes 3.4 kB
_GOODBYE = 0.15  # seconds the end waits for threads that are told to stop

# Told, from another thread, that this picture is ready (or known to be broken). Must not raise and must not wait.
Ready = Callable[[PictureRef], None]
Wanted = tuple[PictureRef, Shape]


class Thumbnails:
    """Draws pictures in a few threads; the one asked for last comes first, because it is what is looked at.

    `get`, `drop` and `close` never wait for a disk or a decoder. Threads start with the first picture, sleep without
    work, and do not hold the exit. `way` is how this terminal shows pictures.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        way: Way = CELLS,
        memory: int = MEMORY,
        disk: int = DISK,
        threads: int = 2,
    ) -> None:
        """`folder` is where drawn pictures are kept (None: the user's cache), at most `disk` bytes of them."""
        self.way = way
        self.kept = Kept(folder if folder is not None else cache_dir() / "thumbnails", disk)
        self._memory = memory
        self._threads = threads
        self._crew: list[threading.Thread] = []
        self._stopped = threading.Event()
        self._change = threading.Condition()
        self._wanted: OrderedDict[Wanted, list[Ready]] = OrderedDict()
        self._in_hand: dict[Wanted, list[Ready]] = {}
        self._known: OrderedDict[Wanted, Cells | Broken] = OrderedDict()
        self._marks: dict[Wanted, str] = {}  # of broken files, as they were when they were looked at
        self._used = 0

    def get(self, ref: PictureRef, shape: Shape, ready: Ready | None = None) -> Cells | Broken | None:
        """Return a drawn picture, or why there is none. None: it is being made, and `ready` will be told.

        A broken picture is tried again when its file has changed.
        """
        if shape.width < 1 or shape.height < 1:
            return Broken("there is no room for it")
        wanted = ref, shape
        with self._change:
            found = self._known.get(wanted)
            if found is not None and not self._mended(wanted, found):
                self._known.move_to_end(wanted)
                return found
            if self._stopped.is_set():
                return Broken("the desk is closing")
            self._ask(wanted, ready)
        return None

    def drop(self, ready: Ready) -> None:
        """Tell `ready` no more; what nobody else waits for and is not begun is not made."""
        with self._change:
            for wanted, waiting in list(self._wanted.items()):
                if ready in waiting:
                    waiting.remove(ready)
                    if not waiting:
                        del self._wanted[wanted]
            for waiting in self._in_hand.values():
                if ready in waiting:
                    waiting.remove(ready)

    def close(self) -> None:
        """Stop drawing. What is half done is left; nobody is told any more."""
        self._stopped.set()
        with self._change:
            self._wanted.clear()
            self._change.notify_all()
        until = time.monotonic() + _GOODBYE
        for thread in self._crew:
            thread.join(max(0.0, until - time.monotonic()))

    def _mended(self, wanted: Wanted, found: Cells | Broken) -> bool:
        return isinstance(found, Broken) and self._marks.get(wanted) != mark_of(wanted[0].path)

    def _ask(self, wanted: Wanted, ready: Ready | None) -> None:
        waiting = self._in_hand.get(wanted)
        if waiting is None:
            waiting = self._wanted.setdefault(wanted, [])
            self._wanted.move_to_end(wanted)
        if ready is not None and ready not in waiting:
            waiting.append(ready)
        if len(self._crew) < self._threads and len(self._crew) < len(self._wanted) + len(self._in_hand):
            # Daemons: a thread pool's are waited for at the end of the process, however long a picture takes.
            thread = threading.Thread(target=self._work, name=f"pictures-{len(self._crew)}", daemon=True)
            self._crew.append(thread)
            thread.start()
        self._change.notify()

    # --- in the threads ----------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._change:
                while not self._wanted and not self._stopped.is_set():
                    self._change.wait()
                if self._stopped.is_set():
                    return
                wanted, waiting = self._wanted.popitem()
                self._in_hand[wanted] = waiting
            marks = mark_of(wanted[0].path)  # before it is read: what changes meanwhile is looked at again
            found = self._made(wanted)
            with self._change:
                waiting = self._in_hand.pop(wanted)
                if found is None or self._stopped.is_set():
                    return
                self._remember(wanted, found, marks)
            for ready in waiting:
                ready(wanted[0])

    def _made(self, wanted: Wanted) -> Cells | Broken | None:
        # Pillow and what it needs come with the first picture, not with the app.
        from reeltui.pictures.decode import CannotShow, Stopped, read_picture
        from reeltui.pictures.drawing import draw

        ref, shape = wanted
        try:
            small = shape.grain is not Grain.PIXELS  # those are a megabyte each, and seldom looked at twice
            cells = self.kept.read(ref.key, shape) if small else None
            if cells is None:
                cells = draw(read_picture(ref, shape, self._stopped), shape)
                if small:
                    self.kept.write(ref.key, shape, cells)
            return cells
        except Stopped:
            return None
        except CannotShow as error:
            return Broken(str(error))
        except Exception as error:  # noqa: BLE001 - a mistake met in one picture must not take the others' thread
            return Broken(f"it could not be drawn: {type(error).__name__}")

    def _remember(self, wanted: Wanted, found: Cells | Broken, marks: str) -> None:
        before = self._known.pop(wanted, None)
        self._used += _cost(found) - (_cost(before) if before is not None else 0)
        self._known[wanted] = found
        if isinstance(found, Broken):
            self._marks[wanted] = marks
        while self._used > self._memory and len(self._known) > 1:
            old, gone = self._known.popitem(last=False)
            self._marks.pop(old, None)
            self._used -= _cost(gone)


def _cost(found: Cells | Broken) -> int:
    return found.cost if isinstance(found, Cells) else 400
