"""`reeltui vram`: what it says of this machine and of a reel, in any width, and that it marks what is simulated."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.engines.models import STUDIO_HOLDS
from core.engines.registry import simulated
from core.engines.wording import load_wording
from core.film.event import Happened, Live
from core.film.gauge import Gauge
from core.film.lineup import ROLE_OF, Phase
from core.folder import layout
from core.folder.commit import hash_file
from core.folder.lock import Lock
from core.folder.records import sealed
from core.folder.snapshot import read_snapshot
from core.pipeline.flight import flight
from core.worker.devices.fake import Simulated
from core.worker.devices.find import open_devices
from core.worker.hosts.troupe import Troupe
from core.worker.run import Runner
from core.worker.settings import WorkerSettings
from reeltui.cli import vram, vram_lines
from reeltui.cli.main import main
from reeltui.cli.vram_lines import device_lines, flight_lines
from tests.face import own_signals
from tests.stage import NOW, new_reel
from tests.test_flight import AGAIN, CLIP, GB, OOM, receipt, snapshot
from tests.toys import toy_lineup, toy_plan
from tests.watching import finish, start

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Iterator[Say]:
    """Run `reeltui vram` with some words; return exit code, standard output and standard error."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main(["vram", *words])
        except SystemExit as end:  # --help
            code = int(end.code or 0)
        return (code, *capsys.readouterr())

    with own_signals():
        yield run


@pytest.fixture(autouse=True)
def _no_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("pynvml", "amdsmi"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr("core.worker.devices.sysfs.DRM", Path("/nowhere"))
    monkeypatch.setattr("core.worker.devices.sysfs.NVIDIA", Path("/nowhere"))


def settings(*devices: str) -> None:
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "reeltui" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"[worker]\ndevices = {json.dumps(devices)}\n")


# --- this machine --------------------------------------------------------------------------------------------


def test_a_machine_without_a_gpu_says_so(say: Say) -> None:
    code, out, err = say()
    assert (code, err) == (0, "")
    assert out.startswith("No GPU was found: everything is done on the CPU.\n")
    code, out, _ = say("--json")
    assert (code, json.loads(out)["devices"]) == (0, [])


def test_a_simulated_device_is_marked(say: Say) -> None:
    settings("fake:24", "fake:8:b")
    Simulated("fake:24").hold(6 * GB)
    code, out, _ = say()
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "fake:24   simulated 24.0 GB   SIMULATED: nothing here is measured"
    assert "6.0 GB of 24.0 GB   25%" in lines[1]
    assert lines[2] == "  busy 25%   45 °C   135 W"
    assert lines[3] == f"  process {os.getpid()}   6.0 GB"
    code, out, _ = say("--json")
    told = json.loads(out)["devices"]
    assert [(gauge["device"], gauge["used"], gauge["simulated"]) for gauge in told] == [
        ("fake:24", 6 * GB, True),
        ("fake:8:b", 0, True),
    ]


def test_a_device_of_the_settings_that_is_not_there_is_refused(say: Say) -> None:
    settings("cuda:3")
    code, out, err = say()
    assert (code, out) == (2, "")
    assert err == "reeltui: there is no device cuda:3 (there is: no GPU, only cpu)\n"
    code, out, _ = say("--json")
    assert (code, json.loads(out)["error"]) == (2, "BadInput")


def test_watching_ends_with_ctrl_c(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    settings("fake:24")
    looks = []

    def third(seconds: float) -> None:
        looks.append(seconds)
        assert len(looks) < 100, "it does not end"
        if len(looks) >= 3:  # where another thread gets the signal, it is heard a little later
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(vram.time, "sleep", third)
    code, out, err = say("--watch", "--json")
    assert (code, err, set(looks)) == (0, "", {1.0})
    assert [json.loads(line)["devices"][0]["device"] for line in out.splitlines()][:3] == ["fake:24"] * 3


@pytest.mark.slow
def test_watching_ends_with_ctrl_c_for_real() -> None:
    settings("fake:24")
    process = start(["vram", "--watch", "--json"], module="reeltui")
    assert process.stdout is not None
    assert b"fake:24" in process.stdout.readline()
    assert b"fake:24" in process.stdout.readline()  # a second later
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert (code, err) == (0, "")


def test_what_is_not_known_has_a_question_mark() -> None:
    assert device_lines([Gauge("cuda:0", "NVIDIA GB10", source="nvml")], 80) == [
        "cuda:0   NVIDIA GB10   told by nvml",
        "  memory ? of ?",
        "  busy ?   ?   ?",
    ]
    assert device_lines([Gauge("rocm:0")], 80)[0] == "rocm:0   nothing is told about it"
    assert device_lines([Gauge("rocm:0", total=5 * GB, temperature=40.0)], 80)[1] == "  memory ? of 5.0 GB"


def test_a_drivers_words_reach_no_terminal() -> None:
    lines = device_lines([Gauge("cuda:0", "evil\x1b[2J\ncard", source="nv\x07ml")], 80)
    assert lines[0] == "cuda:0   evil[2J card   told by nvml"


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 120, 200])
def test_gauges_fit_any_width(width: int) -> None:
    gauges = [
        Gauge("cuda:0", "N" * 100, 141 * GB, 100 * GB, {4_194_304: 90 * GB}, 1.0, 81.5, 700.0, source="nvml"),
        Gauge("fake:24", "simulated 24.0 GB", 24 * GB, 24 * GB, {}, source="simulated", simulated=True),
    ]
    lines = device_lines(gauges, width)
    assert max(map(len, lines)) <= width
    bars = [line for line in lines if "[" in line]
    assert len(bars) == (2 if width >= 60 else 0) or width == 40
    for bar in bars:
        drawn = re.search(r"\[(#*)(-*)\]", bar)
        assert drawn
        assert (len(drawn[2]) == 0) == ("24.0 GB of 24.0 GB" in bar)


