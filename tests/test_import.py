"""`reeltui import`: what is whole is taken and never made again, what is not is made again, no verdict is invented."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.engines.wording import load_wording
from core.film.errors import BadInput, DiskTrouble, EngineTrouble, ReelError
from core.film.event import Happened
from core.film.language import Language
from core.film.plan import encode_plan
from core.film.preset import Aspect, PresetName
from core.film.requests import Made
from core.folder import layout
from core.folder.commit import read_receipt
from core.folder.library import list_reels
from core.folder.snapshot import read_reel, read_snapshot
from core.pipeline.board import Status
from core.worker import studio_carry
from core.worker.findings import sum_up
from core.worker.hosts.messages import Inspect
from core.worker.import_studio import ImportReport, import_studio
from core.worker.look import Eyes, Looker, Seen, see
from core.worker.studio_carry import Outcome
from core.worker.studio_log import read_log
from core.worker.studio_reel import settings_of, too_short, whole_clip
from core.worker.verify import Verifier
from reeltui.cli.main import main
from tests.stage import board, edit, made, play
from tests.studio import SCORE, clip, half, judged, picture, sound, studio_folder, write_log
from tests.toys import toy_lineup, toy_plan


class InlineEyes(Eyes):
    """Looks in this process."""

    def _ask(self, message: Inspect, name: str) -> Made:
        return Looker().inspect(message)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder with nothing wrong in it."""
    return studio_folder(tmp_path_factory.mktemp("studio") / "my_reel", toy_plan())


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(whole, tmp_path / "my_reel"))


def bring(folder: Path, library: Path, **options: Any) -> tuple[Path, ImportReport]:
    report = import_studio(folder, library, toy_lineup(), load_wording(), InlineEyes(Path(os.devnull)), **options)
    return Path(report.path), report


def became(report: ImportReport) -> dict[str, str]:
    return {brought.source: brought.outcome.value for brought in report.files}


def reason(report: ImportReport, source: str) -> str:
    return next(brought.reason for brought in report.files if brought.source == source)


