"""Measures the desk in a terminal beside a minimal Textual app, toolong, posting and harlequin, all in one run."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench import reels
from bench.reels import LIVE, PREFIX
from bench.rivals import RIVALS, install, log_file, minimal_app
from bench.sitting import NotMeasured
from bench.told import target
from bench.watched import Figures, Program, Surroundings, Times, measure, nothing_else, warm_up
from reeltui import __version__

MINIMAL, TOOLONG = "minimal app", "toolong"
# What the rendering alone costs a program, on a machine whose cores are all busy with it.
BUSY = "minimal app, a reel renders"
DESK, MANY = "ours, 50 reels", "ours, 1,000 reels"
RENDERS, OPEN = "ours, a reel renders", "ours, that reel open"

_DOWN_UP = (b"\x1b[B", b"\x1b[A")
_NO_RIVALS = "not installed; --rivals DIR does that"


class Round(msgspec.Struct, frozen=True):
    """One sitting: its figures, or why there are none; and the machine's load before it."""

    figures: Figures | None
    failed: str
    load: float


@dataclass
class Result:
    """All rounds of a program."""

    program: Program
    rounds: list[Round] = field(default_factory=list)

    @property
    def failed(self) -> str:
        """Return why a round failed; "" where all went well."""
        return next((each.failed for each in self.rounds if each.failed), "")

    def median(self, name: str) -> float | None:
        """Return the median of a figure over the rounds; None where it was never measured."""
        found = [getattr(each.figures, name) for each in self.rounds if each.figures is not None]
        known = [value for value in found if value is not None]
        return statistics.median(known) if known else None


