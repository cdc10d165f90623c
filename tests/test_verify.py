"""`reeltui verify`: every kind of damage is found, nothing is changed, beside a worker and with a dying decoder too."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from core.film.errors import EngineTrouble
from core.film.event import Event, Happened
from core.film.requests import Made
from core.folder import layout
from core.folder.commit import aside, hash_file, read_receipt, shelf_name
from core.folder.journal import encode_line
from core.folder.lock import Lock
from core.folder.records import Artifact, Receipt, sealed
from core.folder.snapshot import HashChecker, read_snapshot
from core.media.frames import ClipWriter
from core.worker import look
from core.worker.findings import Finding, Item, VerifyReport, sum_up
from core.worker.hosts.messages import Inspect
from core.worker.look import Eyes, Looker, Seen, see
from core.worker.verify import Verifier
from reeltui.cli.main import main
from tests.stage import NOW, edit, made, new_reel, play

CLIP = "shots/01/takes/001/clip"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished reel of three shots that was edited once, so that it has a history."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        root = new_reel(folder / "library")
        assert play(root)[0] == "done"
        edit(root, narration={1: "Another line."})
        assert play(root)[0] == "done"
    return root


@pytest.fixture
def root(finished: Path, library: Path) -> Path:
    """A copy of the finished reel to damage."""
    library.mkdir(parents=True)
    return Path(shutil.copytree(finished, library / finished.name, symlinks=True))


def everything(folder: Path) -> dict[str, tuple[object, ...]]:
    """Return all there is to know about a folder from outside: contents, links, modes and times."""
    found: dict[str, tuple[object, ...]] = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        status = path.lstat()
        content: object = None
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        name = path.relative_to(folder).as_posix()
        found[name] = (content, status.st_mode, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size)
    return found


def verified(root: Path, look: Callable[[Path], Seen] = see) -> VerifyReport:
    """Verify a reel in this process, and hold verify to changing nothing."""
    before = everything(root)
    report = sum_up(root, Verifier(root, look).run())
    assert everything(root) == before
    return report


def problems(report: VerifyReport) -> dict[str, Item]:
    return {item.path: item for item in report.items if item.finding is Finding.PROBLEM}


def notes(report: VerifyReport) -> dict[str, str]:
    return {item.path: item.text for item in report.items if item.finding is Finding.NOTE}


def test_a_whole_reel_is_whole_and_every_file_of_it_was_looked_at(root: Path) -> None:
    seen: list[str] = []

    def watching(path: Path) -> Seen:
        seen.append(path.relative_to(root).as_posix())
        return see(path)

    report = verified(root, watching)
    assert report.whole
    assert (report.problems, report.notes, report.held_by) == (0, 0, "")
    files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    looked = {item.path for item in report.items}
    assert files - looked == {layout.LOCK, layout.CRITIC_LOG}
    assert report.bytes == sum((root / name).stat().st_size for name in looked)
    media = {name for name in files if name.endswith((".png", ".jpg", ".mp4", ".wav"))}
    assert sorted(seen) == sorted(media)
    assert any(name.startswith(layout.SHELF) for name in media)


# --- damage -----------------------------------------------------------------------------------------------------


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    """Change one bit in the middle: same size, same name."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def change(path: Path, **fields: Any) -> None:
    """Change fields of a receipt without sealing it again."""
    path.write_bytes(json.dumps({**json.loads(path.read_bytes()), **fields}).encode())


def reseal(path: Path, **fields: Any) -> None:
    """Change fields of a receipt and seal it, as only this program does."""
    receipt = read_receipt(path)
    assert receipt is not None
    path.write_bytes(msgspec.json.encode(sealed(msgspec.structs.replace(receipt, **fields))))


def shelved(root: Path) -> Path:
    (folder,) = (root / layout.SHELF).glob("*narration*")
    return folder


def link(path: Path) -> None:
    """Move something out of the reel and leave a link to it."""
    outside = Path(os.environ["XDG_STATE_HOME"]).parent / "outside"
    shutil.move(path, outside)
    path.symlink_to(outside)


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


