"""What `status` and a run without a bar say to a person: what goes on, how long it takes, and how sure that is."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from core.film.event import Beside, Event, Happened, Live
from core.film.gauge import Gauge
from core.pipeline.cost import Rates, forecast
from core.pipeline.eta import remaining
from core.pipeline.report import PhaseReport, StatusReport, report
from reeltui.cli import say
from reeltui.cli.progress import show
from reeltui.cli.status import describe
from tests.stage import TINY, board, new_reel
from tests.toys import toy_lineup, toy_plan
from tests.watching import ROOT

GB = 10**9
CLIP = Beside("shots/00/takes/001/clip", "animate", 0.25, "step 6\x1b[2J", 40.0, "cuda:0", 77)
MUSIC = Beside("music", "music", 0.0, "", 0.0, "cpu", 78, "loading")


def live(at: float, **changes: object) -> Live:
    first = Live(at, os.getpid(), CLIP.step, "animate", 0.25, "", 40.0, 5, 12, 720.0, 545.0, 930.0, (CLIP, MUSIC))
    return msgspec.structs.replace(first, **changes)


@pytest.fixture
def status(library: Path) -> StatusReport:
    root = new_reel(library, TINY, toy_plan(3))
    snapshot, assessed = board(root)
    ahead = remaining(forecast(assessed, toy_lineup(), snapshot.reel.settings), Rates(toy_lineup(), []))
    return report(snapshot, assessed, ahead)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ((720.0, 545.0, 930.0), "about 12 min (9 to 16)"),
        ((720.0, 700.0, 720.0), "about 12 min (11 to 12)"),
        ((720.0, 720.0, 720.0), "about 12 min"),
        ((720.0, None, None), "about 12 min"),
        ((45.0, 30.5, 70.2), "about 45 s (30 to 71)"),
        ((80.0, 40.0, 200.0), "about 80 s (40 to 200)"),
        ((7200.0, 5400.0, 10800.0), "about 2 h 00 min (1 h 30 min to 3 h 00 min)"),
        ((5400.0, 30.0, 7200.0), "about 1 h 30 min (30 s to 2 h 00 min)"),
        ((0.4, 0.2, 3.0), "about 0.4 s"),
        ((0.0, 0.0, 0.0), "about 0.0 s"),
        ((None, None, None), "?"),
    ],
)
def test_how_long_it_takes_in_words(figures: tuple[float | None, float | None, float | None], words: str) -> None:
    assert say.eta(*figures) == words


def test_nothing_is_said_of_what_does_not_go_on(status: StatusReport) -> None:
    text = "\n".join(describe(status))
    assert "left" not in text
    assert "[" not in text


def test_every_step_under_way_has_a_bar_and_the_device_its_memory(status: StatusReport) -> None:
    gauges = (
        Gauge("cuda:0", "a card", 141 * GB, 90 * GB),
        Gauge("fake:b", used=GB, simulated=True),
        Gauge("cuda:1", "unknown"),
    )
    told = msgspec.structs.replace(
        status, running=(CLIP, MUSIC), gauges=gauges, eta_seconds=720.0, eta_low=545.0, eta_high=930.0
    )
    lines = describe(told)
    first = lines.index("  [#####...............]  25%  clip 0 on cuda:0, working   step 6[2J")
    assert lines[first + 1 :][:5] == [
        "  [....................]   0%  music on cpu, loading",
        "  cuda:0 holds 90.0 GB of 141.0 GB",
        "  fake:b (simulated) holds 1.0 GB",
        "  about 12 min (9 to 16) left",
        "",
    ]


def test_an_old_look_says_so(status: StatusReport) -> None:
    told = msgspec.structs.replace(status, running=(CLIP,), live_at=1.0, stale=True)
    assert any("old: its worker hangs or is stopped" in line for line in describe(told))
    assert not any("old:" in line for line in describe(msgspec.structs.replace(told, stale=False)))


def test_a_long_step_is_told_of_once_a_minute_where_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    done = Event(Happened.STEP_DONE, 1110.0, "music", "music", done=6, total=12, data={"seconds": 3.0})
    quiet = live(1300.0, running=())
    seen = [live(float(at)) for at in range(1000, 1100, 10)] + [done, live(1160.0), live(1170.0), quiet]
    show(iter(seen), as_json=False)
    said = capsys.readouterr()
    meanwhile = "[  5/12] animate   clip 0 25%, music (loading)   about 12 min (9 to 16) left"
    assert said.err.splitlines() == [meanwhile, "[  6/12] music     music  3.0 s", meanwhile]
    assert said.out == ""


def test_without_an_estimate_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    show(iter([live(1.0), live(99.0, eta=None)]), as_json=False)
    assert capsys.readouterr().err == "[  5/12] animate   clip 0 25%, music (loading)\n"


def test_every_field_of_the_status_is_documented() -> None:
    section = (ROOT / "docs/cli.md").read_text(encoding="utf-8").partition("\n## status\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    told = {field.encode_name for struct in (StatusReport, PhaseReport) for field in msgspec.structs.fields(struct)}
    missing = {name for name in told if not any(f"`{name}`" in row for row in rows)}
    assert missing == set()
