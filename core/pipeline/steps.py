"""Which steps a plan calls for, and what each is made from."""

from __future__ import annotations

import math

import msgspec

from core.film.decision import Decision, Kind, in_force
from core.film.language import LANGUAGES
from core.film.lineup import ROLE_OF, Backend, Lineup, Phase
from core.film.plan import Plan, Shot, Transition
from core.film.preset import PRESETS
from core.film.settings import Reel, Settings
from core.folder import layout
from core.folder.records import Snapshot
from core.pipeline.fingerprint import derive_seed, digest, settings_digest
from core.pipeline.own import OWN_PICTURE, pictures_in_force
from core.pipeline.retry import Attempt

GROUP = "group"
SCENE = "scene"
CROSSFADE_SECONDS = 0.5


class Step(msgspec.Struct, frozen=True):
    """Something that should exist. `needs` maps an input's name to the step it comes from; `seed` may be None.

    `own` is the sha256 of the person's own picture it is made of ("" where it is painted).
    """

    id: str
    phase: Phase
    content: str
    settings: str
    needs: dict[str, str] = {}
    seed: int | None = None
    shot: int | None = None
    take: int | None = None
    own: str = ""


class Bill(msgspec.Struct, frozen=True):
    """What steps are worked out from: the reel, its plan, who does the work, and what people said about pictures.

    `pictures` maps a step to the sha256 of the picture a person put in its place; `again` are the decisions in force
    that want a keyframe painted anew.
    """

    reel: Reel
    plan: Plan
    lineup: Lineup
    pictures: dict[str, str] = {}
    again: tuple[Decision, ...] = ()

    @property
    def settings(self) -> Settings:
        """The reel's settings."""
        return self.reel.settings

    def backend(self, phase: Phase) -> Backend:
        """Who does the steps of a phase."""
        return self.lineup.backends[ROLE_OF[phase]]


def bill_of(snapshot: Snapshot, plan: Plan, lineup: Lineup) -> Bill:
    """Return what the steps of a reel with this plan are worked out from."""
    again = tuple(d for d in in_force(snapshot.decisions) if d.kind is Kind.REDO and d.content)
    return Bill(snapshot.reel, plan, lineup, pictures_in_force(snapshot.decisions), again)


def backend_for(lineup: Lineup, step: Step) -> Backend:
    """Return who does a step: the engine's backend for its phase, or OWN_PICTURE for a person's own picture."""
    return OWN_PICTURE if step.own else lineup.backends[ROLE_OF[step.phase]]


def _own_step(bill: Bill, step: str, phase: Phase, shot: int | None = None) -> Step | None:
    """Return the step that fits a person's own picture into the reel, where there is one; it needs nothing."""
    sha = bill.pictures.get(step)
    if sha is None:
        return None
    settings = settings_digest(OWN_PICTURE, size=[bill.settings.width, bill.settings.height])
    return Step(step, phase, digest({"own": sha}), settings, {}, None, shot, own=sha)


def plan_step(reel: Reel, lineup: Lineup) -> Step:
    """Return the step that writes the plan from the sentence."""
    chosen = reel.settings
    language = chosen.language.value if chosen.language else "auto"
    seed = derive_seed(chosen.seed, "plan")
    return Step(
        id=layout.PLAN,
        phase=Phase.PLAN,
        content=digest({"sentence": reel.sentence, "shots": chosen.shots, "language": language}),
        settings=settings_digest(lineup.backends[ROLE_OF[Phase.PLAN]], seed=seed),
        seed=seed,
    )


def master_steps(bill: Bill) -> list[Step]:
    """Return the masters: one per character, `group` for two or more, `scene` for the place."""
    plan = bill.plan
    letters = sorted(plan.characters)
    wanted: list[tuple[str, object, dict[str, str]]]
    wanted = [(name, {"portrait": plan.characters[name]}, {}) for name in letters]
    if len(letters) >= 2:
        portraits = [[name, plan.characters[name]] for name in letters]
        wanted.append((GROUP, {"group": portraits}, {name: layout.master(name) for name in letters}))
    wanted.append((SCENE, {"setting": place_words(plan)}, {}))
    steps = []
    for name, content, needs in wanted:
        own = _own_step(bill, layout.master(name), Phase.MASTERS)
        if own is not None:
            steps.append(own)
            continue
        seed = derive_seed(bill.settings.seed, "master", name)
        steps.append(
            Step(
                layout.master(name),
                Phase.MASTERS,
                digest(content),
                _picture(bill, Phase.MASTERS, seed),
                needs,
                seed,
            )
        )
    return steps


