"""The queue before the inspector: what was finished is looked at in turn, while the next step already runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from core.film.errors import TryAgain
from core.film.failure import Cause
from core.worker.hosts.messages import Failed, Finished, Inspect
from core.worker.hosts.process import Host, HostLost, StepTrouble
from core.worker.hosts.task import Checked, Gone, Lost, News, Task

# How many inspectors look at one result before it is to blame for their end.
LOOKS = 2
INSPECTOR = "core.worker.hosts.inspector:Inspector"


class Checks:
    """Finished tasks and the one host that inspects them. `host` is None until the first one comes."""

    def __init__(self, hire: Callable[[str, Path], Host], meaning: Callable[[Failed, Path], Exception]) -> None:
        """`hire` starts a host for a target that works for a reel; `meaning` makes an error of its failure."""
        self.host: Host | None = None
        self.tasks: list[Task] = []
        self._hire = hire
        self._meaning = meaning

    def add(self, task: Task) -> list[News]:
        """Take a finished task into the queue."""
        self.tasks.append(task)
        return self._ask() if len(self.tasks) == 1 else []

    def hear(self) -> list[News]:
        """Return what the inspector has found."""
        if self.host is None:
            return []  # it was ended in this very turn
        told: list[News] = []
        try:
            answers = self.host.take()
        except HostLost as lost:
            return self._crashed(lost)
        for answer in answers:
            if not self.tasks:
                break
            task = self.tasks[0]
            if isinstance(answer, Failed) and self.host.loaded is None:
                return told + self._crashed(HostLost(answer.message, cause=Cause.NOT_LOADED, remedy=answer.remedy))
            if isinstance(answer, Finished):
                assert task.finished is not None, "only what is finished is inspected"
                told += self._next(Checked(task, task.finished.made, answer.made.files))
            elif isinstance(answer, Failed):
                told += self._next(Lost(task, self._meaning(answer, self.host.log)))
        return told

    def check_silence(self) -> list[News]:
        """End an inspector that has fallen silent over a file."""
        if self.host is not None and self.tasks:
            try:
                self.host.check_silence()
            except HostLost as lost:
                return self._crashed(lost)
        return []

    def clear(self) -> None:
        """Forget everything that waits; an answer that is still under way must not reach the next."""
        if self.tasks:
            self.tasks.clear()
            self.end()

    def end(self) -> None:
        """End the inspector."""
        if self.host is not None:
            self.host.end(gently=False)
            self.host = None

    def _ask(self) -> list[News]:
        task = self.tasks[0]
        assert task.finished is not None, "only what is finished is inspected"
        if self.host is None:
            self.host = self._hire(INSPECTOR, task.root)
        try:
            self.host.say(Inspect(task.request, os.fspath(task.stage), task.finished.made.files, task.stills))
        except HostLost as lost:
            return self._crashed(lost)
        return []

    def _next(self, news: Checked | Lost) -> list[News]:
        """The first in the queue is settled; go on with the one behind it."""
        task = self.tasks.pop(0)
        task.stop()
        told: list[News] = [Gone(task) if task.cancelled_at is not None else news]
        return told + (self._ask() if self.tasks else [])

    def _crashed(self, lost: HostLost) -> list[News]:
        """The inspector is gone. It may have had trouble of its own, so another looks at the same once more; a file
        that takes two of them down is not what was asked. Raises TryAgain where none can be loaded."""
        self.end()
        if not self.tasks:
            return []
        task = self.tasks[0]
        task.looks += 1
        if task.looks < LOOKS:
            return self._ask()
        if lost.cause is Cause.NOT_LOADED:
            raise TryAgain(f"the inspector cannot be loaded: {lost}", remedy="close other programs, then resume")
        text = f"what {task.backend.name} made takes the inspector down: {lost}"
        return self._next(Lost(task, StepTrouble(text, cause=Cause.WRONG_RESULT, remedy=lost.remedy)))
