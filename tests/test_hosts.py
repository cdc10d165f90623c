"""Host processes for real: work, progress, every way to fail, and that none of them outlives its worker."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from PIL import Image

from core.engines.roles import Room
from core.film.camera import CameraMove
from core.film.errors import DiskTrouble, EngineTrouble, TryAgain
from core.film.event import Happened
from core.film.language import Language
from core.film.requests import AnimateRequest, ComposeRequest, Made, NarrateRequest, Request
from core.worker.hosts import child
from core.worker.hosts import hire as hire_module
from core.worker.hosts.checks import INSPECTOR
from core.worker.hosts.messages import Failed, Finished, Inspect, Run, Working
from core.worker.hosts.process import Host, HostLost
from tests import toys
from tests.asking import clip_of, picture_of
from tests.stage import made, new_reel, play
from tests.toys import toy_lineup, toy_plan
from tests.watching import ROOT, alive, leftovers, until

LINE = NarrateRequest("a line", Language.AMERICAN_ENGLISH, "af_heart", 1.0, 5.0)
PICTURE = picture_of(subject="A", prompt="Aiko stands", strength=0.5, seed=1)
CLIP = clip_of(prompt="Pan left. Aiko walks", camera=CameraMove.PAN_LEFT, steps=30, cache=0.0, strength=0.5, seed=1)


@pytest.fixture
def hire(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    """Start hosts of rogues; whatever a test does, they end with it."""
    with contextlib.ExitStack() as stack:

        def started(name: str, silence: float = 60.0) -> Host:
            target = name if ":" in name else f"tests.rogues:{name}"
            return stack.enter_context(Host(target, device="cpu", log=tmp_path / "worker.log", silence=silence))

        yield started


def work(host: Host, stage: Path, request: Request = LINE) -> list[Working | Finished | Failed]:
    """Give a host one step; return everything it answered."""
    return list(host.work(Run(request, str(stage), str(stage))))


# --- work --------------------------------------------------------------------------------------------------


def test_a_host_loads_and_works_and_says_how_far_it_is(hire: Callable[..., Host], tmp_path: Path) -> None:
    host = hire("Sound")
    assert host.wait_loaded().versions["python"] == sys.version.split()[0]
    *progress, finished = work(host, tmp_path)
    assert [p.fraction for p in progress if isinstance(p, Working)] == [n / 8 for n in range(8)]
    assert progress[3].note == "part 3"  # type: ignore[union-attr]
    assert isinstance(finished, Finished)
    assert finished.made.facts == {"pid": host.pid}, "it was done in another process"
    assert finished.seconds > 0


def test_versions_are_plain_words_whatever_class_a_library_tells_them_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch.__version__ is a class of its own, which no message can carry."""

    class Version(str):
        __slots__ = ()

    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(__version__=Version("2.13.0")))  # type: ignore[arg-type]
    assert type(child._versions()["torch"]) is str
    msgspec.msgpack.encode(child._versions())


def test_the_silence_limit_is_about_silence_and_not_about_work(hire: Callable[..., Host], tmp_path: Path) -> None:
    assert isinstance(work(hire("Sound", silence=1.5), tmp_path)[-1], Finished)  # works for 2 s


def test_a_host_does_many_steps_with_one_load(hire: Callable[..., Host], tmp_path: Path) -> None:
    host = hire("Talker")
    answers = [work(host, tmp_path)[-1] for _ in range(3)]
    assert all(isinstance(answer, Finished) for answer in answers)
    assert host.loaded is host.wait_loaded()


def test_what_a_backend_prints_goes_to_the_log_and_not_between_the_messages(
    hire: Callable[..., Host], tmp_path: Path
) -> None:
    *progress, finished = work(hire("Talker"), tmp_path)
    assert isinstance(finished, Finished)
    assert [p.fraction for p in progress if isinstance(p, Working)] == [0.0, 1.0], "a fraction stays within 0..1"
    assert len(progress[0].note) == 200  # type: ignore[union-attr]
    log = (tmp_path / "worker.log").read_text()
    for words in ("a library says hello", "straight to descriptor 1", "and complains", "a child speaks"):
        assert words in log


