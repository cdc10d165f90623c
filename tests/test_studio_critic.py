"""The studio's critic against a real server: pictures that reach it, verdicts that count, a whole round at once."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from core.engines.roles import Cancelled, Room
from core.engines.studio.chat import Picture, ServerTrouble
from core.engines.studio.critic import ASKS, Unjudgeable, verdict_question
from core.engines.studio.server import MOST_PICTURES
from core.engines.studio.vision_language import VisionLanguage
from core.film.errors import BadInput
from core.film.requests import JudgeRequest, Made, Reference
from core.film.verdict import Label
from core.media.frames import ClipWriter
from core.media.unreadable import Unreadable
from tests.asking import quiet, verdict_on
from tests.tiny.server import KEY, Tiny, running
from tests.watching import until

WHITE, BLACK = 255, 0


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engines.studio.chat._PAUSES", (0.01, 0.02))
    monkeypatch.setenv("TINY_KEY", KEY)


def grey(path: Path, brightness: int, size: tuple[int, int] = (64, 48)) -> str:
    """Paint a picture of one grey; return its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (brightness,) * 3).save(path)
    return path.name


@cache
def moving(frames: int = 17) -> bytes:
    """Return a clip of 64x48 in which everything changes all the time, of which no figure proves a fault."""
    rng = np.random.default_rng(3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with ClipWriter(path, 64, 48, 16) as writer:
            for _ in range(frames):
                writer.write(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8))
        return path.read_bytes()


def take(reel: Path, name: str = "1", brightness: int = WHITE) -> JudgeRequest:
    """Make a take whose frames have a brightness, by which the tests' server marks it, and a clip that moves."""
    for master in ("A", "scene"):
        grey(reel / f"{master}.png", 90)
    grey(reel / "keyframe.png", 128)
    for number in range(4):
        grey(reel / name / f"frame_{number}.jpg", brightness)
    (reel / name / "clip.mp4").write_bytes(moving())
    return verdict_on(
        clip=f"{name}/clip.mp4",
        stills=tuple(f"{name}/frame_{number}.jpg" for number in range(4)),
        references=(Reference("scene", "scene.png"), Reference("A", "A.png")),
        prompt="Pan left. Aiko walks.",
        frames=17,
        height=48,
    )


def critic(tiny: Tiny, **options: Any) -> VisionLanguage:
    """Return the backend as a host loads it."""
    backend = VisionLanguage(server=tiny.address, key="TINY_KEY", **options)
    backend.load("cpu")
    return backend


def judged(backend: VisionLanguage, request: JudgeRequest, reel: Path, *ahead: JudgeRequest) -> Made:
    return backend.run(request, Room(reel, reel, ahead=ahead), quiet)


def test_a_take_gets_a_verdict_from_all_that_is_to_be_seen(tmp_path: Path) -> None:
    request = take(tmp_path)
    with running(tmp_path / "tiny") as tiny:
        made = judged(critic(tiny), request, tmp_path)
        (asked,) = tiny.asked()
    assert made.files == ()
    assert made.verdict is not None
    assert made.verdict.overall == 10
    assert made.facts["asked"] == 1
    body = asked["body"]
    assert body["temperature"] == 0
    user = body["messages"][1]["content"]
    words = [part["text"] for part in user if part["type"] == "text"]
    assert "Pan left. Aiko walks." in words[0]
    assert "Camera move: pan left" in words[0]
    assert "A: Aiko (slim woman, 27)" in words[0]
    assert words[1].startswith("Character A")
    assert words[2].startswith("The place")
    assert words[3].startswith("The keyframe")
    assert words[-1].startswith("Frame 4 of 4")
    assert sum(part["type"] == "image_url" for part in user) == 7


