"""The layers of the house, held twice: by import-linter's contracts, and by looking at what an import brings along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# What must not come along when only this is imported.
HEAVY = {"torch", "numpy", "av", "cv2", "PIL", "textual", "rich", "diffusers", "transformers", "vllm"}
# A picture's widget comes with the app; what draws comes with the first picture, what plays with the first clip.
PICTURES = (HEAVY | {"textual_image"}) - {"textual", "rich"}


def modules_after(statement: str) -> set[str]:
    """Return the top-level modules (and our rooms) a fresh process has after a statement."""
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "forbidden"),
    [
        ("import core.film.plan, core.film.requests", HEAVY | {"core.folder", "core.pipeline", "reeltui"}),
        ("import core.pipeline.board, core.pipeline.order, core.pipeline.impact", HEAVY | {"core.worker", "reeltui"}),
        ("import core.folder.snapshot, core.folder.library", HEAVY | {"core.pipeline", "core.worker", "reeltui"}),
        ("import core.worker.run", HEAVY | {"reeltui"}),
        ("import reeltui", HEAVY),
        ("import reeltui.cli.main", HEAVY),
        ("import reeltui.cli.status, reeltui.cli.list, reeltui.cli.edit", HEAVY),
        ("import reeltui.cli.make, reeltui.cli.resume", HEAVY),
        ("import reeltui.cli.doctor", HEAVY),
        ("import reeltui.doctor.diagnose", HEAVY | {"core.media", "core.worker"}),
        ("import reeltui.acts.decide, reeltui.acts.edit, reeltui.acts.fit", HEAVY | {"argparse", "reeltui.cli"}),
        ("import reeltui.acts.new, reeltui.acts.resume, reeltui.acts.shelf", HEAVY | {"argparse", "reeltui.cli"}),
        ("import core.worker.hosts.child", HEAVY),
        ("import core.engines.studio.keeper", HEAVY | {"msgspec", "http", "core.film"}),
        ("import core.engines.studio.vision_language", {"torch", "diffusers", "transformers", "vllm", "openai"}),
        ("import reeltui.pictures.thumbnails, reeltui.pictures.protocol, reeltui.pictures.frames", HEAVY),
        ("import reeltui.widgets.picture, reeltui.widgets.player, reeltui.widgets.contact_sheet", PICTURES),
    ],
)
def test_an_import_brings_nothing_it_should_not(statement: str, forbidden: set[str]) -> None:
    assert modules_after(statement) & forbidden == set()


def test_the_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout


def test_a_module_stays_within_its_size() -> None:
    """Past this a module has two reasons to exist; the house's rule is about 400 lines."""
    long = {
        str(path.relative_to(ROOT)): lines
        for room in ("core", "reeltui")
        for path in (ROOT / room).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 420
    }
    assert long == {}
