"""The preview of a step under way: what live state tells of it, what is believed of that, and how often it changes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from core.engines.studio import wan_preview
from core.engines.wording import load_wording
from core.film.event import Beside, Live
from core.folder import layout
from core.folder.preview import MOST_PREVIEW, find_preview, look_for_preview
from core.folder.snapshot import read_live
from core.worker.run import Runner
from reeltui.pictures.cells import Cells, PictureRef, Shape
from reeltui.pictures.passing import Passing
from reeltui.pictures.thumbnails import Thumbnails
from reeltui.views.preview import EVERY, Previews, under_way
from tests.desk_driving import NOW
from tests.previewing import NAME, picture, preview_of
from tests.stage import new_reel
from tests.toys import toy_lineup, toy_plan
from tests.watching import PATIENCE, until

STEP = layout.clip(0, 1)
RED, BLUE = (200, 40, 40), (40, 40, 200)


def live(*running: Beside, at: float = NOW) -> Live:
    return Live(at, 1, STEP, "animate", 0.5, "", 1.0, 1, 9, running=running)


def showing(name: str, step: str = STEP) -> Beside:
    return Beside(step, "animate", 0.5, "", 1.0, preview=name, previewed=NOW)


# --- what is told ------------------------------------------------------------------------------------------------


def test_one_name_is_meant_by_who_writes_it_and_who_looks() -> None:
    assert wan_preview.PREVIEW is layout.PREVIEW
    assert layout.PREVIEW == NAME


def test_a_preview_is_told_while_it_lies_there(tmp_path: Path) -> None:
    assert look_for_preview(tmp_path, STEP) == ("", None)
    path = picture(preview_of(tmp_path, STEP), RED)
    name, written = look_for_preview(tmp_path, STEP)
    assert name == ".staging/shots~00~takes~001~clip/preview.jpg"
    assert written == path.stat().st_mtime
    assert find_preview(tmp_path, name) == path
    path.unlink()
    assert look_for_preview(tmp_path, STEP) == ("", None)
    assert find_preview(tmp_path, name) is None


@pytest.mark.parametrize("what", ["folder", "link", "stage", "pipe", "huge"])
def test_only_a_plain_file_of_the_reel_is_a_preview(tmp_path: Path, what: str) -> None:
    root, path = tmp_path / "reel", preview_of(tmp_path / "reel", STEP)
    elsewhere = picture(tmp_path / "elsewhere" / NAME, RED)
    path.parent.parent.mkdir(parents=True)
    if what == "stage":
        path.parent.symlink_to(elsewhere.parent)
    else:
        path.parent.mkdir()
    if what == "folder":
        path.mkdir()
    elif what == "link":
        path.symlink_to(elsewhere)
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "huge":
        with path.open("wb") as file:
            file.truncate(MOST_PREVIEW + 1)
    assert look_for_preview(root, STEP) == ("", None)
    assert find_preview(root, path.relative_to(root).as_posix()) is None


@pytest.mark.parametrize("name", ["", ".", "..", "../out.jpg", "/out.jpg", "a/../../out.jpg", "a\0b", "x" * 5000])
def test_a_name_that_leads_elsewhere_is_not_followed(tmp_path: Path, name: str) -> None:
    root = tmp_path / "reel"
    root.mkdir()
    picture(tmp_path / "out.jpg", RED)
    assert find_preview(root, name if name != "/out.jpg" else f"{tmp_path}/out.jpg") is None


def test_live_state_from_before_there_were_previews_still_reads(tmp_path: Path) -> None:
    old = b'{"step":"music","phase":"music","fraction":0.5,"note":"","elapsed":1.0}'
    one = msgspec.json.decode(old, type=Beside)
    assert (one.preview, one.previewed) == ("", None)
    assert b"preview" not in msgspec.json.encode(one), "nothing is said where there is none"


# --- which one is shown ------------------------------------------------------------------------------------------


def test_a_newer_preview_is_taken_now_and_then(tmp_path: Path) -> None:
    path = picture(preview_of(tmp_path, STEP), RED)
    one = showing(look_for_preview(tmp_path, STEP)[0])
    previews = Previews(tmp_path)
    assert previews.of(one) is None
    previews.take(live(one))
    first = previews.of(one)
    assert first == PictureRef.of_file(path)
    picture(path, BLUE)
    previews.take(live(one, at=NOW + EVERY - 1))
    assert previews.of(one) == first
    previews.take(live(one, at=NOW + EVERY))
    assert previews.of(one) == PictureRef.of_file(path) != first
    picture(path, RED)
    previews.take(live(one, at=NOW - 3600))
    assert previews.of(one) == PictureRef.of_file(path), "a clock that went back holds nothing up"


def test_a_preview_goes_with_its_step(tmp_path: Path) -> None:
    path = picture(preview_of(tmp_path, STEP), RED)
    one = showing(look_for_preview(tmp_path, STEP)[0])
    previews = Previews(tmp_path)
    for ended in (live(), live(msgspec.structs.replace(one, preview="")), None):
        previews.take(live(one))
        assert previews.of(one) is not None
        previews.take(ended)
        assert previews.of(one) is None
    previews.take(live(one))
    path.unlink()
    previews.take(live(one))
    assert previews.of(one) is None
    assert previews.of(None) is None


def test_of_several_steps_of_a_shot_the_one_that_shows_something_is_meant() -> None:
    line = Beside(layout.narration(0), "narrate", 0.1, "", 1.0)
    clip, other = showing("x"), showing("x", layout.clip(1, 1))
    assert under_way(live(other, line, clip), "shots/00/") == clip
    assert under_way(live(other, line), "shots/00/") == line
    assert under_way(live(other), "shots/00/") is None
    assert under_way(None, "shots/00/") is None


def test_a_picture_stays_until_the_next_is_drawn(tmp_path: Path) -> None:
    thumbnails = Thumbnails(tmp_path / "kept")
    passing, shape = Passing(thumbnails), Shape(4, 2)
    told: list[PictureRef] = []

    def get(ref: PictureRef | None, shape: Shape = shape) -> Cells | None:
        return passing.get("0", ref, shape, told.append)

    path = picture(tmp_path / NAME, RED)
    first = PictureRef.of_file(path)
    assert get(first) is None
    until(lambda: told == [first])
    red = get(first)
    assert red is not None
    second = PictureRef.of_file(picture(path, BLUE))
    assert get(second) is red
    assert get(second, Shape(5, 2)) is None, "it was drawn for another size"
    until(lambda: get(second) is not red)
    blue = get(second)
    assert blue is not None
    assert blue.inks != red.inks
    path.write_bytes(b"\xff\xd8 not a picture")
    third = PictureRef.of_file(path)
    assert get(third) is blue
    until(lambda: get(third) is None)  # what cannot be shown is not shown
    assert get(second) is blue
    assert get(None) is None
    fourth = PictureRef.of_file(picture(path, RED))
    assert get(fourth) is None, "nothing of a step that ended comes back"
    thumbnails.close()


# --- told by a worker --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_host_shows_what_it_makes_while_it_makes_it(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [tmp_path / f"hold.{number}" for number in range(2)]
    for path in held:
        path.touch()
    monkeypatch.setenv("TOY_HOLD", str(tmp_path / "hold"))
    plan = toy_plan(1)
    root = new_reel(library, plan=plan)
    runner = Runner(root, toy_lineup(animator="tests.previewing:Showing"), load_wording(), verb="test")
    seen: list[tuple[str, float | None]] = []
    after: list[str] = []
    end = time.monotonic() + PATIENCE
    for item in runner.run():
        assert time.monotonic() < end, "the host waits for what is never told"
        if not isinstance(item, Live):
            continue
        now = read_live(root)
        assert now is not None
        told = {one.step: one for one in now.running}
        assert not any(one.preview for step, one in told.items() if step != STEP)
        one = told.get(STEP)
        if one is not None and one.preview:
            assert one.preview == ".staging/shots~00~takes~001~clip/preview.jpg"
            if not seen or seen[-1][1] != one.previewed:
                seen.append((one.note, one.previewed))
                path = find_preview(root, one.preview)
                if path is not None and held:
                    with Image.open(path) as shown:
                        assert shown.size == (320, 180)
            if held and one.note == f"picture {2 - len(held)}":
                held.pop(0).unlink()  # the host goes on
        elif one is None and seen:
            after.append(now.step)
    assert runner.outcome == "done"
    assert len(seen) == 2, "two pictures, each told by when it was written"
    assert None not in [written for _, written in seen]
    assert after, "what came after the clip told no preview"
    assert read_live(root) is None
    assert not (root / layout.STAGING).exists() or not list((root / layout.STAGING).iterdir())
    assert not list(root.rglob(NAME)), "it is no file of the take"
