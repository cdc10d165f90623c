"""The command `reeltui`: finds the verb, runs it, turns errors into one clear line and the right exit code."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, Protocol

from core.film.errors import BadInput, DiskTrouble, Interrupted, ReelError
from core.film.text import clean
from reeltui import __version__
from reeltui.cli import say

VERBS = {
    "desk": "open the desk, the full-screen app (also `reeltui` alone)",
    "make": "make a reel from one sentence",
    "resume": "go on with a reel, after a stop, an edit or an approval",
    "status": "show everything about a reel",
    "list": "list the reels of a library",
    "queue": "show or change which reels are made next",
    "pause": "hold a reel after its step in hand; resume lets it go on",
    "cancel": "stop a reel and take it out of the queue; nothing finished is lost",
    "worker": "start, stop and look at the background process that makes reels",
    "edit": "change a shot's words, after seeing what it costs",
    "takes": "show the takes of a shot: marks, labels, why each was made",
    "approve": "say that a take is good, or pass the gate a reel waits at",
    "reject": "say that a take is not good; labels and words steer the next one",
    "choose": "let a take ship, whatever the critic says",
    "retake": "ask for one more take of a shot",
    "keyframe": "use your own picture as a shot's keyframe, or have it painted anew",
    "master": "use your own picture of a character, the group or the place",
    "undo": "take the last decision about a reel back",
    "duplicate": "make a new reel after another one",
    "archive": "set reels aside whole, list them, bring them back",
    "verify": "hash and decode every file of a reel; changes nothing",
    "vram": "show device memory: of this machine, or of a reel's steps as planned and measured",
    "models": "list, fetch and verify the models of the studio engine",
    "doctor": "check this machine: what is wrong, and what to do about it",
    "import": "bring a StudioMI300 output folder in as a reel",
}

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_EPILOG = """\
examples:
  reeltui make "a fisherman rows out at dawn"        a 30 s reel in ~/reels
  reeltui status fisherman-rows-out-dawn             what is done, what is due
  reeltui resume fisherman-rows-out-dawn             go on after Ctrl-C, a crash or an edit

exit codes:
  0 done   2 bad input   3 a person is needed   4 another process has the reel   5 disk
  6 an engine failed   75 try again   130 interrupted (everything finished is kept)

`reeltui VERB --help` explains a verb. Reels lie in $REELTUI_LIBRARY, or ~/reels.
"""


class Parser(argparse.ArgumentParser):
    """Tells a wrong argument the way every other error is told: one line, and an object with --json."""

    def error(self, message: str) -> NoReturn:
        """Raise BadInput."""
        raise BadInput(message, remedy=f"see `{self.prog} --help`")


class Verb(Protocol):
    """A verb's module."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the verb's arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it; return the exit code. Errors are raised as ReelError."""


def verb_module(name: str) -> Verb:
    """Return a verb's module, importing only that one."""
    module: Verb = importlib.import_module(f"reeltui.cli.{'import_' if name == 'import' else name}")
    return module


def build_parser(argv: list[str]) -> Parser:
    """Return the parser; only the verb that is asked for is imported, so that starting stays fast."""
    parser = Parser(
        prog="reeltui",
        description="One sentence in, one finished reel out. Every reel is a folder that can be stopped and resumed.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"reeltui {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    asked = next((word for word in argv if word in VERBS), None)
    for name, text in VERBS.items():
        sub = verbs.add_parser(name, help=text, formatter_class=argparse.RawDescriptionHelpFormatter)
        if name == asked:
            verb_module(name).arguments(sub)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    say.prepare()
    try:
        return _outcome(lambda: _run(words), as_json="--json" in words)
    except BrokenPipeError:
        return 0  # whoever read our output has gone (`| head`); nothing is wrong with the reel


def _run(words: list[str]) -> int:
    parser = build_parser(words)
    try:
        args = parser.parse_args(words)
    except SystemExit:
        say.flush()  # --help or --version was printed
        raise
    except BrokenPipeError:
        raise
    except OSError as error:  # argparse before Python 3.11.5 lets a failed write of --help or --version through
        text = f"cannot write to standard output: {error.strerror}"
        raise DiskTrouble(text, remedy="free some space, or send the output elsewhere") from error
    if not args.verb and sys.stdin.isatty() and sys.stdout.isatty():
        return _run([*words, "desk"])
    if not args.verb:
        say.text(parser.format_help().rstrip())
        return 0
    for number in _STOPS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, or a job in the background of a script
            signal.signal(number, _stop)
    return verb_module(args.verb).run(args)


def _outcome(work: Callable[[], int], *, as_json: bool) -> int:
    try:
        return work()
    except ReelError as error:
        return _told(error, as_json)
    except KeyboardInterrupt:
        remedy = "`reeltui resume` goes on where it stopped"
        return _told(Interrupted("stopped; everything finished is kept", remedy=remedy), as_json)
    except RecursionError:
        return _told(BadInput("the input is nested too deeply", remedy="check the file"), as_json)


def _told(error: ReelError, as_json: bool) -> int:
    with contextlib.suppress(BrokenPipeError, DiskTrouble):  # nobody left to tell; the exit code still says it
        say.error(error, as_json=as_json)
    return error.exit_code


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """First signal: stop cleanly. The next ones are ignored while that happens; it takes a second at most."""
    for other in _STOPS:
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt(clean(signal.Signals(number).name))


if __name__ == "__main__":
    raise SystemExit(main())
