"""What the plan screen shows: every text of a plan as an item of its own, and what changing one of them costs."""

from __future__ import annotations

from pathlib import Path

import msgspec

from core.film.errors import BadInput
from core.film.language import LANGUAGES
from core.film.plan import Plan
from core.folder import layout
from core.pipeline.impact import Impact, impact, phrases
from core.pipeline.rules import broken_rules
from reeltui.acts.opened import Opened, open_root
from reeltui.figures import eta
from reeltui.lines import Line, Tone, line, span, wrap
from reeltui.pictures.cells import PictureRef
from reeltui.views.shot import still_of

# The groups of items, in the order of the screen.
STORY, CHARACTERS, SHOTS, NARRATION, MUSIC = "Story", "Characters", "Shots", "Narration", "Music"


class Item(msgspec.Struct, frozen=True):
    """A text of the plan. `key` is its place (story_logline, characters.A, prompt.3, line.3), `picture` what was made
    from it; `facts` says more about it in a few words."""

    key: str
    group: str
    title: str
    text: str
    facts: str = ""
    picture: PictureRef | None = None


class PlanView(msgspec.Struct, frozen=True):
    """A reel's plan at one moment. `rules` are the planning rules it breaks: it is legal, and could be better.

    `error` says what is wrong with plan.json as it lies there; then the last good plan is what is shown.
    """

    opened: Opened
    reel: str
    plan: Plan
    items: tuple[Item, ...]
    rules: tuple[str, ...]
    error: str
    waits: bool

    def item(self, key: str) -> Item | None:
        """Return an item by its key."""
        return next((item for item in self.items if item.key == key), None)


def look_at_plan(root: Path) -> PlanView:
    """Read a plan. Raises BadInput where there is none."""
    opened = open_root(root)
    snapshot = opened.snapshot
    if snapshot.plan is None:
        text = snapshot.plan_error or f"{snapshot.reel.name} has no plan yet"
        raise BadInput(text, remedy="the worker writes it first; or put a plan.json there yourself")
    return PlanView(
        opened=opened,
        reel=snapshot.reel.name,
        plan=snapshot.plan,
        items=items_of(root, opened),
        rules=tuple(broken_rules(snapshot.plan, opened.wording.phrases)),
        error=snapshot.plan_error,
        waits=opened.board.gate == "plan",
    )


def items_of(root: Path, opened: Opened) -> tuple[Item, ...]:
    """Return every text of the plan in force, with the pictures made from it."""
    plan, made = opened.snapshot.plan, opened.snapshot.artifacts
    assert plan is not None, "there is a plan"
    language = LANGUAGES[plan.vo_lang]
    items = [
        Item("story_logline", STORY, "Logline", plan.story_logline),
        Item("setting", STORY, "Setting", plan.setting, picture=still_of(root, made.get(layout.master("scene")))),
        Item("vo_lang", STORY, "Language", plan.vo_lang.value, facts=f"{language.name}, voice {language.voice}"),
    ]
    items += [
        Item(
            f"characters.{letter}",
            CHARACTERS,
            f"Character {letter}",
            portrait,
            picture=still_of(root, made.get(layout.master(letter))),
        )
        for letter, portrait in plan.characters.items()
    ]
    for shot in plan.shots:
        told = (
            "hero" if shot.is_hero else "",
            shot.shot_type,
            f"about {shot.dominant_subject}",
            "" if shot.cut else "goes on",
        )
        facts = ", ".join(piece for piece in told if piece) + f"; {len(shot.prompt.split())} words"
        picture = still_of(root, made.get(layout.keyframe(shot.index)))
        items.append(Item(f"prompt.{shot.index}", SHOTS, f"Shot {shot.index}", shot.prompt, facts, picture))
    for shot, text in zip(plan.shots, plan.vo_script_per_shot, strict=True):
        items.append(Item(f"line.{shot.index}", NARRATION, f"Line {shot.index}", text))
    return (*items, Item("music_style", MUSIC, "Brief", plan.music_style))


def foresee(view: PlanView, changed: Plan) -> tuple[Line, ...]:
    """Return what saving a changed plan makes again, brings back and costs, and which rules it newly breaks."""
    opened = view.opened
    found = impact(opened.snapshot, changed, opened.lineup, opened.wording, opened.rates)
    new = [rule for rule in broken_rules(changed, opened.wording.phrases) if rule not in view.rules]
    return (*impact_lines(found), *(line(span(f"~ {rule}", Tone.WARN)) for rule in new))


def impact_lines(found: Impact) -> tuple[Line, ...]:
    """Return an impact as lines."""
    rows: list[Line] = []
    if found.redo:
        sure = "" if found.cost.measured else ", not yet measured on this machine"
        rows.append(
            line(
                span("makes again  ", Tone.DIM),
                span(phrases(found.redo), Tone.WARN, limit=200),
                span(f"  {eta(found.cost.seconds, found.cost.low, found.cost.high)}{sure}"),
            )
        )
    if found.restore:
        rows.append(
            line(span("comes back   ", Tone.DIM), span(phrases(found.restore), Tone.GOOD, limit=200), "  without work")
        )
    if found.stale:
        rows.append(line(span("stays usable ", Tone.DIM), span(phrases(found.stale), limit=200)))
    return tuple(rows) or (line(span("nothing has to be made again", Tone.DIM)),)


# --- lines ---------------------------------------------------------------------------------------------------------


def title(view: PlanView) -> tuple[Line, Line]:
    """Return both ends of the first line."""
    left = line(span(view.reel, Tone.STRONG, limit=60), span("  plan", Tone.ACCENT))
    if view.waits:
        return left, line(span("◆ waits for your approval: a", Tone.WARN))
    return left, line(span(f"{len(view.plan.shots)} shots, {LANGUAGES[view.plan.vo_lang].name}", Tone.DIM))


def item_row(item: Item, first: bool, width: int) -> list[Line]:
    """Return an item's line in the list; the first of a group has the group's name before it."""
    group = f"{item.group:<11}" if first else " " * 11
    words = (item.facts if item.key == "vo_lang" else item.text) or "–"
    return [line(" ", span(group, Tone.DIM), span(f"{item.title:<13}", Tone.ACCENT), span(words, limit=max(1, width)))]


def item_rows(view: PlanView, item: Item | None, width: int) -> list[Line]:
    """Return an item in full."""
    if item is None:
        return []
    rows = [line(span(item.title, Tone.STRONG)), *wrap(item.facts, width, Tone.DIM), ()]
    rows += wrap(item.text, width) if item.text else [line(span("empty", Tone.DIM))]
    if view.error:
        rows += [(), *wrap(f"! plan.json as it lies there is refused: {view.error}", width, Tone.BAD)]
        rows += wrap("The last good plan stays in force, and is what you see.", width, Tone.DIM)
    if view.rules:
        rows += [(), line(span("It could be better:", Tone.DIM))]
        for rule in view.rules:
            rows += wrap(f"~ {rule}", width, Tone.WARN)
    return rows
