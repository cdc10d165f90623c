"""Devices: what is found, what a user's mask shows, what each driver tells, and drivers that fail, lie or hang."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from core.engines.registry import animatic
from core.engines.rocm import ROCM as QUICKER
from core.engines.studio.lineup import studio
from core.engines.studio.settings import StudioSettings
from core.film.errors import BadInput
from core.film.gauge import Gauge
from core.film.lineup import Role
from core.worker.devices import sysfs, watch
from core.worker.devices.find import open_devices
from core.worker.devices.mask import rocm_shown, shown
from core.worker.devices.watch import Watch
from core.worker.hosts import hire
from core.worker.settings import WorkerSettings
from tests.watching import until

GB = 1_000_000_000
MASKS = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
ROCM = (*QUICKER, "PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF")


class NotSupported(Exception):
    """What the drivers' own errors look like from here."""


@pytest.fixture(autouse=True)
def _bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No card, no library and no mask, whatever machine this is."""
    for name in (*MASKS, *ROCM):
        monkeypatch.delenv(name, raising=False)
    for module in ("pynvml", "amdsmi"):
        monkeypatch.setitem(sys.modules, module, None)  # importing it fails
    for name in ("DRM", "KFD", "NVIDIA"):
        monkeypatch.setattr(sysfs, name, tmp_path / "machine" / name)


class FakeNvml(ModuleType):
    """`pynvml` with cards; `broken` functions raise, `gone` makes all of them raise."""

    def __init__(self, cards: int = 2) -> None:
        super().__init__("pynvml")
        self.cards = cards
        self.opened = 0
        self.broken: set[str] = set()
        self.gone = False
        self.processes: list[Any] = [SimpleNamespace(pid=77, usedGpuMemory=3 * GB)]

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("nvml") and (object.__getattribute__(self, "gone") or name in self.broken):
            return _raise
        return object.__getattribute__(self, name)

    def nvmlInit(self) -> None:  # noqa: N802
        self.opened += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.opened -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return self.cards

    def nvmlDeviceGetHandleByIndex(self, place: int) -> int:  # noqa: N802
        return place

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:  # noqa: N802
        return uuid

    def nvmlDeviceGetUUID(self, handle: int) -> str:  # noqa: N802
        return f"GPU-{handle}abc-def"

    def nvmlDeviceGetName(self, handle: int) -> bytes:  # noqa: N802
        return b"NVIDIA H200"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:  # noqa: N802
        return SimpleNamespace(total=141 * GB, used=(handle if isinstance(handle, int) else 5) * GB, free=0)

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> Any:  # noqa: N802
        return SimpleNamespace(gpu=87, memory=10)

    def nvmlDeviceGetTemperature(self, handle: int, sensor: int) -> int:  # noqa: N802
        return 61

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:  # noqa: N802
        return 540_500

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[Any]:  # noqa: N802
        return self.processes


def _raise(*about: Any) -> Any:
    raise NotSupported


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> FakeNvml:
    found = FakeNvml()
    monkeypatch.setitem(sys.modules, "pynvml", found)
    monkeypatch.setattr("core.worker.devices.nvidia._driver", lambda: True)
    return found


class FakeSmi(ModuleType):
    """`amdsmi` as of ROCm 6.2 on MI300X: bytes and N/A as that version tells them."""

    AmdSmiMemoryType = SimpleNamespace(VRAM="vram")
    AmdSmiTemperatureType = SimpleNamespace(HOTSPOT="hotspot", JUNCTION="junction", EDGE="edge")
    AmdSmiTemperatureMetric = SimpleNamespace(CURRENT="now")

    def __init__(self, cards: int = 2) -> None:
        super().__init__("amdsmi")
        self.cards = cards
        self.activity: Any = {"gfx_activity": 40, "umc_activity": "N/A", "mm_activity": "N/A"}
        self.power: Any = {"current_socket_power": 717, "average_socket_power": "N/A"}
        self.heat: dict[str, Any] = {"hotspot": 66}
        self.bytes_told = True
        self.listed: list[Any] = [{"pid": 9, "mem": 5, "memory_usage": {"vram_mem": 4 * GB}}]
        self.gone = False

    def _there(self) -> None:
        if self.gone:
            raise NotSupported

    def amdsmi_init(self) -> None:
        self._there()

    def amdsmi_get_processor_handles(self) -> list[int]:
        self._there()
        return list(range(self.cards))

    def amdsmi_get_gpu_asic_info(self, handle: int) -> Any:
        self._there()
        return {"market_name": "AMD Instinct MI300X", "asic_serial": f"0x{0xABCD00 + handle:016X}"}

    def amdsmi_get_gpu_memory_total(self, handle: int, kind: str) -> int:
        self._there()
        if not self.bytes_told:
            raise NotSupported
        return 206_141_652_992

    def amdsmi_get_gpu_memory_usage(self, handle: int, kind: str) -> int:
        self._there()
        if not self.bytes_told:
            raise NotSupported
        return 1000 * (handle + 1)

    def amdsmi_get_gpu_vram_usage(self, handle: int) -> Any:
        self._there()
        return {"vram_total": 196_592, "vram_used": 283}

    def amdsmi_get_gpu_activity(self, handle: int) -> Any:
        self._there()
        return self.activity

    def amdsmi_get_power_info(self, handle: int) -> Any:
        self._there()
        return self.power

    def amdsmi_get_temp_metric(self, handle: int, sensor: str, metric: str) -> int:
        self._there()
        value: int = self.heat[sensor]
        return value

    def amdsmi_get_gpu_process_list(self, handle: int) -> list[Any]:
        self._there()
        return self.listed

    def amdsmi_get_gpu_process_info(self, handle: int, process: str) -> Any:
        return {"pid": 12, "mem": 6 * GB, "name": process}


@pytest.fixture
def smi(monkeypatch: pytest.MonkeyPatch) -> FakeSmi:
    found = FakeSmi()
    monkeypatch.setitem(sys.modules, "amdsmi", found)
    return found


def names(*words: str) -> list[str]:
    devices = open_devices(words)
    for device in devices:
        device.close()
    return [device.name for device in devices]


# --- which devices -------------------------------------------------------------------------------------------


def test_a_machine_without_cards_has_no_devices() -> None:
    assert names("auto") == names("cpu") == names() == []


def test_auto_takes_the_library_that_is_there(nvml: FakeNvml) -> None:
    assert names("auto") == ["cuda:0", "cuda:1"]
    assert names("auto", "cuda:0", "cpu", "fake:24", "fake:24") == ["cuda:0", "cuda:1", "fake:24"]  # each once


def test_auto_on_amd(smi: FakeSmi) -> None:
    assert names("auto") == ["rocm:0", "rocm:1"]


def test_a_device_that_is_not_there_names_what_is(nvml: FakeNvml, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="no device cuda:2") as refused:
        open_devices(["cuda:0", "cuda:2"])
    assert refused.value.remedy == "there is: cuda:0, cuda:1"
    assert nvml.opened == 0  # nothing is left open
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    with pytest.raises(BadInput) as refused:
        open_devices(["cuda:1"])
    assert refused.value.remedy == "there is: cuda:0 (CUDA_VISIBLE_DEVICES=1 hides the others)"


@pytest.mark.parametrize(
    "word", ["gpu", "cuda", "cuda:x", "cuda:-1", "CUDA:0", "rocm:", "", "fake:", "fake:0", "fake:9:a/b"]
)
def test_a_word_that_is_no_device(word: str) -> None:
    with pytest.raises(BadInput, match=r"is no (simulated )?device"):
        open_devices([word])


def test_no_card_at_all_is_said() -> None:
    with pytest.raises(BadInput) as refused:
        open_devices(["rocm:0"])
    assert refused.value.remedy == "there is: no GPU, only cpu"


def test_a_broken_library_is_no_library(nvml: FakeNvml, smi: FakeSmi) -> None:
    nvml.gone = True
    assert names("auto") == ["rocm:0", "rocm:1"]
    smi.gone = True
    assert names("auto") == []


# --- the user's mask -----------------------------------------------------------------------------------------

UUIDS = ["GPU-aaa1", "GPU-aaa2", "GPU-b"]


@pytest.mark.parametrize(
    ("mask", "places"),
    [
        (None, [0, 1, 2]),
        ("", []),
        ("-1", []),
        ("2,0", [2, 0]),
        (" 1 , 2 ", [1, 2]),
        ("0,-1,2", [0]),  # the first that is none ends the list
        ("0,7,1", [0]),
        ("GPU-b,0", [2, 0]),
        ("gpu-b", []),
        ("GPU-B", [2]),
        ("GPU-aaa", []),  # the beginning of two
        ("GPU-aaa2", [1]),
        ("1,1", []),
        ("0,GPU-aaa1", []),
        ("MIG-x", []),
    ],
)
def test_a_mask_is_read_as_the_drivers_do(mask: str | None, places: list[int]) -> None:
    assert shown(mask, UUIDS) == places


def test_rocm_masks_work_one_behind_the_other() -> None:
    assert rocm_shown({}, UUIDS) == [(0, 0), (1, 1), (2, 2)]
    assert rocm_shown({"ROCR_VISIBLE_DEVICES": "2,1", "HIP_VISIBLE_DEVICES": "1"}, UUIDS) == [(1, 1)]
    assert rocm_shown({"ROCR_VISIBLE_DEVICES": "GPU-b"}, UUIDS) == [(2, 0)]
    assert rocm_shown({"CUDA_VISIBLE_DEVICES": "1"}, UUIDS) == [(1, 1)]
    assert rocm_shown({"CUDA_VISIBLE_DEVICES": "1", "HIP_VISIBLE_DEVICES": "0"}, UUIDS) == [(0, 0)]


def test_an_nvidia_host_sees_one_card_by_its_uuid(nvml: FakeNvml, monkeypatch: pytest.MonkeyPatch) -> None:
    nvml.cards = 3
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,0")
    first, second = open_devices(["auto"])
    assert (first.name, first.gauge().used) == ("cuda:0", 2 * GB)
    assert first.environment() == {"CUDA_VISIBLE_DEVICES": "GPU-2abc-def"}
    assert second.environment() == {"CUDA_VISIBLE_DEVICES": "GPU-0abc-def"}


def test_a_card_without_a_uuid_is_named_by_number(nvml: FakeNvml) -> None:
    nvml.broken = {"nvmlDeviceGetUUID"}
    _, second = open_devices(["auto"])
    assert second.environment() == {"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def test_a_slice_of_a_card(nvml: FakeNvml, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-1234,0")
    (device,) = open_devices(["auto"])
    assert (device.name, device.gauge().used) == ("cuda:0", 5 * GB)
    assert device.environment() == {"CUDA_VISIBLE_DEVICES": "MIG-1234"}


def test_an_amd_host_sees_one_card_and_gets_what_rocm_needs(smi: FakeSmi, monkeypatch: pytest.MonkeyPatch) -> None:
    smi.cards = 3
    monkeypatch.setenv("ROCR_VISIBLE_DEVICES", "2,GPU-0000000000ABCD01")
    monkeypatch.setenv("HSA_ENABLE_SDMA", "1")
    first, second = open_devices(["auto"])
    assert (first.gauge().used, second.gauge().used) == (3000, 2000)
    told = second.environment()
    assert told["HIP_VISIBLE_DEVICES"] == "1"  # behind the user's own ROCR mask, which stays
    assert not {"ROCR_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES", "HSA_ENABLE_SDMA"} & set(told)
    assert {**told, "HIP_VISIBLE_DEVICES": "", "HSA_ENABLE_SDMA": "0"} == {**QUICKER, "HIP_VISIBLE_DEVICES": ""}
    assert told["PYTORCH_HIP_ALLOC_CONF"] == "expandable_segments:True"


def test_the_users_own_words_for_torch_win(smi: FakeSmi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTORCH_ALLOC_CONF", "max_split_size_mb:64")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    (device,) = open_devices(["auto"])
    told = device.environment()
    assert "PYTORCH_HIP_ALLOC_CONF" not in told
    assert (told["HIP_VISIBLE_DEVICES"], told["CUDA_VISIBLE_DEVICES"]) == ("1", "1")


@pytest.mark.parametrize("own", ["PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_HIP_ALLOC_CONF", "PYTORCH_ALLOC_CONF"])
def test_no_name_of_the_users_own_setting_loses_to_another_in_a_host(
    own: str, smi: FakeSmi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch takes the first of three names, so one that we set under another name would win over the user's."""
    hired: list[dict[str, str]] = []
    monkeypatch.setattr(hire, "Host", lambda *about, environment, **more: hired.append(environment))
    hiring, lineup = hire.Hiring(WorkerSettings(), None), studio(StudioSettings(), animatic(""), "")
    device, *_ = open_devices(["auto"])
    names = {"PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_HIP_ALLOC_CONF", "PYTORCH_ALLOC_CONF"}
    hiring.host(lineup.backends[Role.PAINTER], device, tmp_path)
    assert set(hired[-1]) & names
    monkeypatch.setenv(own, "max_split_size_mb:64")
    for role in (Role.PAINTER, Role.DIRECTOR):
        hiring.host(lineup.backends[role], device, tmp_path)
        assert not set(hired[-1]) & names
        assert hired[-1]["MIOPEN_FIND_MODE"] == "FAST"


