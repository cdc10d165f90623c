"""Turns a due step into the request a backend gets, and says why it is asked."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from core.film.camera import CameraMove, read_move
from core.film.lineup import Phase
from core.film.plan import Shot, Transition
from core.film.preset import PRESETS
from core.film.requests import (
    AnimateRequest,
    ComposeRequest,
    DirectRequest,
    Fact,
    JudgeRequest,
    MixRequest,
    MixShot,
    NarrateRequest,
    OwnPictureRequest,
    PaintRequest,
    Reference,
    Request,
)
from core.film.wording import Wording
from core.folder import layout
from core.folder.records import Artifact, Snapshot
from core.pipeline.board import Board, StepState
from core.pipeline.retry import STRENGTH, STRENGTH_STEP, heard
from core.pipeline.shots import ShotBoard
from core.pipeline.steps import Bill, music_seconds, place_words, shot_steps, shot_voice


class Asked(msgspec.Struct, frozen=True):
    """A request, why it is made, what a retry changed, and facts to keep in the receipt.

    `ahead` are the requests of the other steps of its phase that are ready as well and that nobody has begun.
    """

    request: Request
    why: str
    changes: tuple[str, ...] = ()
    facts: dict[str, Fact] = {}
    ahead: tuple[Request, ...] = ()


def ask_ahead(
    snapshot: Snapshot, board: Board, state: StepState, wording: Wording, *, without: Collection[str] = ()
) -> Asked:
    """Return the request for a step that is ready, with those of its phase that are ready beside it.

    `without` are steps under way or given up: what is made already would be begun a second time.
    """
    skipped = {state.step.id, *without}
    others = [
        one for one in board.due if one.ready and one.step.phase is state.step.phase and one.step.id not in skipped
    ]
    asked = ask(snapshot, board, state, wording)
    ahead = tuple(ask(snapshot, board, one, wording).request for one in others if not one.step.own)
    return msgspec.structs.replace(asked, ahead=ahead)


def ask(snapshot: Snapshot, board: Board, state: StepState, wording: Wording) -> Asked:
    """Return the request for a step that is ready."""
    step = state.step
    if step.phase is Phase.PLAN:
        return Asked(_direct(snapshot, step.seed or 0), state.why)
    bill = board.bill
    assert bill is not None, "every other step needs a plan, and the board has none due without it"
    why = state.why or "first time"
    if step.own:
        return Asked(_own(snapshot, bill, step.own), "a person's own picture")
    if step.phase is Phase.MASTERS:
        return Asked(_master(snapshot, bill, state), why)
    if step.phase is Phase.MUSIC:
        return Asked(ComposeRequest(bill.plan.music_style, music_seconds(bill), step.seed or 0), why)
    if step.phase is Phase.MIX:
        return Asked(_mix(snapshot, bill, state), why)
    shot = next(board for board in board.shots if board.index == step.shot)
    if step.phase is Phase.KEYFRAMES:
        facts: dict[str, Fact] = {"repaints": shot.repaints}
        return Asked(_keyframe(snapshot, bill, state, shot, wording), why, (), facts)
    if step.phase is Phase.ANIMATE:
        attempt = shot.attempt
        return Asked(
            _animate(snapshot, bill, state, shot, wording),
            attempt.why,
            heard(attempt.changes, bill.settings.figures.guidance[0]),
            {"attempt": attempt.number, "threshold": bill.settings.figures.threshold},
        )
    if step.phase is Phase.CRITIQUE:
        return Asked(_judge(snapshot, bill, state, shot, wording), why)
    return Asked(_narrate(bill, shot), why)


def _own(snapshot: Snapshot, bill: Bill, sha: str) -> OwnPictureRequest:
    """A picture that is gone is asked for all the same: whoever opens it says that it is missing."""
    paths = [layout.picture(sha, ending) for ending in layout.PICTURE_ENDINGS]
    path = next((path for path in paths if path in snapshot.pictures), paths[0])
    return OwnPictureRequest(path, sha, bill.settings.width, bill.settings.height)


def main_path(snapshot: Snapshot, step: str) -> str:
    """Return the path of a step's main file, relative to the reel."""
    return _paths(_artifact(snapshot, step))[0]


def _artifact(snapshot: Snapshot, step: str) -> Artifact:
    found = snapshot.artifacts.get(step)
    if found is None:
        takes = (take for shot in snapshot.takes.values() for take in shot)
        found = next(take.clip for take in takes if take.clip.step == step)
    return found


def _paths(artifact: Artifact) -> list[str]:
    assert artifact.receipt is not None, "a ready step's inputs have receipts"
    folder = layout.folder_of(artifact.step)
    return [f"{folder}/{name}" if folder else name for name in artifact.receipt.outputs]


def _references(snapshot: Snapshot, needs: dict[str, str]) -> tuple[Reference, ...]:
    return tuple(Reference(name, main_path(snapshot, step)) for name, step in needs.items())


def _direct(snapshot: Snapshot, seed: int) -> DirectRequest:
    chosen = snapshot.reel.settings
    seconds = PRESETS[chosen.preset].seconds
    return DirectRequest(snapshot.reel.sentence, chosen.shots, chosen.language, seconds, seed)


def _story(snapshot: Snapshot, bill: Bill) -> str:
    plan = bill.plan
    return " ".join(
        part for part in (plan.setting, plan.user_prompt or snapshot.reel.sentence, plan.story_logline) if part
    )