Damage = tuple[str, Callable[[Path], object], str, str]
ARTIFACTS: list[Damage] = [
    ("cut clip", lambda r: half(r / f"{CLIP}.mp4"), f"{CLIP}.mp4", "bytes instead of"),
    ("altered clip", lambda r: flip(r / f"{CLIP}.mp4"), f"{CLIP}.mp4", "sha256 differs"),
    ("no clip", lambda r: (r / f"{CLIP}.mp4").unlink(), f"{CLIP}.mp4", "is missing"),
    ("linked clip", lambda r: link(r / f"{CLIP}.mp4"), f"{CLIP}.mp4", "not a plain file"),
    ("altered still", lambda r: flip(r / "shots/01/takes/001/frame_2.jpg"), "shots/01/takes/001/frame_2.jpg", "sha256"),
    ("cut keyframe", lambda r: half(r / "shots/00/keyframe.png"), "shots/00/keyframe.png", "bytes instead of"),
    ("altered layers", lambda r: flip(r / "masters/A.layers.bin"), "masters/A.layers.bin", "sha256 differs"),
    ("cut wav", lambda r: half(r / "shots/02/narration.wav"), "shots/02/narration.wav", "bytes instead of"),
    ("altered music", lambda r: flip(r / "music.wav"), "music.wav", "sha256 differs"),
    ("altered captions", lambda r: flip(r / "reel.srt"), "reel.srt", "sha256 differs"),
    ("altered reel", lambda r: flip(r / "reel.mp4"), "reel.mp4", "sha256 differs"),
    ("changed receipt", lambda r: change(r / f"{CLIP}.json", seconds=9.5), f"{CLIP}.json", "seal"),
    ("torn receipt", lambda r: half(r / "masters/scene.json"), "masters/scene.json", "cannot be read"),
    ("no receipt", lambda r: (r / "shots/00/keyframe.json").unlink(), "shots/00/keyframe.json", "no receipt"),
    ("fifo receipt", lambda r: fifo(r / "music.json"), "music.json", "cannot be read"),
    (
        "another's receipt",
        lambda r: shutil.copy(r / "masters/A.json", r / "masters/B.json"),
        "masters/B.json",
        "is that of masters/A",
    ),
    (
        "changed verdict",
        lambda r: change(r / "shots/00/takes/001/verdict.json", unjudged="x"),
        "shots/00/takes/001/verdict.json",
        "seal",
    ),
    ("plan's receipt", lambda r: change(r / "plan.receipt.json", backend="x"), "plan.receipt.json", "seal"),
]
OTHERS: list[Damage] = [
    ("bad plan", lambda r: edit_raw(r, b'"vo_lang": "a"', b'"vo_lang": "q"'), "plan.json", "$.vo_lang"),
    ("cut plan", lambda r: half(r / "plan.json"), "plan.json", "not valid JSON"),
    ("huge plan", lambda r: os.truncate(r / "plan.json", 2_000_000), "plan.json", "2,000,000|1,000,001"),
    ("no plan", lambda r: (r / "plan.json").unlink(), "plan.json", "is missing"),
    ("linked plan", lambda r: link(r / "plan.json"), "plan.json", "symbolic link"),
    ("torn journal", lambda r: half(r / layout.EVENTS), layout.EVENTS, "1 damaged line"),
    ("altered journal", lambda r: flip(r / layout.EVENTS), layout.EVENTS, "1 damaged line"),
    ("junk decisions", lambda r: (r / layout.DECISIONS).write_text("{}\nx\n"), layout.DECISIONS, "2 damaged lines"),
    ("reel.toml", lambda r: (r / "reel.toml").write_text("id = 3"), "reel.toml", "id"),
    (
        "a verdict of another clip",
        lambda r: reseal(r / "shots/00/takes/001/verdict.json", inputs={"clip": "0" * 64}),
        "shots/00/takes/001/verdict.json",
        "another clip",
    ),
    ("linked shot", lambda r: link(r / "shots/01"), "shots/01", "symbolic link"),
    ("linked history", lambda r: link(r / ".history"), ".history", "symbolic link"),
    ("old plan", lambda r: flip(next((r / layout.PLANS).iterdir())), "*", "is not the plan its name says"),
    ("shelf file", lambda r: flip(shelved(r) / "narration.wav"), "*narration.wav", "sha256 differs"),
    ("shelf receipt", lambda r: change(shelved(r) / "receipt.json", why="x"), "*receipt.json", "seal"),
    ("no shelf receipt", lambda r: (shelved(r) / "receipt.json").unlink(), "*receipt.json", "cannot be read"),
    (
        "shelf name",
        lambda r: shelved(r).rename(shelved(r).with_name("shots~01~narration@" + ".".join(["0" * 16] * 3))),
        "*receipt.json",
        "its name is not",
    ),
]


