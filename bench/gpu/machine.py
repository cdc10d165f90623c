"""Which card, driver and versions the figures are of."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib import metadata

from bench.gpu.results import Machine
from core.engines.studio.torch_device import is_card, is_rocm

_PACKAGES = ("torch", "triton", "diffusers", "transformers", "kokoro", "accelerate")


def look(device: str, *, tiny: bool) -> Machine:
    """Return the machine `device` is on."""
    import torch

    versions = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    if is_card(device):
        properties = torch.cuda.get_device_properties(device)
        versions |= {"hip": str(torch.version.hip)} if is_rocm() else {"cuda": str(torch.version.cuda)}
        return Machine(properties.name, int(properties.total_memory), _driver(), platform.platform(), versions, tiny)
    return Machine(f"CPU, {os.cpu_count()} cores", 0, "", platform.platform(), versions, tiny)


def _driver() -> str:
    """Return the driver's version, "" where nothing tells it."""
    asked = (
        ["rocm-smi", "--showdriverversion", "--csv"]
        if is_rocm()
        else ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    )
    if shutil.which(asked[0]) is None:
        return ""
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=True).stdout.split()
    except (OSError, subprocess.SubprocessError):
        return ""
    return told[-1] if told else ""