def test_a_host_leaves_the_processor_to_others_of_every_session(hire: Callable[..., Host]) -> None:
    host = hire("Talker")
    host.wait_loaded()
    assert os.getpriority(os.PRIO_PROCESS, host.pid) == os.getpriority(os.PRIO_PROCESS, 0) + 10
    group = Path(f"/proc/{host.pid}/autogroup")
    if Path("/proc/sys/kernel/sched_autogroup_enabled").exists():
        assert group.read_text().split()[1:] == ["nice", "10"]
        assert Path("/proc/self/autogroup").read_text() != group.read_text(), "its session is its own"


def test_a_host_ends_when_told_and_may_be_told_twice(hire: Callable[..., Host]) -> None:
    host = hire("Talker")
    host.wait_loaded()
    host.end()
    host.end()
    assert not alive(host.pid)


# --- failing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rogue", "words"),
    [
        ("Segfault", "was ended by SIGSEGV"),
        ("Killed", "was ended by SIGKILL (often the kernel's memory killer)"),
        ("TornByDeath", "was ended by SIGSEGV"),
        ("Quitter", "ended without an answer (status 0)"),
        ("Leaver", "ended without an answer (status 3)"),
        pytest.param("LoudGarbage", "answered what is no answer", marks=pytest.mark.slow),
        ("FramedGarbage", "answered what is no answer"),
        ("Boaster", "answered what is no answer"),
        pytest.param("PipeCloser", "closed its pipe", marks=pytest.mark.slow),
    ],
)
def test_a_host_that_dies_or_talks_nonsense_is_an_error_and_is_gone(
    hire: Callable[..., Host], tmp_path: Path, rogue: str, words: str
) -> None:
    host = hire(rogue)
    with pytest.raises(HostLost, match=rogue) as lost:
        work(host, tmp_path)
    assert words in str(lost.value)
    assert lost.value.remedy
    assert lost.value.exit_code == 6
    host.end(gently=False)
    assert not alive(host.pid)


@pytest.mark.parametrize("rogue", ["Hanger", "HalfMessage"])
def test_a_host_that_falls_silent_is_stopped(hire: Callable[..., Host], tmp_path: Path, rogue: str) -> None:
    host = hire(rogue, silence=1.5)
    with pytest.raises(HostLost, match=r"said nothing for 1\.5 s and was stopped") as caught:
        work(host, tmp_path)
    assert "`silence`, [worker] in config.toml" in caught.value.remedy
    assert not alive(host.pid)


def test_a_host_that_never_loads_is_stopped(hire: Callable[..., Host]) -> None:
    host = hire("LoadHanger", silence=1.0)
    with pytest.raises(HostLost, match="said nothing"):
        host.wait_loaded()
    assert not alive(host.pid)


@pytest.mark.parametrize(
    ("target", "words", "remedy"),
    [
        ("LoadRaiser", "the weights are not there", "fetch them"),
        ("tests.rogues:Nobody", "Nobody", "worker.log"),
        ("tests.no_such_module:Any", "no_such_module", "worker.log"),
    ],
)
def test_a_backend_that_cannot_be_loaded_says_why(
    hire: Callable[..., Host], target: str, words: str, remedy: str
) -> None:
    with pytest.raises(EngineTrouble, match=words) as trouble:
        hire(target).wait_loaded()
    assert remedy in trouble.value.remedy


