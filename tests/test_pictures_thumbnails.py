"""The service that draws pictures: never waits, survives any file, keeps what it drew, ends at once."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from reeltui.pictures import decode
from reeltui.pictures.cells import Broken, Cells, Grain, PictureRef, Shape
from reeltui.pictures.kept import Kept
from reeltui.pictures.thumbnails import Thumbnails

SHAPE = Shape(8, 3)
DEADLINE = 30.0


def png(
    path: Path, colour: tuple[int, ...] = (200, 30, 30), size: tuple[int, int] = (64, 36), mode: str = "RGB"
) -> Path:
    """Write a flat picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, "PNG")
    return path


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Thumbnails]:
    """A service with a folder of its own."""
    found = Thumbnails(tmp_path / "kept")
    yield found
    found.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


def got(service: Thumbnails, ref: PictureRef, shape: Shape = SHAPE) -> Cells | Broken:
    """Ask, wait to be told, and return what there is then."""
    told = threading.Event()

    def ready(_: PictureRef) -> None:
        told.set()

    found = service.get(ref, shape, ready)
    if found is None:
        assert told.wait(DEADLINE), "nobody was told"
        found = service.get(ref, shape, ready)
    assert found is not None
    return found


def reason(service: Thumbnails, path: Path) -> str:
    found = got(service, PictureRef.of_file(path))
    assert isinstance(found, Broken), found
    return found.reason


def colour_of(found: Cells | Broken) -> tuple[int, ...]:
    assert isinstance(found, Cells), found
    return tuple(found.inks[3:6])


# --- drawing and keeping -----------------------------------------------------------------------------------------


def test_a_picture_is_none_first_then_told_then_there(service: Thumbnails, tmp_path: Path) -> None:
    ref = PictureRef.of_file(png(tmp_path / "a.png"))
    told: list[PictureRef] = []
    assert service.get(ref, SHAPE, told.append) is None
    until(lambda: told == [ref])
    found = service.get(ref, SHAPE)
    assert colour_of(found or Broken("")) == (200, 30, 30)


