"""kill -9 in every phase, for real: nobody stays behind, nothing finished is lost or repeated, the end is the same."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from core.film.event import Event, Happened
from core.film.lineup import Phase
from tests.watching import cli, done, events, finish, hosts_of, leftovers, lines, live, receipts, repeated, start, until

pytestmark = pytest.mark.slow

PAUSE = 0.08  # seconds every toy step takes: long enough to be killed in the middle
TOYS = ("make", "Aiko walks", "--name", "walk", "--size", "64x64", "--shots", "2", "--seed", "7")
ANIMATIC = (
    *("make", "a fox runs through the snow", "--name", "walk", "--size", "160x90"),
    *("--shots", "2", "--preset", "draft", "--seed", "1"),
)
WHEN = ("beginning", "middle", "end")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reel of toys that was never disturbed."""
    return _undisturbed(tmp_path_factory.mktemp("whole"), TOYS, "tests.driver")


@pytest.fixture(scope="module")
def whole_animatic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reel of the animatic engine that was never disturbed."""
    return _undisturbed(tmp_path_factory.mktemp("animatic"), ANIMATIC, "reeltui")


def _undisturbed(library: Path, words: tuple[str, ...], module: str) -> Path:
    env = {"XDG_STATE_HOME": str(library / "state"), "XDG_CONFIG_HOME": str(library / "config")}
    code, out, err = cli(*words, "--library", str(library), module=module, env=env)
    assert code == 0, err
    (library / "said").write_text(out)
    return library / "walk"


def test_an_animatic_is_not_presented_as_more(whole_animatic: Path) -> None:
    assert "not a studio render" in (whole_animatic.parent / "said").read_text()


class Moment:
    """The beginning, middle or end of a phase, recognised while it passes."""

    def __init__(self, root: Path, phase: Phase, when: str, whole: list[Event]) -> None:
        self._root = root
        self._phase = phase.value
        self._when = when
        self._steps = len(done(whole, phase.value))

    def __call__(self) -> bool:
        told = events(self._root)
        if self._when == "beginning":
            return any(e.event is Happened.STEP_STARTED and e.phase == self._phase for e in told)
        finished = len(done(told, self._phase))
        if self._when == "end":
            return finished == self._steps
        if self._steps > 1:
            return finished >= self._steps // 2
        now = live(self._root)
        return finished > 0 or bool(now and now.phase == self._phase and now.fraction >= 0.5)


def kill(words: tuple[str, ...], module: str, moment: Moment, pause: float = 0.0) -> list[int]:
    """Run the command line until the moment and kill it; return the hosts it had then, of which none may be left."""
    worker = start(words, module=module, pause=pause)
    try:
        until(lambda: worker.poll() is not None or moment())
        hosts = hosts_of(worker.pid)
    finally:
        worker.send_signal(signal.SIGKILL)
        code, _, err = finish(worker)
    assert code == -signal.SIGKILL, f"it had ended by itself: {err}"
    until(lambda: not hosts_of(worker.pid), 10)
    return hosts


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("phase", Phase, ids=lambda phase: phase.value)
def test_a_killed_run_is_finished_by_resume(library: Path, whole: Path, phase: Phase, when: str) -> None:
    root = library / "walk"
    hosts = kill(TOYS, "tests.driver", Moment(root, phase, when, events(whole)), PAUSE)
    assert hosts or (phase, when) == (Phase.PLAN, "beginning"), "there was nobody who could have been left behind"
    assert set(receipts(root)) <= set(receipts(whole))
    assert cli("resume", "walk")[0] == 0
    told = events(root)
    assert repeated(told, events(whole)) == {}
    assert told[-1].event is Happened.RUN_ENDED
    assert told[-1].data["outcome"] == "done"
    assert receipts(root) == receipts(whole)
    assert leftovers(root) == []
    code, out, _ = cli("status", "walk", "--json")
    assert code == 0
    assert lines(out)[0]["state"] == "done"


def test_a_run_killed_in_every_phase_in_turn_is_finished_too(library: Path, whole: Path) -> None:
    root = library / "walk"
    words: tuple[str, ...] = TOYS
    for phase in Phase:
        kill(words, "tests.driver", Moment(root, phase, "middle", events(whole)), PAUSE)
        words = ("resume", "walk")
    assert cli("resume", "walk")[0] == 0
    assert repeated(events(root), events(whole)) == {}
    assert receipts(root) == receipts(whole)
    assert leftovers(root) == []


def test_a_killed_run_says_so_until_somebody_goes_on(library: Path, whole: Path) -> None:
    root = library / "walk"
    kill(TOYS, "tests.driver", Moment(root, Phase.ANIMATE, "beginning", events(whole)), PAUSE)
    assert lines(cli("status", "walk", "--json")[1])[0]["state"] == "interrupted"
    (card,) = lines(cli("list", "--json")[1])[0]
    assert card["state"] == "interrupted"


def test_what_a_kill_tore_is_mended(library: Path, whole: Path) -> None:
    """A kill can stop a write anywhere; a torn journal line and a half-written stage stand for all of that."""
    root = library / "walk"
    kill(TOYS, "tests.driver", Moment(root, Phase.KEYFRAMES, "end", events(whole)), PAUSE)
    with (root / "events.jsonl").open("ab") as journal:
        journal.write(b'{"event":"step_do')
    stage = root / ".staging" / "shots~00~takes~001~clip"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    (stage / "clip.mp4").write_bytes(b"half")
    assert cli("resume", "walk")[0] == 0
    told = events(root)
    assert repeated(told, events(whole)) == {}
    assert [e.message for e in told if e.event is Happened.MOVED_ASIDE and "1 damaged line" in e.message]
    assert receipts(root) == receipts(whole)
    assert leftovers(root) == []


@pytest.mark.parametrize(
    ("phase", "when"),
    [
        (Phase.PLAN, "beginning"),
        (Phase.MASTERS, "middle"),
        (Phase.KEYFRAMES, "end"),
        (Phase.ANIMATE, "beginning"),
        (Phase.CRITIQUE, "middle"),
        (Phase.MUSIC, "beginning"),
        (Phase.NARRATE, "end"),
        (Phase.MIX, "beginning"),
    ],
    ids=lambda value: value.value if isinstance(value, Phase) else value,
)
def test_a_killed_animatic_is_finished_by_resume(library: Path, whole_animatic: Path, phase: Phase, when: str) -> None:
    root = library / "walk"
    kill(ANIMATIC, "reeltui", Moment(root, phase, when, events(whole_animatic)))
    code, out, err = cli("resume", "walk", "--json", module="reeltui")
    assert code == 0, err
    assert lines(out)[-1]["status"]["state"] == "done"
    assert repeated(events(root), events(whole_animatic)) == {}
    assert receipts(root) == receipts(whole_animatic)
    assert leftovers(root) == []