@pytest.mark.parametrize(
    ("rogue", "code", "words"),
    [
        ("Raiser", 6, "ValueError: seven is no colour"),
        ("PoliteRaiser", 6, "there is no paint left"),
        ("Hungry", 6, "not enough memory"),
        ("FullDisk", 5, "No space left on device"),
    ],
)
def test_an_error_in_a_step_is_an_answer_and_the_host_lives_on(
    hire: Callable[..., Host], tmp_path: Path, rogue: str, code: int, words: str
) -> None:
    host = hire(rogue)
    for _ in range(2):
        answer = work(host, tmp_path)[-1]
        assert isinstance(answer, Failed)
        assert answer.exit_code == code
        assert words in answer.message
        assert alive(host.pid)


# --- nothing is left behind -------------------------------------------------------------------------------


def test_what_a_host_started_goes_with_it_even_after_a_crash(hire: Callable[..., Host], tmp_path: Path) -> None:
    host = hire("Parent")
    with pytest.raises(HostLost):
        work(host, tmp_path)
    child = int((tmp_path / "child.pid").read_text())
    assert alive(child), "otherwise this test shows nothing"
    host.end(gently=False)
    until(lambda: not alive(child), 10)


_WORKER = """
import sys
from pathlib import Path
from core.worker.hosts.process import Host
from core.worker.hosts.messages import Run
from tests.test_hosts import LINE
host = Host("tests.rogues:Hanger", device="cpu", log=Path(sys.argv[1], "worker.log"))
for answer in host.work(Run(LINE, sys.argv[1], sys.argv[1])):
    print(host.pid, flush=True)
"""


@pytest.mark.slow
def test_a_host_dies_with_its_worker_even_by_kill_9(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(tmp_path)], cwd=ROOT, env=env, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdout is not None
        host = int(worker.stdout.readline())
        assert alive(host)
        worker.send_signal(signal.SIGKILL)
    until(lambda: not alive(host), 10)


def test_a_host_whose_parent_is_already_gone_ends_at_once(tmp_path: Path) -> None:
    ours, theirs = os.pipe(), os.pipe()
    nobody = 2**22 - 1  # not our process id: as if the worker had died before the host could ask for the signal
    host = subprocess.run(
        [sys.executable, "-m", "core.worker.hosts.child", str(ours[0]), str(theirs[1]), str(nobody)],
        cwd=ROOT,
        pass_fds=(ours[0], theirs[1]),
        timeout=60,
        check=False,
    )
    for descriptor in (*ours, *theirs):
        os.close(descriptor)
    assert host.returncode == 1


# --- the inspector ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inspector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One inspector's host for every test of this module."""
    with Host(INSPECTOR, device="cpu", log=tmp_path_factory.mktemp("inspector") / "worker.log") as host:
        yield host


def looked_at(inspector: Host, request: Request, stage: Path, *files: str, stills: bool = False) -> Finished | str:
    """Have files inspected; return what was made, or why it was refused."""
    answer = list(inspector.work(Inspect(request, str(stage), files, stills)))[-1]
    assert not isinstance(answer, Working)
    return answer if isinstance(answer, Finished) else answer.message


def nobody(fraction: float, note: str = "") -> None:
    """Is told how far a step is."""


def animate(stage: Path, words: str = "", **changes: Any) -> AnimateRequest:
    """Have a toy make a clip of a picture; return the request it was asked."""
    Image.radial_gradient("L").resize((64, 64)).convert("RGB").save(stage / "image.png")
    request = msgspec.structs.replace(CLIP, prompt=CLIP.prompt + words)
    asked = msgspec.structs.replace(request, **changes)
    toys.ToyAnimator().run(asked, Room(stage, stage), nobody)
    return request


def test_a_good_clip_passes_and_gives_four_stills(inspector: Host, tmp_path: Path) -> None:
    found = looked_at(inspector, animate(tmp_path), tmp_path, "clip.mp4", stills=True)
    assert isinstance(found, Finished)
    assert found.made == Made(tuple(f"frame_{n}.jpg" for n in range(4)))
    assert all((tmp_path / name).is_file() for name in found.made.files)


