"""A small real chat server that does what a script says: `python -m tests.tiny.server serve MODEL --port N`.

It is called like `vllm serve` and stands for it, or runs beside the test and stands for a server that is already there.
The script is a JSON file: for "plan" and "verdict" a list of words, one for each question; the last holds for all that
follow. What it was asked goes into a file, a line each.
"""

from __future__ import annotations

import base64
import contextlib
import io
import itertools
import json
import os
import re
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image, ImageStat

SCRIPT, RECORD = "TINY_SERVER_SCRIPT", "TINY_SERVER_RECORD"
ROOT = Path(__file__).resolve().parents[2]
KEY = "the key of the test"
_PATIENCE = 20.0  # seconds; only a test that fails waits so long
_PORTRAITS = {
    "A": "Aiko (slim Japanese woman, 27, jet-black chin-length bob, mustard yellow vinyl raincoat)",
    "B": "Kenji (tall Japanese man, 28, short dark hair, charcoal wool coat)",
}
_SHOT = (
    "Tracking shot at hip level and one even pace. {A} walks slowly toward the light at the end of the street, head "
    "turning slightly, eyes forward. Wet asphalt mirrors the shop windows, thin rain falls through the glow of a lamp, "
    "and steam drifts from a doorway beside the path. The street around them stays open and calm. Shot on Arri Alexa, "
    "anamorphic, 35mm film grain, photorealistic."
)

_LINES = {"j": "ひとりで歩いてきた夜が終わる。", "z": "她独自走了很久，今夜终于到家。"}


def good_plan(shots: int, language: str = "a") -> dict[str, Any]:
    """Return a plan as a director writes it, keeping every rule of planning, with letters for portraits."""
    return {
        "story_logline": "Aiko walks home through the rain and finds that somebody waits.",
        "setting": "A narrow street in Tokyo at night, light rain, warm windows, a quiet and hopeful mood.",
        "characters": _PORTRAITS,
        "vo_lang": language,
        "shots": [
            {
                "index": number,
                "is_hero": number == 0,
                "shot_type": "Wide tracking",
                "dominant_subject": "A",
                "cut": True,
                "prompt": _SHOT,
            }
            for number in range(shots)
        ],
        "vo_script_per_shot": [_LINES.get(language, "She had been walking alone for too long.")] * shots,
        "music_style": "intimate piano, warm pad, 72 BPM, no drums",
    }


def verdict_of(brightness: float) -> dict[str, Any]:
    """Return a verdict whose marks tell which picture was looked at: 1 for black, 10 for white."""
    mark = 1 + round(brightness / 255 * 9)
    names = ("character_match", "scene_match", "composition", "artifact_free", "overall")
    return {"issues": ["CHARACTER_DRIFT: another coat in frame 2"] if mark < 7 else [], **dict.fromkeys(names, mark)}


