"""The studio's director: a language model writes the plan, and it counts only if it is one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from core.engines.roles import Progress
from core.engines.studio.asking import Pending
from core.engines.studio.chat import Answer, Chat, Message, Question
from core.engines.studio.schemas import MOST_CHARACTERS, narrowed_plan
from core.film.errors import BadInput, PersonNeeded
from core.film.language import LANGUAGES
from core.film.plan import MAX_SHOTS, Plan, Shot, decode_plan, encode_plan
from core.film.requests import DirectRequest, Fact
from core.film.text import clean
from core.pipeline.rules import broken_rules

ASKS = 3
# What the model's authors advise for answers without thinking (Qwen3.5's model card: temperature 0.7, top_p 0.8).
TEMPERATURE = 0.7
TOP_P = 0.8
_TOKENS, _TOKENS_A_SHOT = 2000, 600  # a shot's prompt is about 150, its line in Hindi about 60; the rest is room
_BLANK = re.compile(r"\{([^{}]*)\}")
_TOLD = 1500  # characters of what was wrong
_SENTENCE = 4000  # characters, as the plan's user_prompt allows


class NoPlan(PersonNeeded):
    """The director gave no plan that can be used, asked as often as is allowed."""


class Written(msgspec.Struct, frozen=True):
    """A plan, and how it came: `asked` times, `broken` the planning rules it breaks all the same."""

    plan: Plan
    asked: int
    broken: tuple[str, ...]
    tokens: int

    def facts(self) -> dict[str, Fact]:
        """What the receipt says."""
        facts: dict[str, Fact] = {
            "shots": len(self.plan.shots),
            "characters": len(self.plan.characters),
            "language": self.plan.vo_lang.value,
            "asked": self.asked,
            "rules_broken": len(self.broken),
            "temperature": TEMPERATURE,
            "answer_tokens": self.tokens,
        }
        return {**facts, "first_broken": clean(self.broken[0], limit=200)} if self.broken else facts


def write_plan(
    request: DirectRequest, chat: Chat, instructions: str, phrases: Mapping[str, Sequence[str]], progress: Progress
) -> Written:
    """Ask for a plan at most `ASKS` times, each time after the first with what was wrong with the answer before.

    A plan that is none is never taken; of those that are, the first that keeps every planning rule, else the one that
    breaks the fewest. Raises BadInput for an impossible number of shots, NoPlan, ServerTrouble.
    """
    if not 1 <= request.shots <= MAX_SHOTS:
        raise BadInput(f"a reel has 1 to {MAX_SHOTS} shots, not {request.shots}", remedy="choose another number")
    best: Written | None = None
    wrong, before = "", ""
    tokens = 0
    for asked in range(1, ASKS + 1):
        question = _question(request, instructions, wrong, before, asked)
        doing = "writing the plan" if asked == 1 else f"writing the plan again ({asked} of {ASKS})"
        answer = Pending(_asking(chat, question)).wait(progress, doing)
        tokens += answer.answered_tokens
        try:
            plan = read_plan(answer, request)
        except BadInput as error:
            wrong, before = str(error), ""
            continue
        broken = tuple(broken_rules(plan, phrases))
        if best is None or len(broken) < len(best.broken):
            best = Written(plan, asked, broken, tokens)
        if not broken:
            break
        wrong, before = "\n".join(f"- {rule}" for rule in broken), answer.text
    if best is None:
        raise NoPlan(
            f"the director gave no usable plan, asked {ASKS} times; the last answer: {clean(wrong, limit=300)}",
            remedy="say it in other words, write plan.json yourself (docs/plan.md), or let the animatic director plan",
        )
    return msgspec.structs.replace(best, asked=asked, tokens=tokens)


def _asking(chat: Chat, question: Question) -> Callable[..., Answer]:
    return lambda cord: chat.ask(question, cord)


def _question(request: DirectRequest, instructions: str, wrong: str, before: str, asked: int) -> Question:
    messages = [Message("system", (instructions,)), Message("user", (_wish(request),))]
    if before:
        messages.append(Message("assistant", (before,)))
    if wrong:
        messages.append(Message("user", (_again(wrong, bool(before)),)))
    return Question(
        messages=tuple(messages),
        name="plan",
        schema=narrowed_plan(request.shots, request.language),
        longest=_TOKENS + _TOKENS_A_SHOT * request.shots,
        # Another seed for another ask: the same words with the same seed would fail in the same way.
        seed=(request.seed + asked - 1) % 2**53,
        temperature=TEMPERATURE,
        top_p=TOP_P,
    )


def _wish(request: DirectRequest) -> str:
    language = request.language
    spoken = f"{language.value} ({LANGUAGES[language].name})" if language else "the language of the place"
    return (
        f"Sentence: {clean(request.sentence, limit=_SENTENCE)}\n"
        f"Shots: {request.shots}, numbered 0 to {request.shots - 1}\n"
        f"Seconds per shot: {request.seconds_per_shot:.1f}\n"
        f"Narration: {spoken}"
    )


def _again(wrong: str, shown: bool) -> str:
    which = "That plan" if shown else "The answer before this one"
    return f"{which} cannot be used as it is:\n{wrong[:_TOLD]}\nWrite the whole plan again with this put right."


def read_plan(answer: Answer, request: DirectRequest) -> Plan:
    """Return the plan an answer holds, with portraits in the places of their letters.

    Raises BadInput saying in words for the model what is wrong: cut short, no JSON, a field, a rule no type can say.
    """
    if not answer.whole:
        raise BadInput(f"it was cut short after {answer.answered_tokens} tokens; keep it shorter")
    draft = decode_plan(answer.text.strip().encode(), where="the answer")
    if len(draft.shots) != request.shots:
        raise BadInput(f"it has {len(draft.shots)} shots; {request.shots} are wanted")
    if request.language is not None and draft.vo_lang is not request.language:
        raise BadInput(f"vo_lang is {draft.vo_lang.value}; {request.language.value} is wanted")
    if len(draft.characters) > MOST_CHARACTERS:
        raise BadInput(f"it has {len(draft.characters)} characters; at most {MOST_CHARACTERS} are wanted")
    for letter, text in draft.characters.items():
        if "{" in text or not text.strip():
            raise BadInput(f"the portrait of {letter} is no portrait: {clean(text, limit=80)!r}")
    plan = msgspec.structs.replace(
        draft,
        characters={letter: clean(text) for letter, text in draft.characters.items()},
        user_prompt=clean(request.sentence, limit=_SENTENCE),
    )
    plan = _told_out(plan)
    return decode_plan(encode_plan(plan), where="the plan")  # what was filled in must be legal as well


def _told_out(plan: Plan) -> Plan:
    """Put portraits, and where they were told before or need not be, names, in the places of "{A}"."""
    people = plan.characters

    def named(text: str) -> str:
        return _BLANK.sub(lambda match: _name(people, match[1]), clean(text))

    return msgspec.structs.replace(
        plan,
        story_logline=named(plan.story_logline),
        setting=named(plan.setting),
        music_style=named(plan.music_style),
        vo_script_per_shot=tuple(named(line) for line in plan.vo_script_per_shot),
        shots=tuple(_with_portraits(shot, people) for shot in plan.shots),
    )


def _with_portraits(shot: Shot, people: Mapping[str, str]) -> Shot:
    told: set[str] = set()

    def portrait(match: re.Match[str]) -> str:
        letter = match[1]
        name = _name(people, letter)
        if letter in told or people[letter] in shot.prompt:
            return name
        told.add(letter)
        return people[letter]

    return msgspec.structs.replace(shot, prompt=_BLANK.sub(portrait, clean(shot.prompt)))


def _name(people: Mapping[str, str], letter: str) -> str:
    """Return the name a portrait begins with. Raises BadInput for a letter nobody has."""
    if letter not in people:
        have = ", ".join(people) or "nobody"
        raise BadInput(f"{{{letter}}} is in the text, but the characters are: {have}")
    return re.split(r"[(,]", people[letter], maxsplit=1)[0].strip()