def test_nothing_is_read_on_the_callers_thread(
    service: Thumbnails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[str] = []
    before = decode.read_picture

    def spy(ref: PictureRef, shape: Shape, stopped: threading.Event) -> Image.Image:
        readers.append(threading.current_thread().name)
        return before(ref, shape, stopped)

    monkeypatch.setattr(decode, "read_picture", spy)
    got(service, PictureRef.of_file(png(tmp_path / "a.png")))
    assert readers
    assert all(name.startswith("pictures-") for name in readers)


def drawn_before(folder: Path) -> tuple[PictureRef, Cells | Broken]:
    """Have an earlier desk draw a picture and keep it in `kept`; return both."""
    path = png(folder / "a.png")
    ref = PictureRef.of_receipt(path, hashlib.sha256(path.read_bytes()).hexdigest())
    first = Thumbnails(folder / "kept")
    drawn = got(first, ref)
    until(lambda: len(list((folder / "kept").glob("*.cells"))) == 1)
    first.close()
    return ref, drawn


def test_what_was_drawn_is_found_on_the_disk_by_another_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ref, drawn = drawn_before(tmp_path)

    def never(*_: object) -> Image.Image:
        raise AssertionError("it was drawn again")

    monkeypatch.setattr(decode, "read_picture", never)
    second = Thumbnails(tmp_path / "kept")
    assert got(second, ref) == drawn
    second.close()


def test_another_content_is_another_picture(service: Thumbnails, tmp_path: Path) -> None:
    path = png(tmp_path / "a.png")
    assert colour_of(got(service, PictureRef.of_file(path))) == (200, 30, 30)
    png(path, (30, 30, 200))
    os.utime(path, ns=(1, 1))
    assert colour_of(got(service, PictureRef.of_file(path))) == (30, 30, 200)


def test_a_file_that_is_not_what_its_receipt_says_is_not_shown_as_it(service: Thumbnails, tmp_path: Path) -> None:
    path = png(tmp_path / "a.png")
    ref = PictureRef.of_receipt(path, "0" * 64)
    found = got(service, ref)
    assert isinstance(found, Broken)
    assert "receipt" in found.reason
    assert not list((tmp_path / "kept").glob("*.cells"))


@pytest.mark.parametrize("damage", ["cut", "turned", "empty", "other", "long"])
def test_a_damaged_entry_is_made_again(tmp_path: Path, damage: str) -> None:
    ref, drawn = drawn_before(tmp_path)
    (entry,) = (tmp_path / "kept").glob("*.cells")
    whole = entry.read_bytes()
    bad = {
        "cut": whole[:-3],
        "turned": whole[:-1] + bytes([whole[-1] ^ 1]),  # a colour: only the checksum can tell
        "empty": b"",
        "other": b"something else",
        "long": whole + b"x",
    }
    entry.write_bytes(bad[damage])
    second = Thumbnails(tmp_path / "kept")
    assert got(second, ref) == drawn
    until(lambda: entry.exists() and entry.read_bytes() == whole)
    second.close()


def test_an_entry_under_anothers_name_is_not_believed(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    one, other = Shape(2, 1), Shape(1, 2)
    kept.write("key", one, Cells(2, 1, Grain.HALVES, bytes(2), bytes(12)))
    (entry,) = tmp_path.iterdir()
    assert kept.read("key", one) is not None
    kept.write("key", other, Cells(1, 2, Grain.HALVES, bytes(2), bytes(12)))
    (second,) = (path for path in tmp_path.iterdir() if path != entry)
    second.write_bytes(entry.read_bytes())
    assert kept.read("key", other) is None


def test_the_folder_stays_within_its_size_and_the_oldest_go_first(tmp_path: Path) -> None:
    kept = Kept(tmp_path, most=10 * 4096)
    cells = Cells(1, 1, Grain.HALVES, bytes(1), bytes(6))
    abandoned = tmp_path / ".x.cells.1.tmp"
    abandoned.write_bytes(b"left by a crash")
    os.utime(abandoned, (1, 1))
    for number in range(30):
        kept.write(str(number), SHAPE, cells)
        for path in tmp_path.glob("*.cells"):
            if path.stat().st_mtime > 1e6:
                os.utime(path, (1000 + number, 1000 + number))
    assert len(list(tmp_path.glob("*.cells"))) <= 10
    assert kept.read("29", SHAPE) == cells
    assert kept.read("0", SHAPE) is None
    assert not abandoned.exists()
    assert kept.trouble == ""


def test_a_disk_that_takes_nothing_is_said_and_pictures_go_on(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file where the folder should be")
    service = Thumbnails(tmp_path / "kept")
    assert colour_of(got(service, PictureRef.of_file(png(tmp_path / "a.png")))) == (200, 30, 30)
    until(lambda: service.kept.trouble != "")
    assert colour_of(got(service, PictureRef.of_file(png(tmp_path / "b.png", (1, 2, 3))))) == (1, 2, 3)
    service.close()


def test_memory_is_bounded(tmp_path: Path) -> None:
    service = Thumbnails(tmp_path / "kept", memory=5000)
    for number in range(20):
        got(service, PictureRef.of_file(png(tmp_path / f"{number}.png", (number, 0, 0))))
    assert service._used <= 5000
    assert len(service._known) < 20
    service.close()


# --- hostile files -----------------------------------------------------------------------------------------------


def bomb(path: Path, width: int, height: int) -> Path:
    """A PNG whose header promises a picture that no memory holds."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )
    path.write_bytes(data)
    return path


def test_why_a_picture_is_broken_is_said(service: Thumbnails, tmp_path: Path) -> None:
    whole = io.BytesIO()
    picture = Image.effect_noise((200, 100), 50)
    picture.save(whole, "PNG")
    cut = tmp_path / "cut.png"
    cut.write_bytes(whole.getvalue()[:5000])
    words = tmp_path / "words.png"
    words.write_text("no picture at all \x1b]52;c;aGk=\x07")
    empty = tmp_path / "empty.png"
    empty.touch()
    link = tmp_path / "link.png"
    link.symlink_to(png(tmp_path / "real.png"))
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    svg = tmp_path / "a.svg"
    svg.write_text("<svg/>")
    assert reason(service, tmp_path / "none.png") == "there is no such file"
    assert reason(service, tmp_path / "real.png" / "below.png") == "there is no such file"
    assert reason(service, cut) == "it is cut short"
    assert reason(service, words) == "it is no PNG, JPEG or WebP picture"
    assert reason(service, empty) == "it is empty"
    assert reason(service, link) == "it is a symbolic link"
    assert reason(service, pipe) == "it is no plain file"
    assert reason(service, tmp_path) == "it is no plain file"
    assert reason(service, svg) == "it is no PNG, JPEG or WebP picture"


@pytest.mark.parametrize(("width", "height"), [(10_000, 9_500), (40_000, 40_000), (16_385, 1), (2_000_000_000, 1)])
def test_a_bomb_is_refused_by_its_header(service: Thumbnails, tmp_path: Path, width: int, height: int) -> None:
    assert "too large" in reason(service, bomb(tmp_path / "bomb.png", width, height))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_picture_that_may_not_be_read_says_so(service: Thumbnails, tmp_path: Path) -> None:
    path = png(tmp_path / "a.png")
    path.chmod(0)
    assert reason(service, path) == "permission was denied"


def test_every_cut_of_a_picture_is_drawn_or_broken_and_the_threads_live_on(service: Thumbnails, tmp_path: Path) -> None:
    for kind in ("PNG", "JPEG", "WEBP"):
        whole = io.BytesIO()
        Image.effect_noise((64, 36), 60).convert("RGB").save(whole, kind)
        data = whole.getvalue()
        for part in range(20):
            path = tmp_path / f"{kind}-{part}"
            path.write_bytes(data[: len(data) * part // 20])
            assert isinstance(got(service, PictureRef.of_file(path)), Broken | Cells)
            turned = bytearray(data)
            turned[len(data) * part // 20] ^= 0xFF
            path.write_bytes(bytes(turned))
            assert isinstance(got(service, PictureRef.of_file(path)), Broken | Cells)
    assert colour_of(got(service, PictureRef.of_file(png(tmp_path / "after.png")))) == (200, 30, 30)


def test_a_mistake_of_ours_does_not_take_the_thread(
    service: Thumbnails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_: object) -> Image.Image:
        raise LookupError("a mistake")

    with monkeypatch.context() as patch:
        patch.setattr(decode, "read_picture", mistaken)
        for number in range(4):
            assert "LookupError" in reason(service, png(tmp_path / f"{number}.png"))
    assert colour_of(got(service, PictureRef.of_file(png(tmp_path / "after.png")))) == (200, 30, 30)


def test_a_broken_picture_is_tried_again_when_its_file_changed(service: Thumbnails, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    whole = png(tmp_path / "b.png").read_bytes()
    ref = PictureRef.of_receipt(path, hashlib.sha256(whole).hexdigest())
    assert isinstance(got(service, ref), Broken)
    assert isinstance(service.get(ref, SHAPE), Broken)  # not tried again and again
    path.write_bytes(whole)
    assert isinstance(got(service, ref), Cells)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_pixels_is_drawn(service: Thumbnails, tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.png"
    full = {"1": 1, "L": 255, "LA": (255, 255), "P": 0, "RGBA": (255, 255, 255, 255), "I;16": 65535}[mode]
    image = Image.new(mode, (32, 18), full)
    if mode == "P":
        image.putpalette([255, 255, 255] * 256)
    image.save(path)
    assert min(colour_of(got(service, PictureRef.of_file(path)))) > 240


def test_a_camera_held_upright_is_shown_upright(service: Thumbnails, tmp_path: Path) -> None:
    image = Image.new("RGB", (200, 100), (255, 255, 255))
    ImageDraw.Draw(image).rectangle((0, 0, 100, 100), fill=(0, 0, 0))  # the left half, which is to be the top
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.jpg", exif=exif)
    found = got(service, PictureRef.of_file(tmp_path / "a.jpg"), Shape(4, 4))
    assert isinstance(found, Cells)
    assert found.inks[6 + 3] < 40
    assert found.inks[6 * (3 * 4 + 1) + 3] > 200


# --- who waits ---------------------------------------------------------------------------------------------------


class Held:
    """Stands for the decoder: every picture waits for leave, so that a test sees what is begun."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun: list[str] = []
        self.leave = threading.Event()
        monkeypatch.setattr(decode, "read_picture", self._read)

    def _read(self, ref: PictureRef, shape: Shape, stopped: threading.Event) -> Image.Image:
        self.begun.append(ref.path.name)
        assert self.leave.wait(DEADLINE)
        return Image.new("RGB", (8, 8))


def test_the_last_asked_comes_first_and_what_nobody_wants_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, service, told = Held(monkeypatch), Thumbnails(tmp_path / "kept", threads=1), []

    def wanted(ref: PictureRef) -> None:
        told.append(ref.path.name)

    def unwanted(ref: PictureRef) -> None:
        raise AssertionError("it was dropped")

    refs = {name: PictureRef(tmp_path / name, name) for name in "abcd"}
    service.get(refs["a"], SHAPE, wanted)
    until(lambda: held.begun == ["a"])
    service.get(refs["b"], SHAPE, wanted)
    service.get(refs["c"], SHAPE, unwanted)
    service.get(refs["d"], SHAPE, wanted)
    service.get(refs["d"], SHAPE, wanted)  # asked twice, told once
    service.drop(unwanted)
    held.leave.set()
    until(lambda: len(told) == 3)
    service.close()
    assert held.begun == ["a", "d", "b"]
    assert told == ["a", "d", "b"]


def test_after_close_nobody_is_told_and_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, service, told = Held(monkeypatch), Thumbnails(tmp_path / "kept", threads=1), []
    service.get(PictureRef(tmp_path / "a", "a"), SHAPE, told.append)
    service.get(PictureRef(tmp_path / "b", "b"), SHAPE, told.append)
    until(lambda: len(held.begun) == 1)
    service.close()
    held.leave.set()
    for thread in service._crew:
        thread.join(DEADLINE)
        assert not thread.is_alive()
    assert told == []
    assert len(held.begun) == 1
    assert isinstance(service.get(PictureRef(tmp_path / "c", "c"), SHAPE), Broken)


def test_reading_ends_within_a_file_when_it_is_told_to(tmp_path: Path) -> None:
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(decode.Stopped):
        decode.read_picture(PictureRef.of_file(png(tmp_path / "a.png")), SHAPE, stopped)


def test_a_decoder_that_hangs_does_not_hold_the_exit(tmp_path: Path) -> None:
    code = (
        "import threading, sys\n"
        "from pathlib import Path\n"
        "from reeltui.pictures import decode\n"
        "from reeltui.pictures.cells import PictureRef, Shape\n"
        "from reeltui.pictures.thumbnails import Thumbnails\n"
        "begun = threading.Event()\n"
        "def hang(*_):\n"
        "    begun.set()\n"
        "    threading.Event().wait()\n"
        "decode.read_picture = hang\n"
        "service = Thumbnails(Path(sys.argv[1]))\n"
        "service.get(PictureRef(Path('a'), 'a'), Shape(4, 4))\n"
        "begun.wait(30)\n"
        "service.close()\n"
        "print('closed')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "kept")], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "closed", "")


def test_no_room_is_no_picture(service: Thumbnails, tmp_path: Path) -> None:
    assert isinstance(service.get(PictureRef(tmp_path / "a", "a"), Shape(0, 4)), Broken)
