"""Installs carried wheels beside a Python that has only torch: into a folder of their own, nothing is fetched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def install(wheels: Path, target: Path) -> None:
    """Install every wheel of a folder into `target` and let this process import from there first.

    torch itself and what it needs stay the machine's own. Raises SystemExit where pip fails.
    """
    found = sorted(wheels.glob("*.whl"))
    if not found:
        raise SystemExit(f"{wheels} has no wheels: make it with bench/gpu/carry.sh")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    command += ["--disable-pip-version-check", "--upgrade", "--target", str(target), *map(str, found)]
    if subprocess.run(command, check=False).returncode:
        raise SystemExit("pip could not install the carried wheels: see above")
    sys.path.insert(0, str(target))
