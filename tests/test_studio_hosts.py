"""Director and critic in real host processes: one load for both, whatever dies costs one try, and nothing stays."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.event import Happened
from core.film.failure import Cause
from core.film.lineup import Lineup, Role
from core.film.requests import DirectRequest
from core.worker.hosts.messages import Cancel, Failed, Finished, Run, Stopped, Working
from core.worker.hosts.process import Host, StepTrouble, cause_of
from tests.stage import board, made, new_reel, play
from tests.tiny.hub import place
from tests.tiny.server import KEY, environment, noted, running
from tests.toys import toy_lineup
from tests.watching import alive, until

pytestmark = pytest.mark.slow

TARGET = "core.engines.studio.vision_language:VisionLanguage"
OPTIONS: dict[str, str | int | float | bool] = {
    "repository": "tiny/director",
    "command": f"{sys.executable} -m tests.tiny.server",
    "start_seconds": 60.0,
}
WISH = DirectRequest("Aiko walks", 2, None, 5.0, 3)


@pytest.fixture(autouse=True)
def _model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", os.fspath(tmp_path / "hub"))
    place(tmp_path / "hub", "tiny/director", lambda folder: (folder / "config.json").write_text("{}") and None)


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that says what the servers of this test are to do."""

    def say(**words: list[str]) -> None:
        for name, value in environment(tmp_path / "tiny", **words).items():
            monkeypatch.setenv(name, value)

    say()
    return say


def servers(tmp_path: Path) -> list[int]:
    """Return the process ids of the servers that were started."""
    return [note["pid"] for note in noted(tmp_path / "tiny" / "record.jsonl") if "pid" in note]


def studio(**options: str) -> Lineup:
    """Return toys with the studio's director and critic, which are one load."""
    lineup = toy_lineup()
    backends = dict(lineup.backends)
    for role in (Role.DIRECTOR, Role.CRITIC):
        backends[role] = msgspec.structs.replace(
            backends[role], target=TARGET, loads_as="vision-language", options={**OPTIONS, **options}
        )
    return msgspec.structs.replace(lineup, backends=backends)


@pytest.fixture
def host(tmp_path: Path, script: Any) -> Iterator[Host]:
    """A host that has loaded the backend, and with it its own server."""
    with Host(TARGET, device="cpu", log=tmp_path / "worker.log", options=OPTIONS) as one:
        yield one


def test_a_reel_is_directed_and_judged_by_one_server(library: Path, tmp_path: Path, script: Any) -> None:
    script(plan=["good"], verdict=["nine"])
    root = new_reel(library)
    outcome, events = play(root, studio(), hosts=True)
    assert outcome == "done"
    assert len(servers(tmp_path)) == 1
    snapshot, _ = board(root)
    assert all(take.verdict and take.verdict.receipt for takes in snapshot.takes.values() for take in takes)
    (take,) = snapshot.takes[0]
    assert take.verdict is not None
    assert take.verdict.receipt is not None
    assert take.verdict.receipt.verdict is not None
    assert take.verdict.receipt.verdict.overall == 9
    assert take.verdict.receipt.facts["model"] == "tiny/director"
    assert str(take.verdict.receipt.facts["model_revision"]).startswith("0123456789")
    assert until(lambda: not any(map(alive, servers(tmp_path))))
    assert not [event for event in events if event.event is Happened.STEP_FAILED]


def test_a_server_that_dies_in_mid_answer_costs_one_try(library: Path, tmp_path: Path, script: Any) -> None:
    script(plan=["good"], verdict=["nine"], die_once=["verdict"])
    outcome, _ = play(new_reel(library), studio(), hosts=True)
    assert outcome == "done"
    assert len(servers(tmp_path)) == 2
    assert not any(map(alive, servers(tmp_path)))


