"""Speaks the OpenAI-compatible chat protocol with a model server: one question, one answer bound by a JSON Schema."""

from __future__ import annotations

import base64
import contextlib
import email.message
import http.client
import socket
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from core.film.errors import BadInput, EngineTrouble
from core.film.text import clean

TRIES = 3
_CONNECT = 10.0  # seconds until a server that does not answer at all is taken for gone
_PAUSES = (0.5, 2.0)  # seconds before the second and the third try
_LONGEST_PAUSE = 15.0  # whatever a server asks for in Retry-After
_LARGEST = 8_000_000  # bytes of an answer; a plan of 24 shots is 40 kB
_PASSING = {429, 500, 502, 503, 504}  # worth the same words again
_SHOWN = 300  # characters of what a server said


class ServerTrouble(EngineTrouble):
    """The model server cannot be reached, failed, or does not answer."""


class Rejected(ServerTrouble):
    """The model server understood the request and refuses it; the same again would be refused again."""


class GivenUp(Exception):
    """The request was given up because nobody wants its answer any more."""


class Picture(msgspec.Struct, frozen=True):
    """A picture of a message, as the bytes of a JPEG; it travels in the request, nothing is fetched."""

    jpeg: bytes


class Message(msgspec.Struct, frozen=True):
    """One message: who says it, and words and pictures in order."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[str | Picture, ...]


class Question(msgspec.Struct, frozen=True):
    """What is asked: `schema` binds the answer and is told as `name`; `longest` is in tokens."""

    messages: tuple[Message, ...]
    name: str
    schema: dict[str, Any]
    longest: int
    seed: int
    temperature: float
    top_p: float = 1.0


class Answer(msgspec.Struct, frozen=True):
    """What came: the text, whether it is whole (not cut at `longest`), and the tokens the server counted."""

    text: str
    whole: bool
    asked_tokens: int = 0
    answered_tokens: int = 0


class Cord:
    """Pulled by one thread to make another give up its request at once, also while it waits for the answer."""

    def __init__(self) -> None:
        self._pulled = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    @property
    def pulled(self) -> bool:
        """Whether the request is no longer wanted."""
        return self._pulled.is_set()

    def pull(self) -> None:
        """Give up; the server sees its connection end and stops computing."""
        self._pulled.set()
        with self._lock:
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def pause(self, seconds: float) -> None:
        """Wait, at most until it is pulled. Raises GivenUp."""
        if self._pulled.wait(seconds):
            raise GivenUp

    @contextlib.contextmanager
    def holding(self, one: socket.socket) -> Iterator[None]:
        """Let `pull` end this connection. Raises GivenUp where it was pulled before."""
        with self._lock:
            if self.pulled:
                raise GivenUp
            self._socket = one
        try:
            yield
        finally:
            with self._lock:
                self._socket = None


class Chat:
    """One model at one server; may be asked by several threads at once.

    `address` is "http://host:port", with or without "/v1"; `seconds` is the longest an answer may take. `check` is
    called before a try is repeated and raises where the server is known to be gone.
    """

    def __init__(
        self,
        address: str,
        *,
        key: str = "",
        model: str = "",
        seconds: float = 600.0,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        parts = urllib.parse.urlsplit(address)
        try:
            bad = parts.scheme not in ("http", "https") or not parts.hostname or bool(parts.username)
            self._port = parts.port
        except ValueError:
            bad = True
        if bad or parts.query or parts.fragment:
            raise BadInput(f"{address!r} is no server's address", remedy="write it as http://host:port")
        self.address = address
        self.model = model
        self._parts = parts
        self._root = parts.path.rstrip("/").removesuffix("/v1") + "/v1"
        self._key = key
        self._seconds = seconds
        self._check = check

    def models(self, cord: Cord, *, seconds: float = _CONNECT) -> tuple[str, ...]:
        """Return the names of the models that are served; one try. Raises ServerTrouble, GivenUp."""
        found = self._once("GET", "/models", None, cord, seconds)
        entries = found.get("data")
        if not isinstance(entries, list):
            raise ServerTrouble(f"{self.address} is no model server", remedy="check its address")
        return tuple(str(entry["id"]) for entry in entries if isinstance(entry, dict) and "id" in entry)

    def ask(self, question: Question, cord: Cord) -> Answer:
        """Return the answer; what may be passing (429, 5xx, a broken connection) is tried `TRIES` times.

        Raises Rejected, ServerTrouble, GivenUp.
        """
        body = self._body(question)
        for pause in (*_PAUSES, None):
            try:
                return _answer(self._once("POST", "/chat/completions", body, cord, self._seconds))
            except _Passing as trouble:
                self._check()
                if pause is None:
                    raise ServerTrouble(str(trouble), remedy=trouble.remedy) from trouble
                cord.pause(min(_LONGEST_PAUSE, max(pause, trouble.pause)))
        raise AssertionError("the last try returns or raises")

    def _body(self, question: Question) -> bytes:
        return msgspec.json.encode(
            {
                "model": self.model,
                "messages": [_message(message) for message in question.messages],
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": question.name, "schema": question.schema, "strict": True},
                },
                "max_tokens": question.longest,
                "seed": question.seed,
                "temperature": question.temperature,
                "top_p": question.top_p,
                "stream": False,
                # A schema binds the answer from its first letter, so there is no room for thinking aloud.
                "chat_template_kwargs": {"enable_thinking": False},
            }
        )

    def _once(self, method: str, path: str, body: bytes | None, cord: Cord, seconds: float) -> dict[str, Any]:
        connection = self._connection()
        try:
            connection.connect()
            connection.sock.settimeout(seconds)
            with cord.holding(connection.sock):
                connection.request(method, self._root + path, body, self._headers())
                response = connection.getresponse()
                data = _whole(response, time.monotonic() + seconds)
        except TimeoutError as error:
            raise self._failed(cord, f"did not answer within {seconds:g} s", passing=False) from error
        except (OSError, http.client.HTTPException) as error:
            said = clean(str(error) or type(error).__name__, limit=_SHOWN)
            raise self._failed(cord, f"cannot be reached or broke off ({said})", passing=True) from error
        finally:
            connection.close()
        if cord.pulled:
            raise GivenUp
        if response.status != 200:
            raise self._refused(response.status, response.headers, data)
        found = _decoded(data)
        if found is None:
            raise _Passing(f"the model server at {self.address} answered what is no answer", remedy=_SEE)
        return found

    def _connection(self) -> http.client.HTTPConnection:
        host = self._parts.hostname or ""
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, self._port, timeout=_CONNECT, context=context)
        return http.client.HTTPConnection(host, self._port, timeout=_CONNECT)

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Connection": "close"}
        return {**headers, "Authorization": f"Bearer {self._key}"} if self._key else headers

    def _failed(self, cord: Cord, what: str, *, passing: bool) -> Exception:
        if cord.pulled:
            return GivenUp()
        kind = _Passing if passing else ServerTrouble
        return kind(f"the model server at {self.address} {what}", remedy=_SEE)

    def _refused(self, status: int, headers: email.message.Message, data: bytes) -> ServerTrouble:
        text = f"the model server at {self.address} answered {status}: {_said(data)}"
        if status in _PASSING:
            after = headers.get("Retry-After", "")
            return _Passing(text, remedy=_SEE, pause=float(after) if after.isdigit() else 0.0)
        if status in (401, 403):
            return Rejected(text, remedy="check the key: `key` names the environment variable that holds it")
        if status == 404:
            return Rejected(text, remedy=f"check the address, and that it serves the model {self.model!r}")
        return Rejected(text, remedy=_SEE)


class _Passing(ServerTrouble):
    """It may go better in a moment; `pause` is how many seconds the server asks for."""

    def __init__(self, message: str, *, remedy: str = "", pause: float = 0.0) -> None:
        super().__init__(message, remedy=remedy)
        self.pause = pause


_SEE = "look at the server and its log, then resume"


def _whole(response: http.client.HTTPResponse, until: float) -> bytes:
    """Read an answer. Raises TimeoutError: a connection's own limit starts again with every byte that drips in."""
    data = bytearray()
    while piece := response.read1(1 << 16):
        data += piece
        if time.monotonic() > until or len(data) > _LARGEST:
            raise TimeoutError
    if response.length:  # http.client tells of a body cut short only where it is read at once
        raise http.client.IncompleteRead(bytes(data), response.length)
    return bytes(data)