class _State:
    """What the server has been asked so far; one for all its threads."""

    def __init__(self) -> None:
        path = os.environ.get(SCRIPT)
        self.script: dict[str, list[str]] = json.loads(Path(path).read_text()) if path else {}
        self.record = os.environ.get(RECORD)
        self.lock = threading.Condition()
        self.running = 0
        self.asked: dict[str, int] = {}

    def next_word(self, name: str) -> str:
        if name in self.script.get("die_once", []) and self._first():
            return "die"
        words = self.script.get(name) or ["good"]
        with self.lock:
            number = self.asked.get(name, 0)
            self.asked[name] = number + 1
        return words[min(number, len(words) - 1)]

    def _first(self) -> bool:
        """Tell whether no server of this script has died yet."""
        try:
            with open(f"{self.record}.died", "x", encoding="utf-8"):
                return True
        except FileExistsError:
            return False

    def note(self, **facts: Any) -> None:
        if self.record:
            with self.lock, open(self.record, "a", encoding="utf-8") as file:
                file.write(json.dumps(facts) + "\n")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: _State
    names: tuple[str, ...]

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the log of a test is for what fails."""

    def do_GET(self) -> None:
        if not self._may():
            return
        if self.path == "/v1/models":
            self._say(200, {"object": "list", "data": [{"id": name} for name in self.names]})
        else:
            self._say(404, {"error": {"message": f"no {self.path}"}})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._may():
            return
        if self.path != "/v1/chat/completions" or body["model"] not in self.names:
            self._say(404, {"error": {"message": f"The model `{body.get('model')}` does not exist."}})
            return
        state, asked = self.state, body["response_format"]["json_schema"]
        word = state.next_word(asked["name"])
        with state.lock:
            state.running += 1
            together = state.running
            state.lock.notify_all()
        try:
            urls = list(_urls(body))
            state.note(word=word, together=together, body=_short(body), foreign=[u[:60] for u in urls if not _ours(u)])
            if not all(map(_ours, urls)):
                self._say(400, {"error": {"message": "only pictures as bytes"}})
                return
            self._answer(word, asked["name"], body, urls)
        except (BrokenPipeError, ConnectionResetError):
            state.note(left=asked["name"])  # whoever asked has gone
        finally:
            with state.lock:
                state.running -= 1

    def _may(self) -> bool:
        key = os.environ.get("VLLM_API_KEY", "")
        if key and self.headers.get("Authorization") != f"Bearer {key}":
            self._say(401, {"error": "Unauthorized"})
            return False
        return True

    def _say(self, status: int, body: Any, **headers: str) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, word: str, name: str, body: dict[str, Any], urls: Sequence[str]) -> None:
        word, _, figure = word.partition(":")
        if word == "slow":
            time.sleep(float(figure))
        elif word == "hang":
            self._hang()
            return
        elif word == "together":
            with self.state.lock:
                self.state.lock.wait_for(lambda: self.state.running >= int(figure), _PATIENCE)
                if self.state.running < int(figure):
                    self._say(418, {"error": {"message": f"only {self.state.running} questions at once"}})
                    return
                self.state.lock.notify_all()
            time.sleep(0.2)  # until the others have been counted as well
        elif word.isdigit():
            headers = {"Retry_After": figure} if figure else {}
            self._say(int(word), {"error": {"message": f"scripted {word}"}}, **headers)
            return
        text, finish = _text(word, name, body, urls)
        if word in ("die", "break"):
            self.wfile.write(
                b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"choic'
            )
            self.wfile.flush()
            if word == "die":
                print("CUDA error: an illegal memory access was encountered", file=sys.stderr, flush=True)
                os._exit(7)
            self.close_connection = True
            return
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        self._say(200, {"choices": [choice], "usage": {"prompt_tokens": 50, "completion_tokens": 20}})

    def _hang(self) -> None:
        """Say nothing until whoever asked has gone."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            if select.select([self.connection], [], [], 0.05)[0] and not self.connection.recv(1):
                self.state.note(left="hang")
                break
        self.close_connection = True


