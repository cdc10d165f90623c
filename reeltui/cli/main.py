"""The command `reeltui`: finds the verb, runs it, turns errors into one clear line and the right exit code."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from types import FrameType
from typing import NoReturn, Protocol

from core.film.errors import BadInput, Interrupted, ReelError
from core.film.text import clean
from reeltui import __version__
from reeltui.cli import say

VERBS = {
    "make": "make a reel from one sentence",
    "resume": "go on with a reel, after a stop, an edit or an approval",
    "status": "show everything about a reel",
    "list": "list the reels of a library",
    "edit": "change a shot's words, after seeing what it costs",
    "verify": "hash and decode every file of a reel; changes nothing",
    "import": "bring a StudioMI300 output folder in as a reel",
}

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


def build_parser(argv: list[str]) -> argparse.ArgumentParser:
    """Return the parser; only the verb that is asked for is imported, so that starting stays fast."""
    parser = argparse.ArgumentParser(
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
    # Names and words may hold any script; a terminal without UTF-8 gets escapes instead of a crash.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    parser = build_parser(words)
    args = parser.parse_args(words)
    if not args.verb:
        parser.print_help()
        return 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    as_json = bool(getattr(args, "json", False))
    try:
        return verb_module(args.verb).run(args)
    except ReelError as error:
        say.error(error, as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        stopped = Interrupted(
            "stopped; everything finished is kept", remedy="`reeltui resume` goes on where it stopped"
        )
        say.error(stopped, as_json=as_json)
        return Interrupted.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); nothing is wrong with the reel.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except RecursionError:
        say.error(BadInput("the input is nested too deeply", remedy="check the file"), as_json=as_json)
        return BadInput.exit_code


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """First signal: stop cleanly. The next ones are ignored while that happens; it takes a second at most."""
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt(clean(signal.Signals(number).name))


if __name__ == "__main__":
    raise SystemExit(main())