def _master(snapshot: Snapshot, bill: Bill, state: StepState) -> PaintRequest:
    step = state.step
    name = step.id.rpartition("/")[2]
    plan = bill.plan
    people = {name: plan.characters[name]} if name in plan.characters else {}
    if name == "group":
        people = dict(sorted(plan.characters.items()))
    prompt = place_words(plan) if name == "scene" else "; ".join(people.values())
    return PaintRequest(
        subject=name,
        prompt=prompt,
        negative="",
        characters=people,
        story=_story(snapshot, bill),
        shot_type="wide" if name == "scene" else "full figure",
        camera=CameraMove.STATIC,
        references=_references(snapshot, step.needs),
        continues=False,
        strength=STRENGTH,
        seed=step.seed or 0,
        width=bill.settings.width,
        height=bill.settings.height,
    )


def _keyframe(snapshot: Snapshot, bill: Bill, state: StepState, board: ShotBoard, wording: Wording) -> PaintRequest:
    shot = bill.plan.shots[board.position]
    repainted = board.repaints > 0
    return PaintRequest(
        subject="shot",
        prompt=board.attempt.prompt if repainted and board.due else shot.prompt,
        negative=shot.negative or "",
        characters={letter: bill.plan.characters[letter] for letter in bill.plan.cast(shot)},
        story=_story(snapshot, bill),
        shot_type=shot.shot_type,
        camera=read_move(shot.prompt, wording.phrases) or CameraMove.STATIC,
        references=_references(snapshot, state.step.needs),
        continues=bill.plan.continues(board.position),
        strength=round(min(1.0, STRENGTH + STRENGTH_STEP * board.repaints), 2),
        seed=state.step.seed or 0,
        width=bill.settings.width,
        height=bill.settings.height,
    )


def _animate(snapshot: Snapshot, bill: Bill, state: StepState, board: ShotBoard, wording: Wording) -> AnimateRequest:
    shot, attempt, settings = bill.plan.shots[board.position], board.attempt, bill.settings
    preset = PRESETS[settings.preset]
    needs = state.step.needs
    layers = [path for path in _paths(_artifact(snapshot, needs["first"]))[1:] if "/keyframe.layers." in path]
    return AnimateRequest(
        first=main_path(snapshot, needs["first"]),
        last=main_path(snapshot, needs["last"]) if "last" in needs else None,
        layers=layers[0] if layers else None,
        prompt=attempt.prompt,
        negative=attempt.negative,
        camera=read_move(shot.prompt, wording.phrases) or CameraMove.STATIC,
        shot_type=shot.shot_type,
        is_hero=shot.is_hero,
        frames=preset.frames,
        fps=preset.fps,
        steps=shot_steps(bill, shot),
        flow_shift=attempt.flow_shift,
        guidance=preset.guidance,
        cache=preset.cache,
        strength=attempt.strength,
        seed=state.step.seed or 0,
        width=settings.width,
        height=settings.height,
    )


def _judge(snapshot: Snapshot, bill: Bill, state: StepState, board: ShotBoard, wording: Wording) -> JudgeRequest:
    shot, settings = bill.plan.shots[board.position], bill.settings
    take = next(j.take for j in board.candidates if j.take.number == state.step.take)
    clip, *others = _paths(take.clip)
    request = take.clip.receipt.request if take.clip.receipt else None
    last = request.last if isinstance(request, AnimateRequest) else None
    cast = bill.plan.cast(shot)
    wanted = {name: layout.master(name) for name in (*cast, "scene")}
    there = {name: step for name, step in wanted.items() if (a := snapshot.artifacts.get(step)) is not None and a.whole}
    preset = PRESETS[settings.preset]
    # A take made under other settings is judged by what was asked of it then.
    asked = request if isinstance(request, AnimateRequest) else None
    return JudgeRequest(
        clip=clip,
        stills=tuple(path for path in others if "/frame_" in path),
        keyframe=layout.keyframe(shot.index) + ".png",
        last=last,
        references=_references(snapshot, there),
        characters={letter: bill.plan.characters[letter] for letter in cast},
        prompt=shot.prompt,
        camera=read_move(shot.prompt, wording.phrases),
        frames=asked.frames if asked else preset.frames,
        fps=asked.fps if asked else preset.fps,
        width=asked.width if asked else settings.width,
        height=asked.height if asked else settings.height,
    )


def _narrate(bill: Bill, board: ShotBoard) -> NarrateRequest:
    shot: Shot = bill.plan.shots[board.position]
    return NarrateRequest(
        text=bill.plan.narration(board.position).strip(),
        language=bill.plan.vo_lang,
        voice=shot_voice(bill.plan, shot),
        speed=shot.speed or 1.0,
        fit_seconds=PRESETS[bill.settings.preset].seconds,
    )


def _mix(snapshot: Snapshot, bill: Bill, state: StepState) -> MixRequest:
    plan, settings, needs = bill.plan, bill.settings, state.step.needs
    shots = []
    for position, shot in enumerate(plan.shots):
        voice = needs.get(f"voice_{shot.index:02d}")
        shots.append(
            MixShot(
                clip=main_path(snapshot, needs[f"clip_{shot.index:02d}"]),
                narration=main_path(snapshot, voice) if voice else None,
                caption=plan.narration(position).strip(),
                transition=(shot.transition or Transition.CUT) if position else Transition.CUT,
            )
        )
    music = needs.get("music")
    return MixRequest(
        shots=tuple(shots),
        music=main_path(snapshot, music) if music else None,
        language=plan.vo_lang,
        burn_captions=settings.burn_captions,
        width=settings.width,
        height=settings.height,
        fps=PRESETS[settings.preset].fps,
    )