def test_amd_cards_are_counted_as_hip_counts_them(smi: FakeSmi, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {0: {"hip_id": 1, "hip_uuid": "N/A"}, 1: {"hip_id": 0, "hip_uuid": "GPU-f00"}}
    monkeypatch.setattr(smi, "amdsmi_get_gpu_enumeration_info", lambda handle: told[handle], raising=False)
    first, second = open_devices(["auto"])
    assert (first.gauge().used, second.gauge().used) == (2000, 1000)
    monkeypatch.setenv("ROCR_VISIBLE_DEVICES", "GPU-f00")
    assert [device.gauge().used for device in open_devices(["auto"])] == [2000]
    monkeypatch.delenv("ROCR_VISIBLE_DEVICES")
    told[0]["hip_id"] = "N/A"  # then AMD SMI's own order
    assert [device.gauge().used for device in open_devices(["auto"])] == [1000, 2000]


# --- what drivers tell ---------------------------------------------------------------------------------------


def test_what_nvml_tells(nvml: FakeNvml) -> None:
    device = open_devices(["cuda:1"])[0]
    assert (device.kind, device.total, nvml.opened) == ("cuda", 141 * GB, 1)  # the other card was let go
    assert device.gauge() == Gauge(
        "cuda:1", "NVIDIA H200", 141 * GB, 1 * GB, {77: 3 * GB}, 0.87, 61.0, 540.5, source="nvml"
    )
    device.close()
    device.close()
    assert nvml.opened == 0


@pytest.mark.parametrize(
    ("function", "fields"),
    [
        ("nvmlDeviceGetMemoryInfo", {"total", "used"}),
        ("nvmlDeviceGetUtilizationRates", {"utilisation"}),
        ("nvmlDeviceGetTemperature", {"temperature"}),
        ("nvmlDeviceGetPowerUsage", {"power"}),
        ("nvmlDeviceGetComputeRunningProcesses", {"processes"}),
    ],
)
def test_a_figure_nvml_does_not_support_is_not_known(nvml: FakeNvml, function: str, fields: set[str]) -> None:
    nvml.broken = {function}
    device = open_devices(["cuda:0"])[0]
    assert {field for field, value in unknown(device.gauge())} == fields
    assert device.total == (None if "total" in fields else 141 * GB)


def unknown(gauge: Gauge) -> list[tuple[str, Any]]:
    fields = ("total", "used", "processes", "utilisation", "temperature", "power")
    return [(field, None) for field in fields if getattr(gauge, field) is None]


def test_processes_of_which_nothing_is_told(nvml: FakeNvml) -> None:
    device = open_devices(["cuda:0"])[0]
    nvml.processes = [SimpleNamespace(pid=1, usedGpuMemory=None)]
    assert device.gauge().processes is None
    nvml.processes = []
    assert device.gauge().processes == {}


@pytest.mark.parametrize("library", ["nvml", "smi"])
def test_a_driver_that_vanishes(library: str, request: pytest.FixtureRequest) -> None:
    driver = request.getfixturevalue(library)
    device = open_devices(["auto"])[0]
    driver.gone = True
    assert len(unknown(device.gauge())) == 6
    assert device.total is not None  # what the card has does not change
    driver.gone = False
    assert unknown(device.gauge()) == []
    driver.gone = True
    device.close()


def test_what_amdsmi_tells(smi: FakeSmi) -> None:
    device = open_devices(["rocm:0"])[0]
    assert device.gauge() == Gauge(
        "rocm:0", "AMD Instinct MI300X", 206_141_652_992, 1000, {9: 4 * GB}, 0.4, 66.0, 717.0, source="amdsmi"
    )
    assert (device.kind, device.total) == ("rocm", 206_141_652_992)


@pytest.mark.parametrize(
    ("power", "watts"),
    [
        ({"current_socket_power": "N/A", "average_socket_power": 94}, 94.0),  # MI200
        ({"current_socket_power": 0, "average_socket_power": 94}, 94.0),
        ({"socket_power": 90}, 90.0),
        ({"current_socket_power": 0xFFFF, "average_socket_power": 0xFFFFFFFF}, None),
        ({"current_socket_power": "N/A"}, None),
        ("N/A", None),
        (None, None),
    ],
)
def test_amd_power(smi: FakeSmi, power: Any, watts: float | None) -> None:
    smi.power = power
    assert open_devices(["rocm:0"])[0].gauge().power == watts


@pytest.mark.parametrize(
    ("heat", "degrees"),
    [({"edge": 40}, 40.0), ({"hotspot": 66_000}, 66.0), ({"hotspot": "N/A", "junction": 50}, 50.0), ({}, None)],
)
def test_amd_temperature(smi: FakeSmi, heat: dict[str, Any], degrees: float | None) -> None:
    smi.heat = heat
    assert open_devices(["rocm:0"])[0].gauge().temperature == degrees


@pytest.mark.parametrize("activity", [{"gfx_activity": "N/A"}, {"gfx_activity": 65535}, {}, "N/A", None])
def test_amd_activity_that_is_not_told(smi: FakeSmi, activity: Any) -> None:
    smi.activity = activity
    assert open_devices(["rocm:0"])[0].gauge().utilisation is None


def test_amd_memory_in_mebibytes_where_bytes_are_not_told(smi: FakeSmi) -> None:
    smi.bytes_told = False
    gauge = open_devices(["rocm:0"])[0].gauge()
    assert (gauge.total, gauge.used) == (196_592 << 20, 283 << 20)


@pytest.mark.parametrize(
    ("listed", "held"),
    [
        ([], {}),
        (["an old handle"], {12: 6 * GB}),
        ([{"pid": 3, "mem": 7, "memory_usage": {"vram_mem": "N/A"}}], {3: 7}),
        ([{"pid": 3, "mem": "N/A", "memory_usage": "N/A"}], None),
    ],
)
def test_amd_processes(smi: FakeSmi, listed: list[Any], held: dict[int, int] | None) -> None:
    smi.listed = listed
    assert open_devices(["rocm:0"])[0].gauge().processes == held


# --- the kernel's files --------------------------------------------------------------------------------------


def card(number: int, **files: str) -> Path:
    """Write one card of the amdgpu driver."""
    folder = sysfs.DRM / f"card{number}" / "device"
    contents = {"vendor": "0x1002", "mem_info_vram_total": "25753026560", "mem_info_vram_used": "1000", **files}
    for name, text in contents.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return folder


def test_what_the_kernel_tells_about_amd() -> None:
    card(
        0,
        gpu_busy_percent="12",
        product_name="AMD Radeon PRO",
        hwmon__hwmon3__temp1_input="45000",
        hwmon__hwmon3__power1_average="123000000",
    )
    card(1, vendor="0x10de")
    (sysfs.DRM / "card0-HDMI-A-1").mkdir()
    (device,) = open_devices(["auto"])
    assert device.gauge() == Gauge(
        "rocm:0", "AMD Radeon PRO", 25_753_026_560, 1000, None, 0.12, 45.0, 123.0, source="sysfs"
    )
    assert device.environment()["HIP_VISIBLE_DEVICES"] == "0"


def test_files_that_are_missing_or_nonsense_are_not_known() -> None:
    folder = card(
        0,
        mem_info_vram_total="",
        mem_info_vram_used="lots",
        gpu_busy_percent="-3",
        hwmon__hwmon0__temp2_input="50000",
        hwmon__hwmon0__temp1_input="40000",
        hwmon__hwmon0__power1_input="8000000",
    )
    (device,) = open_devices(["rocm:0"])
    assert device.total is None
    gauge = device.gauge()
    assert (gauge.total, gauge.used, gauge.utilisation) == (None, None, None)
    assert (gauge.temperature, gauge.power) == (50.0, 8.0)  # the hottest spot before the edge
    for path in sorted(folder.rglob("*"), reverse=True):  # the card is pulled out
        path.rmdir() if path.is_dir() else path.unlink()
    assert len(unknown(device.gauge())) == 6


def test_the_kernels_cards_are_counted_as_rocm_counts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for number, (minor, node) in enumerate([(130, 10), (128, 2), (129, None)]):
        folder = card(number, mem_info_vram_used=str(number), unique_id=f"{number}abc")
        (folder / "drm" / f"renderD{minor}").mkdir(parents=True)
        if node is not None:
            (sysfs.KFD / str(node)).mkdir(parents=True)
            (sysfs.KFD / str(node) / "properties").write_text(f"simd_count 4\ndrm_render_minor {minor}\n")
    (sysfs.KFD / "0").mkdir()
    (sysfs.KFD / "0" / "properties").write_text("drm_render_minor 0\n")  # the CPU
    assert [device.gauge().used for device in open_devices(["auto"])] == [1, 0]  # card 2 is no compute node
    monkeypatch.setenv("ROCR_VISIBLE_DEVICES", "GPU-0abc")
    assert [device.gauge().used for device in open_devices(["auto"])] == [0]


def test_what_the_kernel_tells_about_nvidia(monkeypatch: pytest.MonkeyPatch) -> None:
    for address, uuid in (("0000:01:00.0", "GPU-????????-????"), ("0000:41:00.0", "GPU-77")):
        (sysfs.NVIDIA / address).mkdir(parents=True)
        text = f"Model: \t\t NVIDIA H200\nIRQ:   \t\t 42\nGPU UUID: \t {uuid}\nBus Location: \t {address}\n"
        (sysfs.NVIDIA / address / "information").write_text(text)
    first, second = open_devices(["auto"])
    assert first.gauge() == Gauge("cuda:0", "NVIDIA H200", source="sysfs")
    assert (first.total, first.kind) == (None, "cuda")
    assert first.environment() == {"CUDA_VISIBLE_DEVICES": "0", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    assert second.environment() == {"CUDA_VISIBLE_DEVICES": "GPU-77"}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-77")
    assert names("auto") == ["cuda:0"]


def test_a_vendors_library_goes_before_the_kernels_files(smi: FakeSmi) -> None:
    card(0)
    assert [device.gauge().source for device in open_devices(["auto"])] == ["amdsmi", "amdsmi"]


# --- a watch never waits -------------------------------------------------------------------------------------


class Slow:
    """A device whose driver answers when it is let."""

    kind = "cuda"
    total: int | None = 10

    def __init__(self, name: str = "cuda:0") -> None:
        self.name = name
        self.asked = 0
        self.answers = threading.Event()

    def gauge(self) -> Gauge:
        self.asked += 1
        self.answers.wait()
        return Gauge(self.name, used=self.asked, source="nvml")

    def environment(self) -> dict[str, str]:
        return {}

    def close(self) -> None:
        pass


@pytest.fixture
def slow() -> Iterator[Slow]:
    device = Slow()
    yield device
    device.answers.set()
    until(lambda: not lookers())


def lookers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("look at")]


def test_a_driver_that_hangs_stops_nobody_and_hides_no_other(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "EVERY", 0.0)
    other = Slow("cuda:1")
    other.answers.set()
    looking = Watch([slow, other])
    until(lambda: looking.gauges()[1].used)
    for _ in range(50):
        first, second = looking.gauges()
        assert first == Gauge("cuda:0")  # nothing is known about it
        assert second.used
    assert slow.asked == 1  # one call hangs, and no more are piled upon it
    slow.answers.set()
    until(lambda: looking.gauges()[0].used)


def test_the_last_known_gauge_is_told_until_it_is_too_old(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "EVERY", 0.0)
    slow.answers.set()
    looking = Watch([slow])
    until(lambda: looking.gauges()[0].used)
    slow.answers.clear()
    until(lambda: bool(looking.gauges()) and bool(lookers()))
    asked = slow.asked
    assert looking.gauges()[0].used == asked - 1
    monkeypatch.setattr(watch, "STALE", 0.0)
    assert looking.gauges()[0].used is None


def test_a_look_at_most_once_a_second_and_no_thread_between(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Slow()
    device.answers.set()
    monkeypatch.setattr(watch, "EVERY", 3600.0)
    looking = Watch([device])
    assert lookers() == []  # nobody asked yet
    assert looking.gauges(wait=30.0)[0].used == 1  # who waits gets the first look
    for _ in range(20):
        looking.gauges(wait=30.0)
    assert device.asked == 1
    until(lambda: not lookers())
    monkeypatch.setattr(watch, "EVERY", 0.0)
    assert looking.gauges(wait=30.0)[0].used == 2


def test_a_driver_that_raises_after_all_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Slow()
    monkeypatch.setattr(device, "gauge", lambda: 1 / 0)
    assert Watch([device]).gauges(wait=30.0) == (Gauge("cuda:0"),)


def test_a_simulated_device_is_marked_before_its_first_look(slow: Slow) -> None:
    slow.kind = "simulated"
    assert Watch([slow]).gauges() == (Gauge("cuda:0", simulated=True),)
