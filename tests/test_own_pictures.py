"""A person's own pictures: looked at before they enter, kept by what is in them, fitted, and taken away again."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zlib
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from core.engines.own import OwnPicture
from core.engines.roles import Room
from core.film.errors import BadInput, DiskTrouble
from core.film.event import Event, Happened
from core.film.requests import Made, OwnPictureRequest, PaintRequest
from core.folder import layout
from core.folder.decisions import say_decision
from core.folder.pictures import MAX_BYTES, keep_picture, read_picture
from core.folder.records import Artifact, Fingerprint, Snapshot
from core.folder.snapshot import read_snapshot
from core.media.photo import MAX_PIXELS, Photo, fitted_photo, look_at_photo
from core.media.unreadable import Unreadable
from core.pipeline import decide
from core.pipeline.ask import ask
from core.pipeline.board import Status, StepState
from core.pipeline.cost import Rates, forecast
from core.pipeline.own import OWN_PICTURE, pictures_in_force
from core.pipeline.steps import Step, backend_for
from core.worker.hosts.inspector import Inspector, Wrong
from core.worker.hosts.messages import Inspect
from core.worker.pictures import check_picture
from core.worker.verify import Verifier
from tests.paper import LINEUP, WORDING, after, due, filmed, look, receipt, reel, sha, stamp
from tests.stage import NOW, board, made, new_reel, play
from tests.toys import toy_plan

KEYFRAME, MASTER = layout.keyframe(1), layout.master("A")
MINE = sha("my own picture")


def photo(width: int = 96, height: int = 80, kind: str = "PNG", **options: object) -> bytes:
    """A picture: red on the left, blue on the right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = 220
    pixels[:, width // 2 :, 2] = 220
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


def file_of(folder: Path, data: bytes, name: str = "picture") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def own(snapshot: Snapshot, step: str, picture: str = MINE) -> Snapshot:
    return after(snapshot, decide.picture(snapshot, look(snapshot), stamp(), step, picture))


def state(snapshot: Snapshot, step: str) -> StepState:
    found = look(snapshot).state(step)
    assert found is not None
    return found


# --- reading and keeping --------------------------------------------------------------------------------------------


def test_a_picture_is_kept_once_by_what_is_in_it(tmp_path: Path) -> None:
    data = photo()
    kept = keep_picture(tmp_path, data, "png", now=NOW)
    assert kept == hashlib.sha256(data).hexdigest()
    path = tmp_path / layout.picture(kept, "png")
    assert path.read_bytes() == data
    assert path.name == f"{kept[:32]}.png"
    inode = path.stat().st_ino
    assert keep_picture(tmp_path, data, "png", now=NOW) == kept
    assert path.stat().st_ino == inode, "one that is there stays"
    path.write_bytes(b"altered")
    keep_picture(tmp_path, data, "png", now=NOW)
    assert path.read_bytes() == data, "and one that is not what its name says is mended"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_nothing_is_kept_outside_the_reel(tmp_path: Path) -> None:
    root, other = tmp_path / "reel", tmp_path / "other"
    root.mkdir()
    other.mkdir()
    (root / "pictures").symlink_to(other)
    with pytest.raises(BadInput, match="symbolic link"):
        keep_picture(root, photo(), "png", now=NOW)
    assert list(other.iterdir()) == []
    (root / "pictures").unlink()
    (root / "pictures").write_text("a file")
    with pytest.raises(DiskTrouble):
        keep_picture(root, photo(), "png", now=NOW)


def test_what_is_no_plain_file_of_a_bearable_size_is_not_read(tmp_path: Path) -> None:
    assert read_picture(file_of(tmp_path, b"x")) == b"x"
    os.mkfifo(tmp_path / "pipe")
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    file_of(tmp_path, b"", "empty")
    for name, words in [
        ("nowhere", "No such file"),
        (".", "no plain file"),
        ("pipe", "no plain file"),
        ("huge", "at most"),
        ("empty", "is empty"),
        ("a\0b", "cannot read"),
    ]:
        with pytest.raises(BadInput, match=words) as refused:
            read_picture(tmp_path / name)
        assert refused.value.remedy


# --- looking at one and fitting it ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_the_pictures_people_have(tmp_path: Path, kind: str, ending: str) -> None:
    assert look_at_photo(file_of(tmp_path, photo(96, 80, kind))) == Photo(ending, 96, 80)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PPM"])
def test_other_pictures_are_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(Unreadable, match="no PNG, JPEG or WebP"):
        look_at_photo(file_of(tmp_path, photo(kind=kind)))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_cut_short_anywhere_is_refused(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(1)
    out = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (90, 90, 3), np.uint8)).save(out, kind)
    data = out.getvalue()
    for share in (0.0, 0.01, 0.1, 0.5, 0.9, 0.99):
        with pytest.raises(Unreadable):
            look_at_photo(file_of(tmp_path, data[: int(len(data) * share)]))


