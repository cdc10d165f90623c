"""The director and the critic of the studio engine: one vision-language model, loaded once, in two roles."""

from __future__ import annotations

import sys
import time

from core.engines.roles import Progress, Room
from core.engines.studio.chat import Chat
from core.engines.studio.critic import Critic
from core.engines.studio.director import write_plan
from core.engines.studio.instructions import critic_instructions, director_instructions
from core.engines.studio.server import Figures, GivenServer, OwnServer, Server
from core.engines.studio.weights import snapshot
from core.engines.wording import load_wording
from core.film.errors import BadInput, EngineTrouble
from core.film.plan import encode_plan
from core.film.requests import DirectRequest, Fact, JudgeRequest, Made

PLAN = "plan.json"
_SAY_EVERY = 30.0


class VisionLanguage:
    """Writes plans and judges takes (roles: core.engines.roles.Director and Critic) by a model server.

    The server is `vllm serve` of this machine, started when it is loaded, or the one at `server`. It does all the
    computing: this process holds no model and never imports torch. An answer is bound by a JSON Schema, checked, and
    asked for again with what was wrong; what is still wrong then is an error and no result. The same request asks the
    same question; a server that computes several answers together may still round differently from run to run.
    """

    def __init__(
        self,
        *,
        repository: str = "Qwen/Qwen3.5-35B-A3B",
        revision: str = "",
        server: str = "",
        key: str = "",
        model: str = "",
        command: str = "vllm",
        arguments: str = "",
        context: int = 49_152,
        cache_gb: float = 8.0,
        concurrent: int = 8,
        start_seconds: float = 800.0,
        answer_seconds: float = 600.0,
    ) -> None:
        """Nothing is started yet.

        `repository` and `revision` name the model for our own server, `command` and `arguments` how `vllm` is called,
        `context` its tokens, `cache_gb` its key-value cache (GB of 1e9 bytes), `start_seconds` how long it may take to
        start; it must stay below the worker's `silence`. `server` is the address of one that is already there, `model`
        the name it serves ("": the first), `key` the environment variable that holds its key. `concurrent` is how many
        questions are asked at once, `answer_seconds` how long an answer may take.
        """
        self._repository = repository
        self._revision = revision
        self._address = server
        self._key = key
        self._model = model
        self._figures = Figures(command, arguments, context, round(cache_gb * 1e9), concurrent, start_seconds)
        self._answer_seconds = answer_seconds
        self._server: Server | None = None
        self._chat: Chat | None = None
        self._critic: Critic | None = None

    def load(self, device: str) -> None:
        """Start the server, or find it, and wait until it answers; the card is the server's to choose, of those that
        this process may see.

        Raises MissingWeights, ServerTrouble with the last lines of its log, OutOfDeviceMemory where others hold too
        much of the card, BadInput where a setting or a prompt of the user's own is wrong.
        """
        director_instructions()
        instructions = critic_instructions()
        if self._address:
            server: Server = GivenServer(self._address, key=self._key, model=self._model)
        else:
            server = OwnServer(snapshot(self._repository, self._revision), self._figures)
        server.wait(_Log())
        self._server, self._chat = server, server.chat(self._answer_seconds)
        self._critic = Critic(self._chat, instructions, concurrent=self._figures.concurrent)

    def run(self, request: DirectRequest | JudgeRequest, room: Room, progress: Progress) -> Made:
        """Write plan.json into `room.stage`, or judge a take (no files).

        Raises NoPlan, Unjudgeable, ServerTrouble; BadInput and Unreadable for what cannot be asked.
        """
        if isinstance(request, DirectRequest):
            return self._direct(request, room, progress)
        if isinstance(request, JudgeRequest):
            return self._judge(request, room, progress)
        raise BadInput(f"a vision-language model cannot {type(request).__name__}", remedy="this is a mistake of ours")

    def end(self) -> None:
        """End the server where it is ours. It ends with this process in any case."""
        if self._critic is not None:
            self._critic.forget()
        if self._server is not None:
            self._server.end()
        self._server = self._chat = self._critic = None

    def _direct(self, request: DirectRequest, room: Room, progress: Progress) -> Made:
        if self._chat is None:
            raise _not_loaded()
        progress(0.0, "asking the director")
        written = write_plan(request, self._chat, director_instructions(), load_wording().phrases, progress)
        (room.stage / PLAN).write_bytes(encode_plan(written.plan))
        progress(1.0, "planned")
        return Made((PLAN,), {**written.facts(), "seed": request.seed, **self._who()})

    def _judge(self, request: JudgeRequest, room: Room, progress: Progress) -> Made:
        if self._critic is None:
            raise _not_loaded()
        judged = self._critic.judge(request, room, progress)
        progress(1.0, "judged")
        # No model has seen what failed by its figures; its receipt must not name one.
        who = self._who() if judged.asked else {}
        return Made(facts={**judged.facts(), **who}, verdict=judged.verdict)

    def _who(self) -> dict[str, Fact]:
        """Return which model answered: the checkpoint of our own server, or the name a server gives its own."""
        if self._server is None or self._chat is None:
            raise _not_loaded()
        own = not self._address
        return {
            "server": "own" if own else "given",
            "model": self._repository if own else self._chat.model,
            "model_revision": self._server.revision,
        }


def _not_loaded() -> EngineTrouble:
    return EngineTrouble("the model server was not started", remedy="resume; it is started anew")


class _Log:
    """Says in the host's log how loading goes on, now and then: loading has no other way to tell."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def __call__(self, fraction: float, note: str) -> None:
        if time.monotonic() - self._said >= _SAY_EVERY:
            self._said = time.monotonic()
            print(note, file=sys.stderr, flush=True)
