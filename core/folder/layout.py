"""Where everything lies inside a reel's folder. A step's id is the path of its receipt without the ending."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from core.film.errors import BadInput

REEL_FILE = "reel.toml"
PLAN_FILE = "plan.json"
DECISIONS = "decisions.jsonl"
EVENTS = "events.jsonl"
LIVE = "live.json"
CRITIC_LOG = "critic.log"
LOCK = ".lock"
EDIT_LOCK = ".edit.lock"
STAGING = ".staging"
HISTORY = ".history"
SHELF = ".history/shelf"
PLANS = ".history/plans"
DAMAGED = ".history/damaged"
PICTURES = "pictures"  # people's own pictures, as they were given
PICTURE_ENDINGS = ("png", "jpg", "webp")
PREVIEW = "preview.jpg"  # a rough picture of what a step makes, inside its stage folder while it works
COMMIT = "commit.json"  # the receipt-to-be inside a stage folder: from here on a step is rolled forward

PLAN = "plan"
MUSIC = "music"
MIX = "reel"


def master(name: str) -> str:
    """Return the step id of a master: a character's letter, "group" or "scene"."""
    return f"masters/{name}"


def keyframe(shot: int) -> str:
    """Return the step id of a shot's keyframe."""
    return f"shots/{shot:02d}/keyframe"


def narration(shot: int) -> str:
    """Return the step id of a shot's spoken line."""
    return f"shots/{shot:02d}/narration"


def clip(shot: int, take: int) -> str:
    """Return the step id of a take's clip."""
    return f"shots/{shot:02d}/takes/{take:03d}/clip"


def verdict(shot: int, take: int) -> str:
    """Return the step id of a take's verdict."""
    return f"shots/{shot:02d}/takes/{take:03d}/verdict"


def picture(sha256: str, ending: str) -> str:
    """Return the path of a person's own picture, by what is in it."""
    return f"{PICTURES}/{sha256[:32]}.{ending}"


def receipt_name(step: str) -> str:
    """Return the path of a step's receipt. The plan's stands apart, because plan.json is the plan itself."""
    return "plan.receipt.json" if step == PLAN else f"{step}.json"


def folder_of(step: str) -> str:
    """Return the folder a step's outputs lie in ("" for the reel's own)."""
    return step.rpartition("/")[0]


def stage(step: str) -> str:
    """Return the folder a step works in, until what it made is brought in."""
    return f"{STAGING}/{step.replace('/', '~')}"


def inside(root: Path, name: str) -> Path:
    """Return `root/name`, refusing anything that leads out of the reel: absolute, `..`, or through a symlink.

    Raises BadInput.
    """
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or "\0" in name:
        raise BadInput(f"{name!r} leads out of the reel", remedy="use a path inside the reel's folder")
    path = root
    for part in pure.parts:
        path = path / part
        if path.is_symlink():
            raise BadInput(
                f"{os.fspath(path)} is a symbolic link; nothing in a reel is followed out of it",
                remedy="replace the link by the file or folder it points to",
            )
    return path
