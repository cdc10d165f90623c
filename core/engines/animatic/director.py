"""The animatic director: writes a plan from a sentence by rules and word lists; no model, no GPU."""

from __future__ import annotations

import re

from core.engines.animatic.direct.arc import Plot, make_arc
from core.engines.animatic.direct.cast import Character, make_cast
from core.engines.animatic.direct.music import write_brief
from core.engines.animatic.direct.narration import write_lines
from core.engines.animatic.direct.prompts import Pen, setting_line, shot_type, write_prompt
from core.engines.animatic.direct.sentence import Told, read_sentence
from core.engines.animatic.direct.words import DirectorWords, load_lines, load_words
from core.engines.animatic.lexicon import plain
from core.engines.roles import Progress, Room
from core.engines.wording import load_wording
from core.film.errors import BadInput
from core.film.plan import MAX_SHOTS, Plan, Shot, encode_plan, fault
from core.film.requests import DirectRequest, Made
from core.film.text import clean
from core.pipeline.fingerprint import derive_seed

FILE = "plan.json"
LONGEST_SENTENCE = 4000  # characters, as the plan's user_prompt allows
LONGEST_LOGLINE = 300
READ = 1000  # characters read for meaning; a sentence is shorter, a pasted page is not
# "30-second cinematic reel: ..." speaks of the reel, not of the story.
_PREFIX = re.compile(r"^\W*\d+\s*-?\s*(?:s|secs?|seconds?)\b[^:.]{0,40}:\s*", re.IGNORECASE)
_CINEMATIC = re.compile(r"\bcinematic(?:ally)?\b\s*", re.IGNORECASE)
_ENGLISH = {"a", "an", "the", "and", "in", "on", "at", "of", "with", "to", "his", "her", "by", "for", "from"}


class AnimaticDirector:
    """Writes plan.json (role: core.engines.roles.Director): same request, same bytes."""

    def load(self, device: str) -> None:
        """Read the word lists; BadInput naming the file where one is broken."""
        load_words()
        load_wording()

    def run(self, request: DirectRequest, room: Room, progress: Progress) -> Made:
        """Write plan.json into `room.stage`; BadInput where the number of shots is not 1..24."""
        progress(0.0, "reading the sentence")
        plan = direct(request)
        progress(0.8, "writing the plan")
        (room.stage / FILE).write_bytes(encode_plan(plan))
        progress(1.0, "planned")
        return Made(
            files=(FILE,),
            facts={"shots": len(plan.shots), "characters": len(plan.characters), "language": plan.vo_lang.value},
        )


def direct(request: DirectRequest) -> Plan:
    """Return the plan of a request.

    Deterministic by sentence, shots, language and seed. Raises BadInput where the number of shots is not 1..24, or
    where a user's own word list makes an illegal plan.
    """
    if not 1 <= request.shots <= MAX_SHOTS:
        raise BadInput(f"a reel has 1 to {MAX_SHOTS} shots, not {request.shots}", remedy="choose another number")
    words, wording = load_words(), load_wording()
    sentence = clean(request.sentence, limit=LONGEST_SENTENCE)
    seed = derive_seed(request.seed, "director", sentence)
    told = read_sentence(sentence[:READ], request.language, words, wording.phrases, seed)
    cast = make_cast(told, words, seed)
    pen = Pen(told, words, wording.phrases, seed, cast)
    still = words.shots.activity[told.activity].still
    plots = make_arc(request.shots, cast, still, words, seed)
    lines = write_lines(told, cast[0].spoken if cast else "", [p.beat for p in plots], load_lines(told.language), seed)
    plan = Plan(
        characters={one.letter: one.portrait for one in cast},
        story_logline=_logline(told, cast, words),
        shots=tuple(_shot(pen, plot, number) for number, plot in enumerate(plots)),
        music_style=write_brief(told, words, seed),
        vo_script_per_shot=lines,
        vo_lang=told.language,
        user_prompt=sentence,
        setting=setting_line(pen),
    )
    problem = fault(plan)
    if problem:
        raise BadInput(f"the director's word lists make an illegal plan: {problem}", remedy="check prompts/director/")
    return plan


def _shot(pen: Pen, plot: Plot, number: int) -> Shot:
    return Shot(
        index=number,
        is_hero=number == 0,
        shot_type=shot_type(pen, plot),
        dominant_subject=plot.subject,
        cut=plot.cut,
        prompt=write_prompt(pen, plot, number),
    )


def _logline(told: Told, cast: tuple[Character, ...], words: DirectorWords) -> str:
    """Return the story in one English sentence: the user's own where it is English."""
    own = " ".join(_CINEMATIC.sub("", _PREFIX.sub("", told.sentence)).split())
    heard = plain(own).split()
    if own.isascii() and len(heard) >= 3 and _ENGLISH.intersection(heard):
        return clean(own[0].upper() + own[1:], limit=LONGEST_LOGLINE)
    names = [one.name for one in cast[:1]] or ["The light"]
    setting = words.settings.place[told.scene.place]
    where = f"in {told.place.label}" if told.place else f"{setting.at} {setting.brief}"
    text = (
        words.themes.logline["nature" if not cast else told.theme].replace("{who}", names[0]).replace("{where}", where)
    )
    return clean(text, limit=LONGEST_LOGLINE)