def _text(word: str, name: str, body: dict[str, Any], urls: Sequence[str]) -> tuple[str | None, str]:
    schema = body["response_format"]["json_schema"]["schema"]["properties"]
    if name == "plan":
        spoken = schema["vo_lang"]["enum"]
        made = good_plan(schema["shots"]["minItems"], spoken[0])
    else:
        with Image.open(io.BytesIO(_bytes(urls[-1]))) as image:
            made = verdict_of(ImageStat.Stat(image.convert("L")).mean[0])
    whole = json.dumps(made)
    odd = {
        "bad json": "{'shots': nonsense",
        "prose": f"Here it is, as you wished:\n{whole}",
        "wrong schema": json.dumps({"score": 9}),
        "few shots": json.dumps({**made, "shots": made.get("shots", [])[:1], "vo_script_per_shot": ["one"]}),
        "no such letter": whole.replace("{A}", "{D}"),
        "short prompts": re.sub("Wet asphalt.*?path[.]", "Rain falls.", whole),
        "nine": json.dumps(verdict_of(227)),
        "overall 70": json.dumps({**made, "overall": 70}),
        "unknown label": json.dumps({**made, "issues": ["UGLY: it is"]}),
        "empty": "",
        "null": None,
    }
    if word == "partial":
        return whole[: len(whole) // 2], "length"
    if word.startswith("label "):  # a bad take, and why
        return json.dumps({**verdict_of(60), "issues": [f"{word.removeprefix('label ')}: as the script says"]}), "stop"
    return odd.get(word, whole), "stop"


def _urls(body: dict[str, Any]) -> Iterator[str]:
    for message in body["messages"]:
        if isinstance(message["content"], list):
            yield from (part["image_url"]["url"] for part in message["content"] if part["type"] == "image_url")


def _ours(url: str) -> bool:
    if not url.startswith("data:image/jpeg;base64,"):
        return False
    with Image.open(io.BytesIO(_bytes(url)), formats=("JPEG",)) as image:
        image.load()
    return True


def _bytes(url: str) -> bytes:
    return base64.b64decode(url.partition(",")[2], validate=True)


def _short(body: dict[str, Any]) -> dict[str, Any]:
    """Return a request for the record, each picture as its length."""

    def short(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: short(one) for name, one in value.items()}
        if isinstance(value, list):
            return [short(one) for one in value]
        return f"{value[:22]} {len(value)}" if isinstance(value, str) and value.startswith("data:") else value

    made: dict[str, Any] = short(body)
    return made


def main(arguments: Sequence[str]) -> None:
    """Serve as the script says; told as `vllm serve` is told, of which it heeds the port and the model's name."""
    told = dict(itertools.pairwise(arguments))
    state = _State()
    state.note(
        started=list(arguments), pid=os.getpid(), ours=sorted(set(os.environ) & {"HF_HUB_OFFLINE", "VLLM_API_KEY"})
    )
    begin = (state.script.get("start") or ["good"])[0]
    if begin == "child":  # something it started, which does not go by itself
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        state.note(child=child.pid)
    if begin == "fail":
        print("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", file=sys.stderr, flush=True)
        sys.exit(1)
    if begin == "crowded":  # what vLLM 0.32 says where others hold the card
        told_by = "\x1b[0;36m(EngineCore pid=77)\x1b[0;0m ERROR 01-01 00:00:00 [core.py:1100] "
        print(
            f"{told_by}ValueError: Free memory on device cuda:0 (9.5/79.1 GiB) on startup is less than desired GPU "
            "memory utilization (0.3, 23.7 GiB). Decrease GPU memory utilization or reduce GPU memory used by other "
            "processes.",
            *(f"RuntimeError: Engine core initialization failed, {number}" for number in range(20)),
            sep="\n",
        )
        sys.exit(1)
    if begin == "fail wordily":
        print(
            "RuntimeError: CPU Generator does not use offset", *(f"leaked {number}" for number in range(100)), sep="\n"
        )
        sys.exit(1)
    if begin == "noisy":
        for number in range(60_000):
            print(f"line {number} " + "x" * 90, flush=False)
    if begin == "hang":
        time.sleep(_PATIENCE)
    if begin.startswith("slow"):
        time.sleep(float(begin.partition(":")[2]))
    _Handler.state, _Handler.names = state, (told.get("--served-model-name", "tiny"),)
    server = ThreadingHTTPServer((told.get("--host", "127.0.0.1"), int(told.get("--port", "0"))), _Handler)
    server.daemon_threads = True
    print(f"port {server.server_address[1]}", flush=True)
    server.serve_forever()


class Tiny(msgspec.Struct, frozen=True):
    """A server that runs beside a test."""

    address: str
    record: Path
    process: Any

    def noted(self) -> list[dict[str, Any]]:
        """Return what it was asked so far."""
        return noted(self.record)

    def asked(self) -> list[dict[str, Any]]:
        """Return the questions it was asked so far."""
        return [note for note in self.noted() if "body" in note]


def noted(record: Path) -> list[dict[str, Any]]:
    """Return the lines of a record."""
    return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []


def environment(folder: Path, **script: list[str]) -> dict[str, str]:
    """Write a script into `folder` and return the variables that give it to a server, and where it notes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "script.json").write_text(json.dumps(script))
    return {SCRIPT: os.fspath(folder / "script.json"), RECORD: os.fspath(folder / "record.jsonl")}


@contextlib.contextmanager
def running(folder: Path, **script: list[str]) -> Iterator[Tiny]:
    """Run a server that is simply there, with the key `KEY`, until the block ends."""
    told = environment(folder, **script)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.tiny.server", "serve", "tiny"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **told, "VLLM_API_KEY": KEY},
        text=True,
    )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().split()[1]
        yield Tiny(f"http://127.0.0.1:{port}", Path(told[RECORD]), process)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


if __name__ == "__main__":
    main(sys.argv[1:])
