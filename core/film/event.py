"""What the worker says it did: one line of events.jsonl each, and the worthless-after-a-crash live state.

docs/events.md describes every kind for a reader outside; a test holds the two together.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.film.gauge import Gauge
from core.film.lineup import Phase
from core.film.requests import Fact


class Happened(StrEnum):
    """Kinds of events."""

    RUN_STARTED = "run_started"
    RUN_ENDED = "run_ended"
    PLAN_ACCEPTED = "plan_accepted"
    PLAN_REFUSED = "plan_refused"  # plan.json was edited badly; the last good one stays in force
    STEP_STARTED = "step_started"
    STEP_DONE = "step_done"
    STEP_FAILED = "step_failed"
    STEP_DROPPED = "step_dropped"  # stopped before it was done: no longer wanted, or the run was stopped
    CLIP_PASSED = "clip_passed"  # a verdict passed; follows the verdict's step_done
    RESTORED = "restored"  # an old artifact came back from the history; nothing was rendered
    MOVED_ASIDE = "moved_aside"  # something damaged was found and put into .history/damaged
    WAITING = "waiting"  # at a review gate
    LOADED = "loaded"  # a backend was loaded into a host
    UNLOADED = "unloaded"  # a host left to make room for another


class Stage(StrEnum):
    """The seed system's names for what happened, for whoever streams events onward."""

    STARTED = "started"
    PLAN_READY = "plan_ready"
    MASTER_READY = "master_ready"
    KEYFRAME_READY = "keyframe_ready"
    CLIP_STARTED = "clip_started"
    CLIP_RENDERED = "clip_rendered"
    CRITIC_VERDICT = "critic_verdict"
    CLIP_PASSED = "clip_passed"
    MUSIC_READY = "music_ready"
    VO_CHUNK_READY = "vo_chunk_ready"
    MIX_DONE = "mix_done"
    COMPLETED = "completed"


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event whose words say it all."""


NOTHING = Nothing()


class RunStarted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`pid` works on the reel now; `verb` is how it was started."""

    pid: int
    verb: str = ""