# --- a reel --------------------------------------------------------------------------------------------------


def bring(root: Path, step: str, **changes: Any) -> None:
    """Put a finished step into a reel."""
    name = step.rpartition("/")[2] + ".bin"
    path = root / layout.folder_of(step) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(step.encode())
    made = sealed(receipt(step, outputs={name: hash_file(path)}, **changes))
    (root / layout.receipt_name(step)).write_bytes(msgspec.json.encode(made))


@pytest.fixture
def root(library: Path) -> Path:
    made = new_reel(library)
    bring(made, "masters/A", planned_vram=13 * GB, peak_vram=15 * GB)
    bring(made, "music", peak_vram=None, planned_vram=None, device="cpu")
    return made


def test_a_reel_shows_planned_against_measured(root: Path, say: Say) -> None:
    code, out, err = say(root.name)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == root.name
    assert lines[1].split() == ["device", "planned", "peak", "difference", "time"]
    row = next(line for line in lines if line.startswith("  master A"))
    assert row.split()[2:10] == ["cuda:0", "13.0", "GB", "15.0", "GB", "+2.0", "GB", "2.0"]
    assert "  1 more step was done on the CPU" in lines
    assert "SIMULATED" not in out


def test_a_reel_as_json(root: Path, say: Say) -> None:
    code, out, _ = say(root.name, "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["reel"], told["path"], told["running"], told["measured"]) == (root.name, str(root), False, True)
    assert (told["simulated"], told["gauges"], told["failed"]) == (False, [], {})
    (phase,) = told["phases"]
    assert (phase["phase"], phase["planned"], phase["peak"], phase["difference"]) == (
        "masters",
        13 * GB,
        15 * GB,
        2 * GB,
    )
    master, music = told["steps"]
    assert (master["step"], master["device"], master["peak"]) == ("masters/A", "cuda:0", 15 * GB)
    assert (music["step"], music["device"], music["planned"], music["peak"]) == ("music", "cpu", None, None)


def test_a_running_reel_shows_what_the_worker_last_saw(root: Path, say: Say) -> None:
    gauge = Gauge("cuda:0", "NVIDIA H200", 141 * GB, 90 * GB, source="nvml")
    live = Live(time.time(), os.getpid(), "music", "music", 0.5, "", 1.0, 1, 2, gauges=(gauge,))
    (root / layout.LIVE).write_bytes(msgspec.json.encode(live))
    assert "NVIDIA H200" not in say(root.name)[1]  # nobody works on it: what is left there is worth nothing
    with Lock(root / layout.LOCK, verb="test", now=NOW):
        _, out, _ = say(root.name)
        told = json.loads(say(root.name, "--json")[1])
    assert out.splitlines()[0] == f"{root.name}   running"
    assert "cuda:0   NVIDIA H200   told by nvml" in out.splitlines()
    assert (told["running"], told["gauges"][0]["used"]) == (True, 90 * GB)


def test_a_reel_that_is_not_there(say: Say) -> None:
    code, out, err = say("nosuch")
    assert (code, out) == (2, "")
    assert "there is no reel" in err


def test_where_no_device_was_used_nothing_is_shown() -> None:
    flown = flight(snapshot(receipt("reel", device="cpu", peak_vram=None, planned_vram=None)))
    assert flight_lines(flown, 80) == ["  no device was used"]
    assert flight_lines(flight(snapshot()), 80) == ["  nothing was made yet"]


def test_where_nothing_was_measured_no_bar_is_drawn() -> None:
    lines = flight_lines(flight(snapshot(receipt(CLIP, peak_vram=None))), 120)
    assert lines[0] == "  nothing was measured: the driver did not tell"
    row = next(line for line in lines if line.startswith("  clip 0"))
    assert row.split() == ["clip", "0", "cuda:0", "94.0", "GB", "?", "?", "2.0", "s"]


def test_a_simulated_reel_says_so_first() -> None:
    lines = flight_lines(flight(snapshot(receipt(CLIP, device="fake:24"))), 80)
    assert lines[0] == "  SIMULATED: what stands beside fake:24 was measured on no real device"


def test_what_failed_and_what_was_done_without_is_told_harmlessly() -> None:
    bad = msgspec.structs.replace(OOM, message="out\x1b]0;evil\x07 of memory\nreally")
    made = receipt(CLIP, failures=(bad,), fallbacks=("compile", "tiling"))
    lines = flight_lines(flight(snapshot(made, failures={"music": "the\x1b[1m GPU\nwent"})), 120)
    assert "      a try failed (falling back: compile): out of memory: out]0;evil of memory really" in lines
    assert "      done by falling back: compile, tiling" in lines
    assert lines[-1] == "  failed: music: the[1m GPU went"


@pytest.mark.parametrize(
    ("planned", "peak", "bar"),
    [
        (10, 10, "[##########]"),
        (10, 5, "[#####-----]"),
        (5, 10, "[#####!!!!!]"),
        (5, 5, "[#####     ]"),
        (None, 5, "[#####     ]"),
        (10, None, ""),
        (99, 100, "[#########!]"),
        (0, 0, "[          ]"),
    ],
)
def test_a_bar_has_a_sign_for_each_meaning(planned: int | None, peak: int | None, bar: str) -> None:
    assert vram_lines._bar(planned, peak, max(10, peak or 0), 12) == bar


@pytest.mark.parametrize("width", [20, 34, 50, 60, 72, 80, 100, 160])
def test_the_record_fits_any_width(width: int) -> None:
    made = [receipt(CLIP, failures=(OOM,)), receipt(AGAIN, peak_vram=99 * GB, device="cuda:1"), receipt("music")]
    lines = flight_lines(flight(snapshot(*made)), width)
    assert max(map(len, lines)) <= width
    rows = [line for line in lines if line.startswith("  clip 0")]
    assert [re.findall(r"9[09]\.0 GB", row) != [] for row in rows] == [True, True]  # the peak is the last to go
    heads = lines[0].split()
    assert "peak" in heads
    assert len(heads) == 5 or width < 80
    assert heads == sorted(heads, key=["device", "planned", "peak", "difference", "time"].index)
    assert ("time" in heads) <= ("difference" in heads) <= ("device" in heads) <= ("planned" in heads)
    drawn = [row for row in rows if "[" in row]
    assert len(drawn) in (0, 2)
    assert drawn or width < 100
    assert any(line.strip().startswith("# held at most") for line in lines) == bool(drawn)


def test_it_is_as_wide_as_the_terminal(root: Path, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in (30, 140):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert shutil.get_terminal_size().columns == columns
        lines = say(root.name)[1].splitlines()[1:]
        assert max(map(len, lines)) <= columns
        assert any("[" in line for line in lines) == (columns == 140)


def test_help_has_examples(say: Say) -> None:
    code, out, _ = say("--help")
    assert code == 0
    assert "reeltui vram tokyo-night" in out


# --- for real ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_reel_made_on_a_simulated_device_has_its_record(library: Path, say: Say) -> None:
    root = new_reel(library, plan=toy_plan(3))
    troupe = Troupe(open_devices(["fake:110"]), WorkerSettings(reserve=0))
    try:
        runner = Runner(root, simulated(toy_lineup()), load_wording(), verb="test", troupe=troupe)
        items = list(runner.run())
    finally:
        troupe.end()
    assert runner.outcome == "done"
    flown = flight(read_snapshot(root))
    for step in flown.on_device:
        held = STUDIO_HOLDS[ROLE_OF[step.phase]]
        assert (step.planned, step.peak) == (held.peak, held.peak), step
        assert step.simulated
    assert {step.phase for step in flown.on_device} == set(Phase) - {Phase.PLAN, Phase.MIX}  # the plan was a person's
    assert all(step.device == "cpu" for step in flown.steps if step.phase is Phase.MIX)
    gauges = [gauge for item in items if isinstance(item, Live) for gauge in item.gauges]
    assert all(gauge.simulated for gauge in gauges)
    assert any(gauge.used for gauge in gauges)
    assert not any(getattr(item, "event", None) is Happened.STEP_FAILED for item in items)
    code, out, _ = say(root.name)
    assert (code, out.splitlines()[1].split()[0]) == (0, "SIMULATED:")