def test_a_bad_take_gets_its_labels(tmp_path: Path) -> None:
    with running(tmp_path / "tiny") as tiny:
        verdict = judged(critic(tiny), take(tmp_path, brightness=60), tmp_path).verdict
    assert verdict is not None
    assert verdict.overall == 3
    assert verdict.labels == (Label.CHARACTER_DRIFT,)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("bad json", "malformed"),
        ("prose", "malformed"),
        ("wrong schema", "unknown field"),
        ("overall 70", "<= 10"),
        ("unknown label", "issues"),
        ("partial", "cut short"),
        ("empty", "it is empty"),
        ("null", "it is empty"),
    ],
)
def test_what_is_no_verdict_is_asked_again_with_what_is_wrong(tmp_path: Path, word: str, told: str) -> None:
    with running(tmp_path / "tiny", verdict=[word, "good"]) as tiny:
        made = judged(critic(tiny), take(tmp_path), tmp_path)
        first, second = (asked["body"] for asked in tiny.asked())
    assert made.verdict is not None
    assert made.verdict.overall == 10
    assert made.facts["asked"] == 2
    assert second["messages"][:-1] == first["messages"]
    assert told in second["messages"][-1]["content"]


def test_no_verdict_is_ever_invented(tmp_path: Path) -> None:
    with running(tmp_path / "tiny", verdict=["partial", "prose", "overall 70", "good"]) as tiny:
        with pytest.raises(Unjudgeable, match="asked 3 times") as caught:
            judged(critic(tiny), take(tmp_path), tmp_path)
        assert len(tiny.asked()) == ASKS
    assert "look at this take yourself" in caught.value.remedy


def test_a_round_is_asked_at_once_and_each_take_gets_its_own(tmp_path: Path) -> None:
    takes = [take(tmp_path, str(number), brightness) for number, brightness in enumerate((255, 170, 85, 0))]
    with running(tmp_path / "tiny", verdict=["together:4"]) as tiny:
        backend = critic(tiny)
        first = judged(backend, takes[0], tmp_path, *takes[1:])
        made = [first, *(judged(backend, one, tmp_path) for one in takes[1:])]
        asked = tiny.asked()
    assert [one.verdict.overall for one in made if one.verdict] == [10, 7, 4, 1]
    assert max(note["together"] for note in asked) == 4
    assert len(asked) == 4


def test_no_more_are_asked_at_once_than_is_set(tmp_path: Path) -> None:
    takes = [take(tmp_path, str(number), 10 * number) for number in range(5)]
    with running(tmp_path / "tiny", verdict=["slow:0.1"]) as tiny:
        backend = critic(tiny, concurrent=2)
        for at, one in enumerate(takes):
            judged(backend, one, tmp_path, *takes[at + 1 :])
        assert max(note["together"] for note in tiny.asked()) == 2
        assert len(tiny.asked()) == 5


def test_a_verdict_does_not_depend_on_who_is_asked_beside(tmp_path: Path) -> None:
    takes = [take(tmp_path, str(number), brightness) for number, brightness in enumerate((240, 120, 10))]
    results = []
    for name, beside in (("alone", False), ("beside", True)):
        with running(tmp_path / name) as tiny:
            backend = critic(tiny)
            ahead = takes if beside else []
            results.append([judged(backend, one, tmp_path, *ahead) for one in takes])
            bodies = sorted(str(asked["body"]) for asked in tiny.asked())
            results.append(bodies[:3])
    assert results[0] == results[2]
    assert results[1] == results[3]


def test_a_take_that_changed_since_is_looked_at_again(tmp_path: Path) -> None:
    first, second = take(tmp_path, "1"), take(tmp_path, "2", BLACK)
    with running(tmp_path / "tiny") as tiny:
        backend = critic(tiny)
        judged(backend, first, tmp_path, second)
        until(lambda: len(tiny.asked()) == 2)
        for number in range(4):
            grey(tmp_path / "2" / f"frame_{number}.jpg", WHITE)
        made = judged(backend, second, tmp_path)
    assert made.verdict is not None
    assert made.verdict.overall == 10


