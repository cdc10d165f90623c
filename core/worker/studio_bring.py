"""Brings the files of a StudioMI300 folder into a new reel, one by one: copied, decoded, committed with a receipt."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from core.film.camera import CameraMove, read_move
from core.film.event import Happened, Restored, RunEnded
from core.film.lineup import Lineup
from core.film.preset import PRESETS
from core.film.requests import AnimateRequest, Fact
from core.film.text import clean
from core.film.verdict import Verdict
from core.film.wording import Wording
from core.folder import layout
from core.folder.commit import commit, stage_folder
from core.folder.plans import keep_plan
from core.folder.snapshot import read_reel, read_snapshot
from core.folder.write import disk_trouble
from core.pipeline import steps as steps_of
from core.pipeline.board import assess
from core.pipeline.choice import passes
from core.pipeline.cost import Estimate, Rates, forecast
from core.pipeline.retry import first_attempt
from core.pipeline.steps import Bill, Step
from core.worker.hosts.inspector import SILENT
from core.worker.look import Eyes, Seen
from core.worker.records import timings
from core.worker.studio_carry import Brought, Carried, Carrier, Outcome, Refused, write_new
from core.worker.studio_files import Found, Kind, Source
from core.worker.studio_log import StudioLog
from core.worker.studio_reel import GivenPlan, too_short, whole_clip

IMPORTED = f"{layout.HISTORY}/imported"
_TAKE = 1
_MUSIC_SHARE = 0.9  # of the reel's length: that system made 30 s for 30.4 s, and half a file is never 0.9 of one
_SPOKEN_SLACK = 0.25  # seconds between what the log says a line takes and what it takes


class Result(msgspec.Struct, frozen=True):
    """What became of every file, the steps resume will make, and how long that takes."""

    files: tuple[Brought, ...]
    due: tuple[str, ...]
    ahead: Estimate


class Bringer:
    """One import into one new reel."""

    def __init__(
        self,
        root: Path,
        source: Source,
        given: GivenPlan,
        log: StudioLog,
        clips: Mapping[str, Seen | str],
        cast: tuple[Lineup, Wording, Eyes],
    ) -> None:
        """`clips` has, by name, what every clip holds, or what is wrong with it."""
        lineup, wording, eyes = cast
        self._root, self._source, self._given, self._log, self._wording = root, source, given, log, wording
        self._bill = Bill(read_reel(root), given.plan, lineup)
        self._seen = clips
        self._whole = whole_clip([seen for seen in clips.values() if isinstance(seen, Seen)])
        self._carrier = Carrier(root, clean(source.folder.name, limit=100), eyes)
        self._carrier.files += [Brought(left.name, Outcome.LEFT, "", left.reason) for left in source.left]

    def bring(self) -> Result:
        """Fill the reel. Raises DiskTrouble."""
        self._plan()
        self._masters()
        self._keyframes()
        self._clips()
        self._music()
        self._voices()
        self._keep()
        shutil.rmtree(self._root / layout.STAGING, ignore_errors=True)
        snapshot, lineup = read_snapshot(self._root), self._bill.lineup
        board = assess(snapshot, lineup, self._wording)
        jobs = forecast(board, lineup, snapshot.reel.settings)
        ledger = self._carrier.ledger
        ledger.done = sum(1 for state in board.steps if not state.due)
        ledger.total = ledger.done + len(jobs)
        ledger.event(Happened.RUN_ENDED, None, f"imported from {self._carrier.origin}", RunEnded("planned"))
        ahead = Rates(lineup, timings().recent()).estimate(jobs)
        return Result(tuple(self._carrier.files), tuple(job.step for job in jobs), ahead)

    # --- what each kind is ------------------------------------------------------------------------------------

    def _plan(self) -> None:
        found = self._source.of(Kind.PLAN)[0]
        step = steps_of.plan_step(self._bill.reel, self._bill.lineup)
        stage = stage_folder(self._root, step.id)
        keep_plan(self._root, self._given.data)
        path = stage / layout.PLAN_FILE
        write_new(path, (self._given.data,))
        self._carrier.commit(Carried(found, step, {layout.PLAN_FILE: path}))
        for other in self._source.of(Kind.PLAN)[1:]:
            self._carrier.leave(other, f"{found.name} is taken instead")

    def _masters(self) -> None:
        steps = {step.id: step for step in steps_of.master_steps(self._bill)}
        everybody = set(self._given.plan.characters)
        for found in self._source.of(Kind.MASTER):
            step = steps.get(layout.master(found.key))
            if step is None:
                self._carrier.leave(found, f"the plan has no {found.key} to show")
            elif found.letters and set(found.letters) != everybody:
                self._carrier.leave(found, f"a group of {found.letters} is not all of {''.join(sorted(everybody))}")
            elif step.id in self._carrier.shas:
                self._carrier.leave(found, "another picture of the group is taken")
            else:
                carried = self._carrier.fetch(found, step, f"{found.key}.png", _picture)
                if carried is not None:
                    self._carrier.commit(carried, seconds=self._log.seconds.get(step.id))

    def _keyframes(self) -> None:
        files = {int(found.key): found for found in self._source.of(Kind.KEYFRAME)}
        for position, shot in enumerate(self._given.plan.shots):
            found = files.pop(shot.index, None)
            if found is None:
                continue
            words = self._log.keyframe_prompts.get(shot.index)
            other = words is not None and words != shot.prompt
            wrong = "the log says it was painted for other words than the plan's" if other else ""
            step = steps_of.keyframe_step(self._bill, position, 0)
            carried = self._carrier.fetch(found, step, "keyframe.png", _picture, wrong=wrong)
            if carried is not None:
                self._carrier.commit(carried, seconds=self._log.seconds.get(f"keyframe/{shot.index}"))
        for found in files.values():
            self._carrier.leave(found, f"the plan has no shot {found.key}")

    def _clips(self) -> None:
        files = {int(found.key): found for found in self._source.of(Kind.CLIP)}
        for position, shot in enumerate(self._given.plan.shots):
            found = files.pop(shot.index, None)
            if found is not None:
                self._clip(found, position)
        for found in files.values():
            self._carrier.leave(found, f"the plan has no shot {found.key}")

    def _clip(self, found: Found, position: int) -> None:
        shot = self._given.plan.shots[position]
        story, seen = self._log.clip(shot.index), self._seen[found.name]
        step = steps_of.clip_step(self._bill, position, _TAKE, first_attempt(shot, self._wording))
        wrong = seen if isinstance(seen, str) else ""
        if isinstance(seen, Seen) and self._whole is not None:
            wrong = too_short(seen, self._whole) or _unfit(seen)
        if story.prompt is not None and story.prompt != shot.prompt:
            wrong = wrong or "the log says it was rendered for other words than the plan's"
        carried = self._carrier.fetch(
            found,
            step,
            "clip.mp4",
            lambda again: "" if again == seen else "it changed while it was copied",
            wrong=wrong,
            request=self._request(position, seen) if isinstance(seen, Seen) and not wrong else None,
        )
        if carried is None:
            return
        facts: dict[str, Fact] = {"request": "as it would be asked here; what was asked there is not known"}
        if story.attempt is not None:
            facts["studio_attempt"] = story.attempt
        doubt = "" if story.verdict is not None else story.doubt
        self._carrier.commit(carried, facts=facts, seconds=story.seconds, doubt=doubt)
        if story.verdict is not None:
            self._verdict(found, position, story.verdict)
        else:
            words = f"shot {shot.index}  take {_TAKE}  NOT JUDGED  imported from {self._carrier.origin}: {doubt}"
            self._carrier.ledger.note([words])

    def _request(self, position: int, seen: Seen) -> AnimateRequest:
        """Return what would be asked here for such a clip; its figures are the clip's own, so that it is judged by
        what it was meant to be."""
        bill, shot = self._bill, self._given.plan.shots[position]
        attempt, preset = first_attempt(shot, self._wording), PRESETS[self._bill.settings.preset]
        needs = steps_of.clip_needs(bill, position)
        return AnimateRequest(
            first=f"{needs['first']}.png",
            last=f"{needs['last']}.png" if "last" in needs else None,
            layers=None,
            prompt=attempt.prompt,
            negative=attempt.negative,
            camera=read_move(shot.prompt, self._wording.phrases) or CameraMove.STATIC,
            shot_type=shot.shot_type,
            is_hero=shot.is_hero,
            frames=seen.frames,
            fps=round(seen.fps),
            steps=steps_of.shot_steps(bill, shot),
            flow_shift=attempt.flow_shift,
            guidance=preset.guidance,
            cache=preset.cache,
            strength=attempt.strength,
            seed=0,
            width=seen.width,
            height=seen.height,
        )

    def _verdict(self, found: Found, position: int, verdict: Verdict) -> None:
        shot = self._given.plan.shots[position]
        step = steps_of.verdict_step(self._bill, shot, _TAKE)
        receipt = msgspec.structs.replace(self._carrier.receipt(found, step, {}), verdict=verdict)
        commit(self._root, receipt, {})
        threshold = PRESETS[self._bill.settings.preset].threshold
        self._carrier.ledger.critic(shot.index, _TAKE, verdict, passes(verdict, threshold), threshold)
        detail = Restored(overall=verdict.overall, labels=" ".join(verdict.labels))
        self._carrier.ledger.event(Happened.RESTORED, step, f"the verdict {self._carrier.origin} has of it", detail)

    def _music(self) -> None:
        step, length = steps_of.music_step(self._bill), steps_of.reel_seconds(self._bill)

        def check(seen: Seen) -> str:
            short = seen.seconds < length * _MUSIC_SHARE
            return _audible(seen) or (f"lasts {seen.seconds:.1f} s; the reel lasts {length:.1f} s" if short else "")

        for found in self._source.of(Kind.MUSIC):
            if step is not None:
                carried = self._carrier.fetch(found, step, "music.wav", check)
                if carried is not None:
                    self._carrier.commit(carried, seconds=self._log.seconds.get("music"))

    def _voices(self) -> None:
        """Lines go by their place in the plan: that system numbers them so."""
        files = {int(found.key): found for found in self._source.of(Kind.VOICE)}
        for position in range(len(self._given.plan.shots)):
            found = files.pop(position, None)
            step = steps_of.narration_step(self._bill, position)
            if found is not None and step is None:
                self._carrier.leave(found, "the plan has no words for it")
            elif found is not None and step is not None:
                self._voice(found, step, position)
        for found in files.values():
            self._carrier.leave(found, f"the plan has no line {found.key}")

    def _voice(self, found: Found, step: Step, position: int) -> None:
        text, seconds = self._log.spoken.get(position, ("", None))
        other = text.strip() not in ("", self._given.plan.narration(position).strip())
        wrong = "the log says it speaks other words than the plan's" if other else ""

        def check(seen: Seen) -> str:
            if seconds is not None and abs(seen.seconds - seconds) > _SPOKEN_SLACK:
                return f"lasts {seen.seconds:.2f} s; the log says {seconds:.2f} s"
            return _audible(seen)

        carried = self._carrier.fetch(found, step, "narration.wav", check, wrong=wrong)
        if carried is not None:
            over = max(0.0, carried.seconds - PRESETS[self._bill.settings.preset].seconds)
            facts: dict[str, Fact] = {"seconds": round(carried.seconds, 3), "overrun_seconds": round(over, 3)}
            self._carrier.commit(carried, facts=facts)

    def _keep(self) -> None:
        """Keep the finished reel and the logs for the record: the reel is mixed anew from what is here."""
        for found in (*self._source.of(Kind.REEL), *self._source.of(Kind.LOG)):
            try:
                target = layout.inside(self._root, f"{IMPORTED}/{found.name}")
                target.parent.mkdir(parents=True, exist_ok=True)
                self._carrier.copy(found, target)
            except Refused as refused:
                self._carrier.files.append(Brought(found.name, Outcome.REFUSED, "", str(refused)))
                continue
            except OSError as error:
                disk_trouble(error, self._root)
            reason = "for the record; resume mixes anew" if found.kind is Kind.REEL else "for the record"
            self._carrier.files.append(Brought(found.name, Outcome.KEPT, "", reason))


def _picture(seen: Seen) -> str:
    return "" if seen.width and seen.frames == 1 else f"it is no picture ({seen.frames} frames)"


def _audible(seen: Seen) -> str:
    if seen.frames:
        return "it is no sound"
    return "it is silent" if seen.peak < SILENT else ""


def _unfit(seen: Seen) -> str:
    """Return why a whole clip cannot be used all the same, or ""."""
    if seen.fps != round(seen.fps):
        return f"runs at {seen.fps:g} frames a second, which is no whole number"
    return ""