def test_a_server_that_was_there_before_stays(
    library: Path, tmp_path: Path, script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_KEY", KEY)
    with running(tmp_path / "given", verdict=["nine"]) as tiny:
        outcome, _ = play(new_reel(library), studio(server=tiny.address, key="TINY_KEY"), hosts=True)
        assert outcome == "done"
        assert tiny.process.poll() is None
        asked = {note["body"]["response_format"]["json_schema"]["name"] for note in tiny.asked()}
    assert asked == {"plan", "verdict"}
    assert servers(tmp_path) == []


def test_a_host_that_is_told_to_quit_has_ended_its_server_when_it_is_gone(host: Host, tmp_path: Path) -> None:
    host.wait_loaded()
    (pid,) = servers(tmp_path)
    assert alive(pid)
    host.end()
    assert not alive(pid)


def test_a_host_that_is_killed_takes_its_server_with_it(host: Host, tmp_path: Path) -> None:
    host.wait_loaded()
    (pid,) = servers(tmp_path)
    host.end(gently=False)
    until(lambda: not alive(pid))


def test_a_host_is_given_up_while_its_server_starts(tmp_path: Path, script: Any) -> None:
    script(start=["hang"])
    with Host(TARGET, device="cpu", log=tmp_path / "worker.log", options=OPTIONS):
        until(lambda: servers(tmp_path))
    until(lambda: not any(map(alive, servers(tmp_path))))


def test_a_cancel_leaves_the_server_for_the_next_step(tmp_path: Path, script: Any) -> None:
    script(plan=["hang", "good"])
    with Host(TARGET, device="cpu", log=tmp_path / "worker.log", options=OPTIONS) as host:
        host.wait_loaded()
        host.say(Run(WISH, os.fspath(tmp_path), os.fspath(tmp_path)))
        until(lambda: any(isinstance(one, Working) and "writing" in one.note for one in host.take()))
        host.say(Cancel())
        until(lambda: any(isinstance(one, Stopped) for one in host.take()))
        (tmp_path / "stage").mkdir()
        *_, last = host.work(Run(WISH, os.fspath(tmp_path), os.fspath(tmp_path / "stage")))
        assert isinstance(last, Finished)
    assert len(servers(tmp_path)) == 1


def test_a_card_without_room_is_told_as_too_little_memory(tmp_path: Path, script: Any) -> None:
    script(start=["fail"])
    with (
        Host(TARGET, device="cpu", log=tmp_path / "worker.log", options=OPTIONS) as host,
        pytest.raises(StepTrouble, match="out of memory") as caught,
    ):
        host.wait_loaded()
    assert caught.value.cause is Cause.OUT_OF_MEMORY


def test_missing_weights_are_told_with_how_to_get_them(tmp_path: Path, script: Any) -> None:
    options = {**OPTIONS, "repository": "tiny/absent"}
    with (
        Host(TARGET, device="cpu", log=tmp_path / "worker.log", options=options) as host,
        pytest.raises(StepTrouble, match="tiny/absent is not on this machine") as caught,
    ):
        host.wait_loaded()
    assert caught.value.remedy == "reeltui models fetch tiny/absent"
    assert servers(tmp_path) == []


def test_a_plan_nobody_can_read_needs_a_person_and_is_not_asked_for_again(
    library: Path, tmp_path: Path, script: Any
) -> None:
    script(plan=["prose"])
    outcome, events = play(new_reel(library), studio(), hosts=True)
    assert outcome != "done"
    assert made(events) == []
    assert len(servers(tmp_path)) == 1, "a new host would have been told the same"
    asked = [note for note in noted(tmp_path / "tiny" / "record.jsonl") if "body" in note]
    assert len(asked) == 3


def test_what_needs_a_person_is_no_failure_to_try_again() -> None:
    assert cause_of(Failed("NoPlan", "no usable plan", "", 3)) is Cause.REFUSED


def test_takes_nobody_can_judge_stay_unjudged_and_the_reel_is_finished(
    library: Path, tmp_path: Path, script: Any
) -> None:
    script(plan=["good"], verdict=["overall 70"])
    root = new_reel(library)
    play(root, studio(), hosts=True)
    snapshot, _ = board(root)
    receipts = [take.verdict.receipt for takes in snapshot.takes.values() for take in takes if take.verdict]
    assert receipts
    assert all(receipt and receipt.verdict is None and "no verdict" in receipt.unjudged for receipt in receipts)
    assert len(servers(tmp_path)) == 1, "who refuses is sound, and is not loaded again"
