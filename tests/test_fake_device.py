"""The simulated device: real processes share its memory, whoever dies gives it back, and it never passes for real."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from core.engines.models import STUDIO_HOLDS
from core.engines.registry import animatic, choose_engine, simulated
from core.film.errors import BadInput, DiskTrouble, EngineTrouble
from core.film.lineup import Role
from core.pipeline.residency import declared_needs
from core.worker.devices import fake
from core.worker.devices.fake import FakeDevice, OutOfDeviceMemory, Simulated, simulated_bytes
from core.worker.devices.find import open_devices
from core.worker.hosts import memory
from core.worker.hosts.memory import Meter
from tests.watching import ROOT, alive, until

GB = 1_000_000_000

# A process that holds what it is told on its standard input, and says what became of it.
_HOLDER = """
import sys
from core.worker.devices.fake import OutOfDeviceMemory, Simulated
share = Simulated(sys.argv[1])
for line in sys.stdin:
    try:
        share.hold(int(line))
        print("held", flush=True)
    except OutOfDeviceMemory as error:
        print(error, flush=True)
"""


class Holder:
    """One such process."""

    def __init__(self, name: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _HOLDER, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def hold(self, size: int) -> str:
        self.begin(size)
        return self.answer()

    def begin(self, size: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{size}\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def holders() -> Iterator[Callable[[str], Holder]]:
    made: list[Holder] = []

    def make(name: str = "fake:24") -> Holder:
        made.append(Holder(name))
        return made[-1]

    yield make
    for holder in made:
        holder.end()


@pytest.mark.parametrize(
    ("name", "size"),
    [("fake:24", 24 * GB), ("fake:0.5", GB // 2), ("fake:192:mi300x", 192 * GB), ("fake:141.1", 141_100_000_000)],
)
def test_its_name_says_how_much_it_has(name: str, size: int) -> None:
    assert simulated_bytes(name) == size
    assert FakeDevice(name).total == size


@pytest.mark.parametrize(
    "name", ["fake:", "fake:0", "fake:-1", "fake:1e3", "fake:9:../x", "fake:9:", "fake:9:a:b", "x"]
)
def test_a_name_that_says_nothing(name: str) -> None:
    with pytest.raises(BadInput, match="is no simulated device"):
        Simulated(name)


def test_it_never_passes_for_a_real_one() -> None:
    (device,) = open_devices(["fake:24"])
    gauge = device.gauge()
    assert (gauge.simulated, gauge.source, gauge.device, device.kind) == (True, "simulated", "fake:24", "simulated")
    assert "simulated" in gauge.name
    assert device.environment() == {"CUDA_VISIBLE_DEVICES": "-1", "HIP_VISIBLE_DEVICES": "-1"}


def test_what_is_held_shows_and_goes() -> None:
    share, device = Simulated("fake:24"), FakeDevice("fake:24")
    idle = device.gauge()
    assert (idle.used, idle.processes, idle.utilisation) == (0, {}, 0.0)
    share.hold(6 * GB)
    busy = device.gauge()
    assert (busy.used, busy.processes, busy.utilisation) == (6 * GB, {os.getpid(): 6 * GB}, 0.25)
    assert (busy.temperature, busy.power) == (45.0, 135.0)
    assert busy == device.gauge()  # nothing is drawn by lot
    share.hold(24 * GB)  # instead of the six, not beside them
    assert device.gauge().used == 24 * GB
    share.release()
    share.release()
    assert device.gauge() == idle


def test_more_than_there_is_changes_nothing() -> None:
    share = Simulated("fake:24")
    share.hold(5 * GB)
    with pytest.raises(OutOfDeviceMemory) as refused:
        share.hold(24 * GB + 1)
    assert str(refused.value) == "out of memory on fake:24: 24.0 GB wanted, 24.0 GB of 24.0 GB free"
    assert isinstance(refused.value, EngineTrouble)
    assert share.held() == 5 * GB


def test_devices_of_different_names_share_nothing() -> None:
    Simulated("fake:24").hold(24 * GB)
    Simulated("fake:24:other").hold(24 * GB)
    assert FakeDevice("fake:24:other").gauge().used == 24 * GB
    Simulated("fake:24:other").release()
    assert FakeDevice("fake:24").gauge().used == 24 * GB


def test_a_peak_lasts_until_it_is_counted_anew() -> None:
    share = Simulated("fake:24")
    share.begin_peak()  # nothing held yet
    share.hold(2 * GB)
    share.hold(9 * GB)
    share.hold(3 * GB)
    assert (share.held(), share.peak()) == (3 * GB, 9 * GB)
    Simulated("fake:24").begin_peak()  # every object of this process is the same share
    assert share.peak() == 3 * GB


@pytest.mark.parametrize("rubbish", [b"", b"{", b'{"shares": 3}', b"\xff", b"[" * 10_000])
def test_a_damaged_file_is_worth_nothing_and_harms_nobody(rubbish: bytes) -> None:
    share = Simulated("fake:24")
    share.hold(GB)
    (path,) = path_of("fake:24")
    path.write_bytes(rubbish)
    assert (share.held(), FakeDevice("fake:24").gauge().used) == (0, 0)
    share.hold(2 * GB)
    assert share.held() == 2 * GB


def path_of(name: str) -> list[Path]:
    return list((Path(os.environ["XDG_STATE_HOME"]) / "reeltui" / "worker").glob(name.replace(":", "-") + ".json"))


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a-file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "a-file"))
    with pytest.raises(DiskTrouble):
        Simulated("fake:24").hold(1)


@pytest.mark.slow
def test_processes_share_it(holders: Callable[..., Holder]) -> None:
    one, two = holders(), holders()
    assert one.hold(14 * GB) == "held"
    assert two.hold(12 * GB) == "out of memory on fake:24: 12.0 GB wanted, 10.0 GB of 24.0 GB free"
    assert two.hold(10 * GB) == "held"
    gauge = FakeDevice("fake:24").gauge()
    assert gauge.processes == {one.process.pid: 14 * GB, two.process.pid: 10 * GB}
    assert (gauge.used, gauge.utilisation) == (24 * GB, 1.0)
    one.end()  # killed: nobody gave anything back
    assert FakeDevice("fake:24").gauge().processes == {two.process.pid: 10 * GB}
    assert two.hold(24 * GB) == "held"


@pytest.mark.slow
def test_a_zombie_holds_nothing(holders: Callable[..., Holder]) -> None:
    one = holders()
    assert one.hold(20 * GB) == "held"
    one.process.kill()
    until(lambda: not alive(one.process.pid))  # dead, and not yet counted by us
    assert FakeDevice("fake:24").gauge().used == 0


@pytest.mark.slow
def test_it_never_holds_more_than_it_has_however_many_ask_at_once(holders: Callable[..., Holder]) -> None:
    crowd = [holders("fake:10") for _ in range(6)]
    for holder in crowd:
        assert holder.hold(0) == "held"  # all are up
    device = FakeDevice("fake:10")
    for turn in range(8):
        for holder in crowd:
            holder.begin(4 * GB)
        got = [holder.answer() for holder in crowd]
        assert got.count("held") == 2, (turn, got)
        assert device.gauge().used == 8 * GB
        for holder in crowd:
            assert holder.hold(0) == "held"


def test_a_later_process_with_the_same_number_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    share = Simulated("fake:24")
    share.hold(20 * GB)
    real = fake._started
    monkeypatch.setattr(fake, "_started", lambda pid: (real(pid) or 0) + 1)
    assert share.held() == 0
    share.hold(24 * GB)  # what the dead one held does not stand in the way


# --- what a host measures on itself --------------------------------------------------------------------------


def test_a_meter_on_a_simulated_device() -> None:
    meter, share = Meter("fake:24"), Simulated("fake:24")
    assert (meter.now(), meter.peak()) == (0, 0)
    share.hold(3 * GB)
    meter.start()
    share.hold(8 * GB)
    share.hold(3 * GB)
    assert (meter.now(), meter.peak()) == (3 * GB, 8 * GB)
    meter.start()
    assert meter.peak() == 3 * GB


class Cuda:
    """torch.cuda as a host sees it."""

    def __init__(self, *, ready: bool = True, broken: bool = False) -> None:
        self.ready, self.broken, self.resets = ready, broken, 0

    def is_initialized(self) -> bool:
        return self.ready

    def reset_peak_memory_stats(self) -> None:
        self.resets += 1

    def max_memory_reserved(self) -> int:
        if self.broken:
            raise RuntimeError("CUDA error: the launch timed out")
        return 94 * GB

    def memory_reserved(self) -> int:
        return 80 * GB


def test_a_meter_on_a_card_asks_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = Cuda()
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    meter = Meter("cuda:0")
    meter.start()
    assert (cuda.resets, meter.now(), meter.peak()) == (1, 80 * GB, 94 * GB)


@pytest.mark.parametrize("cuda", [Cuda(ready=False), Cuda(broken=True), None])
def test_a_meter_on_a_card_that_tells_nothing(cuda: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda) if cuda else None)
    meter = Meter("cuda:0")
    meter.start()
    assert meter.peak() is None


def test_a_meter_never_imports_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    meter = Meter("cuda:0")
    meter.start()
    assert (meter.now(), meter.peak()) == (None, None)
    assert "torch" not in sys.modules


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(memory, "_SELF", tmp_path)
    (tmp_path / "status").write_text("Name:\tpython\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n")
    (tmp_path / "clear_refs").touch()
    return tmp_path


def test_a_meter_on_the_cpu_asks_the_kernel(proc: Path) -> None:
    meter = Meter("cpu")
    meter.start()
    assert (proc / "clear_refs").read_text() == "5"
    assert (meter.now(), meter.peak()) == (1 << 20, 2 << 20)


def test_a_peak_that_could_not_be_counted_anew_is_not_told(proc: Path) -> None:
    (proc / "clear_refs").unlink()
    (proc / "clear_refs").mkdir()  # what writing to it meets where the kernel forbids it: an error
    meter = Meter("cpu")
    meter.start()
    assert (meter.now(), meter.peak()) == (1 << 20, None)


def test_a_kernel_that_tells_nothing(proc: Path) -> None:
    (proc / "status").write_text("Name:\tpython\n")
    assert (Meter("cpu").now(), Meter("cpu").peak()) == (None, None)
    (proc / "status").unlink()
    assert Meter("cpu").now() is None


@pytest.mark.slow
def test_the_kernel_really_counts_a_peak() -> None:
    """In a process of its own: 200 MB come and go, and the next step does not inherit them."""
    code = """