def hashes(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        path.relative_to(folder).as_posix(): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


PLACES = {
    "plan_expanded.json": "plan.json",
    "master_A.png": "masters/A.png",
    "master_B.png": "masters/B.png",
    "master_AB.png": "masters/group.png",
    "master_scene.png": "masters/scene.png",
    "music.wav": "music.wav",
    **{f"keyframe_{i:02d}.png": f"shots/{i:02d}/keyframe.png" for i in range(3)},
    **{f"clip_{i:02d}.mp4": f"shots/{i:02d}/takes/001/clip.mp4" for i in range(3)},
    **{f"vo_{i:02d}.wav": f"shots/{i:02d}/narration.wav" for i in range(3)},
}


def check_kept(folder: Path, root: Path, without: str = "") -> None:
    """Every imported file is still what it was, and verify finds the reel whole."""
    for source, place in PLACES.items():
        if source != without:
            assert sha(root / place) == sha(folder / source), source
    report = sum_up(root, Verifier(root, see).run())
    assert report.whole, [item for item in report.items if item.text]


def test_a_whole_folder_needs_nothing_but_the_mix(folder: Path, library: Path) -> None:
    before = hashes(folder)
    root, report = bring(folder, library)
    assert hashes(folder) == before
    assert report.due == ("reel",)
    assert became(report) == {**dict.fromkeys(PLACES, "taken"), "reel_final.mp4": "kept", "events.jsonl": "kept"}
    reel = read_reel(root)
    assert (reel.sentence, root.name) == ("Aiko walks home", "aiko-walks-home")
    assert (report.preset, report.width, report.height, report.vo_lang) == ("default", 64, 64, "a")
    assert sha(root / ".history/imported/reel_final.mp4") == sha(folder / "reel_final.mp4")
    assert len(list((root / "shots/02/takes/001").glob("frame_?.jpg"))) == 4
    _, states = board(root)
    assert {s.status for s in states.steps if s.step.id != "reel"} == {Status.CURRENT, Status.OTHER_SETTINGS}
    assert [card.state for card in list_reels(library)] == ["planned"]
    outcome, events = play(root)
    assert (outcome, made(events)) == ("done", ["reel"])
    check_kept(folder, root)


def test_receipts_say_where_it_came_from(folder: Path, library: Path) -> None:
    root, _ = bring(folder, library)
    receipt = read_receipt(root / "shots/01/takes/001/clip.json")
    assert receipt is not None
    assert (receipt.backend, receipt.model, receipt.seed) == ("StudioMI300", "Wan2.2-I2V-A14B", None)
    assert (receipt.why, receipt.seconds, receipt.facts["studio_attempt"]) == ("imported from my_reel", 510.0, 1)
    assert receipt.inputs == {"first": sha(root / "shots/01/keyframe.png")}
    first = read_receipt(root / "shots/00/takes/001/clip.json")
    assert first is not None
    assert first.inputs["last"] == sha(root / "shots/01/keyframe.png")
    verdict = read_receipt(root / "shots/01/takes/001/verdict.json")
    assert verdict is not None
    assert verdict.verdict is not None
    assert (verdict.verdict.overall, verdict.inputs) == (8, {"clip": sha(root / "shots/01/takes/001/clip.mp4")})
    assert "overall 8 of 7" in (root / layout.CRITIC_LOG).read_text()


def test_an_edit_after_an_import_redoes_just_what_it_changes(folder: Path, library: Path) -> None:
    root, _ = bring(folder, library)
    assert play(root)[0] == "done"
    edit(root, narration={1: "Quite another line."})
    assert made(play(root)[1]) == ["shots/01/narration", "reel"]


# --- files that are not whole -----------------------------------------------------------------------------------


def check_refused(folder: Path, library: Path, source: str, words: str, due: set[str]) -> None:
    """`source` is not taken, a copy is kept, resume makes just `due` and the mix, everything else stays."""
    damaged = sha(folder / source)
    root, report = bring(folder, library)
    assert became(report)[source] == "refused"
    assert words in reason(report, source)
    assert [name for name, outcome in became(report).items() if outcome == "refused"] == [source]
    (copy,) = (root / layout.DAMAGED).rglob(source)
    assert sha(copy) == damaged
    events = (root / layout.EVENTS).read_text()
    assert Happened.MOVED_ASIDE.value in events
    assert source in events
    assert not (root / PLACES[source]).exists()
    assert set(report.due) == due | {"reel"}
    outcome, events_of_run = play(root)
    assert outcome == "done"
    assert set(made(events_of_run)) == due | {"reel"}
    check_kept(folder, root, source)


CLIP_1 = {"shots/01/takes/001/clip", "shots/01/takes/001/verdict"}


def test_a_cut_clip_is_made_again(folder: Path, library: Path) -> None:
    half(folder / "clip_01.mp4")
    check_refused(folder, library, "clip_01.mp4", "cannot be read", CLIP_1)


def test_a_valid_clip_of_60_frames_is_made_again(folder: Path, library: Path) -> None:
    clip(folder / "clip_01.mp4", 41, frames=60)
    check_refused(folder, library, "clip_01.mp4", "has 60 frames at 16 fps; a whole clip", CLIP_1)


def test_a_black_clip_is_made_again(folder: Path, library: Path) -> None:
    clip(folder / "clip_01.mp4", -1)
    check_refused(folder, library, "clip_01.mp4", "black", CLIP_1)


def test_half_a_picture_is_painted_again(folder: Path, library: Path) -> None:
    half(folder / "keyframe_02.png")
    check_refused(folder, library, "keyframe_02.png", "cannot be read", {"shots/02/keyframe"})


def test_a_picture_that_is_none_is_painted_again(folder: Path, library: Path) -> None:
    shutil.copy(folder / "clip_00.mp4", folder / "master_B.png")
    check_refused(folder, library, "master_B.png", "no picture", {"masters/B"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (half, "cut short"),
        (lambda path: sound(path, 7.5), "lasts 7.5 s; the reel lasts 15.2 s"),
        (lambda path: sound(path, 15, 0.0), "silent"),
        (lambda path: shutil.copy(path.parent / "clip_00.mp4", path), "no sound"),
    ],
)
def test_half_or_silent_music_is_made_again(folder: Path, library: Path, change: Any, words: str) -> None:
    change(folder / "music.wav")
    check_refused(folder, library, "music.wav", words, {"music"})


def test_a_cut_line_is_spoken_again(folder: Path, library: Path) -> None:
    half(folder / "vo_01.wav")
    check_refused(folder, library, "vo_01.wav", "cut short", {"shots/01/narration"})


def test_a_line_shorter_than_the_log_says_is_spoken_again(folder: Path, library: Path) -> None:
    spoken = {"stage": "vo_chunk_ready", "shot": 2, "seconds": 3.4, "text": "Line number 2."}
    write_log(folder / "events.jsonl", [*(e for shot in range(3) for e in judged(shot)), spoken])
    check_refused(folder, library, "vo_02.wav", "lasts 1.00 s; the log says 3.40 s", {"shots/02/narration"})


def test_a_missing_line_is_spoken_and_the_others_stay_at_their_place(tmp_path: Path, library: Path) -> None:
    plan = toy_plan()
    shots = tuple(msgspec.structs.replace(shot, index=2 * shot.index) for shot in plan.shots)
    folder = studio_folder(tmp_path / "gaps", msgspec.structs.replace(plan, shots=shots))
    (folder / "vo_01.wav").unlink()
    root, report = bring(folder, library)
    assert report.due == ("shots/02/narration", "reel")
    assert sha(root / "shots/04/narration.wav") == sha(folder / "vo_02.wav")
    assert made(play(root)[1]) == ["shots/02/narration", "reel"]


def test_everything_may_be_missing_but_the_plan(tmp_path: Path, library: Path) -> None:
    folder = tmp_path / "plan only"
    folder.mkdir()
    (folder / "plan.json").write_bytes(encode_plan(toy_plan(1)))
    root, report = bring(folder, library)
    assert (report.width, report.height) == (1280, 720)
    assert set(report.due) >= {"masters/A", "shots/00/keyframe", "music", "reel"}
    assert read_snapshot(root).plan == toy_plan(1)


# --- the plan ---------------------------------------------------------------------------------------------------


def test_fields_of_their_own_are_dropped_and_named(folder: Path, library: Path) -> None:
    raw = json.loads((folder / "plan_expanded.json").read_bytes())
    raw["director_version"] = "v22"
    raw["shots"][1]["ref_weight"] = 0.7
    (folder / "plan_expanded.json").write_text(json.dumps(raw))
    root, report = bring(folder, library)
    assert report.dropped == ("$.director_version", "$.shots[1].ref_weight")
    assert read_snapshot(root).plan == toy_plan()
    assert report.due == ("reel",)


def broken(folder: Path, change: Any) -> None:
    raw = json.loads((folder / "plan_expanded.json").read_bytes())
    change(raw)
    (folder / "plan_expanded.json").write_text(json.dumps(raw))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda raw: raw["vo_script_per_shot"].pop(), "$.vo_script_per_shot"),
        (lambda raw: raw["shots"][1].update(index=0), "$.shots[1].index"),
        (lambda raw: raw["shots"][2].pop("prompt"), "$.shots[2]"),
        (lambda raw: raw.update(vo_lang="ja"), "$.vo_lang"),
        (lambda raw: raw.pop("shots"), "shots"),
    ],
)
def test_a_bad_plan_names_its_field_and_leaves_no_reel(folder: Path, library: Path, change: Any, field: str) -> None:
    broken(folder, change)
    with pytest.raises(BadInput) as caught:
        bring(folder, library)
    assert field in str(caught.value)
    assert "plan_expanded.json" in str(caught.value)
    assert not library.exists()


