"""`python -m core.worker.daemon`: the worker's own process, started by `core.worker.daemon.start`."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal


def main() -> None:
    """Leave the process that started us, then be the worker. Only the standard library is loaded until then."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ready", type=int, required=True)
    parser.add_argument("--device", action="append", default=[])
    parser.add_argument("--linger", type=float)
    parser.add_argument("--by-hand", action="store_true")
    parser.add_argument("--version", default="")
    args = parser.parse_args()
    # Its session is new; its child leads none, so it can never come to have a terminal.
    if os.fork():
        os._exit(0)
    _own_signals()

    import msgspec

    from core.film.errors import ReelError
    from core.worker.daemon.serve import serve
    from core.worker.daemon.start import Answer, Ready, Refused
    from core.worker.daemon.state import Running

    def tell(answer: Answer) -> None:
        # Whoever started us may be gone by now; the work is there all the same.
        with contextlib.suppress(BrokenPipeError), open(args.ready, "wb", buffering=0) as pipe:
            pipe.write(msgspec.msgpack.encode(answer))

    told = False

    def ready(running: Running) -> None:
        nonlocal told
        told = True
        tell(Ready(running))

    try:
        serve(
            args.device,
            linger=args.linger,
            by_hand=args.by_hand,
            detached=True,
            version=args.version,
            ready=ready,
        )
    except ReelError as error:
        if told:
            raise
        tell(Refused(type(error).__name__, str(error), error.remedy))
        raise SystemExit(error.exit_code) from None
    except Exception as error:
        if not told:
            text = f"this is a mistake in reeltui: {type(error).__name__}: {error}"
            tell(Refused("EngineTrouble", text, "`reeltui worker run` shows where it happened"))
        raise


def _own_signals() -> None:
    """Forget what the starter ignored or blocked; nohup or a script may have done either."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGCHLD, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


if __name__ == "__main__":
    main()
