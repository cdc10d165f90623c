"""Writes the table of a card from its results: `python -m bench.gpu.table gpu.json ... --out bench/results`.

Needs no torch. Several files of one machine become one table; a later one's figures take an earlier one's place.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from bench.gpu.results import Measured, Results, merged
from core.engines.registry import STUDIO_HOLDS
from core.film.lineup import Role
from core.film.preset import PRESETS, PresetName

FASTER_DEFAULT = 2.0  # per clip, ours with everything against stock diffusers in the same run
FASTER_LIGHTNING = 15.0
NEAR_DECLARED = 0.10  # how far a peak may be from what the planner declares

_COLUMNS = (
    "what",
    "variant",
    "s/step",
    "steps seen",
    "VAE in",
    "VAE out",
    "s each",
    "x stock",
    "peak GB",
    "weights GB",
    "build s",
    "evict s",
    "warm-up s",
)
_HEAD = (f"| {' | '.join(_COLUMNS)} |", "|---|---|" + "---:|" * (len(_COLUMNS) - 2))
_NOTES = """
- Weights are random, at the real size, made on the card: times and memory are those of the real models, pictures are
  noise. No real weights were run.
- First-block cache: off everywhere. On random weights its hits mean nothing, so what it saves is not in this table.
- `*`: computed, preset steps times the median of the steps that were measured, and the VAE's two passes. Without `*`
  it was measured from end to end. Neither has writing the file or reading the words in it.
- Words are random numbers of the text encoder's shape; `text/umt5` is one text through the encoder. Stock diffusers
  reads two for every clip, reeltui one a clip and one a round.
- `build` makes random weights and is no load, but for Kokoro; `load/experts` is computed from a part of an expert read
  from the machine's memory: the least a load takes, a disk's own time comes on top.
- `stock`: diffusers' pipeline, bf16 with the VAE in 32 bits, at the same size, steps and guidance. `plain`: reeltui's
  animator with every knob off; the other rows turn one on; `all` turns all on. Peak is what torch had reserved.
"""


def lines(results: Results) -> Iterator[str]:
    """Yield the lines of a card's table, with the targets under it."""
    machine = results.machine
    yield f"# {machine.card}"
    yield ""
    if machine.tiny:
        yield "**Tiny models on a CPU: this shows that the bench runs, its figures mean nothing.**"
        yield ""
    days = sorted({one.at[:10] for one in results.measured}) or ["never"]
    when = days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
    memory = f", {machine.memory / 1e9:.0f} GB" if machine.memory else ""
    driver = f", driver {machine.driver}" if machine.driver else ""
    yield f"{machine.card}{memory}{driver}; {machine.system}; measured {when}"
    yield ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    yield ""
    yield from _HEAD
    for one in results.measured:
        if not one.why_not:
            yield _row(results, one)
    yield ""
    missing = [one for one in results.measured if one.why_not]
    if missing:
        yield "Not measured:"
        yield ""
        yield from (f"- {one.name}: {one.why_not}" for one in missing)
        yield ""
    yield "Targets:"
    yield ""
    yield from (f"- {target}" for target in targets(results))
    yield ""
    facts = [one for one in results.measured if one.facts]
    if facts:
        yield "What was on:"
        yield ""
        yield from (
            f"- {one.name}: " + "; ".join(f"{key} {value}" for key, value in one.facts.items()) for one in facts
        )
        yield ""
    yield "How to read it:"
    yield from _NOTES.rstrip().split("\n")


def _row(results: Results, one: Measured) -> str:
    stock = results.of(f"{one.part}/{_stock_of(one.variant)}")
    faster = f"{stock.each / one.each:.2f}" if stock is not None and stock.name != one.name and one.each else ""
    # Of a clip that is computed, how many steps of it were seen.
    steps = "" if not one.step else f"{one.seen} of {one.steps}" if one.computed else str(one.seen)
    cells = (
        one.part,
        one.variant,
        _number(one.step, 3),
        steps,
        _number(one.encode),
        _number(one.decode),
        _number(one.each, 3) + ("" if one.whole else "*") + f" / {one.unit}",
        faster,
        _number(one.peak / 1e9, 1),
        _number(one.weights / 1e9, 1),
        _number(one.build),
        _number(one.evict),
        _number(one.first),
    )
    return f"| {' | '.join(cells)} |"