class RunEnded(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`outcome`: done, waiting, failed, paused, cancelled, interrupted; planned after an import or a copy.

    `loads` counts the backends this run loaded; `seconds` is the length of a finished reel. A run that ended by an
    error has its exit `code`, and what to do as `remedy`.
    """

    outcome: str
    loads: int = 0
    seconds: float | None = None
    code: int = 0
    remedy: str = ""


class PlanAccepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sha256 of plan.json as it is in force now."""

    sha256: str


class StepStarted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who does it, with which seed, on which device, and how many bytes of its memory are planned for."""

    backend: str
    seed: int | None = None
    device: str = ""
    planned: int | None = None


class StepDone(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`seconds` of work with all tries. A verdict has its mark `overall` and `labels` (blank-separated); narration
    the seconds it overruns; the mix its loudness. `peak` is measured device memory in bytes."""

    seconds: float | None = None
    overall: float | None = None
    labels: str = ""
    overrun_seconds: float | None = None
    lufs: float | None = None
    true_peak: float | None = None
    peak: int | None = None


class StepFailed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The number of the try that failed (`try`, from 1), its cause (core.film.failure.Cause), whether it was the last,
    and the fallbacks (blank-separated) the next one is asked with."""

    attempt: int = msgspec.field(name="try")
    final: bool
    cause: str = ""
    fallbacks: str = ""


class StepMovedAside(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The step whose files were moved; an import names the `source` file it did not take."""

    step: str = ""
    source: str = ""


class Restored(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where an imported artifact came from, or an imported verdict's mark and labels."""

    source: str = ""
    overall: float | None = None
    labels: str = ""


class Waiting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The review gate: plan, keyframes or shots."""

    gate: str


class ClipPassed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mark it passed with."""

    overall: float


class Loaded(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was loaded (`loads_as`), its model, where, in which process, and how long that took in seconds."""

    loads_as: str
    pid: int
    model: str = ""
    device: str = ""
    seconds: float | None = None


class Unloaded(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What left, from where."""

    loads_as: str
    device: str = ""


Detail = (
    Nothing
    | RunStarted
    | RunEnded
    | PlanAccepted
    | StepStarted
    | StepDone
    | StepFailed
    | StepMovedAside
    | Restored
    | Waiting
    | ClipPassed
    | Loaded
    | Unloaded
)

DETAILS: dict[Happened, type[Detail]] = {
    Happened.RUN_STARTED: RunStarted,
    Happened.RUN_ENDED: RunEnded,
    Happened.PLAN_ACCEPTED: PlanAccepted,
    Happened.PLAN_REFUSED: Nothing,
    Happened.STEP_STARTED: StepStarted,
    Happened.STEP_DONE: StepDone,
    Happened.STEP_FAILED: StepFailed,
    Happened.STEP_DROPPED: Nothing,
    Happened.CLIP_PASSED: ClipPassed,
    Happened.RESTORED: Restored,
    Happened.MOVED_ASIDE: StepMovedAside,
    Happened.WAITING: Waiting,
    Happened.LOADED: Loaded,
    Happened.UNLOADED: Unloaded,
}

_READY = {
    Phase.PLAN: Stage.PLAN_READY,
    Phase.MASTERS: Stage.MASTER_READY,
    Phase.KEYFRAMES: Stage.KEYFRAME_READY,
    Phase.ANIMATE: Stage.CLIP_RENDERED,
    Phase.CRITIQUE: Stage.CRITIC_VERDICT,
    Phase.MUSIC: Stage.MUSIC_READY,
    Phase.NARRATE: Stage.VO_CHUNK_READY,
    Phase.MIX: Stage.MIX_DONE,
}


def stage_of(happened: Happened, phase: Phase | None, detail: Detail) -> Stage | None:
    """Return the seed system's name for an event, or None where it had none.

    A take that could not be judged has no verdict, and a run that did not finish the reel did not complete it.
    """
    if happened is Happened.RUN_STARTED:
        return Stage.STARTED
    if isinstance(detail, RunEnded):
        return Stage.COMPLETED if detail.outcome == "done" else None
    if happened is Happened.CLIP_PASSED:
        return Stage.CLIP_PASSED
    if happened is Happened.STEP_STARTED:
        return Stage.CLIP_STARTED if phase is Phase.ANIMATE else None
    if happened is not Happened.STEP_DONE or phase is None:
        return None
    if phase is Phase.CRITIQUE and (not isinstance(detail, StepDone) or detail.overall is None):
        return None
    return _READY[phase]


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event; `at` is seconds since the epoch, `done` and `total` count the steps of the reel.

    `data` holds the fields of the kind's struct (`DETAILS`); `detail` gives them typed. `stage` is `stage_of`.
    """

    event: Happened
    at: float
    step: str = ""
    phase: str = ""
    shot: int | None = None
    take: int | None = None
    message: str = ""
    done: int = 0
    total: int = 0
    data: dict[str, Fact] = {}
    stage: Stage | None = None

    def detail(self) -> Detail:
        """Return the data as the struct of this kind. Raises msgspec.ValidationError where it does not fit."""
        typed: Detail = msgspec.convert(self.data, DETAILS[self.event])
        return typed


class Beside(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step under way: what, how far (0..1), for how many seconds, on which device and in which process; `planned` is
    the bytes of the device's memory it is expected to take, `held` what it held a second ago. `preview` is the path in
    the reel of a rough picture of what it makes ("": there is none), `previewed` when that was written (epoch seconds).
    """

    step: str
    phase: str
    fraction: float
    note: str
    elapsed: float
    device: str = ""
    pid: int = 0
    doing: str = "working"  # loading, working, checking (the inspector looks at it), waiting (for its lane)
    planned: int | None = None
    held: int | None = None
    preview: str = ""
    previewed: float | None = None


class Live(msgspec.Struct, frozen=True):
    """What goes on this moment; seconds throughout. `eta_low`..`eta_high` is the range of `eta`.

    The first fields are of the step that was started first; `running` has all of them. `gauges` is one look at every
    device, at most once a second.
    """

    at: float
    pid: int
    step: str
    phase: str
    fraction: float
    note: str
    elapsed: float
    done: int
    total: int
    eta: float | None = None
    eta_low: float | None = None
    eta_high: float | None = None
    running: tuple[Beside, ...] = ()
    gauges: tuple[Gauge, ...] = ()
    loads: int = 0
