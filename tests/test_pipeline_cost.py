"""What work will take: from this machine's own history, declared until then, always with a range."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from core.engines.wording import load_wording
from core.film.decision import Kind
from core.film.lineup import ROLE_OF, Phase, Role
from core.film.plan import Plan, encode_plan
from core.film.preset import PresetName
from core.film.settings import Settings
from core.folder.snapshot import read_snapshot
from core.folder.timings import KEPT_BYTES, Timings
from core.pipeline.cost import RECENT, Job, Rates, Timing, forecast, units
from core.pipeline.impact import Impact, impact, phrase, phrases
from core.worker.records import timings
from tests.stage import TINY, board, edit, made, new_reel, play
from tests.told import say, told_lineup
from tests.toys import toy_plan

LINEUP = told_lineup()
HD = Settings()
PLAN = toy_plan(3)


def timing(phase: Phase, seconds: float, amount: float = 1.0) -> Timing:
    return Timing(phase, LINEUP.backends[ROLE_OF[phase]].name, amount, seconds)


def test_declared_until_measured() -> None:
    rates = Rates(LINEUP, [])
    assert rates.of(Phase.MUSIC) == (0.01, 0.005, 0.02, False)
    assert not rates.estimate([Job(Phase.MUSIC, 30)]).measured
    measured = Rates(LINEUP, [timing(Phase.MUSIC, 60, 30)])
    assert measured.of(Phase.MUSIC) == (2.0, 1.6, 2.5, True)
    estimate = measured.estimate([Job(Phase.MUSIC, 30), Job(Phase.MUSIC, 15)])
    assert (estimate.seconds, estimate.low, estimate.high, estimate.measured) == (90, 72, 112.5, True)
    mixed = measured.estimate([Job(Phase.MUSIC, 30), Job(Phase.MIX, 1)])
    assert not mixed.measured, "one part is only declared"


def test_the_median_of_the_newest_counts_and_one_slow_day_does_not() -> None:
    history = (
        [timing(Phase.NARRATE, 100.0)] * 50
        + [timing(Phase.NARRATE, 1.0)] * (RECENT - 1)
        + [timing(Phase.NARRATE, 500.0)]
    )
    middle, low, high, measured = Rates(LINEUP, history).of(Phase.NARRATE)
    assert (middle, measured) == (1.0, True)
    assert low <= middle <= high


def test_the_range_holds_all_that_was_seen_where_that_is_little() -> None:
    rates = Rates(LINEUP, [timing(Phase.NARRATE, seconds) for seconds in (1.0, 10.0, 30.0)])
    assert rates.of(Phase.NARRATE) == (10.0, 1.0, 30.0, True)
    assert not rates.sure(Phase.NARRATE)
    assert Rates(LINEUP, [timing(Phase.NARRATE, 1.0)] * 4).sure(Phase.NARRATE)
    assert not Rates(LINEUP, []).sure(Phase.NARRATE)


def test_the_range_is_that_of_the_quartiles() -> None:
    history = [timing(Phase.NARRATE, float(n)) for n in (1, 2, 3, 4, 5, 6, 7)]
    assert Rates(LINEUP, history).of(Phase.NARRATE) == (4.0, 2.0, 6.0, True)


def test_other_backends_and_nonsense_do_not_count() -> None:
    history = [Timing(Phase.NARRATE, "another", 1.0, 9.0), timing(Phase.NARRATE, 9.0, 0.0), timing(Phase.NARRATE, -1.0)]
    history.append(timing(Phase.NARRATE, 1e300, 1e-300))
    assert Rates(LINEUP, history).of(Phase.NARRATE)[3] is False


def test_units_grow_with_what_makes_work() -> None:
    backend = LINEUP.backends[Role.ANIMATOR]
    clip = units(Phase.ANIMATE, backend, HD)
    assert clip == pytest.approx(1280 * 720 / 1e6 * 81)
    longer = units(Phase.ANIMATE, backend, msgspec.structs.replace(HD, preset=PresetName.CINEMATIC))
    assert longer == pytest.approx(clip * 121 / 81)
    assert units(Phase.ANIMATE, backend, HD, denoising=48) == clip, "drawing takes no denoising steps"
    diffusion = msgspec.structs.replace(backend, denoises=True)
    assert units(Phase.ANIMATE, diffusion, HD, denoising=48) == pytest.approx(2 * clip)
    assert units(Phase.MUSIC, LINEUP.backends[Role.COMPOSER], HD, seconds=45) == 45
    assert units(Phase.NARRATE, LINEUP.backends[Role.NARRATOR], HD) == 1


def test_the_forecast_names_every_due_step_and_the_verdicts_to_come(library: Path) -> None:
    root = new_reel(library, TINY, PLAN)
    snapshot, planned = board(root, LINEUP)
    jobs = forecast(planned, LINEUP, snapshot.reel.settings)
    steps = [job.step for job in jobs]
    assert len(steps) == len(set(steps)) == 4 + 3 + 3 + 3 + 1 + 3 + 1
    assert {f"shots/{n:02d}/takes/001/verdict" for n in range(3)} <= set(steps)
    assert all(job.units > 0 for job in jobs)
    play(root, LINEUP)
    snapshot, done = board(root, LINEUP)
    assert forecast(done, LINEUP, snapshot.reel.settings) == []


def test_the_forecast_says_which_verdicts_may_call_for_another_take(library: Path) -> None:
    """Before any take, after one that failed, and with a take that was settled upon while another is judged."""
    root = new_reel(library, TINY, PLAN)
    edit(root, prompt={0: "Pan left. [marks 2 3 9] 35mm"})

    def retakes() -> dict[str, tuple[float, int]]:
        snapshot, planned = board(root, LINEUP)
        jobs = forecast(planned, LINEUP, snapshot.reel.settings)
        return {job.step: (job.retake, job.failed) for job in jobs if job.phase is Phase.CRITIQUE}

    clip = pytest.approx(units(Phase.ANIMATE, LINEUP.backends[Role.ANIMATOR], TINY))
    assert retakes() == {f"shots/{n:02d}/takes/001/verdict": (clip, 0) for n in range(3)}
    play(root, LINEUP)
    assert retakes() == {}
    (root / "shots/00/takes/003/verdict.json").unlink()
    (root / "shots/01/takes/001/verdict.json").unlink()
    told = {"shots/00/takes/003/verdict": (clip, 2), "shots/01/takes/001/verdict": (clip, 0)}
    assert retakes() == told, "the clips are there, and their verdicts may call for others"
    say(root, Kind.APPROVE, 0, 1)
    assert retakes()["shots/00/takes/003/verdict"][0] == 0.0, "whatever the critic says, no other follows"


def test_a_reel_without_a_plan_is_foreseen_too(library: Path) -> None:
    root = new_reel(library, msgspec.structs.replace(TINY, voice=False))
    snapshot, empty = board(root, LINEUP)
    jobs = forecast(empty, LINEUP, snapshot.reel.settings)
    clip = units(Phase.ANIMATE, LINEUP.backends[Role.ANIMATOR], TINY)
    assert {job.retake for job in jobs if job.phase is Phase.CRITIQUE} == {clip}
    assert [job.phase for job in jobs].count(Phase.ANIMATE) == 3
    assert [job.phase for job in jobs].count(Phase.NARRATE) == 0
    assert [job.phase for job in jobs].count(Phase.PLAN) == 1


def test_a_run_leaves_its_times_for_the_next_estimate(library: Path) -> None:
    root = new_reel(library, TINY, PLAN)
    play(root, LINEUP)
    seen = timings().recent()
    assert {timing.phase for timing in seen} == set(Phase) - {Phase.PLAN}
    snapshot, _ = board(root, LINEUP)
    jobs = [Job(phase, 1.0) for phase in Phase if phase is not Phase.PLAN]
    assert Rates(LINEUP, seen).estimate(jobs).measured
    assert snapshot.plan is not None


def test_the_history_forgets_its_oldest_half_and_never_stops_the_work(tmp_path: Path) -> None:
    history = Timings(tmp_path / "deep" / "timings.jsonl", Timing)
    assert history.remember(timing(Phase.MIX, 1.0)) == ""
    line = history.path.read_bytes()
    history.path.write_bytes(line * (5 * KEPT_BYTES // len(line)))
    assert history.remember(timing(Phase.MIX, 2.0)) == ""
    assert history.path.stat().st_size <= KEPT_BYTES + 200
    assert history.recent()[-1].seconds == 2.0
    blocked = Timings(tmp_path / "deep" / "timings.jsonl" / "no folder", Timing)
    assert "cannot be kept" in blocked.remember(timing(Phase.MIX, 1.0))
    assert blocked.recent() == []


# --- what an edit costs, before it is saved --------------------------------------------------------------------------


@pytest.fixture
def root(library: Path) -> Path:
    finished = new_reel(library, TINY, PLAN)
    play(finished, LINEUP)
    return finished


def effect(root: Path, plan: Plan) -> Impact:
    history = [timing(phase, 2.0) for phase in Phase]
    return impact(read_snapshot(root), plan, LINEUP, load_wording(), Rates(LINEUP, history))


def with_prompt(place: int, prompt: str) -> Plan:
    shots = list(PLAN.shots)
    shots[place] = msgspec.structs.replace(shots[place], prompt=prompt)
    return msgspec.structs.replace(PLAN, shots=tuple(shots))


def test_a_narration_edit_costs_that_line_and_the_mix(root: Path) -> None:
    told = effect(root, msgspec.structs.replace(PLAN, vo_script_per_shot=("Line number 0.", "New.", "Line number 2.")))
    assert (told.redo, told.restore, told.stale) == (("shots/01/narration", "reel"), (), ())
    assert phrases(told.redo) == "narration 1, mix"
    assert told.cost.measured
    assert told.cost.low < told.cost.seconds < told.cost.high


def test_a_prompt_edit_costs_keyframe_clip_verdict_and_mix_and_says_what_turns_stale(root: Path) -> None:
    told = effect(root, with_prompt(1, "Pan left. New. 35mm"))
    clip = "shots/01/takes/002"
    assert told.redo == ("shots/01/keyframe", f"{clip}/clip", f"{clip}/verdict", "reel")
    assert told.stale == ("shots/00/takes/001/clip",)


def test_a_portrait_edit_costs_no_clip_and_no_mix(root: Path) -> None:
    told = effect(root, msgspec.structs.replace(PLAN, characters={**PLAN.characters, "A": "Aiko (red coat)"}))
    assert told.redo == ("masters/A", "masters/group")
    assert set(told.stale) == {"shots/00/keyframe", "shots/01/keyframe", "shots/02/keyframe"}


def test_taking_an_edit_back_costs_the_mix_and_names_what_comes_back(root: Path) -> None:
    edit(root, prompt={1: "Pan left. New. 35mm"})
    play(root, LINEUP)
    told = effect(root, PLAN)
    assert (told.redo, told.restore) == (("reel",), ("shots/01/keyframe",))


def test_no_edit_costs_nothing(root: Path) -> None:
    told = effect(root, PLAN)
    assert (told.redo, told.restore, told.stale, told.cost.seconds) == ((), (), (), 0.0)


def test_what_was_due_anyway_is_not_charged_to_the_edit(root: Path) -> None:
    (root / "music.wav").unlink()
    told = effect(root, msgspec.structs.replace(PLAN, vo_script_per_shot=("New.", "Line number 1.", "Line number 2.")))
    assert told.redo == ("shots/00/narration",)


def test_what_is_promised_is_what_is_made(root: Path) -> None:
    """The edit's promise against the run that follows, for several edits at once."""
    shots = (msgspec.structs.replace(PLAN.shots[0], prompt="Pan left. Other. 35mm"), *PLAN.shots[1:])
    plan = msgspec.structs.replace(PLAN, shots=shots, music_style="a tango", setting="a beach")
    told = effect(root, plan)
    (root / "plan.json").write_bytes(encode_plan(plan))
    assert made(play(root, LINEUP)[1]) == list(told.redo)


def test_steps_in_words() -> None:
    assert phrase("shots/03/keyframe") == "keyframe 3"
    assert phrase("shots/03/takes/002/clip").startswith("clip 3")
    assert phrase("masters/group") == "master group"
    assert phrase("reel") == "mix"
    assert phrase("music") == "music"
