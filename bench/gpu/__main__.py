"""Measures the studio's models at their real size with random weights, on one card: see bench/README.md.

python -m bench.gpu                                    everything, as long as --budget allows
python -m bench.gpu --only wan-720/stock wan-720/all   only these
python -m bench.gpu --tiny                             tiny models on the CPU: shows that the bench runs

Results go to gpu.json and a table in --out; a later call with the same --out adds to them.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.gpu", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="PART", help="parts, or part/variant; see --list")
    parser.add_argument("--budget", type=float, default=540.0, help="seconds until it ends by itself (default 540)")
    parser.add_argument("--steps", type=int, default=4, help="denoising steps to measure, at least 2 (default 4)")
    parser.add_argument("--device", default="cuda:0", help="as torch calls it (default cuda:0)")
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT") or "bench/out/gpu"), help="folder")
    parser.add_argument("--wheels", type=Path, help="folder of bench/gpu/carry.sh, for a machine that has only torch")
    parser.add_argument("--tiny", action="store_true", help="tiny models on the CPU; the figures mean nothing")
    parser.add_argument("--list", action="store_true", help="say what there is to measure, and end")
    return parser.parse_args()


def main() -> int:
    """Measure, and write after every measurement, so that a call that is killed loses one at most."""
    begun = time.monotonic()
    args = _arguments()
    if args.steps < 2:
        raise SystemExit("--steps is 2 at least: one of each of Wan's experts")
    # Before torch and the hub are imported: they look only then.
    os.environ["HF_HUB_OFFLINE"] = "1"
    if str(_ROOT) not in sys.path:
        sys.path.insert(0, str(_ROOT))
    with tempfile.TemporaryDirectory() as target:
        if args.wheels is not None:
            from bench.gpu.wheels import install

            install(args.wheels, Path(target))
        return _run(args, args.budget - (time.monotonic() - begun))


def _run(args: argparse.Namespace, budget: float) -> int:
    from bench.gpu import plan, table
    from bench.gpu.machine import look
    from bench.gpu.results import FILE, Results, read, write
    from bench.gpu.sizes import REAL, TINY

    sizes, device = (TINY, "cpu") if args.tiny else (REAL, args.device)
    todo = plan.chosen(plan.tasks(sizes, device), args.only)
    if args.list:
        print("\n".join(task.name for task in todo))
        return 0
    _check_device(device, tiny=args.tiny)
    results = Results(look(device, tiny=args.tiny))
    path = args.out / FILE
    if path.exists():
        earlier = read(path)
        if earlier.machine != results.machine:
            raise SystemExit(f"{path} is of another machine or other versions: choose another --out")
        results = earlier
    for one in plan.measured(todo, sizes, device, args.steps, budget):
        results = results.plus(one)
        write(results, path)
        figures = f"{one.each:.2f} s a {one.unit}, peak {one.peak / 1e9:.1f} GB" if not one.why_not else one.why_not
        print(f"{one.name}: {figures} (took {one.wall:.0f} s)", flush=True)
    print()
    print("\n".join(table.lines(results)))
    print(f"\n{path}\n{table.save(results, args.out)}")
    return 0


def _check_device(device: str, *, tiny: bool) -> None:
    import torch

    if not tiny and not (device.startswith("cuda") and torch.cuda.is_available()):
        raise SystemExit(f"torch sees no card {device}: real sizes need one; --tiny tries the bench on the CPU")


if __name__ == "__main__":
    sys.exit(main())
