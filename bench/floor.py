"""The least number of loads any legal schedule of a reel can have: an exact search that knows every verdict beforehand.

It shares nothing with the planner. A schedule works with one load after another; a job can be done once everything it
needs is done. Two things lose nothing and keep the search small: to do all that can be done with a load before another
works, and to let nobody go who need not go.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping
from typing import NamedTuple


class Job(NamedTuple):
    """One step: what must be loaded for it, and the names of the jobs it needs."""

    load: str
    needs: tuple[str, ...]


class Held(NamedTuple):
    """Bytes a load holds while idle, and at most while it works."""

    idle: int
    working: int


def reel_jobs(
    shots: int, takes: Mapping[int, int], repaints: Mapping[int, int], loads: Mapping[str, str]
) -> dict[str, Job]:
    """Return the jobs of a reel with two characters and a voice, in which every odd shot goes on from the one before.

    `takes` says how many takes each shot gets, `repaints` before how many of them its keyframe is painted again.
    `loads` names the load for director, painter, animator, critic, composer and narrator.
    """
    jobs = {"plan": Job(loads["director"], ())}
    for name in ("A", "B", "scene"):
        jobs[name] = Job(loads["painter"], ("plan",))
    jobs["group"] = Job(loads["painter"], ("A", "B"))
    for shot in range(shots):
        before = (f"key {shot - 1}",) if shot % 2 else ()
        jobs[f"key {shot}"] = Job(loads["painter"], ("A", "B", "scene", "group", *before))
    for shot in range(shots):
        after = (f"key {shot + 1}",) if shot % 2 == 0 and shot + 1 < shots else ()
        for take in range(1, takes.get(shot, 1) + 1):
            needs = [f"key {shot}", *after]
            if take > 1:
                needs.append(f"verdict {shot} {take - 1}")
                if take - 1 <= repaints.get(shot, 0):
                    jobs[f"repaint {shot} {take}"] = Job(loads["painter"], (needs[-1],))
                    needs.append(f"repaint {shot} {take}")
            jobs[f"clip {shot} {take}"] = Job(loads["animator"], tuple(needs))
            jobs[f"verdict {shot} {take}"] = Job(loads["critic"], (f"clip {shot} {take}",))
    jobs["music"] = Job(loads["composer"], ("plan",))
    for shot in range(shots):
        jobs[f"voice {shot}"] = Job(loads["narrator"], ("plan",))
    return jobs


class Floor:
    """The least loads of one reel, at any budget."""

    def __init__(self, jobs: Mapping[str, Job]) -> None:
        """Work out every state the work can be in, whatever the memory: who worked, and what is done then."""
        self._loads = sorted({job.load for job in jobs.values()})
        self._all = frozenset(jobs)
        self._next: dict[tuple[frozenset[str], str], frozenset[str]] = {}
        waiting = [frozenset[str]()]
        while waiting:
            done = waiting.pop()
            for load in self._loads:
                if (done, load) not in self._next:
                    after = _worked(jobs, done, load)
                    self._next[done, load] = after
                    waiting.append(after)

    def loads(self, sizes: Mapping[str, Held], budget: int | None) -> int:
        """Return the least number of loads on a card with nothing loaded; `budget` bytes, None where it is not known
        and one load is held at a time. A load larger than the budget works alone."""
        start = (frozenset[str](), frozenset[str]())
        best = {start: 0}
        queue: list[tuple[int, int, tuple[frozenset[str], frozenset[str]]]] = [(0, 0, start)]
        tie = itertools.count(1)
        while queue:
            cost, _, (done, resident) = heapq.heappop(queue)
            if done == self._all:
                return cost
            if cost > best[done, resident]:
                continue
            for load in self._loads:
                after = self._next[done, load]
                if after == done:
                    continue
                price = cost + (load not in resident)
                for kept in _kept(resident - {load}, load, sizes, budget):
                    state = (after, kept | {load})
                    if price < best.get(state, price + 1):
                        best[state] = price
                        heapq.heappush(queue, (price, next(tie), state))
        raise ValueError("some job can never be done")


def _worked(jobs: Mapping[str, Job], done: frozenset[str], load: str) -> frozenset[str]:
    """Return what is done after all was done that can be done with one load."""
    finished = set(done)
    while more := [
        n for n, job in jobs.items() if job.load == load and n not in finished and finished.issuperset(job.needs)
    ]:
        finished.update(more)
    return frozenset(finished)


def _kept(
    others: frozenset[str], working: str, sizes: Mapping[str, Held], budget: int | None
) -> Iterator[frozenset[str]]:
    """Yield the sets that can stay while one works: those to which nobody can be added."""
    room = -1 if budget is None else budget - sizes[working].working
    if room < 0:
        yield frozenset()
        return
    for count in range(len(others) + 1):
        for chosen in itertools.combinations(sorted(others), count):
            free = room - sum(sizes[name].idle for name in chosen)
            if free >= 0 and all(sizes[name].idle > free for name in others.difference(chosen)):
                yield frozenset(chosen)
