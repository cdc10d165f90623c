"""Replays a reel's steps on simulated cards and prints what loading costs: this planner, the seed's flow, the floor."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from bench.figures import CARDS, GB, LOADS_OF, Card, lineup_for
from bench.floor import Floor, Held, reel_jobs
from bench.replay import Case, Played, play
from core.engines.wording import load_wording
from core.film.lineup import Lineup, Role
from core.film.preset import PRESETS, PresetName
from core.film.settings import Settings
from core.film.verdict import Label
from core.pipeline.residency import declared_needs
from core.worker.settings import WorkerSettings

SHOTS = 6


class Row(NamedTuple):
    """One flow on one card: loads by name, minutes of loading, of those hidden behind work, of computing, in all."""

    card: str
    case: str
    flow: str
    loads: dict[str, int]
    loading: float | None
    hidden: float | None
    computing: float | None
    minutes: float | None

    @property
    def total(self) -> int:
        """All loads."""
        return sum(self.loads.values())


def cases(shots: int, takes: int) -> tuple[Case, ...]:
    """Return the cases that are played, for a preset with so many takes a shot."""
    failing = dict.fromkeys((1, shots - 1), 1)
    return (
        Case("all pass", {}),
        Case("two failures once", failing),
        Case("two drift once", failing, Label.CHARACTER_DRIFT),
        Case("all fail", dict.fromkeys(range(shots), takes)),
    )


def floor_of(case: Case, shots: int, takes: int) -> Floor:
    """Return the floor of a case. Where a character drifts the keyframe is painted again before the next take."""
    counts = {shot: min(takes, fails + 1) for shot, fails in case.fails.items()}
    drifts = case.label is Label.CHARACTER_DRIFT
    repaints = {shot: counts[shot] - 1 for shot in counts} if drifts else {}
    return Floor(reel_jobs(shots, counts, repaints, {role.value: load for role, load in LOADS_OF.items()}))


def held(lineup: Lineup) -> dict[str, Held]:
    """Return the sizes of a lineup's loads, for the floor."""
    return {name: Held(need.weights, need.peak) for name, need in declared_needs(lineup).items()}


def budget_of(card: Card) -> int:
    """Return the bytes to plan with: what the worker leaves free is left free here too."""
    return int((card.gigabytes - WorkerSettings().reserve) * GB)


def rows(card: Card, settings: Settings, disk: float) -> Iterator[Row]:
    """Yield what every flow takes in every case."""
    lineup, wording, takes = lineup_for(card, settings), load_wording(), settings.figures.takes
    budget = budget_of(card)
    for case in cases(settings.shots, takes):
        flows = {
            "planner": play(lineup, wording, settings, case, [budget], disk=disk),
            "planner, nothing warmed": play(lineup, wording, settings, case, [budget], warm=False),
            "planner, two cards": play(lineup, wording, settings, case, [budget, budget], disk=disk),
        }
        yield from (_row(card, case, flow, played) for flow, played in flows.items())
        yield _seed_row(card, case, lineup, flows["planner"])
        least = floor_of(case, settings.shots, takes).loads(held(lineup), budget)
        yield Row(card.name, case.name, "floor", {"all": least}, None, None, None, None)


def _row(card: Card, case: Case, flow: str, played: Played) -> Row:
    minutes = (played.loading / 60, played.hidden / 60, played.computing / 60, played.seconds / 60)
    return Row(card.name, case.name, flow, dict(played.loads), *minutes)


def _seed_row(card: Card, case: Case, lineup: Lineup, played: Played) -> Row:
    """Return the seed's flow: both big models are loaded once, and again for every take; the others once. It computes
    what the planner computes, and nothing is loaded while something works."""
    needs = declared_needs(lineup)
    big = {lineup.backends[Role.CRITIC].loads_as, lineup.backends[Role.ANIMATOR].loads_as}
    loads = {name: played.clips + 1 if name in big else 1 for name in played.loads}
    loading = sum(needs[name].load_seconds * count for name, count in loads.items()) / 60
    computing = played.computing / 60
    return Row(card.name, case.name, "seed", loads, loading, 0.0, computing, loading + computing)


def told(found: list[Row]) -> Iterator[str]:
    """Yield the table for reading."""
    place = ("", "")
    for row in found:
        if (row.card, row.case) != place:
            place = (row.card, row.case)
            yield f"\n{row.card}, {row.case}"
            yield f"  {'flow':<24} {'loads':>5}  {'loading':>8} {'hidden':>7} {'computing':>9} {'in all':>7}   min"
        if row.loading is None:
            yield f"  {row.flow:<24} {row.total:>5}"
            continue
        each = "  ".join(f"{name} {count}" for name, count in sorted(row.loads.items()))
        figures = f"{row.loading:8.1f} {row.hidden:7.1f} {row.computing:9.1f} {row.minutes:7.1f}"
        yield f"  {row.flow:<24} {row.total:>5}  {figures}   {each}"


def sources(card: Card) -> Iterator[str]:
    """Yield where a card's figures come from."""
    for name, size in card.loads.items():
        yield f"  {name:<9} {size.weights:>5g} GB idle, {size.peak:>3g} GB working: {size.source}"
    for phase, pace in card.paces.items():
        yield f"  {phase.value:<9} {pace.seconds:>5g} s a step: {pace.source}"


def main() -> None:
    """Print the table; exit 1 where the planner is not at the floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--card", choices=CARDS, action="append", help="a card, by its GB; may be given several times")
    parser.add_argument("--preset", choices=[name.value for name in PRESETS], default=PresetName.DEFAULT.value)
    parser.add_argument("--shots", type=int, default=SHOTS)
    parser.add_argument("--disk", type=float, default=1.0, help="GB a second files are read ahead with (assumed)")
    parser.add_argument("--json", action="store_true", help="one object a row")
    args = parser.parse_args()
    if not 3 <= args.shots <= 24:
        parser.error("--shots must be 3 to 24")
    settings = Settings(preset=PresetName(args.preset), shots=args.shots)
    missed = 0
    for card in (CARDS[name] for name in args.card or CARDS):
        found = list(rows(card, settings, args.disk * GB))
        missed += sum(_missed(found))
        if args.json:
            print("\n".join(json.dumps(_object(row)) for row in found))
            continue
        print("\n".join([f"{card.name}: {budget_of(card) / GB:g} GB to plan with", *sources(card), *told(found), ""]))
    if missed:
        raise SystemExit(f"the planner loads more than the floor in {missed} cases")


def _missed(found: list[Row]) -> Iterator[bool]:
    """Tell for every case whether the planner missed the floor, which knows beforehand what verdicts will say."""
    floors = {row.case: row.total for row in found if row.flow == "floor"}
    return (row.total != floors[row.case] for row in found if row.flow == "planner")


def _object(row: Row) -> dict[str, Any]:
    return {**row._asdict(), "total": row.total}


if __name__ == "__main__":
    main()
