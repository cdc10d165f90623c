"""The child process that talks to the hub: `python -m core.engines.hub_child`. Only here its library is imported.

It reads one `Ask` (a line of JSON on standard input), answers with what it would download, and begins when it is told
`GO`. When its standard input ends or it is told to stop, it takes away the file it is in the middle of and ends: the
library begins such a file anew under another name, so what is left of it would only fill the disk.
"""

from __future__ import annotations

import contextlib
import errno
import fnmatch
import os
import signal
import sys
import threading
from enum import StrEnum
from types import FrameType
from typing import Any

import msgspec

GO = "go"
ANSWER = 30.0  # seconds the hub may be silent in the middle of an answer; the library itself waits for ever
_INCOMPLETE = ".incomplete"
_STOPPED = 130


class Trouble(StrEnum):
    """What kept a model from coming."""

    PACKAGE = "package"  # huggingface_hub is not installed
    GATED = "gated"  # its owner wants to know who takes it
    MISSING = "missing"  # no such repository or commit, or a private one
    NETWORK = "network"
    DISK = "disk"
    OTHER = "other"


class Ask(msgspec.Struct, frozen=True):
    """Fetch `patterns` of a repository at `revision` ("": its main branch) into `cache`."""

    repository: str
    revision: str
    patterns: tuple[str, ...]
    cache: str


class Listed(msgspec.Struct, frozen=True, tag="listed"):
    """What would come: the commit, the bytes of every file by its path, and the blob each is kept as."""

    revision: str
    files: dict[str, int]
    blobs: dict[str, str]


class Done(msgspec.Struct, frozen=True, tag="done"):
    """Everything is there, below `folder`."""

    folder: str


class Wrong(msgspec.Struct, frozen=True, tag="wrong"):
    """It did not come."""

    trouble: Trouble
    message: str


Answer = Listed | Done | Wrong


def main() -> None:
    """Serve one Ask."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C belongs to the parent, which ends this process
    ask = msgspec.json.decode(sys.stdin.buffer.readline(), type=Ask)
    try:
        listed = _list(ask)
        _say(listed)
        if sys.stdin.buffer.readline().decode().strip() != GO:
            return
        threading.Thread(target=_end_with_parent, daemon=True).start()
        _say(Done(_download(ask, listed)))
    except BaseException as error:  # noqa: BLE001 - whatever the library raises must reach the parent as an answer
        _say(Wrong(trouble_of(error), _words(error)))


def _say(answer: Answer) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


def _list(ask: Ask) -> Listed:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile
    from huggingface_hub.utils import get_session

    api = HfApi()
    # For the questions that take no timeout of their own; where the session heeds none, whoever started us ends us.
    get_session().timeout = ANSWER
    revision = str(api.repo_info(ask.repository, revision=ask.revision or None, timeout=ANSWER).sha)
    tree = api.list_repo_tree(ask.repository, recursive=True, revision=revision)
    entries: dict[str, Any] = {entry.path: entry for entry in tree if isinstance(entry, RepoFile)}
    # As `snapshot_download` reads its allow_patterns: a "*" also stands for folders.
    wanted = [path for path in entries if any(fnmatch.fnmatch(path, pattern) for pattern in ask.patterns)]
    files = {path: int(entries[path].lfs.size if entries[path].lfs else entries[path].size) for path in wanted}
    blobs = {path: str(entries[path].lfs.sha256 if entries[path].lfs else entries[path].blob_id) for path in wanted}
    return Listed(revision, files, blobs)


def _download(ask: Ask, listed: Listed) -> str:
    from huggingface_hub import snapshot_download

    # By commit, so that nothing can come from a newer one halfway through.
    return str(
        snapshot_download(
            ask.repository, revision=listed.revision, cache_dir=ask.cache, allow_patterns=list(ask.patterns)
        )
    )


def trouble_of(error: BaseException) -> Trouble:
    """Return what kind of trouble an error of the hub's library is, looking through what it was caused by."""
    seen: BaseException | None = error
    while seen is not None:
        found = _one_trouble(seen)
        if found is not None:
            return found
        seen = seen.__cause__ or seen.__context__
    return Trouble.OTHER


def _one_trouble(error: BaseException) -> Trouble | None:
    # By name: the library moved its errors between modules, and the HTTP library below it changed with its versions.
    names = {kind.__name__ for kind in type(error).__mro__}
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, ImportError):
        return Trouble.PACKAGE
    if "GatedRepoError" in names or (status in (401, 403) and "RepositoryNotFoundError" not in names):
        return Trouble.GATED
    if names & {"RepositoryNotFoundError", "RevisionNotFoundError", "EntryNotFoundError"}:
        return Trouble.MISSING
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
        return Trouble.DISK
    passing = {"ConnectError", "TimeoutException", "TransportError", "ConnectionError", "Timeout", "HfHubHTTPError"}
    if names & {*passing, "OfflineModeIsEnabled", "IncompleteSnapshotError"} or "Consistency check" in str(error):
        return Trouble.NETWORK
    return None


def _words(error: BaseException) -> str:
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {first}"[:400]


def _end_with_parent() -> None:
    with contextlib.suppress(OSError):
        while sys.stdin.buffer.read(1):
            pass
    _leave()


def _stop(number: int, frame: FrameType | None) -> None:
    _leave()


def _leave() -> None:
    """Take away the unfinished files this process has open, then end at once: threads of the library would go on."""
    while _drop_unfinished():
        pass  # a thread may have begun another one meanwhile
    os._exit(_STOPPED)


def _drop_unfinished() -> int:
    """Remove the unfinished files that are open here, and return how many; a removed one no longer shows as such."""
    dropped = 0
    for link in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            path = os.readlink(f"/proc/self/fd/{link}")
            if path.endswith(_INCOMPLETE):
                os.unlink(path)
                dropped += 1
    return dropped


if __name__ == "__main__":
    main()
