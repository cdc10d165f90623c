"""A small hub on loopback: the few addresses a snapshot download asks for, and ways in which it can go wrong."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee0123456789abcdef0123456789abcdef01"


@dataclass
class Hub:
    """What it serves and how. `asked` are the requests in order, as (method, path, range)."""

    repository: str
    files: dict[str, bytes]
    commit: str = COMMIT
    claimed: dict[str, int] = field(default_factory=dict)  # sizes it tells that are not true
    refuse: int = 0  # the status every request gets
    code: str = ""  # and the hub's own word for why
    cut_once: dict[str, int] = field(default_factory=dict)  # break the connection after so many bytes, once
    hold: threading.Event | None = None  # after the first half of a large file, wait for it
    held: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""

    def size(self, path: str) -> int:
        return self.claimed.get(path, len(self.files[path]))

    def is_large(self, path: str) -> bool:
        return path.endswith((".safetensors", ".pth", ".pt"))

    def etag(self, path: str) -> str:
        data = self.files[path]
        if self.is_large(path):
            return hashlib.sha256(data).hexdigest()
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()

    def tree(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        for path, data in self.files.items():
            entry: dict[str, Any] = {"type": "file", "path": path, "size": self.size(path), "oid": self.etag(path)}
            if self.is_large(path):
                entry["oid"] = hashlib.sha1(b"pointer" + data).hexdigest()
                entry["lfs"] = {"oid": self.etag(path), "size": self.size(path), "pointerSize": 134}
            entries.append(entry)
        return entries


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *about: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._serve(body=False)

    def do_GET(self) -> None:
        self._serve(body=True)

    def _serve(self, *, body: bool) -> None:
        hub, path = self.hub, unquote(urlsplit(self.path).path)
        hub.asked.append((self.command, path, self.headers.get("Range", "")))
        if hub.refuse:
            self._answer(hub.refuse, b"{}", {"X-Error-Code": hub.code} if hub.code else {}, body=body)
        elif re.fullmatch(rf"/api/models/{hub.repository}(/revision/[^/]+)?", path):
            about = {"id": hub.repository, "sha": hub.commit, "siblings": [{"rfilename": name} for name in hub.files]}
            self._answer(200, json.dumps(about).encode(), {"Content-Type": "application/json"}, body=body)
        elif path.startswith(f"/api/models/{hub.repository}/tree/"):
            self._answer(200, json.dumps(hub.tree()).encode(), {"Content-Type": "application/json"}, body=body)
        elif (name := path.removeprefix(f"/{hub.repository}/resolve/{hub.commit}/")) in hub.files:
            self._file(name, body=body)
        else:
            self._answer(404, b"{}", {"X-Error-Code": "RepoNotFound"}, body=body)

    def _answer(self, status: int, data: bytes, headers: dict[str, str], *, body: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)

    def _file(self, name: str, *, body: bool) -> None:
        hub, data = self.hub, self.hub.files[name]
        start = int(found[1]) if (found := re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))) else 0
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{hub.etag(name)}"')
        self.send_header("X-Repo-Commit", hub.commit)
        if hub.is_large(name):
            self.send_header("X-Linked-Etag", f'"{hub.etag(name)}"')
            self.send_header("X-Linked-Size", str(hub.size(name)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(hub.size(name) - start))
        self.end_headers()
        if not body:
            return
        cut = hub.cut_once.pop(name, None)
        if cut is not None:
            self.wfile.write(data[start:cut])
            self.wfile.flush()
            self.close_connection = True
            return
        if hub.hold is not None and hub.is_large(name):
            half = len(data) // 2
            self.wfile.write(data[start:half])
            self.wfile.flush()
            hub.held.set()
            hub.hold.wait(60)
            start = half
        try:
            self.wfile.write(data[start:])
        except OSError:
            self.close_connection = True


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve `hub` on loopback until the block ends."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        if hub.hold is not None:
            hub.hold.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