def test_a_picture_has_to_be_of_a_bearable_size(tmp_path: Path) -> None:
    for width, height in [(63, 200), (200, 63), (1, 1)]:
        with pytest.raises(BadInput, match=f"{width}x{height} pixels is too small"):
            look_at_photo(file_of(tmp_path, photo(width, height)))
    assert look_at_photo(file_of(tmp_path, photo(64, 64))).width == 64


@pytest.mark.parametrize(("width", "height"), [(8001, 8000), (20_000, 64), (12_000, 9_000), (60_000, 60_000)])
def test_a_picture_whose_header_tells_of_a_huge_one_is_never_decoded(tmp_path: Path, width: int, height: int) -> None:
    assert width * height > MAX_PIXELS or width > 16_384

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    with pytest.raises(BadInput, match="is too large"):
        look_at_photo(file_of(tmp_path, b"\x89PNG\r\n\x1a\n" + header + body))


@pytest.mark.parametrize(("width", "height"), [(96, 80), (300, 80), (80, 300), (64, 64), (500, 500)])
def test_it_covers_the_whole_size_around_its_centre(tmp_path: Path, width: int, height: int) -> None:
    fitted = fitted_photo(file_of(tmp_path, photo(width, height)), 160, 90)
    assert (fitted.size, fitted.mode) == ((160, 90), "RGB")
    pixels = np.asarray(fitted)
    assert pixels[:, :70, 0].min() > 200, "the left half is red to its edges"
    assert pixels[:, 90:, 2].min() > 200
    middle = int(np.argmin(np.abs(pixels[45, :, 0].astype(int) - pixels[45, :, 2])))
    assert abs(middle - 80) <= 2, "the middle of the picture is the middle of the frame"


