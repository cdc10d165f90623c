"""The GPUs of this machine: which there are, who tells about them, their driver, and whether the work fits."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from core.engines.registry import ENGINES, choose_engine, engine_names
from core.engines.studio.lineup import missing_packages
from core.engines.studio.settings import STUDIO
from core.film.errors import BadInput, ReelError
from core.film.gauge import Gauge
from core.film.lineup import Lineup
from core.film.settings import Settings
from core.worker.devices.device import Device
from core.worker.devices.find import open_devices
from core.worker.devices.mask import CUDA, HIP, ROCR
from core.worker.devices.watch import Watch
from core.worker.outlook import Outlook
from core.worker.settings import WorkerSettings
from reeltui.cli.say import size
from reeltui.doctor.check import Check, Group, State
from reeltui.doctor.memory import Room, Want, aside_check, cpu_check, fit_checks, fits, free_memory, wants
from reeltui.doctor.settings import settings_or_defaults

# Where the kernel's drivers and ROCm say their versions.
VERSIONS = {
    "NVIDIA": Path("/sys/module/nvidia/version"),
    "amdgpu": Path("/sys/module/amdgpu/version"),
    "ROCm": Path("/opt/rocm/.info/version"),
}
KFD = Path("/dev/kfd")
MEMINFO = Path("/proc/meminfo")
# A container's own limit and use: cgroup version 2, version 1.
LIMITS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)
# Seconds the first look at a device may take.
_PATIENCE = 3.0
_TELL = "pip install 'reeltui[studio]' brings nvidia-ml-py, which tells"


def none_check(asked: Sequence[str], environ: Mapping[str, str]) -> Check:
    """Tell that there is no GPU, and what may hide one."""
    masks = [f"{name}={environ[name]}" for name in (CUDA, HIP, ROCR) if name in environ]
    found = "none was found: everything is drawn on the CPU"
    if list(asked) == ["cpu"]:
        found = "none is asked for ([worker] devices): everything is drawn on the CPU"
    elif masks:
        found += f" ({', '.join(masks)} may hide one)"
    return Check("GPU", Group.DEVICES, State.OK, found)


def device_check(gauge: Gauge) -> Check:
    """Judge one device by what its driver tells."""
    name, group = gauge.device, Group.DEVICES
    if gauge.simulated:
        found = f"SIMULATED, {size(gauge.total)} that do not exist" if gauge.total else "SIMULATED"
        return Check(name, group, State.OK, found)
    told = f"{gauge.name or 'a GPU without a name'}, told by {gauge.source}"
    if gauge.source == "none":
        remedy = "look whether nvidia-smi or rocm-smi answers; if not, restart the driver or the machine"
        return Check(name, group, State.WARN, "its driver does not answer", remedy)
    if gauge.total is None:
        remedy = _TELL if name.startswith("cuda") else ""
        return Check(name, group, State.WARN if remedy else State.UNKNOWN, f"{told}; its memory is not known", remedy)
    used = f"{size(gauge.used)} in use of " if gauge.used is not None else ""
    return Check(name, group, State.OK, f"{told}; {used}{size(gauge.total)}")


def driver_check(versions: Mapping[str, str], kinds: Sequence[str], *, kfd: bool) -> Check | None:
    """Judge the drivers; `kinds` are those of the devices found, `kfd`: ROCm's device may be used by this user."""
    told = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    if "rocm" in kinds and not kfd:
        remedy = (
            "sudo usermod -aG render,video $USER, then log in anew; in a container: --device /dev/kfd --device /dev/dri"
        )
        return Check("driver", Group.DEVICES, State.BAD, f"{KFD} may not be used by this user", remedy)
    if told:
        return Check("driver", Group.DEVICES, State.OK, told)
    real = [kind for kind in kinds if kind != "simulated"]
    return Check("driver", Group.DEVICES, State.UNKNOWN, "its version is not told here") if real else None


def look(library: Path) -> Iterator[Check]:
    """Look at the devices. Raises BadInput where the settings ask for one that is not there."""
    settings = settings_or_defaults()
    devices = open_devices(settings.devices)
    try:
        for gauge in Watch(devices).gauges(_PATIENCE):
            yield device_check(gauge)
        if not devices:
            yield none_check(settings.devices, os.environ)
        kinds = [device.kind for device in devices]
        driver = driver_check(
            {name: _text(path).strip() for name, path in VERSIONS.items()},
            kinds,
            kfd=os.access(KFD, os.R_OK | os.W_OK),
        )
        if driver is not None:
            yield driver
    finally:
        for device in devices:
            device.close()


def engines(library: Path) -> Iterator[Check]:
    """Look at what each engine needs of the devices."""
    settings = settings_or_defaults()
    try:
        devices = open_devices(settings.devices)
    except BadInput:
        devices = ()  # `look` has told it
    try:
        yield from _fits(devices, settings)
    finally:
        for device in devices:
            device.close()


def _fits(devices: Sequence[Device], settings: WorkerSettings) -> Iterator[Check]:
    names = _names()
    reserve = round(settings.reserve * 1e9)
    rooms = [Room(one.name, None if one.total is None else max(0, one.total - reserve)) for one in devices]
    simulated = any(device.kind == "simulated" for device in devices)
    for engine in names:
        try:
            lineup = choose_engine(engine)
        except ReelError as error:
            if engine == STUDIO:
                continue  # its settings are wrong, which the check of config.toml tells
            yield Check(f"engine {engine}", Group.DEVICES, State.BAD, str(error), error.remedy)
            continue
        wanted = _wanted(lineup, simulated=simulated)
        if engine == STUDIO and wanted and not fits(wanted, rooms):
            yield aside_check(STUDIO, wanted, rooms)  # whoever does not ask for it misses nothing
            continue
        yield from fit_checks(engine, wanted, rooms) if wanted else [_on_cpu(lineup, settings)]
        if engine == STUDIO:
            yield packages_check(missing_packages(lineup))


def _names() -> tuple[str, ...]:
    try:
        return engine_names()
    except BadInput:
        return ENGINES  # config.toml is broken, which its own check tells


def _wanted(lineup: Lineup, *, simulated: bool) -> tuple[Want, ...]:
    needs = Outlook(lineup, Settings(engine=lineup.engine)).needs(simulated=simulated)
    return wants(lineup, needs)


def packages_check(missing: Sequence[str]) -> Check:
    """Judge the Python packages of the studio engine; nothing is imported for that."""
    name = f"{STUDIO}: packages"
    if not missing:
        return Check(name, Group.DEVICES, State.OK, "all of them are installed")
    remedy = "pip install 'reeltui[studio]'" + (", and vllm (docs/studio.md)" if "vllm" in missing else "")
    return Check(name, Group.DEVICES, State.WARN, f"not installed: {', '.join(missing)}", remedy)


def _on_cpu(lineup: Lineup, settings: WorkerSettings) -> Check:
    largest = max(backend.peak for backend in lineup.backends.values())
    free, total = free_memory(_text(MEMINFO), [(_text(limit), _text(used)) for limit, used in LIMITS])
    check = cpu_check(lineup.engine, largest, round(settings.memory * 1e9), free, total)
    return check if lineup.engine in ENGINES else msgspec.structs.replace(check, name=f"engine {lineup.engine}")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
