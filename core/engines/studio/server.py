"""The model server the director and the critic speak to: one that this host starts and ends, or one that is there."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from core.engines.studio.chat import Chat, Cord, GivenUp, Rejected, ServerTrouble
from core.engines.studio.server_log import open_log
from core.engines.studio.torch_device import OutOfDeviceMemory
from core.engines.studio.weights import revision_of
from core.film.errors import BadInput, EngineTrouble
from core.film.text import clean
from core.places import state_dir

Tell = Callable[[float, str], None]
# What one reel's questions take: four frames, a keyframe, an end frame, and as many masters as a shot can have.
MOST_PICTURES = 16
_NAME = "reeltui"  # the model's name at our own server; its path is nobody's business
_STARTS = 3  # a free port can be taken between looking for it and using it
_TAIL, _ERRORS = 6, 4  # lines of the log in an error: the last ones, and before them those that tell of an error
_READ = 200_000  # bytes of the log that are looked at for them
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# How vLLM says that others hold the card; torch's own words for a full one are known to everybody.
_CROWDED = re.compile(r"Free memory on device .{0,80} is less than desired GPU memory utilization", re.IGNORECASE)
_ERROR = re.compile(r"\w(Error|Exception): |out of memory|(CUDA|HIP) error|Segmentation fault", re.IGNORECASE)
_LOOK = 0.5  # seconds between two looks whether it is ready
_PROBE = 10.0  # seconds one look may take
_GRACE = 1.0  # seconds a server has to end by itself
_GOODBYE = 15.0  # more than the keeper waits for what hangs in a driver's call
_ROOT = Path(__file__).resolve().parents[3]


class Figures(msgspec.Struct, frozen=True):
    """How our own server is started.

    `command` is the program and its first words, `arguments` more for `serve`. `context` is in tokens, `cache` the
    bytes its key-value cache takes on the card: fixed, and not a share of the card, so that what it holds is what the
    planner counts with. `concurrent` is how many questions it works on at once, `seconds` how long its start may take.
    """

    command: str = "vllm"
    arguments: str = ""
    context: int = 49_152
    cache: int = 8_000_000_000
    concurrent: int = 8
    seconds: float = 800.0


class Server(Protocol):
    """A server that may or may not be ours."""

    revision: str

    def wait(self, tell: Tell) -> None:
        """Return once it answers. Raises EngineTrouble."""

    def chat(self, seconds: float) -> Chat:
        """Return the way to ask its model, once it answers."""

    def end(self) -> None:
        """End it where it is ours; harmless when done twice."""


class GivenServer:
    """A server that was there before us: it is asked, and never ended. `model` "": the first it serves."""

    def __init__(self, address: str, *, key: str = "", model: str = "", seconds: float = 30.0) -> None:
        """It may still be starting for `seconds`; `key` names the environment variable that holds its key ("": none).

        Raises BadInput.
        """
        if key and not os.environ.get(key):
            # A worker that runs, and the hosts it starts, keep the environment it was started with.
            remedy = f"set {key}, end a worker that runs with `reeltui worker stop`, then resume"
            raise BadInput(f"the environment variable {key} holds no key", remedy=remedy)
        self.revision = ""
        self._address = address
        self._key = os.environ[key] if key else ""
        self._model = model
        self._seconds = seconds
        self._chat = Chat(address, key=self._key)

    def wait(self, tell: Tell) -> None:
        """Return once it answers; it may be starting. Raises ServerTrouble, BadInput where the model is not there."""
        until = time.monotonic() + self._seconds
        while True:
            try:
                served = self._chat.models(Cord())
                break
            except ServerTrouble as trouble:
                if isinstance(trouble, Rejected) or time.monotonic() > until:
                    raise
                tell(0.0, "waiting for the model server")
                time.sleep(_LOOK)
        if not served or (self._model and self._model not in served):
            have = ", ".join(served) or "none"
            text = f"the model server at {self._address} does not serve {self._model or 'any model'} (it has: {have})"
            raise BadInput(text, remedy="set `model` to one it serves")
        self._model = self._model or served[0]

    def chat(self, seconds: float) -> Chat:
        """Return the way to ask its model."""
        return Chat(self._address, key=self._key, model=self._model, seconds=seconds)

    def end(self) -> None:
        """It is not ours."""


class OwnServer:
    """`vllm serve` on this machine: loopback only, a random port, a random key, pictures taken as bytes only.

    It lives below a keeper (`keeper`), which ends it when this process lets go of it or ends in whatever way.
    """

    def __init__(self, snapshot: Path, figures: Figures) -> None:
        self.revision = revision_of(snapshot)
        self._snapshot = snapshot
        self._figures = figures
        self._path = state_dir()  # its log, once it has one
        self._key = secrets.token_urlsafe(32)
        self._address = ""
        self._keeper: subprocess.Popen[bytes] | None = None
        self._lease = self._log = -1
        atexit.register(self.end)

    def start(self) -> None:
        """Start it; it is not ready yet. Raises EngineTrouble where its program is missing."""
        program, *words = shlex.split(self._figures.command)
        found = _program(program)
        if found is None:
            text = f"{program} is not installed in this environment, so there is no server for the director and critic"
            raise EngineTrouble(text, remedy='install it (pip install "reeltui[studio]"), or set `server` to one')
        port = _free_port()
        self._address = f"http://127.0.0.1:{port}"
        self._log, self._path = open_log(state_dir())
        lease, self._lease = os.pipe()
        try:
            self._keeper = subprocess.Popen(
                [
                    *(sys.executable, "-m", "core.engines.studio.keeper"),
                    *(str(lease), str(self._log), str(os.getpid()), str(_GRACE)),
                    *(found, *words, "serve", os.fspath(self._snapshot)),
                    *serve_arguments(self._figures, port),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(lease, self._log),
                start_new_session=True,
                env=_environment(os.environ, self._key),
            )
        finally:
            os.close(lease)

    def wait(self, tell: Tell) -> None:
        """Return once it answers to its key; whatever `tell` raises ends it as well.

        Raises ServerTrouble, OutOfDeviceMemory where others hold too much of the card, DiskTrouble.
        """
        try:
            for left in reversed(range(_STARTS)):
                if self._keeper is None:
                    self.start()
                if self._ready(tell):
                    return
                trouble = self._died("ended while it started")
                taken = "address already in use" in self.tail().lower()
                self.end()
                if not taken or not left:
                    raise trouble
        except BaseException:
            self.end()
            raise

    def _ready(self, tell: Tell) -> bool:
        """Wait until it serves; False where it ended. Raises ServerTrouble after `seconds`."""
        begun, most = time.monotonic(), self._figures.seconds
        chat = Chat(self._address, key=self._key)
        while self.alive:
            passed = time.monotonic() - begun
            with contextlib.suppress(ServerTrouble, GivenUp):
                if _NAME in chat.models(Cord(), seconds=min(_PROBE, max(_LOOK, most - passed))):
                    return True
            if passed > most:
                text = f"the model server was not ready after {most:g} s{self._last_words()}"
                raise ServerTrouble(text, remedy=f"see {self._path}; a slow disk needs a larger start_seconds")
            tell(min(0.99, passed / most), f"starting the model server, {passed:.0f} s")
            time.sleep(_LOOK)
        return False

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._keeper is not None and self._keeper.poll() is None

    def check(self) -> None:
        """Raise ServerTrouble, or OutOfDeviceMemory, with the last lines of its log where it has ended."""
        if not self.alive:
            raise self._died("ended")

    def chat(self, seconds: float) -> Chat:
        """Return the way to ask its model."""
        return Chat(self._address, key=self._key, model=_NAME, seconds=seconds, check=self.check)

    def tail(self) -> str:
        """Return its last words, harmless for a terminal and without its key: errors it wrote, then its last lines.

        A server that falls goes on writing for a while, so the cause is seldom in the last lines themselves.
        """
        cleaned = (clean(line, limit=200) for line in self._written().splitlines())
        lines = [line for line in cleaned if line]
        errors = list(dict.fromkeys(line for line in lines[:-_TAIL] if _ERROR.search(line)))
        return "\n".join([*errors[-_ERRORS:], *lines[-_TAIL:]])

    def _written(self) -> str:
        """Return the end of its log, without its key."""
        if self._log < 0:
            return ""
        size = os.fstat(self._log).st_size
        read = os.pread(self._log, _READ, max(0, size - _READ)).decode("utf-8", "replace")
        return _COLOUR.sub("", read.replace(self._key, "***"))

    def end(self) -> None:
        """Let go of it, and wait until it and all it started have ended. Harmless when done twice."""
        if self._lease >= 0:
            os.close(self._lease)
            self._lease = -1
        if self._keeper is not None:
            try:
                self._keeper.wait(_GOODBYE)
            except subprocess.TimeoutExpired:
                self._keeper.kill()  # what it kept dies with it
                self._keeper.wait()
            self._keeper = None
        if self._log >= 0:
            os.close(self._log)
            self._log = -1
        atexit.unregister(self.end)

    def _died(self, how: str) -> EngineTrouble:
        status = self._keeper.returncode if self._keeper is not None else None
        told = f" (status {status})" if status is not None else ""
        text = f"the model server {how}{told}{self._last_words()}"
        crowded = _CROWDED.search(self._written())
        if crowded is None:
            return ServerTrouble(text, remedy=f"see {self._path}, then resume")
        # The worker makes room on the card for the next try after this one, and after no other.
        text = f"out of memory on the device: {clean(crowded[0], limit=200)}; {text}"
        return OutOfDeviceMemory(text, remedy=f"let nothing else use the device, or give a `server`; see {self._path}")

    def _last_words(self) -> str:
        tail = self.tail()
        return f"; its last words:\n{tail}" if tail else ""


def serve_arguments(figures: Figures, port: int) -> list[str]:
    """Return what `vllm serve` is told after the model (vLLM 0.32). Nothing in it is secret: the key is not there."""
    return [
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--served-model-name", _NAME),
        *("--max-model-len", str(figures.context)),
        *("--max-num-seqs", str(figures.concurrent)),
        # With a fixed cache this share is only what must be free when it starts; the weights are checked by loading.
        *("--kv-cache-memory-bytes", str(figures.cache), "--gpu-memory-utilization", "0.3"),
        *("--limit-mm-per-prompt", f'{{"image":{MOST_PICTURES},"video":0}}'),
        # An empty list would allow every host; this name is reserved and can never exist (RFC 6761).
        *("--allowed-media-domains", "nothing.invalid"),
        # A schema without this lets a model write blanks for ever.
        *("--structured-outputs-config", '{"backend":"xgrammar","disable_any_whitespace":true}'),
        # Sampling is what the request says, not what the checkpoint's own file adds to it.
        *("--generation-config", "vllm"),
        *("--no-enable-log-requests", "--disable-uvicorn-access-log"),
        *shlex.split(figures.arguments),
    ]


def _environment(ours: Mapping[str, str], key: str) -> dict[str, str]:
    """Return the server's environment: offline, telling nobody, its key where no list of processes shows it."""
    environment = dict(ours)
    environment |= {"VLLM_API_KEY": key, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    environment |= {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "VLLM_MEDIA_URL_ALLOW_REDIRECTS": "0"}
    # The keeper is ours and may live in a checkout that is not installed.
    paths = [os.fspath(_ROOT), *environment.get("PYTHONPATH", "").split(os.pathsep)]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in dict.fromkeys(paths) if path)
    return environment


def _program(name: str) -> str | None:
    """Return where a program is: beside this Python first, whose environment need not be on the PATH."""
    if os.sep in name:
        return name if os.access(name, os.X_OK) else None
    return shutil.which(name, path=os.fspath(Path(sys.executable).parent)) or shutil.which(name)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
