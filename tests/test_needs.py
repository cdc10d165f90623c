"""What loads need: as declared, until this machine has measured it."""

from __future__ import annotations

import msgspec
import pytest

from core.film.lineup import Backend, Lineup, Phase, Role
from core.pipeline.cost import RECENT, Timing
from core.pipeline.needs import MARGIN, LoadTiming, measured
from core.pipeline.residency import CPU, Need, declared_needs
from tests.toys import toy_lineup


def lineup() -> Lineup:
    """The director and the critic share a load; the painter has one of its own; the others are on the CPU."""
    toys = toy_lineup()

    def on_device(role: Role, loads_as: str, weights: int, peak: int) -> Backend:
        return msgspec.structs.replace(
            toys.backends[role], loads_as=loads_as, weights=weights, peak=peak, needs_device=True, load_seconds=300.0
        )

    ours = {
        Role.DIRECTOR: on_device(Role.DIRECTOR, "llm", 70, 80),
        Role.CRITIC: on_device(Role.CRITIC, "llm", 70, 84),
        Role.PAINTER: on_device(Role.PAINTER, "painter", 8, 13),
    }
    return msgspec.structs.replace(toys, backends={**toys.backends, **ours})


LINEUP = lineup()
DECLARED = declared_needs(LINEUP)


def step(phase: Phase, role: str, peak: int | None, **other: object) -> Timing:
    return Timing(phase, f"toy-{role}", other.pop("units", 1.0), 1.0, peak, device="cuda:0", **other)  # type: ignore[arg-type]


def painted(*peaks: int | None, **other: object) -> list[Timing]:
    return [step(Phase.MASTERS, "painter", peak, **other) for peak in peaks]


def loaded(name: str, *figures: tuple[float, int | None], device: str = "cuda:0") -> list[LoadTiming]:
    return [LoadTiming(name, "", device, seconds, weights) for seconds, weights in figures]


def need(name: str, history: list[Timing | LoadTiming], **options: object) -> Need:
    return measured(LINEUP, DECLARED, history, **options)[name]  # type: ignore[arg-type]


def test_as_declared_until_something_was_measured() -> None:
    assert measured(LINEUP, DECLARED, []) == DECLARED
    assert need("llm", []) == Need(70, 84, 300.0, False)
    assert need("painter", [*painted(None), step(Phase.ANIMATE, "animator", 50)]) == DECLARED["painter"]


def test_the_peak_is_the_highest_of_the_recent_with_a_margin() -> None:
    assert need("painter", [*painted(10, 20, 15)]) == Need(8, 21, 300.0, True)
    assert 20 < 21 <= 20 * MARGIN
    assert need("painter", [*painted(90), *painted(*[20] * RECENT)]).peak == 21, "long ago"
    assert need("painter", [*painted(4)]) == Need(5, 5, 300.0, True), "no more is held idle than at most"
    both = [*painted(10), step(Phase.KEYFRAMES, "painter", 20)]
    assert need("painter", [*both]).peak == 21, "both phases of the role"


def test_what_was_done_with_a_fallback_does_not_count() -> None:
    assert need("painter", [*painted(99, fallbacks=("tiling",)), *painted(20)]).peak == 21
    assert need("painter", [*painted(4, fallbacks=("tiling",))]) == DECLARED["painter"]


def test_a_load_of_two_roles_is_measured_when_both_are() -> None:
    plan, verdict = step(Phase.PLAN, "director", 40), step(Phase.CRITIQUE, "critic", 60)
    assert need("llm", [plan]) == Need(70, 84, 300.0, False)
    assert need("llm", [step(Phase.PLAN, "director", 100)]) == Need(70, 105, 300.0, False)
    assert need("llm", [plan, verdict]) == Need(63, 63, 300.0, True)


def test_what_was_measured_on_smaller_steps_says_nothing_about_larger_ones() -> None:
    sizes = {Phase.MASTERS: 2.0, Phase.KEYFRAMES: 1.0}
    assert need("painter", [*painted(20, units=1.0)], sizes=sizes) == DECLARED["painter"]
    small = painted(*[10] * (2 * RECENT), units=1.0)
    assert need("painter", [*painted(20, units=2.0), *small], sizes=sizes).peak == 21


def test_loads() -> None:
    history = [*loaded("painter", (40.0, 9), (20.0, 10), (30.0, None))]
    assert need("painter", [*history]) == Need(10, 13, 30.0, False)
    assert need("painter", [*history, *painted(20)]) == Need(10, 21, 30.0, True)
    assert need("painter", [*loaded("painter", (1.0, 50))]) == Need(50, 50, 1.0, False)
    old = loaded("painter", (1.0, 50), *[(30.0, 9)] * RECENT)
    assert need("painter", [*old]) == Need(9, 13, 30.0, False)


@pytest.mark.parametrize("device", ["cuda:0", "fake:24"])
def test_real_and_simulated_devices_are_kept_apart(device: str) -> None:
    simulated = device.startswith("fake")
    timing = msgspec.structs.replace(painted(20)[0], device=device)
    history = [timing, *loaded("painter", (30.0, 10), device=device)]
    assert need("painter", [*history], simulated=simulated) == Need(10, 21, 30.0, True)
    assert need("painter", [*history], simulated=not simulated) == DECLARED["painter"]


def test_what_was_done_on_the_cpu_for_want_of_a_device_does_not_count() -> None:
    timing = msgspec.structs.replace(painted(20)[0], device=CPU)
    assert need("painter", [timing, *loaded("painter", (900.0, 10), device=CPU)]) == DECLARED["painter"]
    assert need("toy-narrator", [*loaded("toy-narrator", (2.0, None), device=CPU)]).load_seconds == 2.0


def test_an_older_history_without_the_new_fields_can_be_read() -> None:
    old = b'{"phase":"masters","backend":"toy-painter","units":1.0,"seconds":2.0}'
    timing = msgspec.json.decode(old, type=Timing)
    assert timing.peak is None
    assert need("painter", [timing]) == DECLARED["painter"]
    assert msgspec.json.encode(timing) == old
