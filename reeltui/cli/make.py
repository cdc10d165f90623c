"""`reeltui make`: one sentence becomes a finished reel."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from core.engines.registry import engine_names
from core.film.errors import BadInput
from core.film.language import LANGUAGES, Language
from core.film.plan import MAX_PLAN_BYTES, MAX_SHOTS, Plan, decode_plan
from core.film.preset import SIZES, Aspect, PresetName
from core.film.settings import OnTimeout, Review, Settings
from core.film.text import clean
from reeltui.acts.new import Wanted, WrongSetting, create, sentence_of, settings_of
from reeltui.cli import say
from reeltui.cli.background import Where, add_where, hand_over, where_of
from reeltui.cli.common import add_json, add_library, library_of
from reeltui.cli.duration import seconds_of
from reeltui.cli.finish import run_reel

_EXAMPLES = """\
examples:
  reeltui make "a young woman walks through neon-lit Tokyo at night and meets two friends"
  reeltui make "ein Leuchtturm im Sturm" --language a --aspect 9:16 --preset draft
  reeltui make "a chess game in Paris" --review plan      stops after the plan; edit plan.json, then resume
  reeltui make "a chess game in Paris" --review keyframes --review-timeout 2h --on-timeout accept
  reeltui make --plan plan.json --name my-reel            from a plan you wrote
  reeltui make "a chess game in Paris" --detach           hand it to the background worker and come back to the shell

Without --foreground a background worker makes the reel and this command only shows how it goes: Ctrl-C, a closed
terminal or a lost connection leave the worker alone.

