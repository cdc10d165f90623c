"""Makes the pictures of the desk for the README: real reels, real screens (`make screenshots`)."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIZE = (120, 36)
SENTENCES = (
    ("A lighthouse keeper in Brittany reads letters by lamplight", ("--shots", "3")),
    ("Ken rows out at dawn", ("--shots", "4", "--review", "plan")),
    ("Aiko walks through a neon Tokyo night with her small robot", ("--size", "640x360")),
)


def main() -> None:
    """Make the reels and the pictures."""
    with tempfile.TemporaryDirectory() as place:
        for name in ("CONFIG", "STATE", "CACHE"):
            os.environ[f"XDG_{name}_HOME"] = os.path.join(place, name.lower())
        library = Path(place, "reels")
        os.environ["REELTUI_LIBRARY"] = str(library)
        for sentence, words in SENTENCES:
            make = [sys.executable, "-m", "reeltui", "make", sentence, "--foreground", *words]
            subprocess.run(make, check=False, stdout=subprocess.DEVNULL)
        asyncio.run(_shoot(library))


async def _shoot(library: Path) -> None:
    from reeltui.app import Desk

    desk = Desk(library)
    reel = next(root for root in sorted(library.iterdir()) if root.name.startswith("aiko"))
    async with desk.run_test(size=SIZE) as pilot:

        async def save(name: str, *keys: str, ready: Callable[[], bool] = lambda: True) -> None:
            for key in keys:
                await pilot.press(key)
            await _until(pilot.pause, ready)
            _write(HERE / f"{name}.svg", desk.export_screenshot(title="reeltui"))

        desk.open_reel(reel)
        await save("reel")
        await save("shot", "j", "enter")


async def _until(pause: Callable[[float], Awaitable[None]], ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 3.0
    while time.monotonic() < end:
        await pause(0.1)
    assert ready(), "the screen was not ready in time"


def _write(path: Path, svg: str) -> None:
    """Write a picture that loads nothing from anywhere."""
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    path.write_text(svg.replace("Fira Code", "monospace"))
    print(path)


if __name__ == "__main__":
    main()