def test_trouble_with_another_take_is_not_this_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engines.studio.critic._MEASURED", 1)  # one after the other, in the script's order
    first, gone, refused = take(tmp_path, "1"), take(tmp_path, "2"), take(tmp_path, "3", BLACK)
    (tmp_path / "2" / "frame_0.jpg").unlink()
    with running(tmp_path / "tiny", verdict=["good", "400", "good"]) as tiny:
        backend = critic(tiny, concurrent=1)
        made = judged(backend, first, tmp_path, gone, refused)
        begun = backend._critic
        assert begun is not None
        until(lambda: [one for one in begun._asked.values() if one.error is not None])  # asked, and answered
        assert len(tiny.asked()) == 2
        assert made.verdict is not None
        assert made.verdict.overall == 10
        with pytest.raises(Unreadable, match="frame_0"):
            judged(backend, gone, tmp_path)
        asked_anew = judged(backend, refused, tmp_path).verdict
    assert asked_anew is not None
    assert asked_anew.overall == 1


def test_a_cancel_gives_up_the_whole_round(tmp_path: Path) -> None:
    takes = [take(tmp_path, str(number), number) for number in range(3)]

    def cancel(fraction: float, note: str = "") -> None:
        if "judging" in note and len(tiny.asked()) == 3:
            raise Cancelled

    with running(tmp_path / "tiny", verdict=["hang", "hang", "hang", "good"]) as tiny:
        backend = critic(tiny)
        with pytest.raises(Cancelled):
            backend.run(takes[0], Room(tmp_path, tmp_path, ahead=tuple(takes)), cancel)
        until(lambda: sum("left" in note for note in tiny.noted()) == 3)
        assert judged(backend, takes[0], tmp_path).verdict is not None


def test_a_server_that_fails_is_no_verdict(tmp_path: Path) -> None:
    with running(tmp_path / "tiny", verdict=["die"]) as tiny, pytest.raises(ServerTrouble, match="cannot be reached"):
        judged(critic(tiny), take(tmp_path), tmp_path)


def pictures(request: JudgeRequest, reel: Path) -> list[Picture]:
    question = verdict_question(request, Room(reel, reel), "")
    return [part for part in question.messages[1].parts if isinstance(part, Picture)]


def test_frames_that_were_not_kept_are_taken_from_the_clip(tmp_path: Path) -> None:
    request = msgspec.structs.replace(take(tmp_path), stills=())
    assert len(pictures(request, tmp_path)) == 7


def test_a_jpeg_goes_as_it_is_and_a_large_picture_smaller(tmp_path: Path) -> None:
    import io

    request = take(tmp_path)
    grey(tmp_path / "keyframe.png", 128, (1920, 1080))
    grey(tmp_path / "A.png", 128, (1280, 720))
    sent = pictures(request, tmp_path)
    assert sent[-1].jpeg == (tmp_path / "1" / "frame_3.jpg").read_bytes()
    assert Image.open(io.BytesIO(sent[0].jpeg)).size == (768, 432)
    assert Image.open(io.BytesIO(sent[2].jpeg)).size == (1280, 720)


def test_the_end_frame_is_shown_where_there_is_one(tmp_path: Path) -> None:
    request = take(tmp_path)
    assert len(pictures(msgspec.structs.replace(request, last="keyframe.png"), tmp_path)) == 8


def test_never_more_pictures_than_the_server_takes(tmp_path: Path) -> None:
    request = take(tmp_path)
    many = tuple(Reference(chr(65 + number), "A.png") for number in range(26))
    whole = msgspec.structs.replace(request, references=many, last="keyframe.png")
    assert len(pictures(whole, tmp_path)) == MOST_PICTURES


@pytest.mark.parametrize(("path", "kind"), [("../x.png", BadInput), ("/etc/passwd", BadInput), ("no.png", Unreadable)])
def test_a_picture_that_is_not_in_the_reel_is_told(tmp_path: Path, path: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        pictures(msgspec.structs.replace(take(tmp_path), keyframe=path), tmp_path)


def test_a_damaged_frame_is_not_judged(tmp_path: Path) -> None:
    request = take(tmp_path)
    path = tmp_path / request.stills[2]
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(Unreadable, match="frame_2"):
        pictures(request, tmp_path)
