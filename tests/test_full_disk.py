"""Libraries that cannot be written, and disks that fill up in the middle: said in one line, and nothing is lost."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.folder.snapshot import HashChecker, read_snapshot
from tests.face import Face, face
from tests.harming import fill, mounted
from tests.stage import edit, made
from tests.watching import cli, events, everything, leftovers, lines, receipts

__all__ = ["face", "mounted"]  # the fixtures


def whole(root: Path) -> bool:
    """Tell whether everything that has a receipt is what the receipt says."""
    found = read_snapshot(root, HashChecker())
    takes = [take for shot in found.takes.values() for take in shot]
    artifacts = [*found.artifacts.values(), *(take.clip for take in takes)]
    artifacts += [take.verdict for take in takes if take.verdict is not None]
    return bool(artifacts) and all(artifact.whole for artifact in artifacts)


def test_a_library_that_cannot_be_is_5(face: Face, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for place in ("/proc/nothing/here", "/dev/null", str(tmp_path / "file"), str(tmp_path / "file" / "below")):
        line = face("make", "a boat", "--library", place).refused(5)
        assert f"cannot write {place}: " in line
    assert (tmp_path / "file").read_text() == "mine"


def test_a_library_that_is_a_file_cannot_be_listed(face: Face, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert "cannot read the library" in face("list", "--library", str(tmp_path / "file")).refused(2)
    assert face("list", "--library", str(tmp_path / "nothing"), "--json").last == []
    assert not (tmp_path / "nothing").exists(), "looking makes nothing"


def test_a_read_only_library_is_read_and_not_written(face: Face, mounted: Callable[..., Path]) -> None:
    library = mounted("size=64m")
    face("make", "Aiko walks", "--library", str(library), "--name", "walk", "--size", "64x64", "--shots", "1")
    edit(library / "walk", narration={0: "Another line."})
    subprocess.run(["mount", "-o", "remount,ro", str(library)], check=True)
    here = ("--library", str(library))
    before = everything(library)
    assert face("list", *here, "--json").last[0]["name"] == "walk"
    assert face("status", "walk", *here, "--json").code == 0
    for words in (
        ("make", "a boat", *here, "--size", "64x64", "--shots", "1"),
        ("resume", "walk", *here),
        ("edit", "walk", *here, "--shot", "0", "--narration", "No.", "--yes"),
    ):
        said = face(*words)
        assert said.code == 5, said
        assert said.err.splitlines()[-1].startswith("reeltui: cannot write ")
        assert "read-only" in said.err
        assert "Traceback" not in said.err
    assert everything(library) == before


# --- a disk that is full ------------------------------------------------------------------------------------

DRIFTS = "shots/01/keyframe"  # the slow toys' critic wants it painted again once


def finished(root: Path) -> dict[str, Any]:
    """Return the receipts of a reel, but for what is made twice in any run of these toys."""
    return {name: receipt for name, receipt in receipts(root).items() if name != f"{DRIFTS}.json"}


TINY = ("--name", "walk", "--size", "64x64", "--shots", "2")


@pytest.mark.slow
@pytest.mark.parametrize("leave", [0, 8_192, 40_960, 131_072, 524_288, 1_500_000])
def test_a_disk_that_fills_up_in_the_middle_loses_nothing(mounted: Callable[..., Path], leave: int) -> None:
    library = mounted("size=64m")
    here = ("--library", str(library))
    assert cli("make", "Aiko walks", *TINY, *here, "--review", "plan")[0] == 3
    root = library / "walk"
    filler = fill(library, leave)
    code, out, err = cli("resume", "walk", *here, "--json")
    assert code == 5, err
    assert "Traceback" not in err
    problem = lines(out)[-1]
    assert (problem["type"], problem["code"]) == ("error", 5)
    assert "space" in problem["message"] + problem["remedy"] or "full" in problem["message"]
    assert err.splitlines()[-1].startswith(f"reeltui: {problem['message']}")
    assert whole(root)
    done = finished(root)
    filler.unlink()
    code, _, err = cli("resume", "walk", *here)
    assert code == 0, err
    assert whole(root)
    assert leftovers(root) == []
    after = finished(root)
    assert {name: after[name] for name in done} == done, "what was finished was not made again"
    told = [step for step in made(events(root)) if step != DRIFTS]
    assert len(told) == len(set(told))


@pytest.mark.slow
@pytest.mark.parametrize("limit", [200, 2_500, 9_000, 60_000, 400_000])
def test_a_limit_on_file_sizes_is_told_as_what_it_is(library: Path, limit: int) -> None:
    assert cli("make", "Aiko walks", *TINY, "--review", "plan")[0] == 3
    root = library / "walk"
    lowered = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    code, _, err = cli("resume", "walk", prelude=lowered)
    assert code == 5, err
    assert "Traceback" not in err
    assert re.match("reeltui: .*(a file-size limit was reached|File too large)", err.splitlines()[-1])
    assert whole(root)
    done = finished(root)
    assert cli("resume", "walk")[0] == 0
    after = finished(root)
    assert {name: after[name] for name in done} == done
    assert leftovers(root) == []


def test_too_little_room_is_said_before_anything_is_made(face: Face, mounted: Callable[..., Path]) -> None:
    library = mounted("size=8m")
    line = face("make", "a boat", "--library", str(library)).refused(5)
    assert "the reel may need" in line
    assert "8.4 MB left" in line
    assert list(library.iterdir()) == []