def _message(message: Message) -> dict[str, Any]:
    if len(message.parts) == 1 and isinstance(message.parts[0], str):
        return {"role": message.role, "content": message.parts[0]}
    return {"role": message.role, "content": [_part(part) for part in message.parts]}


def _part(part: str | Picture) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    url = "data:image/jpeg;base64," + base64.b64encode(part.jpeg).decode("ascii")
    return {"type": "image_url", "image_url": {"url": url}}


def _decoded(data: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _said(data: bytes) -> str:
    """Return a server's own words for a refusal, wherever it put them, harmless for a terminal."""
    found: Any = _decoded(data)
    for name in ("error", "message", "detail"):
        if isinstance(found, dict) and name in found:
            found = found[name]
    text = found if isinstance(found, str) else data[:2000].decode("utf-8", "replace")
    return clean(text, limit=_SHOWN) or "nothing"


def _answer(found: dict[str, Any]) -> Answer:
    """Return the first choice. A refusal or an empty message is an answer without text: its reader asks again."""
    choices = found.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = choice.get("message")
    text = message.get("content") if isinstance(message, dict) else None
    usage = found.get("usage")
    counts: Mapping[str, Any] = usage if isinstance(usage, dict) else {}
    return Answer(
        text if isinstance(text, str) else "",
        choice.get("finish_reason") in ("stop", None),
        _count(counts.get("prompt_tokens")),
        _count(counts.get("completion_tokens")),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