def edit_raw(root: Path, old: bytes, new: bytes) -> None:
    data = (root / "plan.json").read_bytes()
    assert old in data
    (root / "plan.json").write_bytes(data.replace(old, new))


@pytest.mark.parametrize(("damage", "path", "words"), [d[1:] for d in ARTIFACTS], ids=[d[0] for d in ARTIFACTS])
def test_damage_to_an_artifact_is_found_and_resume_mends_just_that(
    root: Path, damage: Callable[[Path], object], path: str, words: str
) -> None:
    damage(root)
    report = verified(root)
    found = problems(report)
    assert not report.whole
    assert set(found) == {path}
    assert words in found[path].text
    assert found[path].remedy.startswith("resume moves it aside")
    snapshot = read_snapshot(root, HashChecker())
    takes = [take for shot in snapshot.takes.values() for take in shot]
    artifacts = [*snapshot.artifacts.values(), *(take.clip for take in takes), *(t.verdict for t in takes if t.verdict)]
    assert {item.step for item in found.values()} == {a.step for a in artifacts if not a.whole}
    assert play(root)[0] == "done"
    after = verified(root)
    assert after.whole, problems(after)
    assert any(name.startswith(layout.DAMAGED) for name in notes(after))


@pytest.mark.parametrize(("damage", "path", "words"), [d[1:] for d in OTHERS], ids=[d[0] for d in OTHERS])
def test_other_damage_is_found(root: Path, damage: Callable[[Path], object], path: str, words: str) -> None:
    damage(root)
    report = verified(root)
    found = problems(report)
    assert len(found) == 1, found
    ((name, item),) = found.items()
    assert Path(name).match(path) if "*" in path else name == path
    assert any(word in item.text for word in words.split("|")), item.text
    assert item.remedy


def forge(root: Path, frames: int, *, cut: bool) -> None:
    """Put another clip in place with a receipt that vouches for it."""
    path = root / f"{CLIP}.mp4"
    with ClipWriter(path, 64, 64, 16) as clip:
        for number in range(frames):
            clip.write(np.full((64, 64, 3), 40 + number, np.uint8))
    if cut:
        half(path)
    receipt = read_receipt(root / f"{CLIP}.json")
    assert receipt is not None
    reseal(root / f"{CLIP}.json", outputs={**receipt.outputs, "clip.mp4": hash_file(path)})
    reseal(root / "shots/01/takes/001/verdict.json", inputs={"clip": hash_file(path).sha256})


@pytest.mark.parametrize(("frames", "cut", "words"), [(81, True, "cannot be read"), (60, False, "has 60 frames")])
def test_a_file_its_receipt_vouches_for_is_decoded_all_the_same(root: Path, frames: int, cut: bool, words: str) -> None:
    forge(root, frames, cut=cut)
    found = problems(verified(root))
    assert set(found) == {f"{CLIP}.mp4"}
    assert words in found[f"{CLIP}.mp4"].text
    assert "delete it" in found[f"{CLIP}.mp4"].remedy
    (root / f"{CLIP}.mp4").unlink()
    assert play(root)[0] == "done"
    assert verified(root).whole