@pytest.mark.parametrize(
    ("words", "changes", "reason"),
    [
        (" [short]", {}, "8 frames at 16 fps, 64x64 instead of 17 frames at 16 fps, 64x64"),
        (" [black]", {}, "the clip is black"),
        ("", {"fps": 24}, "17 frames at 24 fps"),
    ],
)
def test_a_wrong_clip_is_refused_with_the_reason(
    inspector: Host, tmp_path: Path, words: str, changes: dict[str, Any], reason: str
) -> None:
    found = looked_at(inspector, animate(tmp_path, words, **changes), tmp_path, "clip.mp4")
    assert isinstance(found, str)
    assert reason in found


def test_a_clip_cut_off_in_the_middle_is_refused(inspector: Host, tmp_path: Path) -> None:
    request = animate(tmp_path)
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    assert isinstance(looked_at(inspector, request, tmp_path, "clip.mp4"), str)


def test_a_picture_of_another_size_is_refused(inspector: Host, tmp_path: Path) -> None:
    Image.new("RGB", (64, 62)).save(tmp_path / "image.png")
    assert looked_at(inspector, PICTURE, tmp_path, "image.png") == "the picture is 64x62 instead of 64x64"


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_silence_and_a_wrong_length_are_refused(inspector: Host, tmp_path: Path, seconds: float) -> None:
    request = ComposeRequest("calm", 2.0, 1)
    toys.ToyComposer().run(msgspec.structs.replace(request, seconds=seconds), Room(tmp_path, tmp_path), nobody)
    found = looked_at(inspector, request, tmp_path, "music.wav")
    assert isinstance(found, str)
    assert "instead of 2.00 s" in found


@pytest.mark.parametrize("name", ["image.png", "../image.png", ".image.png", "sub/image.png"])
def test_only_a_file_of_its_own_counts(inspector: Host, tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "stage" / "sub").mkdir(parents=True)
    for place in (elsewhere, elsewhere / "stage" / "sub"):
        Image.new("RGB", (64, 64), "teal").save(place / "image.png")
    (elsewhere / "stage" / ".image.png").write_bytes((elsewhere / "image.png").read_bytes())
    (elsewhere / "stage" / "image.png").symlink_to(elsewhere / "image.png")
    found = looked_at(inspector, PICTURE, elsewhere / "stage", name)
    assert isinstance(found, str)
    assert "no file of its own" in found


def test_a_missing_file_is_refused_named_or_not(inspector: Host, tmp_path: Path) -> None:
    assert "no file of its own" in str(looked_at(inspector, PICTURE, tmp_path, "image.png"))
    assert looked_at(inspector, PICTURE, tmp_path) == "the backend made no image.png"


# --- in a run ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_step_whose_host_crashed_is_done_by_a_new_one(library: Path) -> None:
    root = new_reel(library, plan=toy_plan(2))
    outcome, events = play(root, toy_lineup(animator="tests.rogues:CrashOnceAnimator"), hosts=True)
    assert outcome == "done"
    (failed,) = [event for event in events if event.event is Happened.STEP_FAILED]
    assert failed.step == "shots/00/takes/001/clip"
    assert "SIGSEGV" in failed.message
    assert failed.data == {"try": 1, "final": False, "cause": "crashed"}
    pids = [e.data["pid"] for e in events if e.event is Happened.LOADED and e.message == "toy-animator"]
    assert len(set(pids)) == 2, "a new process"
    assert len(made(events)) == len(set(made(events)))
    assert leftovers(root) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "reason"),
    [("[crash]", "SIGSEGV"), ("[short]", "instead of"), ("[black]", "black"), ("[raise]", "told to")],
)
def test_a_step_that_always_fails_is_tried_twice_and_then_given_up(library: Path, words: str, reason: str) -> None:
    plan = toy_plan(3)
    shots = (*plan.shots[:2], msgspec.structs.replace(plan.shots[2], prompt=f"Pan left. Aiko sits. {words}"))
    root = new_reel(library, plan=msgspec.structs.replace(plan, shots=shots))
    outcome, events = play(root, hosts=True)
    assert outcome == "failed"
    failed = [event for event in events if event.event is Happened.STEP_FAILED]
    assert [event.data["try"] for event in failed] == [1, 2]
    assert [event.data["final"] for event in failed] == [False, True]
    assert len({event.step for event in failed}) == 1
    assert reason in failed[0].message
    assert failed[0].step.startswith("shots/02/")
    assert {"music", "shots/00/takes/001/clip", "shots/01/takes/001/verdict"} <= set(made(events)), "the rest goes on"
    assert "reel" not in made(events)
    assert not (root / "shots/02/takes/001/clip.mp4").exists()
    assert leftovers(root) == []


