"""Cards as the kernel shows them, for machines without a vendor's Python library: figures of AMD, names of NVIDIA."""

from __future__ import annotations

import os
import re
from pathlib import Path

from core.film.gauge import Gauge
from core.worker.devices.device import Kind, count, number, told
from core.worker.devices.mask import CUDA, rocm_environment, rocm_shown, shown

DRM = Path("/sys/class/drm")
KFD = Path("/sys/class/kfd/kfd/topology/nodes")
NVIDIA = Path("/proc/driver/nvidia/gpus")
_CARD = re.compile(r"card(\d+)\Z")
_AMD = "0x1002"


def find_amdgpu() -> tuple[AmdgpuDevice, ...]:
    """Return the cards of the amdgpu driver that the user's masks show."""
    folders = _in_kfd_order([folder for folder in _cards() if _text(folder / "vendor") == _AMD])
    uuids = [f"GPU-{unique}" if (unique := _text(folder / "unique_id")) else "" for folder in folders]
    return tuple(
        AmdgpuDevice(folders[place], f"rocm:{name}", hip)
        for name, (place, hip) in enumerate(rocm_shown(os.environ, uuids))
    )


def find_nvidia_names() -> tuple[NamedNvidia, ...]:
    """Return the NVIDIA cards the kernel's driver knows, with their names and nothing else."""
    cards = [_information(folder) for folder in _folders(NVIDIA)]
    # Before a card was used once its UUID reads GPU-????????-...
    uuids = [uuid if "?" not in (uuid := card.get("GPU UUID", "")) else "" for card in cards]
    return tuple(
        NamedNvidia(f"cuda:{name}", cards[place].get("Model", ""), uuids[place], place)
        for name, place in enumerate(shown(os.environ.get(CUDA), uuids))
    )


def _folders(parent: Path) -> list[Path]:
    return sorted(told(lambda: list(parent.iterdir())) or [])


def _text(path: Path) -> str:
    return told(lambda: path.read_text(encoding="utf-8", errors="replace").strip()) or ""


def _whole(path: Path) -> int:
    return int(_text(path))


def _cards() -> list[Path]:
    numbered = [(int(match[1]), folder) for folder in _folders(DRM) if (match := _CARD.match(folder.name))]
    return [folder / "device" for _, folder in sorted(numbered)]


def _in_kfd_order(devices: list[Path]) -> list[Path]:
    """Return the cards as ROCm counts them: by the compute driver's nodes, which know them by their render nodes.

    A card that is no compute node (an old one) is not ROCm's. Without the compute driver the order stays.
    """
    nodes: dict[str, int] = {}
    for node in sorted(_folders(KFD), key=lambda folder: (len(folder.name), folder.name)):
        minor = re.search(r"^drm_render_minor (\d+)$", _text(node / "properties"), re.MULTILINE)
        if minor and minor[1] != "0":
            nodes.setdefault(f"renderD{minor[1]}", len(nodes))
    if not nodes:
        return devices
    places = {device: nodes[r.name] for device in devices for r in _folders(device / "drm") if r.name in nodes}
    return sorted(places, key=lambda device: places[device])


def _information(folder: Path) -> dict[str, str]:
    pairs = (line.partition(":") for line in _text(folder / "information").splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


class AmdgpuDevice:
    """One AMD card, read from files. What the kernel does not tell is None."""

    kind: Kind = "rocm"

    def __init__(self, folder: Path, name: str, number_in_hip: int) -> None:
        self.name = name
        self._folder = folder
        self._number = number_in_hip
        self.total = self._bytes("mem_info_vram_total") or None

    def gauge(self) -> Gauge:
        """Look at it."""
        busy = number(_whole, self._folder / "gpu_busy_percent", top=100)
        return Gauge(
            device=self.name,
            name=_text(self._folder / "product_name"),
            total=self._bytes("mem_info_vram_total") or None,
            used=self._bytes("mem_info_vram_used"),
            utilisation=None if busy is None else busy / 100,
            temperature=self._sensor("temp2_input", "temp1_input", unit=1e3),  # junction, else edge; millidegrees
            power=self._sensor("power1_average", "power1_input", unit=1e6),  # microwatts
            source="sysfs",
        )

    def _bytes(self, name: str) -> int | None:
        return count(_whole, self._folder / name)

    def _sensor(self, *names: str, unit: float) -> float | None:
        for name in names:
            for monitor in _folders(self._folder / "hwmon"):
                value = number(_whole, monitor / name, top=1e12)
                if value is not None:
                    return value / unit
        return None

    def environment(self) -> dict[str, str]:
        """Show a host this device alone, and set what ROCm works best with where the user has not."""
        return rocm_environment(os.environ, self._number)

    def close(self) -> None:
        """Nothing is held."""


class NamedNvidia:
    """An NVIDIA card of which only the name is known: its memory is told by `nvidia-ml-py`, which is not installed."""

    kind: Kind = "cuda"
    total: int | None = None

    def __init__(self, name: str, model: str, uuid: str, place: int) -> None:
        self.name = name
        self._model = model
        self._uuid = uuid
        self._place = place

    def gauge(self) -> Gauge:
        """Tell its name."""
        return Gauge(device=self.name, name=self._model, source="sysfs")

    def environment(self) -> dict[str, str]:
        """Show a host this device alone."""
        if self._uuid:
            return {CUDA: self._uuid}
        return {CUDA: str(self._place), "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}

    def close(self) -> None:
        """Nothing is held."""