def _stock_of(variant: str) -> str:
    return "stock-4-references" if variant.endswith("-4-references") else "stock"


def _number(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}" if value else ""


def targets(results: Results) -> Iterator[str]:
    """Yield each target with its figure, and whether it was met."""
    meant = "" if not results.machine.tiny else " (tiny models: means nothing)"
    for part in sorted({one.part for one in results.measured if one.part.startswith("wan-")}):
        stock = results.of(f"{part}/stock")
        for variant, least, beside in (
            ("all", FASTER_DEFAULT, ", the cache off; the target is meant with the cache at 0.05 on real weights"),
            ("lightning-all", FASTER_LIGHTNING, ""),
        ):
            ours = results.of(f"{part}/{variant}")
            what = f"{part}, {variant} against stock"
            if stock is None or ours is None:
                yield f"{what}: at least {least:g}x: not measured"
                continue
            times = stock.each / ours.each
            yield f"{what}: {times:.2f}x (target: at least {least:g}x: {_verdict(times >= least)}{beside}){meant}"
    for role, name in (
        (Role.ANIMATOR, "wan-720/all"),
        (Role.PAINTER, "klein-720/ours-4-references"),
        (Role.NARRATOR, "kokoro/model"),
    ):
        yield _near(results, role, name) + meant
    yield from _words(results)


def _near(results: Results, role: Role, name: str) -> str:
    declared = STUDIO_HOLDS[role].peak
    one = results.of(name)
    what = f"peak of the {role.value} ({name})"
    if one is None or not one.peak:
        return f"{what}: within {NEAR_DECLARED:.0%} of the declared {declared / 1e9:.0f} GB: not measured"
    peak, with_text = one.peak, ""
    text = results.of("text/umt5")
    if role is Role.ANIMATOR and text is not None and one.weights + text.peak > peak:
        # While words are read the encoder lies beside the experts.
        peak, with_text = one.weights + text.peak, ", computed: its weights and the text encoder's peak"
    far = abs(peak - declared) / declared
    verdict = _verdict(far <= NEAR_DECLARED)
    target = f"target: within {NEAR_DECLARED:.0%} of the declared {declared / 1e9:.0f} GB: {verdict}"
    return f"{what}: {peak / 1e9:.1f} GB{with_text} ({target})"


def _words(results: Results) -> Iterator[str]:
    """Yield what reading the words once a round saves, a clip of the default preset."""
    text, stock = results.of("text/umt5"), results.of("wan-720/stock")
    if text is None or stock is None:
        return
    takes = PRESETS[PresetName.DEFAULT].takes
    ours = text.each * (1 + 1 / takes)
    yield (
        f"words of a clip at {takes} clips a round: stock {2 * text.each:.2f} s, reeltui {ours:.2f} s, beside "
        f"{stock.each:.1f} s a clip (computed; no target)"
    )


def _verdict(met: bool) -> str:
    return "met" if met else "NOT met"


def file_name(results: Results) -> str:
    """Return the table's name: the card's, in small letters and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", results.machine.card.lower()).strip("-") + ".md"


def save(results: Results, folder: Path) -> Path:
    """Write the table into a folder; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(results)
    path.write_text("\n".join(lines(results)) + "\n", encoding="utf-8")
    return path


def main() -> None:
    """Write the table and say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", type=Path, help="gpu.json of one call or several, oldest first")
    parser.add_argument("--out", type=Path, default=Path("bench/results"), help="folder (default bench/results)")
    args = parser.parse_args()
    print(save(merged(args.results), args.out))


if __name__ == "__main__":
    main()
