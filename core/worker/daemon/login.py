"""Will what is started here be ended when its user logs out? Some systems end whole sessions then."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Iterable
from pathlib import Path

_SESSION = re.compile(r"/session-[^/]+\.scope(/|$)")
_MANAGER = re.compile(r"/user@\d+\.service(/|$)")
# Where logind looks for its settings, the strongest first (man logind.conf).
_FOLDERS = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd")
_LINGER = "/var/lib/systemd/linger"


def danger(cgroup: str, settings: Iterable[str], user: str, *, lingers: bool) -> str:
    """Return a warning with its remedy where a process started now ends with the login session, else "".

    `cgroup` is the text of /proc/self/cgroup, `settings` the texts of logind.conf and its drop-ins in the order in
    which they are read; `lingers`: the user's services stay after logout. Sources: logind.conf(5), user@.service(5).
    """
    place = _place(cgroup)
    if _MANAGER.search(place):
        if lingers:
            return ""
        return f"this worker ends when you log out of your last session; keep it with: loginctl enable-linger {user}"
    if not _SESSION.search(place) or not _killed(settings, user):
        return ""
    linger = "" if lingers else f"loginctl enable-linger {user} && "
    return (
        "this system ends everything a login session started when you log out, also this worker; start it with: "
        f"{linger}systemd-run --user --scope reeltui worker start   (or as a service: docs/worker.md)"
    )


def _place(cgroup: str) -> str:
    """Return the process's place in systemd's tree: version 1 has a hierarchy named for it, version 2 only one."""
    lines = [line.split(":", 2) for line in cgroup.splitlines() if line.count(":") >= 2]
    named = [path for _, controllers, path in lines if controllers == "name=systemd"]
    only = [path for number, controllers, path in lines if number == "0" and not controllers]
    return next((path for path in (*named, *only) if path != "/"), "")


def _killed(settings: Iterable[str], user: str) -> bool:
    # logind's own defaults; a distribution that changed the first says so in a comment of the file it ships.
    kills, only, spared = True, "", "root"
    for text in settings:
        section = ""
        for line in text.splitlines():
            words = line.strip()
            if words.startswith("["):
                section = words
            comment = words[:1] in "#;" and words[:1] != ""
            name, equals, value = words.lstrip("#; ").partition("=")
            name, value = name.strip(), value.strip()
            if not equals or section != "[Login]":
                continue
            if name == "KillUserProcesses" and value.lower() in _TRUTHS:
                kills = _TRUTHS[value.lower()]
            elif name == "KillOnlyUsers" and not comment:
                only = value
            elif name == "KillExcludeUsers" and not comment:
                spared = value
    return kills and user not in spared.split() and (not only or user in only.split())


_TRUTHS = dict.fromkeys(("1", "yes", "y", "true", "t", "on"), True)
_TRUTHS |= dict.fromkeys(("0", "no", "n", "false", "f", "off"), False)


def login_danger() -> str:
    """Return `danger` for this process, "" where this system has no logind."""
    if not Path("/run/systemd/seats").is_dir():
        return ""
    try:
        user = getpass.getuser()
        cgroup = Path("/proc/self/cgroup").read_text(encoding="utf-8", errors="replace")
    except (OSError, KeyError):
        return ""
    return danger(cgroup, _settings(), user, lingers=os.path.exists(f"{_LINGER}/{user}"))


def _settings() -> list[str]:
    main = next((text for folder in _FOLDERS if (text := _text(Path(folder, "logind.conf"))) is not None), "")
    drop_ins: dict[str, Path] = {}
    for folder in reversed(_FOLDERS):  # a file hides one of the same name in a weaker folder
        for path in Path(folder, "logind.conf.d").glob("*.conf"):
            drop_ins[path.name] = path
    return [main, *(_text(drop_ins[name]) or "" for name in sorted(drop_ins))]


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