def test_a_cut_plan_and_no_plan_are_refused(folder: Path, library: Path) -> None:
    half(folder / "plan_expanded.json")
    with pytest.raises(BadInput, match="not valid JSON"):
        bring(folder, library)
    (folder / "plan_expanded.json").unlink()
    with pytest.raises(BadInput, match=r"no plan_expanded\.json or plan\.json"):
        bring(folder, library)


def test_files_of_another_plan_are_not_taken(folder: Path, library: Path) -> None:
    plan = toy_plan()
    old = [{"index": shot.index, "prompt": shot.prompt} for shot in plan.shots]
    old[1]["prompt"] = "Pan left. A dog. shot on 35mm film"
    events = [
        {"stage": "plan_ready", "shots": old},
        *({"stage": "keyframe_ready", "shot": shot, "seconds": 2.0} for shot in range(3)),
        *(event for shot in range(3) for event in judged(shot)),
        {"stage": "started", "prompt": "again"},
        {"stage": "plan_ready", "shots": [{"index": shot.index, "prompt": shot.prompt} for shot in plan.shots]},
        {"stage": "vo_chunk_ready", "shot": 0, "text": "Other words."},
        {"stage": "vo_chunk_ready", "shot": 1, "text": "Line number 1."},
    ]
    write_log(folder / "events.jsonl", events)
    _, report = bring(folder, library)
    refused = {name for name, outcome in became(report).items() if outcome == "refused"}
    assert refused == {"keyframe_01.png", "clip_01.mp4", "vo_00.wav"}
    assert "other words" in reason(report, "clip_01.mp4")