from core.worker.hosts.memory import Meter
meter = Meter("cpu")
meter.start()
block = bytearray(200_000_000)
for place in range(0, len(block), 4096):
    block[place] = 1
del block
first = meter.peak()
meter.start()
print(first, meter.peak(), meter.now())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    first, second, now = (None if word == "None" else int(word) for word in done.stdout.split())
    if first is None or second is None or now is None:
        pytest.skip("this kernel does not let a process count its peak anew")
    assert first > 200_000_000
    assert second < first - 100_000_000


# --- the engine on such a device -----------------------------------------------------------------------------


def test_an_engine_with_the_studios_memory() -> None:
    plain = animatic("asked for")
    pretended = simulated(plain)
    for role, backend in pretended.backends.items():
        held = STUDIO_HOLDS.get(role)
        before = plain.backends[role]
        if held is None:
            assert (role, backend) == (Role.MIXER, before)
            continue
        assert (backend.needs_device, backend.weights, backend.peak) == (True, held.weights, held.peak)
        assert 0 < held.weights <= held.peak
        same = msgspec.structs.replace(backend, needs_device=False, weights=before.weights, peak=before.peak)
        assert same == before
    needs = declared_needs(pretended)
    assert needs["animatic-animator"].peak == 94 * GB
    assert "simulated" in pretended.why


def test_it_can_be_named_in_the_users_own_file() -> None:
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "reeltui" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('[engines]\npretend = "core.engines.registry:simulated_animatic"\n')
    lineup = choose_engine("pretend")
    assert (lineup.engine, lineup.backends[Role.PAINTER].peak) == ("pretend", 21 * GB)
