"""A real vLLM on the CPU behind our own server and chat: constrained answers, pictures, a round, giving up, dying.

The model is random: what it says means nothing, but every answer is bound, travels and is checked as a real one's is.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socketserver
import subprocess
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from core.engines.roles import Room
from core.engines.studio.asking import Pending
from core.engines.studio.chat import Answer, Chat, Cord, GivenUp, Message, Question, ServerTrouble
from core.engines.studio.critic import Unjudgeable, read_verdict, verdict_question
from core.engines.studio.instructions import critic_instructions, director_instructions
from core.engines.studio.schemas import narrowed_plan
from core.engines.studio.server import OwnServer
from core.engines.studio.vision_language import VisionLanguage
from core.film.language import Language
from core.film.plan import decode_plan
from core.film.requests import JudgeRequest
from core.media.frames import ClipWriter
from tests.asking import quiet, verdict_on
from tests.tiny import qwen
from tests.tiny.hub import REVISION, place
from tests.watching import alive, until

ENVIRONMENT = os.environ.get("REELTUI_SERVING", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not ENVIRONMENT, reason="a real vLLM is tried by `make test-serving`, in its own environment"),
]


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VisionLanguage]:
    """The backend with its own vLLM, loaded once for all tests here."""
    home = tmp_path_factory.mktemp("serving")
    environment = Path(ENVIRONMENT).resolve()

    def build(folder: Path) -> None:
        subprocess.run([environment / "bin" / "python", qwen.__file__, folder], check=True, timeout=300)

    place(home / "hub", "tiny/director", build)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_CACHE", os.fspath(home / "hub"))
        patch.setenv("XDG_STATE_HOME", os.fspath(home / "state"))
        one = VisionLanguage(
            repository="tiny/director",
            command=os.fspath(environment / "bin" / "vllm"),
            # Nothing is to be gained by compiling a model of this size. Prompts are read in one piece, because vLLM
            # 0.32 dies on the CPU where it divides one that has a seed ("CPU Generator does not use offset").
            arguments=f"--enforce-eager --no-enable-prefix-caching --max-num-batched-tokens {qwen.CONTEXT}",
            context=qwen.CONTEXT,
            cache_gb=0.3,
            concurrent=4,
            start_seconds=400.0,
            answer_seconds=180.0,
        )
        one.load("cpu")
        yield one
        one.end()


@pytest.fixture
def chat(backend: VisionLanguage) -> Chat:
    """The way to ask its model."""
    assert backend._chat is not None
    return backend._chat


def take(reel: Path, name: str) -> JudgeRequest:
    """Make a take of four frames, with a keyframe and two masters."""
    for at, path in enumerate(["A.png", "scene.png", "keyframe.png", *(f"{name}/{n}.jpg" for n in range(4))]):
        (reel / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (128, 72), (30 * at, len(name) * 40, 90)).save(reel / path)
    rng = np.random.default_rng(len(name))
    with ClipWriter(reel / name / "clip.mp4", 128, 72, 16) as writer:
        for _ in range(17):  # noise, by whose figures nothing fails
            writer.write(rng.integers(0, 256, (72, 128, 3), dtype=np.uint8))
    return verdict_on(
        clip=f"{name}/clip.mp4",
        stills=tuple(f"{name}/{number}.jpg" for number in range(4)),
        prompt=f"Pan left. Aiko walks, {name}.",
        width=128,
        height=72,
    )


def below(pid: int) -> list[int]:
    """Return every process below one that still lives, whatever it calls itself."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has gone meanwhile
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found, fresh = [], {pid}
    while fresh := {child for child, parent in parents.items() if parent in fresh}:
        found += sorted(fresh)
    return found