# --- verdicts ---------------------------------------------------------------------------------------------------


def only(*events: dict[str, Any] | str) -> bytes:
    return "\n".join(event if isinstance(event, str) else json.dumps(event) for event in events).encode()


TEN = dict.fromkeys(("character_match", "scene_match", "composition", "artifact_free", "overall"), 10)
VERDICT = judged(0)[-1]
UNJUDGED = {
    "no verdict": (only(*judged(0)[:3]), "no verdict"),
    "an empty log": (b"", "no verdict"),
    "the third attempt is never judged": (only(*judged(0), *judged(0, 2), *judged(0, 3)[:2]), "no verdict"),
    "killed while rendering again": (only(*judged(0), judged(0, 2)[0]), "rendered again when the log ends"),
    "verdict of another attempt": (
        only(*judged(0, 2)[:3], {**VERDICT, "attempt": 1}),
        "of attempt 1, the clip of attempt 2",
    ),
    "verdict without a clip": (only(VERDICT), "does not say of which attempt"),
    "a critic that failed counted as ten": (
        only(*judged(0)[:3], {"stage": "critic_error", "shot": 0, "error": "CUDA OOM"}, {**VERDICT, "score": TEN}),
        "critic failed: CUDA OOM",
    ),
    "failed after its verdict": (only(*judged(0), {"stage": "critic_failed", "shot": 0}), "critic failed"),
    "a critic that never loaded": (
        only("[critic] load failed: no such checkpoint", *judged(0, score=TEN)),
        "critic failed",
    ),
    "words before the marks": (
        only(*judged(0)[:3], "critic exception, using default " + json.dumps({**VERDICT, "score": TEN})),
        "critic failed",
    ),
    "error in the score": (only(*judged(0, score={**TEN, "error": "timeout"})), "critic failed: error: timeout"),
    "error beside the score": (only(*judged(0)[:3], {**VERDICT, "exception": "x"}), "critic failed: exception"),
    "overall 70": (only(*judged(0, score={**SCORE, "overall": 70})), "$.overall"),
    "overall 0": (only(*judged(0, score={**SCORE, "overall": 0})), "$.overall"),
    "marks as words": (only(*judged(0, score={**SCORE, "scene_match": "9"})), "$.scene_match"),
    "a mark is missing": (only(*judged(0, score={"overall": 9})), "character_match"),
    "an unknown label": (only(*judged(0, score={**SCORE, "issues": ["CRITIC_ERROR: x"]})), "$.issues"),
    "a score that is none": (only(*judged(0, score="8/10")), "holds no marks"),
    "a torn last line": (only(*judged(0)[:3]) + b"\n" + json.dumps(VERDICT).encode()[:90], "no verdict"),
}


@pytest.mark.parametrize(("log", "words"), UNJUDGED.values(), ids=UNJUDGED.keys())
def test_no_verdict_is_invented(log: bytes, words: str) -> None:
    story = read_log([log]).clip(0)
    assert story.verdict is None
    assert words in story.doubt


