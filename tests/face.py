"""The command line inside a test's own process, with toys for an engine and no hosts."""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from core.film.lineup import Lineup
from core.worker.run import Runner
from reeltui.acts import new, opened
from reeltui.cli import finish
from reeltui.cli.main import main
from tests.stage import InlineTroupe
from tests.toys import toy_lineup


class Said(msgspec.Struct, frozen=True):
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """Every line of standard output, which must all be JSON."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def last(self) -> Any:
        """The last line of standard output, as JSON."""
        return self.lines[-1]

    def refused(self, code: int) -> str:
        """Return the one line of an error; fail where it is another code, more than a line, or a traceback."""
        assert (self.code, self.out) == (code, ""), self
        assert self.err.endswith("\n")
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("reeltui: "), self.err
        return lines[0]


class Face:
    """Runs commands: `face("make", "a boat", "--json")`. `lineup` is the engine, whichever is asked for."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.lineup: Lineup = toy_lineup()
        self._capsys = capsys

    def __call__(self, *words: str) -> Said:
        """Run one command to its end."""
        self._capsys.readouterr()
        try:
            code = main(list(words))
        except SystemExit as end:  # --help and --version
            code = int(end.code or 0)
        out, err = self._capsys.readouterr()
        return Said(code, out, err)

    def make(self, *words: str) -> Said:
        """Make a tiny reel named walk."""
        return self("make", "Aiko walks", "--name", "walk", "--size", "64x64", "--shots", "3", *words)


@contextlib.contextmanager
def own_signals() -> Iterator[None]:
    """Put back what a command does to the process's signals."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


@pytest.fixture
def face(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Face]:
    """The command line with toys."""
    found = Face(capsys)
    monkeypatch.setattr(opened, "engine_of", lambda settings: found.lineup)
    monkeypatch.setattr(new, "choose_engine", lambda word, *more: found.lineup)

    def inline(*args: Any, **options: Any) -> Runner:
        return Runner(*args, **options, troupe=InlineTroupe())

    monkeypatch.setattr(finish, "Runner", inline)
    with own_signals():
        yield found