def called(pid: int) -> str:
    """Return the name a process has given itself."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    return ""


def running_requests(chat: Chat) -> float:
    """Return how many questions the server works on, by its own figures."""
    with urllib.request.urlopen(f"{chat.address}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    lines = [line for line in text.splitlines() if line.startswith("vllm:num_requests_running")]
    return sum(float(line.split()[-1]) for line in lines)


def test_a_plan_is_bound_by_the_schema(chat: Chat) -> None:
    schema = narrowed_plan(2, Language.FRENCH)
    # Random text ends when chance says so; where it does not within the tokens there are, another seed is taken.
    for seed in range(6):
        messages = (Message("system", (director_instructions(),)), Message("user", ("Aiko walks",)))
        answer = chat.ask(Question(messages, "plan", schema, 12_000, seed, 1.0), Cord())
        if answer.whole:
            break
    made = json.loads(answer.text)
    assert list(made) == list(schema["properties"])
    assert made["vo_lang"] == "f"
    assert len(made["shots"]) == len(made["vo_script_per_shot"]) == 2
    for number, shot in enumerate(made["shots"]):
        shot["index"] = number  # the schema binds the range, the plan's own check the order
        shot.update({name: str(shot[name])[:200] or "x" for name in ("shot_type", "dominant_subject")})
        shot["prompt"] = "x" + shot["prompt"][:3000]
    made["characters"] = {letter: "x" + text[:3000] for letter, text in made["characters"].items()}
    made["vo_script_per_shot"] = [line[:900] for line in made["vo_script_per_shot"]]
    made |= {name: made[name][:3000] for name in ("story_logline", "setting", "music_style")}
    assert decode_plan(json.dumps(made).encode()).vo_lang is Language.FRENCH


def test_a_verdict_is_given_on_seven_pictures(chat: Chat, tmp_path: Path) -> None:
    question = verdict_question(take(tmp_path, "one"), Room(tmp_path, tmp_path), critic_instructions())
    words_alone = msgspec.structs.replace(
        question, messages=(question.messages[0], Message("user", tuple(filter(_is_text, question.messages[1].parts))))
    )
    # Without issues, so that nothing depends on when random words end.
    for one in (question, words_alone):
        one.schema["properties"]["issues"]["maxItems"] = 0
    seen, unseen = chat.ask(question, Cord()), chat.ask(words_alone, Cord())
    verdict = read_verdict(seen)
    assert verdict.issues == ()
    assert all(1 <= mark <= 10 for mark in (*verdict.axes, verdict.overall))
    assert seen.asked_tokens >= unseen.asked_tokens + 7, "seven pictures are more than none"


def _is_text(part: object) -> bool:
    return isinstance(part, str)


def test_a_round_is_judged_as_the_worker_asks_for_it(backend: VisionLanguage, tmp_path: Path) -> None:
    takes = [take(tmp_path, name) for name in ("one", "three", "seventh")]
    for at, one in enumerate(takes):
        room = Room(tmp_path, tmp_path, ahead=tuple(takes[at + 1 :]))
        try:
            made = backend.run(one, room, quiet)
        except Unjudgeable:  # honest, where random words went past every bound three times
            continue
        assert made.verdict is not None
        assert made.facts["model"] == "tiny/director"
        assert made.facts["model_revision"] == REVISION


def test_the_same_question_has_the_same_answer(chat: Chat) -> None:
    question = Question((Message("user", ("Aiko walks",)),), "words", _short_schema(), 400, 5, 0.7)
    assert chat.ask(question, Cord()) == chat.ask(question, Cord())


def _short_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"mark": {"type": "integer", "minimum": 1, "maximum": 10}, "good": {"type": "boolean"}},
        "required": ["mark", "good"],
        "additionalProperties": False,
    }


def _long_question() -> Question:
    """Return what takes minutes to answer: a hundred texts, each ending when chance says so."""
    texts = {f"text_{number}": {"type": "string"} for number in range(100)}
    schema = {"type": "object", "properties": texts, "required": list(texts), "additionalProperties": False}
    return Question((Message("user", ("Tell",)),), "words", schema, 60_000, 1, 1.0)


def test_a_question_that_is_given_up_is_not_worked_on(chat: Chat) -> None:
    pending: Pending[Answer] = Pending(lambda cord: chat.ask(_long_question(), cord))
    until(lambda: running_requests(chat) == 1)
    pending.give_up()
    until(lambda: running_requests(chat) == 0)
    with pytest.raises(GivenUp):
        pending.wait(quiet, "")


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_nothing_is_fetched(chat: Chat, tmp_path: Path, scheme: str) -> None:
    asked: list[bytes] = []

    class Noticing(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked.append(self.request.recv(100))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Noticing) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        Image.new("RGB", (64, 64)).save(tmp_path / "x.png")
        url = (
            f"http://127.0.0.1:{elsewhere.server_address[1]}/x.png" if scheme == "http" else f"file://{tmp_path}/x.png"
        )
        content = [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": url}}]
        status = _post(chat, {"messages": [{"role": "user", "content": content}], "max_tokens": 5})
        elsewhere.shutdown()
    assert 400 <= status < 600
    assert asked == []


def _post(chat: Chat, body: dict[str, Any], key: str | None = None) -> int:
    parts = urllib.parse.urlsplit(chat.address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {chat._key if key is None else key}"}
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps({"model": chat.model, **body}), headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_without_the_key_nobody_is_served(chat: Chat) -> None:
    assert _post(chat, {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}, key="guess") == 401
    assert _post(chat, {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}) == 200


def test_a_model_that_dies_in_mid_answer_is_told_and_leaves_nothing(backend: VisionLanguage, chat: Chat) -> None:
    """The last one here: it kills the process that holds the model, as a fault in a kernel would."""
    pending: Pending[Answer] = Pending(lambda cord: chat.ask(_long_question(), cord))
    until(lambda: running_requests(chat) == 1)
    assert isinstance(backend._server, OwnServer)
    assert backend._server._keeper is not None
    all_of_it = below(backend._server._keeper.pid)
    holders = [pid for pid in all_of_it if called(pid).startswith("VLLM::Engine")]
    assert holders, [called(pid) for pid in all_of_it]
    for pid in holders:
        os.kill(pid, signal.SIGSEGV)
    with pytest.raises(ServerTrouble):
        pending.wait(quiet, "")
    backend.end()
    assert not any(map(alive, all_of_it)), [called(pid) for pid in all_of_it]