GIVEN = {
    "plain": only(*judged(0)),
    "of the last attempt": only(*judged(0, score=TEN), *judged(0, 2)),
    "as a stream of events": only(*("data: " + json.dumps(event) for event in judged(0))),
    "another shot's critic failed": only(*judged(0), *judged(1)[:3], {"stage": "critic_error", "shot": 1}),
    "passed, without times of rendering": only(VERDICT, {"stage": "clip_passed", "shot": 0, "attempts": 1}),
    "without a stage": only(*judged(0)[:3], {"shot": 0, "attempt": 1, "score": SCORE}),
    "between other lines": only("{broken", "", "[1, 2]", *judged(0), '{"stage": 3}', "rendering took a while"),
}


@pytest.mark.parametrize("log", GIVEN.values(), ids=GIVEN.keys())
def test_a_verdict_the_log_gives_for_the_clip_is_taken(log: bytes) -> None:
    verdict = read_log([log]).clip(0).verdict
    assert verdict is not None
    assert (verdict.overall, verdict.artifact_free, len(verdict.issues)) == (8, 7, 1)


def timed(events: list[dict[str, Any]], start: float) -> bytes:
    return only(*({**event, "ts": start + place} for place, event in enumerate(events)))


def test_several_logs_go_by_their_times_or_count_for_nothing() -> None:
    newer, older = timed(judged(0, 2), 2000.0), timed(judged(0, score=TEN), 1000.0)
    for logs in ([newer, older], [older, newer]):
        story = read_log(logs).clip(0)
        assert story.verdict is not None
        assert (story.verdict.overall, story.attempt) == (8, 2)
    assert "order cannot be told" in read_log([newer, only(*judged(0))]).clip(0).doubt
    assert "critic failed" in read_log([newer, b"shot 0: critic exception"]).clip(0).doubt
    assert read_log([newer, b"shot 1: critic exception"]).clip(0).verdict is not None
    assert "critic failed" in read_log([newer, b"critic never loaded: failed"]).clip(0).doubt


def test_an_unjudged_clip_is_judged_by_resume_and_not_made_again(folder: Path, library: Path) -> None:
    events = [*judged(0), *judged(1)[:3], {"stage": "critic_error", "shot": 1, "error": "OOM"}, *judged(2)]
    write_log(folder / "events.jsonl", events)
    root, report = bring(folder, library)
    assert became(report)["clip_01.mp4"] == Outcome.UNJUDGED.value
    assert not (root / "shots/01/takes/001/verdict.json").exists()
    assert "NOT JUDGED" in (root / layout.CRITIC_LOG).read_text()
    assert report.due == ("shots/01/takes/001/verdict", "reel")
    assert made(play(root)[1]) == ["shots/01/takes/001/verdict", "reel"]
    check_kept(folder, root)


def test_without_a_log_every_clip_is_unjudged(folder: Path, library: Path) -> None:
    (folder / "events.jsonl").unlink()
    _, report = bring(folder, library)
    assert {outcome for name, outcome in became(report).items() if name.startswith("clip")} == {"unjudged"}
    assert sum(step.endswith("/verdict") for step in report.due) == 3


def test_a_clip_that_failed_gets_another_take_and_stays_itself(folder: Path, library: Path) -> None:
    bad = {**dict.fromkeys(TEN, 3), "issues": ["CAMERA_IGNORED: it pans"]}
    write_log(folder / "events.jsonl", [*judged(0, score=bad), *judged(1), *judged(2)])
    root, _ = bring(folder, library)
    assert made(play(root)[1]) == ["shots/00/takes/002/clip", "shots/00/takes/002/verdict", "reel"]
    receipt = read_receipt(root / "shots/00/takes/002/clip.json")
    assert receipt is not None
    assert receipt.why == "take 1 failed: CAMERA_IGNORED"
    check_kept(folder, root)


# --- names, sizes, settings -------------------------------------------------------------------------------------