def test_an_unreadable_folder_is_a_problem(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("masters"):
            raise PermissionError(13, "Permission denied", str(path))
        return really(path)

    monkeypatch.setattr("core.worker.findings.os.scandir", scandir)
    found = problems(sum_up(root, Verifier(root, see).run()))
    assert "Permission denied" in found["masters"].text


# --- worth knowing ----------------------------------------------------------------------------------------------


def test_what_belongs_to_nothing_is_only_noted(root: Path) -> None:
    (root / "shots/00/old idea.txt").write_text("x")
    (root / "masters/readme").write_text("x")
    (root / "masters/A").mkdir()
    (root / layout.LIVE).write_text("{}")
    (root / ".events.jsonl.123.tmp").write_text("x")
    (root / "my notes").symlink_to("/etc")
    aside(root, Artifact("shots/05/keyframe", None, "a test"))
    report = verified(root)
    assert report.whole
    assert notes(report) == {
        "shots/00/old idea.txt": "belongs to nothing here",
        "masters/readme": "belongs to nothing here",
        layout.LIVE: "was left by a crash",
        ".events.jsonl.123.tmp": "was left by a crash",
        "my notes": "is a symbolic link; it is not followed",
    }


def test_an_edited_plan_is_noted_and_a_lost_copy_of_the_one_in_force(root: Path) -> None:
    edit(root, narration={0: "A new line."})
    for copy in (root / layout.PLANS).iterdir():
        copy.unlink()
    report = verified(root)
    assert report.whole
    told = notes(report)
    assert "was edited" in told.pop("plan.json")
    assert ["the kept copy" in text for text in told.values()] == [True]


def unfinish(root: Path, step: str, *, record: bool) -> Receipt:
    """Take a step back to the moment when its files were staged, and its record written or not."""
    stage = root / layout.STAGING / step.replace("/", "~")
    stage.mkdir(parents=True)
    receipt = read_receipt(root / f"{step}.json")
    assert receipt is not None
    place = (root / step).parent
    main, *others = receipt.outputs
    for name in (main,) if record else (main, *others):  # with a record, some may be renamed already
        os.rename(place / name, stage / f"out~{name}")
    if record:
        os.rename(root / f"{step}.json", stage / layout.COMMIT)
    else:
        (root / f"{step}.json").unlink()
    return receipt


def test_a_commit_that_resume_rolls_forward_is_no_damage(root: Path) -> None:
    unfinish(root, CLIP, record=True)
    report = verified(root)
    assert report.whole, problems(report)
    assert notes(report).keys() == {f"{layout.STAGING}/shots~01~takes~001~clip"}
    assert "nothing is made again" in notes(report)[f"{layout.STAGING}/shots~01~takes~001~clip"]
    outcome, events = play(root)
    assert (outcome, made(events)) == ("done", [])
    assert (verified(root).problems, verified(root).notes) == (0, 0)


def test_an_artifact_that_is_half_replaced_is_no_damage(root: Path) -> None:
    """Killed between two renames: the old file is on the shelf, its receipt still in place, the new one staged."""
    stage, place = root / layout.STAGING / "shots~02~narration", root / "shots/02"
    stage.mkdir(parents=True)
    old = read_receipt(place / "narration.json")
    assert old is not None
    shelf = root / layout.SHELF / shelf_name(old)
    shelf.mkdir()
    shutil.copy(place / "narration.json", stage / layout.COMMIT)
    shutil.copy(root / "shots/00/narration.wav", stage / "out~narration.wav")
    reseal(stage / layout.COMMIT, outputs={"narration.wav": hash_file(stage / "out~narration.wav")})
    os.rename(place / "narration.wav", shelf / "narration.wav")
    report = verified(root)
    assert report.whole, problems(report)
    assert notes(report).keys() == {f"{layout.STAGING}/shots~02~narration"}
    assert made(play(root)[1]) == ["reel"]
    report = verified(root)
    assert (report.problems, report.notes) == (0, 0)


def test_a_half_made_step_is_noted_and_resume_makes_it_again(root: Path) -> None:
    unfinish(root, "shots/02/narration", record=False)
    report = verified(root)
    assert report.whole
    assert "drops it" in notes(report)[f"{layout.STAGING}/shots~02~narration"]
    assert made(play(root)[1]) == ["shots/02/narration"]


# --- beside a worker, and decoders that die -----------------------------------------------------------------------


def test_verify_runs_beside_a_worker_and_takes_nothing_from_it(root: Path) -> None:
    (root / layout.STAGING / "shots~00~keyframe").mkdir(parents=True)
    (root / layout.STAGING / "shots~00~keyframe" / "image.png").write_bytes(b"half")
    half(root / "shots/00/keyframe.png")
    half(root / "music.wav")
    with Lock(root / layout.LOCK, verb="resume", now=NOW):
        report = verified(root)
        assert f"process {os.getpid()}" in report.held_by
        assert notes(report)[f"{layout.STAGING}/shots~00~keyframe"] == "is being made now"
        assert "is being made again" in notes(report)["shots/00/keyframe.json"]
        assert set(problems(report)) == {"music.wav"}


def test_what_a_worker_replaces_meanwhile_is_looked_at_again(root: Path) -> None:
    path, times = root / "shots/02/narration.wav", []

    def replacing(file: Path) -> Seen:
        if file == root / "shots/02/keyframe.png":  # the narration is next
            times.append(1)
            shutil.copy(root / "shots/00/narration.wav", path)
        return see(file)

    class Replacing(HashChecker):
        """Gives the new file its receipt only after the new file was held against the old receipt."""

        def __call__(self, file: Path, output: Any) -> str:
            wrong = super().__call__(file, output)
            if file == path and times == [1]:
                times.append(2)
                reseal(root / "shots/02/narration.json", outputs={"narration.wav": hash_file(path)})
            return wrong

    verifier = Verifier(root, replacing)
    verifier._check = Replacing()
    with Lock(root / layout.LOCK, verb="resume", now=NOW):
        report = sum_up(root, verifier.run())
    assert times == [1, 2]
    assert report.whole, problems(report)


class Crasher(Looker):
    """Looks at everything but keyframe 1, which kills it."""

    def inspect(self, message: Inspect) -> Made:
        if message.stage.endswith("shots/01") and message.files == ("keyframe.png",):
            os.kill(os.getpid(), 11)
        return super().inspect(message)


def test_a_file_that_kills_its_decoder_is_a_problem_and_the_rest_is_looked_at(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "LOOKER", "tests.test_verify:Crasher")
    with Eyes(Path(os.devnull)) as eyes:
        report = verified(root, eyes.look)
    assert set(problems(report)) == {"shots/01/keyframe.png"}
    assert "SIGSEGV" in problems(report)["shots/01/keyframe.png"].text
    assert report.files == verified(root).files - 1


def test_eyes_tell_what_a_file_holds_and_what_is_wrong_with_it(root: Path) -> None:
    with Eyes(Path(os.devnull)) as eyes:
        clip = eyes.look(root / f"{CLIP}.mp4")
        assert (clip.frames, clip.fps, clip.width, clip.height, clip.peak) == (81, 16, 64, 64, 0)
        sound = eyes.look(root / "music.wav")
        assert sound.seconds == pytest.approx(15.5)
        assert sound.peak == pytest.approx(0.2, abs=0.001)
        half(root / "music.wav")
        with pytest.raises(EngineTrouble, match="cut short"):
            eyes.look(root / "music.wav")
        assert eyes.look(root / "masters/A.png").width == 64


# --- the verb -----------------------------------------------------------------------------------------------------


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The verb with decoders in this process, which start faster."""
    monkeypatch.setattr(Eyes, "look", lambda self, path: see(path))
    return


@pytest.mark.usefixtures("here")
def test_the_verb_says_whole_or_damaged(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", root.name]) == 0
    assert "everything is whole" in capsys.readouterr().out
    flip(root / "music.wav")
    before = everything(root)
    assert main(["verify", root.name]) == 5
    out, err = capsys.readouterr()
    assert "music.wav (music): music.wav is not what was made" in out
    assert "1 not" in out
    assert f"`reeltui resume {root.name}` moves damaged artifacts aside" in err
    assert everything(root) == before


@pytest.mark.usefixtures("here")
def test_the_verb_prints_one_object(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half(root / "masters/A.png")
    assert main(["verify", root.name, "--json"]) == 5
    report = json.loads(capsys.readouterr().out)
    assert (report["reel"], report["whole"], report["problems"]) == (root.name, False, 1)
    (bad,) = [item for item in report["items"] if item["finding"] == "problem"]
    assert (bad["path"], bad["step"]) == ("masters/A.png", "masters/A")


@pytest.mark.usefixtures("here")
def test_names_from_the_disk_are_harmless(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "masters/\x1b[31mred").write_text("x")
    (root / layout.EVENTS).write_bytes(encode_line(Event(Happened.WAITING, 1.0)))
    with Lock(root / layout.LOCK, verb="resume\x1b]0;x\x07", now=NOW):
        assert main(["verify", root.name]) == 0
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert "is being worked on" in err


def test_an_unknown_reel_is_bad_input(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "nothing"]) == 2
    assert "there is no reel" in capsys.readouterr().err


def test_verify_of_a_reel_that_was_never_run(library: Path) -> None:
    root = new_reel(library)
    report = verified(root)
    assert report.whole
    assert [item.path for item in report.items] == ["reel.toml"]