@pytest.mark.slow
def test_a_hanging_step_fails_and_the_reel_goes_on(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pids = []

    class Impatient(Host):
        def __init__(self, target: str, **options: Any) -> None:
            options["silence"] = 2.0 if "narrator" in target.lower() else 60.0
            super().__init__(target, **options)
            pids.append(self.pid)

    monkeypatch.setattr(hire_module, "Host", Impatient)
    root = new_reel(library, plan=toy_plan(1, vo_script_per_shot=("[hang]",)))
    outcome, events = play(root, hosts=True)
    assert outcome == "failed"
    failed = [event for event in events if event.event is Happened.STEP_FAILED]
    assert [(event.step, event.message.split(" ", 1)[1]) for event in failed] == [
        ("shots/00/narration", "said nothing for 2 s and was stopped")
    ] * 2
    assert "music" in made(events)
    assert [pid for pid in pids if alive(pid)] == []


@pytest.mark.slow
def test_half_a_clip_from_a_killed_host_never_enters_the_reel(library: Path) -> None:
    root = new_reel(library, plan=toy_plan(1))
    outcome, _ = play(root, toy_lineup(animator="tests.rogues:HalfwayAnimator"), hosts=True)
    assert outcome == "failed"
    assert list(root.rglob("*.mp4")) == []
    assert leftovers(root) == []


def test_a_full_disk_inside_a_host_stops_the_run_as_such(library: Path) -> None:
    root = new_reel(library, plan=toy_plan(1))
    with pytest.raises(DiskTrouble, match="No space left on device"):
        play(root, toy_lineup(painter="tests.rogues:FullDisk"), hosts=True)
    assert leftovers(root) == []


def test_a_log_that_leads_out_of_the_reel_is_not_followed(library: Path, tmp_path: Path) -> None:
    root = new_reel(library, plan=toy_plan(1))
    victim = tmp_path / "precious.txt"
    victim.write_text("mine")
    (root / "worker.log").symlink_to(victim)
    with pytest.raises(DiskTrouble, match="symbolic link"):
        play(root, hosts=True)
    assert victim.read_text() == "mine"


def test_no_room_for_another_process_says_try_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*words: object, **options: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refused)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(TryAgain, match="could not be started"):
        Host("tests.toys:ToyPainter", device="cpu", log=tmp_path / "worker.log")
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_backend_is_made_with_its_options_and_knows_what_else_is_due(tmp_path: Path) -> None:
    with Host(
        "tests.rogues:Optioned", device="cpu", log=tmp_path / "log", options={"pitch": 1.5, "taste": "dry"}
    ) as host:
        answer = list(host.work(Run(LINE, str(tmp_path), str(tmp_path), ahead=(LINE, LINE))))[-1]
    assert isinstance(answer, Finished)
    assert answer.made.facts == {"pitch": 1.5, "taste": "dry", "ahead": 2}


def test_an_option_that_a_backend_does_not_know_is_an_answer(tmp_path: Path) -> None:
    with (
        Host("tests.rogues:Optioned", device="cpu", log=tmp_path / "log", options={"colour": "red"}) as host,
        pytest.raises(EngineTrouble, match="colour"),
    ):
        host.wait_loaded()