def test_it_is_turned_as_its_camera_was_held(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: what is left in the file is at the top of the scene
    turned = file_of(tmp_path, photo(120, 80, "JPEG", exif=exif.tobytes(), quality=95))
    assert look_at_photo(turned) == Photo("jpg", 80, 120)
    pixels = np.asarray(fitted_photo(turned, 80, 120))
    assert pixels[10, 40, 0] > 180
    assert pixels[110, 40, 2] > 180


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    for mode in ("RGBA", "LA", "P"):
        image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
        image.paste((0, 0, 0, 255), (0, 0, 32, 64))
        path = tmp_path / f"{mode}.png"
        image.convert(mode).save(path)
        pixels = np.asarray(fitted_photo(path, 64, 64))
        assert pixels[32, 8].tolist() == [0, 0, 0], mode
        assert pixels[32, 56].tolist() == [255, 255, 255], mode


def test_every_kind_of_pixel_becomes_rgb(tmp_path: Path) -> None:
    deep = np.full((64, 64), 32768, np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    Image.new("L", (64, 64), 128).save(tmp_path / "grey.png")
    Image.new("1", (64, 64), 1).save(tmp_path / "bits.png")
    Image.new("CMYK", (64, 64), (0, 0, 0, 127)).save(tmp_path / "press.jpg")
    for name, level in [("deep.png", 128), ("grey.png", 128), ("bits.png", 255), ("press.jpg", 128)]:
        pixels = np.asarray(fitted_photo(tmp_path / name, 64, 64))
        assert pixels.shape == (64, 64, 3)
        assert abs(int(pixels.mean()) - level) <= 2, name


# --- the backend ----------------------------------------------------------------------------------------------------


def at_work(tmp_path: Path, data: bytes, **changes: object) -> tuple[OwnPictureRequest, Room]:
    """A picture that was given, and a place to fit it."""
    stage = tmp_path / "stage"
    stage.mkdir(exist_ok=True)
    kept = keep_picture(tmp_path, data, "png", now=NOW)
    request = OwnPictureRequest(layout.picture(kept, "png"), kept, 160, 90)
    return msgspec.structs.replace(request, **changes), Room(tmp_path, stage)


def test_the_backend_gives_a_picture_of_the_reels_size_that_the_inspector_takes(tmp_path: Path) -> None:
    request, room = at_work(tmp_path, photo())
    told: list[float] = []
    backend = OwnPicture()
    backend.load("cpu")
    first = backend.run(request, room, lambda fraction, note="": told.append(fraction))
    assert first.files == ("image.png",)
    assert told == sorted(told)
    assert told[-1] == 1.0
    data = (room.stage / "image.png").read_bytes()
    backend.run(request, room, lambda fraction, note="": None)
    assert (room.stage / "image.png").read_bytes() == data, "the same request, the same bytes"
    Inspector().inspect(Inspect(request, str(room.stage), first.files, False))
    with pytest.raises(Wrong, match="160x90 instead of 162x90"):
        Inspector().inspect(Inspect(msgspec.structs.replace(request, width=162), str(room.stage), first.files, False))


def test_a_picture_that_is_gone_or_another_is_a_clear_failure(tmp_path: Path) -> None:
    request, room = at_work(tmp_path, photo())
    path = tmp_path / request.path
    path.write_bytes(photo(100, 100))
    with pytest.raises(BadInput, match="sha256 differs") as other:
        OwnPicture().run(request, room, lambda fraction, note="": None)
    path.unlink()
    with pytest.raises(BadInput, match="is missing from the reel") as gone:
        OwnPicture().run(request, room, lambda fraction, note="": None)
    assert "--remove" in gone.value.remedy
    assert other.value.remedy == gone.value.remedy
    path.symlink_to("/etc/hostname")
    with pytest.raises(BadInput, match="symbolic link"):
        OwnPicture().run(request, room, lambda fraction, note="": None)
    assert list(room.stage.iterdir()) == []


# --- what a board makes of it ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [KEYFRAME, MASTER, layout.master("scene"), layout.master("group")])
def test_an_own_picture_needs_nothing_and_is_due(step: str) -> None:
    snapshot = own(filmed(), step)
    found = state(snapshot, step)
    assert (found.step.needs, found.step.own, found.step.seed) == ({}, MINE, None)
    assert (found.due, found.ready, found.status) == (True, True, Status.EDITED)
    assert found.why == "a person's own picture takes its place"
    assert backend_for(LINEUP, found.step) == OWN_PICTURE
    assert not OWN_PICTURE.needs_device
    other = state(own(snapshot, step, sha("another")), step)
    assert other.step.content != found.step.content, "the later picture counts"


def test_only_steps_with_an_own_picture_leave_the_engine() -> None:
    snapshot = own(reel(pictures=False), MASTER)
    outside = [s.step.id for s in look(snapshot).steps if backend_for(LINEUP, s.step) == OWN_PICTURE]
    assert outside == [MASTER]
    jobs = {job.step: job for job in forecast(look(snapshot), LINEUP, snapshot.reel.settings)}
    assert Rates(LINEUP, []).estimate([jobs[MASTER]]).seconds == 0.0
    assert Rates(LINEUP, []).estimate([jobs[layout.master("B")]]).seconds > 0


def test_it_does_not_wait_for_a_master_and_survives_new_words() -> None:
    unpainted = own(reel(pictures=False), layout.keyframe(0))
    assert state(unpainted, layout.keyframe(0)).ready
    assert not state(unpainted, layout.keyframe(2)).ready
    plan = toy_plan()
    shots = (msgspec.structs.replace(plan.shots[0], prompt="Push in. Else. 35mm"), *plan.shots[1:])
    edited = msgspec.structs.replace(unpainted, plan=msgspec.structs.replace(plan, shots=shots))
    assert state(edited, layout.keyframe(0)).step == state(unpainted, layout.keyframe(0)).step


def with_fitted(snapshot: Snapshot, step: Step) -> Snapshot:
    """The reel once an own picture was fitted."""
    request = OwnPictureRequest("pictures/x.png", step.own, 64, 64)
    made_of = receipt(step.id, Fingerprint(step.content, step.settings), {}, "keyframe.png", request=request)
    return msgspec.structs.replace(snapshot, artifacts={**snapshot.artifacts, step.id: Artifact(step.id, made_of)})


def test_what_was_made_from_the_painted_one_stays_usable() -> None:
    given = own(filmed(), KEYFRAME)
    fitted = with_fitted(given, state(given, KEYFRAME).step)
    assert KEYFRAME not in due(fitted)
    clips = [layout.clip(1, 1), layout.clip(0, 1)]  # shot 1 goes on from shot 0
    assert [state(fitted, clip).status for clip in clips] == [Status.UPSTREAM] * 2
    assert due(fitted) == {layout.MIX}


def test_taken_away_the_painted_one_is_wanted_again() -> None:
    given = own(filmed(), KEYFRAME)
    fitted = with_fitted(given, state(given, KEYFRAME).step)
    bare = own(fitted, KEYFRAME, "")
    assert pictures_in_force(bare.decisions) == {}
    assert state(bare, KEYFRAME).step == state(filmed(), KEYFRAME).step
    assert state(bare, KEYFRAME).why == "the person's own picture was taken away"
    undone = after(fitted, decide.undo(fitted, stamp()))
    assert state(undone, KEYFRAME).step == state(bare, KEYFRAME).step


def test_what_is_asked_for_names_the_file_or_the_one_that_is_missing() -> None:
    snapshot = own(filmed(), KEYFRAME)
    for there, ending in [(frozenset[str](), "png"), (frozenset({layout.picture(MINE, "webp")}), "webp")]:
        found = msgspec.structs.replace(snapshot, pictures=there)
        asked = ask(found, look(found), state(found, KEYFRAME), WORDING)
        assert asked.request == OwnPictureRequest(layout.picture(MINE, ending), MINE, 64, 64)
        assert asked.why == "a person's own picture"


def test_only_keyframes_and_masters_of_this_plan_can_be_ones_own() -> None:
    snapshot = filmed()
    for step in ["masters/C", "masters/x/y", layout.keyframe(7), layout.clip(0, 1), layout.MUSIC, layout.PLAN]:
        with pytest.raises(BadInput, match="this reel has no") as refused:
            decide.picture(snapshot, look(snapshot), stamp(), step, MINE)
        assert "A, B, group, scene" in refused.value.remedy
    with pytest.raises(BadInput, match="keyframe 1 is no picture of your own"):
        decide.picture(snapshot, look(snapshot), stamp(), KEYFRAME, "")


# --- in a process of its own ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_picture_is_looked_at_in_a_process_of_its_own() -> None:
    assert check_picture(photo(96, 80, "JPEG"), "mine") == Photo("jpg", 96, 80)
    for data, words in [
        (b"no picture at all", "my.png cannot be read: it is no PNG, JPEG or WebP picture"),
        (photo()[:-30], "my.png cannot be read: "),
        (photo(10, 10), "my.png: a picture of 10x10 pixels is too small"),
    ]:
        with pytest.raises(BadInput) as refused:
            check_picture(data, "my.png")
        assert str(refused.value).startswith(words)
        assert refused.value.remedy


@pytest.mark.slow
def test_a_picture_that_crashes_its_decoder_takes_nobody_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.worker.pictures.LOOKER", "tests.test_own_pictures:Crashing")
    with pytest.raises(BadInput, match=r"my.png takes its decoder down: .* was ended by SIGSEGV"):
        check_picture(photo(), "my.png")


class Crashing(Inspector):
    """An inspector whose decoder crashes."""

    def inspect(self, message: Inspect) -> Made:
        """Die."""
        os.kill(os.getpid(), 11)
        return Made()


# --- played ---------------------------------------------------------------------------------------------------------


def say(root: Path, step: str, picture: str) -> None:
    snapshot, found = board(root)
    say_decision(root, decide.picture(snapshot, found, stamp(), step, picture))


def given(root: Path, step: str, data: bytes) -> str:
    kept = keep_picture(root, data, "png", now=NOW)
    say(root, step, kept)
    return kept


def restored(events: list[Event]) -> list[str]:
    return [event.step for event in events if event.event is Happened.RESTORED]


@pytest.mark.slow
def test_an_own_keyframe_is_used_and_taken_away_without_rendering(library: Path) -> None:
    root = new_reel(library, plan=toy_plan())
    assert play(root)[0] == "done"
    painted = (root / f"{KEYFRAME}.png").read_bytes()
    clip = (root / "shots/01/takes/001/clip.mp4").read_bytes()
    given(root, KEYFRAME, photo())
    outcome, events = play(root)
    assert (outcome, made(events)) == ("done", [KEYFRAME]), "takes stay usable, and so does the reel"
    pixels = np.asarray(Image.open(root / f"{KEYFRAME}.png"))
    assert pixels.shape == (64, 64, 3)
    assert pixels[32, 4, 0] > 200
    proof = read_snapshot(root).artifacts[KEYFRAME].receipt
    assert proof is not None
    assert (proof.backend, proof.inputs) == ("own-picture", {})
    assert isinstance(proof.request, OwnPictureRequest)
    assert made(play(root)[1]) == []
    say(root, KEYFRAME, "")
    outcome, events = play(root)
    assert (outcome, made(events), restored(events)) == ("done", [], [KEYFRAME])
    assert (root / f"{KEYFRAME}.png").read_bytes() == painted
    assert (root / "shots/01/takes/001/clip.mp4").read_bytes() == clip
    say(root, KEYFRAME, read_snapshot(root).decisions[0].seen)
    outcome, events = play(root)
    assert (outcome, made(events), restored(events)) == ("done", [], [KEYFRAME]), "and so does the own one"


@pytest.mark.slow
def test_an_own_master_is_what_keyframes_are_painted_from(library: Path) -> None:
    root = new_reel(library, plan=toy_plan())
    kept = given(root, MASTER, photo())
    outcome, _ = play(root)
    assert outcome == "done"
    artifacts = read_snapshot(root).artifacts
    master, keyframe = artifacts[MASTER].receipt, artifacts[layout.keyframe(0)].receipt
    assert master is not None
    assert master.main is not None
    assert keyframe is not None
    assert keyframe.inputs["A"] == master.main.sha256
    assert isinstance(keyframe.request, PaintRequest)
    assert master.made_from.content == state_content(root, MASTER)
    assert kept in {decision.seen for decision in read_snapshot(root).decisions}


def state_content(root: Path, step: str) -> str:
    found = board(root)[1].state(step)
    assert found is not None
    return found.step.content


@pytest.mark.slow
def test_a_picture_missing_from_the_reel_fails_that_step_and_nothing_else(library: Path) -> None:
    root = new_reel(library, plan=toy_plan())
    kept = given(root, layout.keyframe(2), photo())
    (root / layout.picture(kept, "png")).unlink()
    outcome, events = play(root)
    assert outcome == "failed"
    failed = [event for event in events if event.event is Happened.STEP_FAILED]
    assert {event.step for event in failed} == {layout.keyframe(2)}
    assert "missing from the reel" in failed[0].message
    assert layout.clip(0, 1) in made(events)
    keep_picture(root, photo(), "png", now=NOW)
    assert play(root)[0] == "done"


@pytest.mark.slow
def test_a_keyframe_is_painted_anew_and_back_again(library: Path) -> None:
    root = new_reel(library, plan=toy_plan())
    play(root)
    painted = (root / f"{KEYFRAME}.png").read_bytes()
    snapshot, found = board(root)
    say_decision(root, decide.repaint(snapshot, found, stamp(), 1))
    outcome, events = play(root)
    assert (outcome, made(events)) == ("done", [KEYFRAME])
    assert (root / f"{KEYFRAME}.png").read_bytes() != painted
    assert made(play(root)[1]) == []
    snapshot, _ = board(root)
    say_decision(root, decide.undo(snapshot, stamp()))
    outcome, events = play(root)
    assert (outcome, made(events), restored(events)) == ("done", [], [KEYFRAME])
    assert (root / f"{KEYFRAME}.png").read_bytes() == painted


@pytest.mark.slow
def test_verify_knows_own_pictures(library: Path) -> None:
    root = new_reel(library, plan=toy_plan(1))
    kept = given(root, layout.keyframe(0), photo())
    play(root)
    path = layout.picture(kept, "png")

    def problems() -> list[str]:
        from core.worker.look import see

        return [item.path for item in Verifier(root, see).run() if item.finding != "ok"]

    assert problems() == []
    (root / path).write_bytes(photo(100, 100))
    assert problems() == [path]


def test_a_half_written_picture_is_swept_away(library: Path) -> None:
    root = new_reel(library, plan=toy_plan(1))
    (root / "pictures").mkdir()
    left = root / "pictures/.x.png.1.tmp"
    left.write_bytes(b"half")
    from core.folder.commit import recover

    recover(root)
    assert not left.exists()


def test_the_backend_is_a_painter_of_its_own() -> None:
    assert OWN_PICTURE.loads_as not in {backend.loads_as for backend in LINEUP.backends.values()}
    module, _, name = OWN_PICTURE.target.partition(":")
    assert getattr(__import__(module, fromlist=[name]), name) is OwnPicture
