"""The bench of the studio's models: at tiny size on the CPU for real, and what it says of its figures."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bench.gpu.results import FILE, Machine, Measured, Results, merged, read, write
from bench.gpu.table import lines, save, targets

ROOT = Path(__file__).parent.parent
CARD = Machine("NVIDIA H200", 141_000_000_000, "580.1", "Linux", {"torch": "2.13.0"}, tiny=False)
STOCK = Measured("wan-720", "stock", "clip", "2026-11-21T10:00:00+00:00", steps=30, seen=4, step=24.0, computed=740.0)


def results(*measured: Measured) -> Results:
    found = Results(CARD)
    for one in measured:
        found = found.plus(one)
    return found


def clip(variant: str, **fields: object) -> Measured:
    return msgspec.structs.replace(STOCK, variant=variant, **fields)


def target(found: Results, word: str) -> str:
    return next(line for line in targets(found) if line.startswith(word))


def test_a_target_is_met_or_not_met_and_never_told_without_both_figures() -> None:
    assert target(results(STOCK), "wan-720, all").endswith("not measured")
    assert target(results(clip("all", computed=370.0)), "wan-720, all").endswith("not measured")
    both = results(STOCK, clip("all", computed=370.0), clip("lightning-all", computed=0.0, whole=50.0))
    assert "2.00x (target: at least 2x: met, the cache off" in target(both, "wan-720, all")
    assert "14.80x (target: at least 15x: NOT met)" in target(both, "wan-720, lightning-all")


@pytest.mark.parametrize(
    ("peak", "verdict"), [(94, "met"), (103, "met"), (104, "NOT met"), (84, "NOT met"), (85, "met")]
)
def test_a_peak_may_be_as_far_off_as_the_target_says_to_either_side(peak: int, verdict: str) -> None:
    found = results(clip("all", peak=peak * 10**9, weights=57 * 10**9))
    assert target(found, "peak of the animator").endswith(f": {verdict})")


def test_the_text_encoder_counts_where_it_and_the_experts_are_more_than_a_clip() -> None:
    text = Measured("text", "umt5", "text", STOCK.at, whole=0.1, peak=40 * 10**9)
    found = results(clip("all", peak=70 * 10**9, weights=57 * 10**9), text)
    assert "97.0 GB, computed: its weights and the text encoder's peak" in target(found, "peak of the animator")


def test_a_computed_figure_is_marked_and_a_whole_one_is_not() -> None:
    rows = [line for line in lines(results(STOCK, clip("lightning-all", computed=0.0, whole=50.0))) if "| wan" in line]
    assert "| 740.000* / clip |" in rows[0]
    assert "| 4 of 30 |" in rows[0]
    assert "| 50.000 / clip | 14.80 |" in rows[1]


def test_what_was_not_measured_says_why_and_never_replaces_figures() -> None:
    lost = clip("stock", computed=0.0, step=0.0, why_not="not enough time left")
    assert results(STOCK, lost).of("wan-720/stock") == STOCK
    assert results(lost, STOCK).of("wan-720/stock") == STOCK
    assert "- wan-720/stock: not enough time left" in list(lines(results(lost)))


def test_calls_on_one_machine_become_one_table_and_on_two_do_not(tmp_path: Path) -> None:
    write(results(STOCK), tmp_path / "1.json")
    write(results(clip("all", computed=300.0), clip("stock", computed=700.0)), tmp_path / "2.json")
    both = merged([tmp_path / "1.json", tmp_path / "2.json"])
    assert [one.variant for one in both.measured] == ["stock", "all"]
    assert both.of("wan-720/stock").computed == 700.0  # type: ignore[union-attr]
    assert save(both, tmp_path / "out").name == "nvidia-h200.md"
    write(Results(msgspec.structs.replace(CARD, driver="581")), tmp_path / "3.json")
    with pytest.raises(SystemExit, match=r"3\.json is of another machine"):
        merged([tmp_path / "1.json", tmp_path / "3.json"])
    (tmp_path / "4.json").write_text("{")
    with pytest.raises(SystemExit, match="has no results"):
        read(tmp_path / "4.json")


def test_the_table_needs_no_torch(tmp_path: Path) -> None:
    write(results(STOCK), tmp_path / FILE)
    code = "import sys; sys.modules['torch'] = None; from bench.gpu.table import main; main()"
    subprocess.run(
        [sys.executable, "-c", code, tmp_path / FILE, "--out", tmp_path], cwd=ROOT, check=True, capture_output=True
    )
    assert (tmp_path / "nvidia-h200.md").read_text().startswith("# NVIDIA H200\n")


# --- the real classes --------------------------------------------------------------------------------------------

_MISSING = [name for name in ("torch", "diffusers", "transformers", "kokoro") if importlib.util.find_spec(name) is None]
with_torch = pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}")

_PAINTER = importlib.util.find_spec("core.engines.studio.painter")
_PICTURES = "klein-720/ours" if _PAINTER is not None else "klein-720/stock"


def bench(*words: str, out: Path) -> subprocess.CompletedProcess[str]:
    """Run the bench as on a machine that has a checkout and nothing else of ours."""
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "OUT")}
    environment["OMP_NUM_THREADS"] = "1"  # threads that wait for one another, busily, beside other tests
    command = [sys.executable, ROOT / "bench/gpu/__main__.py", *words, "--out", out]
    return subprocess.run(command, cwd=out, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.studio
@with_torch
def test_tiny_models_go_the_whole_way(tmp_path: Path) -> None:
    wanted = ["text/umt5", "load/experts", "kokoro/model", _PICTURES]
    wanted += ["wan-480/stock", "wan-480/lightning-all", "wan-480/compile"]
    done = bench("--tiny", "--only", *wanted, "--steps", "2", out=tmp_path)
    assert done.returncode == 0, done.stderr
    found = read(tmp_path / FILE)
    assert not [one.why_not for one in found.measured if one.why_not]
    assert [one.name for one in found.measured] == wanted
    stock, lightning = found.of("wan-480/stock"), found.of("wan-480/lightning-all")
    assert stock is not None
    assert (stock.steps, stock.seen) == (30, 2)
    assert stock.computed == pytest.approx(stock.encode + 30 * stock.step + stock.decode)
    assert lightning is not None
    assert lightning.seen == 4  # the distilled steps, whole
    assert lightning.whole > lightning.encode + lightning.decode
    assert lightning.computed == 0.0
    table = (tmp_path / save(found, tmp_path).name).read_text()
    assert "its figures mean nothing" in table
    assert "No real weights were run" in table
    assert "First-block cache: off everywhere" in table

    # What was measured is the animator itself: its receipt says so.
    compiled = found.of("wan-480/compile")
    assert compiled is not None
    assert compiled.facts["compile"] == "blocks, eager"
    assert compiled.facts["attention"] == "native"
    assert compiled.facts["cache"] == "off"
    assert compiled.facts["guidance"] == "3.5, 3"

    # A later call adds to the first; one whose time is up takes nothing away.
    done = bench("--tiny", "--only", "wan-480/stock", "wan-480/plain", "--budget", "0", out=tmp_path)
    assert done.returncode == 0, done.stderr
    later = read(tmp_path / FILE)
    assert later.measured[:-1] == found.measured
    assert later.measured[-1].name == "wan-480/plain"
    assert later.measured[-1].why_not.startswith("not enough time left")
    assert json.loads((tmp_path / FILE).read_text())["machine"]["tiny"] is True


@pytest.mark.studio
@with_torch
def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    done = bench("--tiny", "--only", "wan-4800", out=tmp_path)
    assert done.returncode != 0
    assert "there is nothing called 'wan-4800'" in done.stderr
    done = bench("--only", "text", "--device", "cuda:99", out=tmp_path)
    assert done.returncode != 0
    assert "torch sees no card cuda:99" in done.stderr