def test_other_names_folders_and_cases(folder: Path, library: Path) -> None:
    renames = {
        "plan_expanded.json": "Plan.json",
        "clip_00.mp4": "clips/Clip_0.MP4",
        "clip_01.mp4": "clips/shot_01.mp4",
        "keyframe_00.png": "pictures/KF_00.png",
        "master_A.png": "pictures/MASTER_a.PNG",
        "master_AB.png": "pictures/master_group.png",
        "vo_02.wav": "sound/voice_2.wav",
        "events.jsonl": "logs/run.log",
    }
    for name, other in renames.items():
        (folder / other).parent.mkdir(exist_ok=True)
        (folder / name).rename(folder / other)
    (folder / "clips/notes.txt").write_text("x")
    picture(folder / "master_C.png", 5)
    clip(folder / "clip_09.mp4", 5)
    clip(folder / "clips/clip_02.mp4", 5)
    (folder / "sound/older").mkdir()
    root, report = bring(folder, library)
    assert report.due == ("reel",)
    left = {name for name, outcome in became(report).items() if outcome == "left"}
    assert left == {"clips/notes.txt", "master_C.png", "clip_09.mp4", "clips/clip_02.mp4", "sound/older/"}
    assert sha(root / "shots/02/takes/001/clip.mp4") == sha(folder / "clip_02.mp4")


