"""The command line with toys for an engine, in a process of its own: `python -m tests.driver make ...`.

`TOY_PAUSE` is how many seconds every step takes; `TOY_TARGETS` replaces roles, as "animator=tests.rogues:Hanger ...".
"""

from __future__ import annotations

import os

from core.film.lineup import Lineup, Role
from reeltui.acts import new, opened
from reeltui.cli.main import main
from tests.toys import toy_lineup


def slow_lineup(word: str = "auto", *more: object) -> Lineup:
    """Return the engine of slow toys, whichever engine was asked for."""
    targets = {role.value: f"tests.rogues:Slow{role.value.title()}" for role in Role}
    for pair in os.environ.get("TOY_TARGETS", "").split():
        role, _, target = pair.partition("=")
        targets[role] = target
    return toy_lineup(**targets)


if __name__ == "__main__":
    opened.engine_of = lambda settings: slow_lineup()  # type: ignore[attr-defined]
    new.choose_engine = slow_lineup  # type: ignore[attr-defined]
    raise SystemExit(main())