def place_words(plan: Plan) -> str:
    """Return the words that describe the place: the setting, else the story, else the sentence."""
    return plan.setting or plan.story_logline or plan.user_prompt


def _picture(bill: Bill, phase: Phase, seed: int) -> str:
    return settings_digest(bill.backend(phase), seed=seed, size=[bill.settings.width, bill.settings.height])


def keyframe_step(bill: Bill, position: int, repaints: int) -> Step:
    """Return the keyframe of the shot at `position`, painted anew `repaints` times for CHARACTER_DRIFT."""
    plan, shot = bill.plan, bill.plan.shots[position]
    own = _own_step(bill, layout.keyframe(shot.index), Phase.KEYFRAMES, shot.index)
    if own is not None:
        return own
    cast = plan.cast(shot)
    continues = plan.continues(position)
    needs = {name: layout.master(name) for name in cast}
    if len(cast) >= 2:
        needs[GROUP] = layout.master(GROUP)
    needs[SCENE] = layout.master(SCENE)
    if continues:
        needs["previous"] = layout.keyframe(plan.shots[position - 1].index)
    content: dict[str, object] = {
        "prompt": shot.prompt,
        "negative": shot.negative or "",
        "shot_type": shot.shot_type,
        "cast": list(cast),
        "continues": continues,
    }
    if repaints:
        content["repaints"] = repaints
    again = _times_again(bill, shot)
    if again:
        content["again"] = again
    seed = shot_seed(bill, shot, f"keyframe again {again}" if again else "keyframe", repaints)
    return Step(
        layout.keyframe(shot.index),
        Phase.KEYFRAMES,
        digest(content),
        _picture(bill, Phase.KEYFRAMES, seed),
        needs,
        seed,
        shot.index,
    )


def _times_again(bill: Bill, shot: Shot) -> int:
    """Return how often a person wanted the keyframe of these words painted anew: each time with another seed."""
    step, words = layout.keyframe(shot.index), clip_content(shot)
    return sum(1 for decision in bill.again if decision.step == step and decision.content == words)


def shot_seed(bill: Bill, shot: Shot, kind: str, number: int) -> int:
    """Return the seed of a shot's step; a seed in the plan replaces the reel's for that shot."""
    return derive_seed(bill.settings.seed if shot.seed is None else shot.seed, kind, shot.index, number)


def clip_content(shot: Shot) -> str:
    """Return what makes takes of a shot takes of the same words: the shot's own prompt, before any retry."""
    return digest({"prompt": shot.prompt, "negative": shot.negative or ""})


def clip_needs(bill: Bill, position: int) -> dict[str, str]:
    """Return a clip's inputs: its keyframe, and the next one where the next shot goes on from this."""
    plan = bill.plan
    needs = {"first": layout.keyframe(plan.shots[position].index)}
    if position + 1 < len(plan.shots) and plan.continues(position + 1):
        needs["last"] = layout.keyframe(plan.shots[position + 1].index)
    return needs


def clip_step(bill: Bill, position: int, take: int, attempt: Attempt) -> Step:
    """Return one take of the shot at `position`."""
    shot = bill.plan.shots[position]
    preset = PRESETS[bill.settings.preset]
    seed = shot_seed(bill, shot, "clip", attempt.number)
    settings = settings_digest(
        bill.backend(Phase.ANIMATE),
        seed=shot_seed(bill, shot, "clip", 0),  # the line of seeds, not this try's: a retry is no other setting
        size=[bill.settings.width, bill.settings.height],
        frames=[preset.frames, preset.fps],
        steps=shot_steps(bill, shot),
        cache=preset.cache,
        flow_shift=shot.flow_shift or 0.0,
        hero=shot.is_hero,
    )
    return Step(
        layout.clip(shot.index, take),
        Phase.ANIMATE,
        clip_content(shot),
        settings,
        clip_needs(bill, position),
        seed,
        shot.index,
        take,
    )