def test_links_are_not_followed(folder: Path, library: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("clip_01.mp4", "events.jsonl"):
        (folder / name).rename(outside / name)
        (folder / name).symlink_to(outside / name)
    picture(outside / "keyframe_07.png", 1)
    (folder / "more").symlink_to(outside)
    root, report = bring(folder, library)
    assert {became(report)[name] for name in ("clip_01.mp4", "events.jsonl", "more")} == {"left"}
    assert "symbolic link" in reason(report, "clip_01.mp4")
    assert not (root / "shots/01/takes").exists()
    assert "shots/01/takes/001/clip" in report.due


@pytest.mark.parametrize(
    ("figures", "whole"),
    [
        ([(81, 16)] * 5 + [(60, 16)], (81, 16)),
        ([(81, 16), (60, 16), (60, 16)], (81, 16)),
        ([(60, 16)], (81, 16)),
        ([(100, 24)], (121, 24)),
        ([(121, 24)] * 2 + [(97, 24)], (121, 24)),
        ([(49, 16)] * 3, (49, 16)),
        ([], None),
    ],
)
def test_how_long_a_whole_clip_is(figures: list[tuple[int, float]], whole: tuple[int, float] | None) -> None:
    clips = [Seen(frames, fps, 64, 64, frames / fps, 0.0) for frames, fps in figures]
    assert whole_clip(clips) == whole
    for seen in clips:
        assert whole is not None
        assert bool(too_short(seen, whole)) == (seen.frames < whole[0])


def test_clips_of_two_equally_long_presets_are_both_whole() -> None:
    assert not too_short(Seen(121, 24, 64, 64, 121 / 24, 0.0), (81, 16))
    assert too_short(Seen(97, 24, 64, 64, 97 / 24, 0.0), (81, 16))


def test_settings_are_what_the_clips_are() -> None:
    film = [Seen(121, 24, 720, 1280, 121 / 24, 0.0)] * 2 + [Seen(121, 24, 480, 832, 121 / 24, 0.0)]
    settings = settings_of(toy_plan(vo_lang=Language.JAPANESE), film, [])
    assert (settings.preset, settings.aspect, settings.width) == (PresetName.CINEMATIC, Aspect.TALL, 720)
    assert (settings.language, settings.shots, settings.engine) == (Language.JAPANESE, 3, "animatic")
    assert settings_of(toy_plan(), [], [Seen(1, 0, 961, 961, 0, 0)]).width == 960


def test_a_clip_of_another_size_is_taken_and_judged_by_its_own(folder: Path, library: Path) -> None:
    clip(folder / "clip_02.mp4", 3, size=(96, 64))
    write_log(folder / "events.jsonl", [*judged(0), *judged(1)])
    root, report = bring(folder, library)
    assert became(report)["clip_02.mp4"] == "unjudged"
    assert made(play(root)[1]) == ["shots/02/takes/001/verdict", "reel"]
    receipt = read_receipt(root / "shots/02/takes/001/verdict.json")
    assert receipt is not None
    assert (receipt.request.width, receipt.request.height) == (96, 64)  # type: ignore[union-attr]


# --- an import that fails ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("stop", [DiskTrouble("the disk is full"), KeyboardInterrupt(), OSError(28, "No space")])
def test_a_failed_import_leaves_nothing(
    folder: Path, library: Path, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    really, times = studio_carry.commit, []

    def commit(*args: Any) -> Any:
        times.append(1)
        if len(times) == 9:
            raise stop
        return really(*args)

    monkeypatch.setattr(studio_carry, "commit", commit)
    with pytest.raises((ReelError, KeyboardInterrupt)):
        bring(folder, library)
    assert len(times) == 9
    assert list(library.iterdir()) == []


def test_a_file_that_cannot_be_read_is_refused(folder: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = studio_carry.open_source

    def open_source(path: Path) -> Any:
        if path.name == "vo_00.wav":
            raise PermissionError(13, "Permission denied")
        return really(path)

    monkeypatch.setattr(studio_carry, "open_source", open_source)
    _, report = bring(folder, library)
    assert became(report)["vo_00.wav"] == "refused"
    assert "Permission denied" in reason(report, "vo_00.wav")
    assert report.due == ("shots/00/narration", "reel")


def test_a_name_that_is_taken_is_refused_and_a_sentence_gets_a_number(folder: Path, library: Path) -> None:
    assert [bring(folder, library)[0].name for _ in range(2)] == ["aiko-walks-home", "aiko-walks-home-2"]
    bring(folder, library, name="mine")
    with pytest.raises(BadInput, match="already a reel named mine"):
        bring(folder, library, name="mine")
    assert len(list(library.iterdir())) == 3


def test_a_name_taken_while_files_are_copied_gives_the_next_one(
    folder: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = studio_carry.commit

    def commit(*args: Any) -> Any:
        (library / "aiko-walks-home" / "of somebody else").mkdir(parents=True, exist_ok=True)
        return really(*args)

    monkeypatch.setattr(studio_carry, "commit", commit)
    root, report = bring(folder, library)
    assert (root.name, read_reel(root).name) == ("aiko-walks-home-2", "aiko-walks-home-2")
    assert report.due == ("reel",)
    assert {path.name for path in library.iterdir()} == {"aiko-walks-home", "aiko-walks-home-2"}


# --- the verb -----------------------------------------------------------------------------------------------------


def test_the_verb_in_a_process_of_its_own_for_decoders(
    folder: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half(folder / "clip_02.mp4")
    (folder / "evil\x1b[31m.txt").write_text("x")
    assert main(["import", str(folder), "--name", "mine"]) == 0
    out, _ = capsys.readouterr()
    assert "\x1b" not in out
    assert "refused   clip_02.mp4" in out
    assert "taken     clip_00.mp4              clip 0" in out
    assert "resume will make: clip 2, verdict 2, mix" in out
    assert "reeltui resume mine" in out
    assert main(["import", str(folder), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["due"] == ["shots/02/takes/001/clip", "shots/02/takes/001/verdict", "reel"]
    assert report["ahead"]["seconds"] > 0
    assert main(["status", "mine"]) == 0
    assert "due: clip 2, mix" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["missing", "file", "reel", "around", "bad\0name"])
def test_folders_that_cannot_be_imported(
    folder: Path, library: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given, words = {
        "missing": (tmp_path / "missing", "No such file"),
        "file": (folder / "music.wav", "is no folder"),
        "reel": (folder, "is a reel already"),
        "around": (tmp_path, "which is only read"),
        "bad\0name": (Path("bad\0name"), "cannot read"),
    }[name]
    if name == "reel":
        (folder / layout.REEL_FILE).write_text("x")
    before = hashes(folder)
    assert main(["import", str(given)]) == 2
    assert words in capsys.readouterr().err
    assert hashes(folder) == before
    assert not library.exists()


def test_a_decoder_that_dies_refuses_the_file(folder: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dying(InlineEyes):
        def look(self, path: Path) -> Seen:
            if path.name == "clip_00.mp4":
                raise EngineTrouble("clip_00.mp4 takes its decoder down")
            return super().look(path)

    report = import_studio(folder, library, toy_lineup(), load_wording(), Dying(Path(os.devnull)))
    assert became(report)["clip_00.mp4"] == "refused"