# What is compared


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a program: a good terminal on this machine, no SSH, no tmux, and a home of its own."""
    home.mkdir(parents=True, exist_ok=True)
    env = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TZ") if name in os.environ}
    env |= {"HOME": str(home), "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    return env | {
        f"XDG_{name}_HOME": str(home / where)
        for name, where in {"CONFIG": "config", "STATE": "state", "CACHE": "cache", "DATA": "data"}.items()
    }


def ours_in(home: Path) -> dict[str, str]:
    """Return the environment of our programs: `reeltui` is this checkout's, installed or not."""
    paths = [str(Path(__file__).resolve().parents[1]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return environment(home) | {"PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in paths if path)}


def rivals(folder: Path, into: Path | None) -> list[Program]:
    """Return the minimal app and the rivals, installed into `into` (None: they are said to be missing)."""
    found = [_minimal(MINIMAL, folder, environment(folder / "homes" / "minimal"))]
    for rival in RIVALS:
        at = install(rival, into) if into is not None else None
        words = (str(log_file(folder)),) if rival.package == TOOLONG else ()
        found.append(
            Program(
                name=rival.package,
                argv=(str(at.command), *words) if at else (rival.command,),
                env=environment(folder / "homes" / rival.package),
                ready=rival.ready,
                keys=rival.keys,
                quit=rival.quit,
                rest=rival.rest,
                version=at.version if at else "",
                missing=at.missing if at else _NO_RIVALS,
            )
        )
    return found


def desks(folder: Path, wanted: Callable[[str], bool]) -> list[Program]:
    """Return our programs, with the libraries they need. Raises NotMeasured where no reel can be made."""
    names = [name for name in (DESK, MANY, BUSY, RENDERS, OPEN) if wanted(name)]
    if not names:
        return []
    env = ours_in(folder / "homes" / "ours")
    print("  a reel is made and linked under many names", flush=True)
    model = reels.make_one(folder / "model", env)
    found = []
    for name, count in ((DESK, 50), (MANY, 1000)):
        if name in names:
            found.append(_desk(name, reels.fill(folder / f"library-{count}", model, count), env, PREFIX))
    if {BUSY, RENDERS, OPEN} & set(names):
        library = reels.fill(folder / "rendering", model, 50)
        env = ours_in(folder / "homes" / "rendering")
        renders = partial(reels.rendering, library, env)
        if BUSY in names:
            floor = environment(folder / "homes" / "busy")
            found.append(_minimal(BUSY, folder, floor, during=renders))
        for name, opening in ((RENDERS, ()), (OPEN, (b"\r",))):
            if name in names:
                found.append(_desk(name, library, env, LIVE, opening=opening, during=renders))
    return found


def _minimal(name: str, folder: Path, env: Mapping[str, str], during: Surroundings = nothing_else) -> Program:
    argv = sys.executable, str(minimal_app(folder))
    return Program(name, argv, env, "row 01", _DOWN_UP, during=during, version=f"textual {_version('textual')}")


def _desk(
    name: str,
    library: Path,
    env: Mapping[str, str],
    ready: str,
    opening: tuple[bytes, ...] = (),
    during: Surroundings = nothing_else,
) -> Program:
    argv = (sys.executable, "-m", "reeltui", "desk", "--library", str(library))
    # Help opens and closes, then a reel does: "anything else" than moving between rows.
    others = (b"?", b"\x1b") if opening else (b"?", b"\x1b", b"\r", b"\x1b")
    text = f"reeltui {__version__} on textual {_version('textual')}"
    forgets = Path(env["XDG_STATE_HOME"]) / "reeltui" / "desk.json"
    return Program(name, argv, env, ready, _DOWN_UP, others, opening, during=during, forgets=forgets, version=text)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


# How it goes


def play(programs: Sequence[Program], times: Times, rounds: int) -> list[Result]:
    """Measure all programs in turn, so many rounds: what disturbs the machine for a while disturbs them all."""
    results = [Result(program) for program in programs]
    for result in results:
        try:
            warm_up(result.program, times)
        except NotMeasured as why:
            result.rounds.append(Round(None, str(why), os.getloadavg()[0]))
    able = [result for result in results if not result.rounds]
    for number in range(rounds):
        for result in able:
            print(f"  round {number + 1} of {rounds}: {result.program.name}", flush=True)
            load = os.getloadavg()[0]
            try:
                result.rounds.append(Round(measure(result.program, times), "", load))
            except NotMeasured as why:
                result.rounds.append(Round(None, str(why), load))
    return results


# What is told


class Column(NamedTuple):
    """A figure in the table: its heading, its field, what it is multiplied by, and its decimals."""

    heading: str
    name: str
    scale: float
    decimals: int


COLUMNS = (
    Column("first s", "first_content", 1, 2),
    Column("settled s", "settled", 1, 2),
    Column("until kB", "bytes_settled", 1e-3, 1),
    Column("idle B/s", "idle_bytes", 1, 0),
    Column("idle CPU %", "idle_processor", 100, 2),
    Column("key p50 ms", "key_p50", 1000, 1),
    Column("p95", "key_p95", 1000, 1),
    Column("other p50", "other_p50", 1000, 1),
    Column("p95", "other_p95", 1000, 1),
    Column("CPU/key ms", "key_processor", 1000, 1),
    Column("PSS MB", "pss", 1e-6, 0),
    Column("RSS MB", "rss", 1e-6, 0),
    Column("exit s", "exit", 1, 2),
)


def table(results: Sequence[Result]) -> list[str]:
    """Return the medians as lines of text, and below them every failure with its reason."""
    wide = max(len(result.program.name) for result in results)
    lines = [" " * wide + "".join(f"{column.heading:>12}" for column in COLUMNS)]
    for result in results:
        cells = [_cell(result.median(column.name), column) for column in COLUMNS]
        lines.append(f"{result.program.name:<{wide}}" + "".join(f"{cell:>12}" for cell in cells))
    for result in results:
        bad = [each for each in result.rounds if each.failed]
        if bad:
            lines.append(f"{result.program.name}: FAILED in {len(bad)} of {len(result.rounds)}: {result.failed}")
        blind = result.median("blind")
        if blind:
            lines.append(f"{result.program.name}: {blind:g} keys changed nothing on the screen within a second")
        unknown = result.median("unknown")
        if unknown:
            lines.append(f"{result.program.name}: {unknown:g} sequences were not understood by the terminal")
    return lines


def _cell(value: float | None, column: Column) -> str:
    return "-" if value is None else f"{value * column.scale:.{column.decimals}f}"


class Aim(NamedTuple):
    """A target of ours: what, of which program, which figure (multiplied) to which of another's (""; none), at most."""

    what: str
    program: str
    name: str
    scale: float
    most: float
    unit: str
    beside: str = ""


AIMS = (
    Aim("first content, beside toolong's", DESK, "first_content", 1, 1.0, "times", TOOLONG),
    Aim("first content, beside the minimal app's", DESK, "first_content", 1, 1.5, "times", MINIMAL),
    Aim("first content of 1,000 reels", MANY, "first_content", 1, 1.0, "s"),
    Aim("written while nothing happens", DESK, "idle_bytes", 1, 0.0, "B/s"),
    Aim("processor while nothing happens", DESK, "idle_processor", 100, 0.3, "%"),
    Aim("written while a reel renders", RENDERS, "idle_bytes", 1e-3, 2.0, "kB/s"),
    Aim("written while a reel renders and is open", OPEN, "idle_bytes", 1e-3, 2.0, "kB/s"),
    Aim("moving between rows, p95", DESK, "key_p95", 1000, 15, "ms"),
    Aim("moving between rows of 1,000, p95", MANY, "key_p95", 1000, 15, "ms"),
    Aim("moving between rows while a reel renders, p95", RENDERS, "key_p95", 1000, 15, "ms"),
    Aim("moving between shots while the reel renders, p95", OPEN, "key_p95", 1000, 15, "ms"),
    Aim("anything else, p95", DESK, "other_p95", 1000, 60, "ms"),
    Aim("anything else while a reel renders, p95", RENDERS, "other_p95", 1000, 60, "ms"),
    Aim("processor for a key", DESK, "key_processor", 1000, 15, "ms"),
    Aim("memory (RSS)", DESK, "rss", 1e-6, 60, "MB"),
    Aim("end", DESK, "exit", 1, 0.3, "s"),
)


def value_of(aim: Aim, results: Mapping[str, Result]) -> float | None:
    """Return what a target is held against; None where it, or what it is beside, was not measured."""
    result, other = results.get(aim.program), results.get(aim.beside)
    value = result.median(aim.name) if result else None
    if value is None or not aim.beside:
        return None if value is None else value * aim.scale
    base = other.median(aim.name) if other else None
    return value * aim.scale / base if base else None


def tell(results: Sequence[Result]) -> None:
    """Print the table, every program's first content beside the two it is compared with, and our targets."""
    print("\n".join(["", *table(results), ""]))
    by_name = {result.program.name: result for result in results}
    for result in results:
        ratios = [
            f"{value:.2f} times the {beside if beside == MINIMAL else beside + ' one'}"
            for beside in (MINIMAL, TOOLONG)
            if beside != result.program.name
            and (value := value_of(Aim("", result.program.name, "first_content", 1, 0, "", beside), by_name))
        ]
        if ratios:
            print(f"  first content of {result.program.name}: {', '.join(ratios)}")
    if any(aim.program in by_name for aim in AIMS):
        print("ours")
    for aim in AIMS:
        value = value_of(aim, by_name)
        if value is not None:
            target(f"{aim.what} ({aim.program})", value, aim.most, aim.unit)
        elif aim.program in by_name:
            print(f"  {aim.what} ({aim.program}): not measured   (target: at most {aim.most:g} {aim.unit})")


def as_json(results: Sequence[Result], times: Times) -> bytes:
    """Return everything that was measured, every round of it."""
    by_name = {result.program.name: result for result in results}
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "python": sys.version.split()[0],
                "cores": os.cpu_count(),
                "size": times.size,
                "seconds": {"settle": times.settle, "idle": times.idle},
                "keys": times.keys,
                "programs": [
                    {
                        "name": result.program.name,
                        "version": result.program.version,
                        "failed": result.failed,
                        "medians": {name: result.median(name) for name in Figures.__struct_fields__},
                        "rounds": result.rounds,
                    }
                    for result in results
                ],
                "targets": [
                    {**aim._asdict(), "value": value, "met": None if value is None else value <= aim.most}
                    for aim in AIMS
                    for value in [value_of(aim, by_name)]
                ],
            }
        )
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rivals", metavar="DIR", type=Path, help="install the rivals there, each in a venv of its own"
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each program is measured (default 5)")
    parser.add_argument("--size", type=_size, default=(120, 40), help="columns and rows (default 120x40)")
    parser.add_argument("--idle", type=float, default=10.0, help="seconds of idling that are watched (default 10)")
    parser.add_argument("--settle", type=float, default=3.0, help="seconds a start is watched for (default 3)")
    parser.add_argument("--keys", type=int, default=40, help="keys typed in a round (default 40)")
    parser.add_argument("--only", metavar="NAME", action="append", help="only programs with this in their name")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all figures of all rounds there")
    return parser.parse_args()


def _size(text: str) -> tuple[int, int]:
    columns, _, rows = text.partition("x")
    return int(columns), int(rows)


def main() -> None:
    """Print the figures."""
    args = _arguments()
    times = Times(settle=args.settle, idle=args.idle, keys=args.keys, size=args.size)
    load = os.getloadavg()[0]

    def wanted(name: str) -> bool:
        return not args.only or any(part in name for part in args.only)

    with tempfile.TemporaryDirectory() as folder:
        programs = rivals(Path(folder), args.rivals)
        programs = [program for program in programs if wanted(program.name)] + desks(Path(folder), wanted)
        if not programs:
            raise SystemExit(f"no program is named like {' or '.join(args.only)}")
        print(f"{len(programs)} programs in a terminal of {args.size[0]}x{args.size[1]}")
        for program in programs:
            print(f"  {program.name}: {program.missing or program.version}")
        results = play(programs, times, max(1, args.rounds))
    tell(results)
    print(f"  the load was {load:.1f} before" + (": the seconds are those of a busy machine" if load > 0.5 else ""))
    if args.json:
        args.json.write_bytes(as_json(results, times))


if __name__ == "__main__":
    main()