def shot_steps(bill: Bill, shot: Shot) -> int:
    """Return the denoising steps of a shot."""
    preset = PRESETS[bill.settings.preset]
    return shot.steps or (preset.steps_hero if shot.is_hero else preset.steps_broll)


def verdict_step(bill: Bill, shot: Shot, take: int) -> Step:
    """Return the judgement of one take. It is about that clip and nothing else, so only the clip is its input."""
    return Step(
        layout.verdict(shot.index, take),
        Phase.CRITIQUE,
        digest({"prompt": shot.prompt}),
        settings_digest(bill.backend(Phase.CRITIQUE)),
        {"clip": layout.clip(shot.index, take)},
        None,
        shot.index,
        take,
    )


def reel_seconds(bill: Bill) -> float:
    """Return the reel's nominal length in seconds: all clips, less the crossfades."""
    clip = PRESETS[bill.settings.preset].seconds
    return len(bill.plan.shots) * clip - _fades(bill) * min(CROSSFADE_SECONDS, clip / 2)


def _fades(bill: Bill) -> int:
    return sum(1 for shot in bill.plan.shots[1:] if shot.transition is Transition.CROSSFADE)


def music_seconds(bill: Bill) -> float:
    """Return how much music to compose: the reel, up to the next half second, so that presets of nearly the same
    length share one piece."""
    return math.ceil(reel_seconds(bill) * 2) / 2


def music_step(bill: Bill) -> Step | None:
    """Return the music, or None where it is off."""
    if not bill.settings.music:
        return None
    seed = derive_seed(bill.settings.seed, "music")
    # The plan's share of the length is content; the preset's is a setting, which makes nothing due by itself.
    shots, fades = len(bill.plan.shots), _fades(bill)
    content = digest({"brief": bill.plan.music_style, "shots": shots, "fades": fades})
    settings = settings_digest(bill.backend(Phase.MUSIC), seed=seed, seconds=music_seconds(bill))
    return Step(layout.MUSIC, Phase.MUSIC, content, settings, {}, seed)


def narration_step(bill: Bill, position: int) -> Step | None:
    """Return the spoken line of the shot at `position`, or None where the voice is off or the line is empty."""
    plan, shot = bill.plan, bill.plan.shots[position]
    line = plan.narration(position).strip()
    if not bill.settings.voice or not line:
        return None
    content = {
        "line": line,
        "language": plan.vo_lang,
        "voice": shot_voice(plan, shot),
        "speed": shot.speed or 1.0,
    }
    fit = PRESETS[bill.settings.preset].seconds
    return Step(
        layout.narration(shot.index),
        Phase.NARRATE,
        digest(content),
        settings_digest(bill.backend(Phase.NARRATE), fit=fit),
        {},
        None,
        shot.index,
    )


def shot_voice(plan: Plan, shot: Shot) -> str:
    """Return the voice of a shot: its own, else the language's."""
    return shot.voice or LANGUAGES[plan.vo_lang].voice


def mix_step(bill: Bill, ships: dict[int, int]) -> Step:
    """Return the mix; `ships` maps a shot's index to the number of the take that ships."""
    plan = bill.plan
    needs: dict[str, str] = {}
    shots: list[object] = []
    for position, shot in enumerate(plan.shots):
        needs[f"clip_{shot.index:02d}"] = layout.clip(shot.index, ships[shot.index])
        voice = narration_step(bill, position)
        if voice is not None:
            needs[f"voice_{shot.index:02d}"] = voice.id
        transition = (shot.transition or Transition.CUT).value if position else "cut"
        shots.append([shot.index, transition, plan.narration(position).strip()])
    if bill.settings.music:
        needs["music"] = layout.MUSIC
    content = {"shots": shots, "language": plan.vo_lang, "burn": bill.settings.burn_captions}
    preset = PRESETS[bill.settings.preset]
    settings = settings_digest(
        bill.backend(Phase.MIX), size=[bill.settings.width, bill.settings.height], fps=preset.fps
    )
    return Step(layout.MIX, Phase.MIX, digest(content), settings, needs)