languages: """ + "  ".join(f"{code.value} {info.name}" for code, info in LANGUAGES.items())

_ASPECTS = [aspect.value for aspect in Aspect]
_PRESETS = [preset.value for preset in PresetName]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Make a reel from one sentence: plan, pictures, clips, music, narration, mix."
    parser.epilog = _EXAMPLES
    parser.add_argument("sentence", metavar="SENTENCE", nargs="?", help="what the reel is about")
    add_library(parser)
    parser.add_argument("--name", metavar="N", help="folder name of the reel (default: from the sentence)")
    parser.add_argument(
        "--engine", choices=["auto", *engine_names()], default="auto", help="who draws, animates, speaks (default auto)"
    )
    parser.add_argument("--preset", choices=_PRESETS, default="default", help="time against quality (default: default)")
    parser.add_argument("--aspect", choices=_ASPECTS, default="16:9", help="picture shape (default 16:9)")
    parser.add_argument("--size", metavar="WxH", help="picture size in pixels, both even (default: by aspect)")
    parser.add_argument("--shots", type=int, metavar="N", help=f"1 to {MAX_SHOTS} shots of about 5 s (default 6)")
    codes = [code.value for code in Language]
    parser.add_argument(
        "--language",
        choices=["auto", *codes],
        default="auto",
        help="narration language; auto follows the place",
        metavar="L",
    )
    parser.add_argument("--no-voice", action="store_true", help="no narration")
    parser.add_argument("--no-music", action="store_true", help="no music")
    parser.add_argument("--burn-captions", action="store_true", help="also draw the captions into the picture")
    parser.add_argument("--plan", metavar="FILE", type=Path, help="use this plan.json instead of writing one")
    parser.add_argument(
        "--seed", type=int, metavar="N", default=0, help="same sentence and seed, same reel (default 0)"
    )
    _add_review(parser)
    add_where(parser)
    add_json(parser, "every event and the result, a line each,")


def _add_review(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--review",
        choices=[review.value for review in Review],
        default="none",
        help="wait for your approval of the plan, of the keyframes before any clip, or of the shots before the mix",
    )
    parser.add_argument("--review-timeout", metavar="DURATION", help="how long it waits for you: 90s, 30m, 2h")
    parser.add_argument(
        "--on-timeout",
        choices=[policy.value for policy in OnTimeout],
        help="what a worker does then: wait on, accept as if you had, or skip the reel (default wait)",
    )


def run(args: argparse.Namespace) -> int:
    """Make a reel."""
    where = where_of(args)
    plan = _given_plan(args.plan) if args.plan else None
    sentence = sentence_of(_sentence(args.sentence, plan))
    created = create(library_of(args), Wanted(sentence, _settings(args, plan), args.name, plan))
    root, lineup = created.root, created.lineup
    say.note(f"{root}\nengine {lineup.engine} ({lineup.why}), preset {args.preset}")
    if where is Where.HERE:
        return run_reel(root, lineup, verb="make", as_json=args.json)
    return hand_over(root, lineup, as_json=args.json, stay=where is Where.FOLLOWED)


def _given_plan(path: Path) -> Plan:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_PLAN_BYTES + 1)  # never all of it: it may be the wrong file, or one without an end
        if len(data) > MAX_PLAN_BYTES:
            raise BadInput(
                f"{path} has more than {MAX_PLAN_BYTES:,} bytes, which is the most a plan has",
                remedy="check that this is the right file",
            )
        return decode_plan(data, where=str(path))
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}", remedy="check the path") from None


def _sentence(given: str | None, plan: Plan | None) -> str:
    if given is None and plan is not None:
        return plan.user_prompt or plan.story_logline or "a reel from a plan"
    return given or ""


def _settings(args: argparse.Namespace, plan: Plan | None) -> Settings:
    aspect = Aspect(args.aspect)
    width, height = _size(args.size) if args.size else SIZES[aspect]
    language = None if args.language == "auto" else Language(args.language)
    shots = args.shots if args.shots is not None else 6
    if plan is not None:
        if args.shots not in (None, len(plan.shots)):
            raise BadInput(f"the plan has {len(plan.shots)} shots, not {args.shots}", remedy="leave --shots out")
        if language not in (None, plan.vo_lang):
            raise BadInput(
                f"the plan's lines are in {plan.vo_lang.value!r}", remedy="leave --language out, or change the plan"
            )
        shots = len(plan.shots)
    fields = {
        "engine": args.engine,
        "preset": args.preset,
        "aspect": args.aspect,
        "width": width,
        "height": height,
        "shots": shots,
        "language": language.value if language else None,
        "voice": not args.no_voice,
        "music": not args.no_music,
        "burn_captions": args.burn_captions,
        "seed": args.seed,
        "review": args.review,
        **_timeout(args),
    }
    try:
        return settings_of(fields)
    except WrongSetting as wrong:
        raise BadInput(
            f"--{wrong.field.replace('_', '-')}: {wrong.reason}", remedy="see `reeltui make --help`"
        ) from None


def _timeout(args: argparse.Namespace) -> dict[str, object]:
    """Return how long a gate waits and what follows. Raises BadInput for one that could never mean anything."""
    if args.review_timeout is None and args.on_timeout is None:
        return {}
    if args.review == Review.NONE:
        raise BadInput("there is no gate to wait at", remedy="add --review plan, keyframes or shots")
    wanted = OnTimeout(args.on_timeout or OnTimeout.WAIT)
    if args.review_timeout is None:
        if wanted is not OnTimeout.WAIT:
            raise BadInput(f"--on-timeout {wanted.value} needs a time", remedy="add --review-timeout, like 30m or 2h")
        return {}
    seconds = seconds_of(args.review_timeout, "--review-timeout")
    if args.on_timeout is None:
        raise BadInput("--review-timeout says when, not what", remedy="add --on-timeout accept or --on-timeout skip")
    return {"review_timeout": seconds, "on_timeout": wanted.value}


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{2,4})[xX×](\d{2,4})", text)
    if not found:
        raise BadInput(f"{clean(text, limit=40)!r} is not a size", remedy="write it as 1280x720")
    width, height = int(found[1]), int(found[2])
    for side in (width, height):
        if side % 2 or not 64 <= side <= 4096:
            raise BadInput(
                f"a side of {side} pixels is not possible", remedy="both sides must be even, from 64 to 4096"
            )
    return width, height
