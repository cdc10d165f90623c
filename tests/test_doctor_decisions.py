"""What the doctor decides, from words and figures alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.engines.hub import Cached, Presence
from core.engines.models import STUDIO_HOLDS, STUDIO_MODELS, Model
from core.engines.registry import animatic, choose_engine, simulated
from core.film.errors import BadInput
from core.film.gauge import Gauge
from core.film.lineup import Role
from core.film.preset import PresetName
from core.film.settings import Settings
from core.folder.lock import Holder
from core.folder.queue import Held, Queue, ReelKey, add, hold
from core.pipeline.footprint import Footprint, footprint
from core.pipeline.residency import declared_needs
from core.worker.daemon.login import danger
from core.worker.daemon.state import Running
from core.worker.settings import Mode
from reeltui.cli.doctor_lines import check_lines, summary
from reeltui.doctor import devices, installation, leftovers, media, memory, models, settings, terminal, worker
from reeltui.doctor.check import Check, Group, State, sum_up
from reeltui.doctor.disk import Space, scaled, space_check
from reeltui.doctor.memory import Room, wants
from reeltui.doctor.terminal import Tmux
from reeltui.pictures.protocol import Wish, decide
from reeltui.terminal import abilities

GB = 1_000_000_000
ROOT = Path(__file__).resolve().parents[1]
HOLDER = Holder(42, "here", "boot", "worker", "2026-01-01T00:00:00Z")


def states(checks: Any) -> list[str]:
    return [check.state.value for check in checks]


# --- what a check is ------------------------------------------------------------------------------------------------


def test_words_of_others_are_harmless_from_the_start() -> None:
    check = Check("a\x1b]0;x\x07b", Group.DISK, State.BAD, "one\ntwo \u202e \x9b31m", "\x1b[2J" + "x" * 2000)
    assert check.name == "a]0;xb"
    assert check.found == "one two 31m"
    assert check.remedy.startswith("[2J")
    assert len(check.remedy) <= 500
    assert msgspec.json.decode(msgspec.json.encode(check), type=Check) == check


def test_the_worst_is_the_worst() -> None:
    def of(*found: State) -> State:
        return sum_up("1", "/l", [Check("x", Group.DISK, state, "") for state in found]).worst

    assert of() is State.OK
    assert of(State.OK, State.UNKNOWN) is State.UNKNOWN
    assert of(State.UNKNOWN, State.WARN, State.OK) is State.WARN
    assert of(State.WARN, State.BAD, State.OK) is State.BAD


def test_lines_have_a_word_for_a_mark_and_keep_to_the_width() -> None:
    check = Check("library", Group.DISK, State.BAD, "word " * 30, "do this " * 20)
    for width in (60, 80, 120):
        lines = list(check_lines(check, width))
        assert lines[0].startswith("  BAD   library")
        assert max(map(len, lines)) <= width
        assert sum("-> " in line for line in lines) == 1
    narrow = list(check_lines(check, 40))
    assert narrow[0] == "  BAD   library"
    path = "/a-very-long-path/" * 8
    assert any(path in line for line in check_lines(msgspec.structs.replace(check, found=path), 60)), "kept whole"
    told = summary(sum_up("1", "/l", [check, Check("y", Group.DISK, State.OK, "")]))
    assert told == "2 checks: 1 ok, 1 that keep reels from being made (BAD)"


# --- installation, media, settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "state"), [((3, 10, 9), "bad"), ((3, 11, 0), "ok"), ((3, 12, 7), "ok"), ((3, 13, 0), "bad")]
)
def test_python(version: tuple[int, int, int], state: str) -> None:
    assert installation.python_check(version, "/venv").state == state


def test_another_programs_core_is_named() -> None:
    ours = Path("/site")
    assert installation.core_check(Path("/site/core"), ours, ()).state is State.OK
    foreign = installation.core_check(Path("/other/core"), ours, ())
    assert foreign.state is State.BAD
    assert "/other/core" in foreign.found
    assert installation.core_check(None, ours, ()).state is State.BAD
    both = installation.core_check(Path("/site/core"), ours, ["somebody"])
    assert (both.state, "somebody" in both.found) == (State.WARN, True)


def test_versions_that_are_mixed_and_files_that_changed() -> None:
    judge = installation.version_check
    assert judge("1.0", None, []).state is State.OK
    assert judge("1.0", "1.0", []).state is State.OK
    assert judge("1.0", "0.9", []).state is State.WARN
    changed = judge("1.0", "1.0", ["core/a.py", "core/b.py"])
    assert (changed.state, "core/a.py and 1 more" in changed.found) == (State.BAD, True)


LISTINGS = {
    "filters": " TS adelay            A->A       Delay channels.\n .. subtitles         V->V       Render\n",
    "encoders": " V....D libx264              libx264 H.264\n A....D aac                  AAC\n",
    "muxers": "  E  mov,mp4         QuickTime\n  E  wav             WAV / WAVE\n DE null\n",
    "demuxers": " D d lavfi           Libavfilter virtual input device\n D   webvtt          WebVTT subtitle\n",
    "bsfs": "Bitstream filters:\nsetts\nnull\n",
}


def test_what_an_ffmpeg_lacks_is_read_from_its_lists() -> None:
    missing = {kind: media.lacking(kind, text) for kind, text in LISTINGS.items()}
    assert missing["encoders"] == ["mov_text", "pcm_f32le"]
    assert missing["muxers"] == []
    assert missing["demuxers"] == ["concat"]
    assert missing["bsfs"] == []
    assert "adelay" not in missing["filters"]
    assert "xfade" in missing["filters"]
    check = media.parts_check(missing)
    assert (check.state, "mov_text" in check.found) == (State.BAD, True)
    assert media.parts_check({kind: [] for kind in media.NEEDED}).state is State.OK
    assert media.version_of("ffmpeg version 7.1 Copyright") == "7.1"
    assert media.version_of("") == media.version_of("nonsense") == "of an unknown version"


def test_every_filter_the_code_asks_for_is_looked_for() -> None:
    used: set[str] = set()
    for path in (ROOT / "core/media").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        used.update(re.findall(r'\.filter\(\s*"([a-z0-9_]+)"', text))
        used.update(re.findall(r'ffmpeg\.filter\(\s*(?:\[.*?\]|\w+),\s*"([a-z0-9_]+)"', text, re.DOTALL))
        used.update(re.findall(r'"c:[vas]": "(?!copy)([a-z0-9_]+)"', text))
    assert {"sidechaincompress", "xfade", "libx264"} <= used, "the search finds them"
    assert used <= {*media.NEEDED["filters"], *media.NEEDED["encoders"]}


def test_unknown_keys_are_named_with_their_neighbours() -> None:
    table = {"worker": {"linger": 1, "lingr": 2}, "wroker": {}, "keys": {"anything": "x"}, "engines": {"mine": "m:f"}}
    found = settings.unknown_keys(table)
    assert found == ["wroker (did you mean worker?)", "worker.lingr (did you mean linger?)"]
    path, refused = Path("/c/config.toml"), BadInput("no", remedy="yes")
    assert settings.config_check(path, True, found, refused).state is State.BAD
    assert settings.config_check(path, True, found[:1], None).state is State.WARN
    assert settings.config_check(path, True, [], refused).state is State.BAD
    assert settings.config_check(path, False, [], None).state is State.OK


def test_own_files() -> None:
    assert settings.own_file_check("prompts/camera.toml", True, "").state is State.OK
    assert settings.own_file_check("prompts/camera.toml", True, "broken").state is State.BAD
    assert settings.own_file_check("prompts/camra.toml", False, "").state is State.WARN
    assert settings.own_file_check("themes/mine.toml", False, "").state is State.OK


# --- devices and memory ---------------------------------------------------------------------------------------------


def studio_wants() -> tuple[memory.Want, ...]:
    lineup = simulated(animatic("test"))
    return wants(lineup, declared_needs(lineup))


def test_each_load_is_held_against_the_roomiest_device() -> None:
    wanted = studio_wants()
    assert wanted[0].peak == STUDIO_HOLDS[Role.ANIMATOR].peak
    assert Role.MIXER not in {role for want in wanted for role in want.roles}
    small, large = Room("cuda:0", 22 * GB), Room("cuda:1", 190 * GB)
    assert states(memory.fit_checks("x", wanted, [small, large])) == ["ok"] * len(wanted)
    found = memory.fit_checks("x", wanted, [small])
    assert {check.name: check.state.value for check in found}["x: animator"] == "warn"
    assert {check.name: check.state.value for check in found}["x: painter"] == "ok"
    assert all("cuda:0" in check.found for check in found)
    assert states(memory.fit_checks("x", wanted, [])) == ["warn"]
    assert set(states(memory.fit_checks("x", wanted, [Room("cuda:0", None)]))) == {"unknown"}


def test_packages_that_are_not_there() -> None:
    assert devices.packages_check(()).state is State.OK
    found = devices.packages_check(("torch", "vllm"))
    assert (found.state, found.found) == (State.WARN, "not installed: torch, vllm")
    assert "vllm" in found.remedy


def test_exactly_enough_is_enough() -> None:
    wanted = studio_wants()[:1]
    assert memory.fits(wanted, [Room("d", wanted[0].peak)])
    assert memory.fits(wanted, [Room("d", None)])
    assert not memory.fits(wanted, [Room("d", wanted[0].peak - 1)])
    assert not memory.fits(wanted, [])
    assert states(memory.fit_checks("x", wanted, [Room("d", wanted[0].peak)])) == ["ok"]
    assert states(memory.fit_checks("x", wanted, [Room("d", wanted[0].peak - 1)])) == ["warn"]


def test_an_engine_this_machine_is_too_small_for_is_no_fault() -> None:
    wanted = studio_wants()
    for rooms in ([], [Room("d", None)], [Room("d", 22 * GB)], [Room("d", 190 * GB)]):
        check = memory.aside_check("studio", wanted, rooms)
        assert check.state is State.OK
        assert "not for this machine" in check.found
    short = memory.aside_check("studio", wanted, [Room("d", 22 * GB)]).found
    assert "too little for animator" in short
    assert "painter" not in short.partition("too little")[2]


def test_the_studio_is_told_with_one_model_for_director_and_critic() -> None:
    lineup = choose_engine("studio")
    found = wants(lineup, declared_needs(lineup))
    assert (Role.DIRECTOR, Role.CRITIC) in [want.roles for want in found]
    assert {role for want in found for role in want.roles} == set(STUDIO_HOLDS)


@pytest.mark.parametrize(("free", "state"), [(100, "bad"), (600, "warn"), (2000, "ok"), (None, "unknown")])
def test_memory_of_the_machine(free: int | None, state: str) -> None:
    mega = 1_000_000
    bytes_free = None if free is None else free * mega
    assert memory.cpu_check("animatic", 250 * mega, 450 * mega, bytes_free, 8000 * mega).state == state
    assert memory.cpu_check("animatic", 250 * mega, 100 * mega, 2000 * mega, None).state is State.WARN


def test_a_containers_limit_counts() -> None:
    text = "MemTotal:       8000 kB\nMemFree: 10 kB\nMemAvailable:   6000 kB\n"
    assert memory.free_memory(text, []) == (6000 * 1024, 8000 * 1024)
    assert memory.free_memory(text, [("max", "5"), ("", "")]) == (6000 * 1024, 8000 * 1024)
    assert memory.free_memory(text, [("1000000\n", "400000\n")]) == (600_000, 1_000_000)
    assert memory.free_memory("nonsense", []) == (None, None)


def test_devices_by_what_is_told() -> None:
    whole = Gauge("cuda:0", "H200", 141 * GB, 3 * GB, source="nvml")
    assert devices.device_check(whole).state is State.OK
    assert "3.0 GB in use of 141.0 GB" in devices.device_check(whole).found
    named = devices.device_check(Gauge("cuda:0", "H200", source="sysfs"))
    assert (named.state, "nvidia-ml-py" in named.remedy) == (State.WARN, True)
    assert devices.device_check(Gauge("rocm:0", "MI300X", source="sysfs")).state is State.UNKNOWN
    assert devices.device_check(Gauge("cuda:0")).state is State.WARN
    unreal = devices.device_check(Gauge("fake:24", total=24 * GB, source="simulated", simulated=True))
    assert (unreal.state, "SIMULATED" in unreal.found) == (State.OK, True)


def test_no_device_is_no_fault_and_a_mask_is_named() -> None:
    assert devices.none_check(["auto"], {}).state is State.OK
    assert "CUDA_VISIBLE_DEVICES=7" in devices.none_check(["auto"], {"CUDA_VISIBLE_DEVICES": "7"}).found
    assert "asked for" in devices.none_check(["cpu"], {"CUDA_VISIBLE_DEVICES": "7"}).found


def test_drivers() -> None:
    judge = devices.driver_check
    assert judge({}, [], kfd=False) is None
    assert judge({"NVIDIA": ""}, ["simulated"], kfd=False) is None
    kept_out = judge({"amdgpu": "6.1"}, ["rocm"], kfd=False)
    assert kept_out is not None
    assert (kept_out.state, "render" in kept_out.remedy) == (State.BAD, True)
    told = judge({"NVIDIA": "580.1", "ROCm": ""}, ["cuda"], kfd=False)
    assert told is not None
    assert (told.state, told.found) == (State.OK, "NVIDIA 580.1")
    silent = judge({"NVIDIA": ""}, ["cuda"], kfd=False)
    assert silent is not None
    assert silent.state is State.UNKNOWN


# --- models ---------------------------------------------------------------------------------------------------------

MODEL = Model("owner/name", (Role.PAINTER,), ("*.safetensors",), 16 * GB)
WHOLE = Cached(Presence.COMPLETE, 15 * GB, "abcdef0123456789")
PART = Cached(Presence.PARTIAL, 3 * GB, "abc", ("a", "b", "c", "d"))
NONE = Cached(Presence.MISSING)


def test_models() -> None:
    for needed in (True, False):
        assert models.model_check(MODEL, WHOLE, needed=needed).state is State.OK
        part = models.model_check(MODEL, PART, needed=needed)
        assert part.state is State.WARN
        assert "missing a, b, c and 1 more" in part.found
        assert "reeltui models fetch owner/name" in part.remedy
    assert models.model_check(MODEL, NONE, needed=False).state is State.OK
    missing = models.model_check(MODEL, NONE, needed=True)
    assert (missing.state, missing.remedy) == (State.WARN, "`reeltui models fetch owner/name`")
    spare = msgspec.structs.replace(MODEL, preset="lightning")
    assert models.model_check(spare, NONE, needed=True).state is State.OK, "one preset less is no fault"


def test_the_sum_of_the_models() -> None:
    found = [(MODEL, WHOLE), (msgspec.structs.replace(MODEL, repository="owner/other"), NONE)]
    later = models.cache_check(Path("/c"), found, 1 * GB, needed=False)
    assert later.state is State.OK
    assert "nothing would use them" in later.found
    assert models.cache_check(Path("/c"), found, 1 * GB, needed=True).state is State.WARN
    assert models.cache_check(Path("/c"), found, 99 * GB, needed=True).state is State.OK
    assert models.cache_check(Path("/c"), found[:1], 0, needed=True).state is State.OK


def test_the_studio_has_a_model_for_every_role_that_needs_one() -> None:
    always = {role for model in STUDIO_MODELS if not model.preset for role in model.roles}
    assert always == set(STUDIO_HOLDS)
    assert {model.preset for model in STUDIO_MODELS} - {""} <= set(PresetName)
    assert len({model.repository for model in STUDIO_MODELS}) == len(STUDIO_MODELS)


# --- disk -----------------------------------------------------------------------------------------------------------


def test_a_reels_footprint_follows_its_settings() -> None:
    plain = footprint(Settings())
    # The demo reel: 102 MB when it is finished, 126 MB at most while it is mixed.
    assert 120_000_000 < plain.usual < 170_000_000
    assert plain.most > plain.usual
    assert footprint(Settings(preset=PresetName.DRAFT)).most == footprint(Settings(preset=PresetName.DRAFT)).usual
    assert footprint(Settings(shots=24)).usual > 3 * plain.usual
    assert footprint(Settings(width=640, height=360)).usual < plain.usual / 2
    assert footprint(Settings(engine="studio")).usual > plain.usual
    assert scaled(plain, 0.3) == plain, "one small reel does not make the next one small"
    assert scaled(plain, 2.0).usual == 2 * plain.usual


@pytest.mark.parametrize(
    ("space", "state"),
    [
        (Space(50), "bad"),
        (Space(100), "warn"),
        (Space(299), "warn"),
        (Space(300), "ok"),
        (Space(300, 10), "warn"),
        (Space(300, 10**6), "ok"),
    ],
)
def test_room_on_a_disk(space: Space, state: str) -> None:
    assert space_check("library space", Path("/l"), space, Footprint(100, 300), "x").state == state


def test_a_lock_whose_holder_is_gone() -> None:
    def judge(holder: Holder, alive: bool) -> str | None:
        check = leftovers.lock_check("walk", holder, "here", "boot", alive=alive)
        return check.state.value if check is not None else None

    assert judge(HOLDER, True) is None
    assert judge(HOLDER, False) == "warn"
    assert judge(msgspec.structs.replace(HOLDER, host="there"), False) == "unknown"
    assert judge(msgspec.structs.replace(HOLDER, boot="before"), True) == "unknown"
    assert judge(Holder(0, "", "", "unknown", ""), False) == "unknown"


def test_half_made_folders_are_removed_by_a_line_that_is_safe() -> None:
    assert leftovers.half_made_check(Path("/l"), []).state is State.OK
    check = leftovers.half_made_check(Path("/my reels; reboot"), [".new-0123456789ab"])
    assert (check.state, check.remedy) == (State.WARN, "`rm -r '/my reels; reboot/.new-0123456789ab'`")
    assert leftovers.queue_check("", []) is None
    damaged = leftovers.queue_check("damaged", [])
    assert damaged is not None
    assert damaged.state is State.WARN


# --- worker ---------------------------------------------------------------------------------------------------------


def test_workers() -> None:
    running = Running(7, "here", "boot", "2026-01-01T00:00:00Z", ("cpu",), version="1.0", reel="/l/walk")
    assert states(worker.running_checks(running, "1.0")) == ["ok"]
    assert states(worker.running_checks(running, "1.1")) == ["warn"]
    failed = list(worker.running_checks(msgspec.structs.replace(running, error="no disk", error_at="now"), "1.0"))
    assert states(failed) == ["ok", "warn"]
    assert "no disk" in failed[1].found


def test_no_worker_matters_only_to_a_queue() -> None:
    key = ReelKey("id", "walk")
    waiting = add(Queue(), key, now="now")
    judge = worker.none_check
    assert judge(Mode.DETACHED, Queue()).state is State.OK
    assert judge(Mode.DETACHED, waiting).state is State.WARN
    assert judge(Mode.DETACHED, hold(waiting, key, Held.PAUSED)).state is State.OK
    assert judge(Mode.DETACHED, msgspec.structs.replace(waiting, paused=True)).state is State.OK
    assert judge(Mode.FOREGROUND, waiting).state is State.OK


def test_the_danger_of_logging_out_has_its_remedy() -> None:
    assert worker.login_check("").state is State.OK
    manager = worker.login_check(
        danger("0::/user.slice/user-1.slice/user@1.service/app.slice", [], "me", lingers=False)
    )
    assert (manager.state, manager.remedy) == (State.WARN, "loginctl enable-linger me")
    scope = worker.login_check(danger("0::/user.slice/user-1.slice/session-2.scope", [], "me", lingers=False))
    assert scope.state is State.WARN
    assert "systemd-run --user --scope reeltui worker start" in scope.remedy
    assert "systemd-run" not in scope.found


# --- terminal -------------------------------------------------------------------------------------------------------

KITTY = {"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1", "COLORTERM": "truecolor"}
SSH = {"TERM": "xterm-256color", "SSH_CONNECTION": "a b c d"}
OPEN = Tmux("3.4", "on", "1", "1", "256,clipboard,RGB", "xterm-256color")
CLOSED = Tmux("3.3a", "external", "0", "1", "256,title", "xterm-256color")


def test_which_terminal() -> None:
    assert terminal.kind_check(KITTY, tty=True).found == "TERM xterm-kitty, kitty"
    assert terminal.kind_check(SSH, tty=True).found == "TERM xterm-256color, through SSH"
    inside = {**SSH, "TMUX": "/tmp/x,1,0"}
    assert terminal.kind_check(inside, tty=True).found == "TERM xterm-256color, through tmux and SSH"
    assert terminal.kind_check({"TERM": "dumb"}, tty=True).state is State.WARN
    assert terminal.kind_check({}, tty=False).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("environ", "tmux", "state", "word"),
    [
        ({"NO_COLOR": "1", **KITTY}, None, "ok", "NO_COLOR"),
        (KITTY, None, "ok", "16 million"),
        (SSH, None, "ok", "256"),
        ({"TERM": "xterm"}, None, "warn", "16"),
        ({"TERM": "dumb"}, None, "warn", "none"),
        ({**KITTY, "TMUX": "x"}, OPEN, "ok", "16 million"),
        ({**KITTY, "TMUX": "x"}, CLOSED, "warn", "256"),
    ],
)
def test_colours(environ: dict[str, str], tmux: Tmux | None, state: str, word: str) -> None:
    check = terminal.colour_check(environ, tmux)
    assert (check.state, word in check.found) == (state, True), check
    assert "SendEnv" not in check.remedy or environ is SSH


def test_text() -> None:
    judge = terminal.text_check
    assert judge({"LANG": "de_DE.UTF-8"}, "utf-8", None).state is State.OK
    assert judge({}, "UTF8", None).state is State.OK
    assert judge({"LC_ALL": "C"}, "ascii", None).state is State.WARN
    deaf = msgspec.structs.replace(OPEN, utf8="0")
    assert judge({"LANG": "C.UTF-8"}, "utf-8", deaf).state is State.WARN


@pytest.mark.parametrize(
    ("size", "state"), [((80, 24), "ok"), ((79, 24), "warn"), ((200, 20), "warn"), (None, "unknown")]
)
def test_size(size: tuple[int, int] | None, state: str) -> None:
    assert terminal.size_check(size).state == state


@pytest.mark.parametrize(
    ("environ", "tmux", "state"),
    [
        (KITTY, None, "ok"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7000"}, None, "warn"),
        ({"TERM_PROGRAM": "iTerm.app", "TERM": "xterm"}, None, "unknown"),
        (SSH, None, "unknown"),
        ({"TMUX": "x", **KITTY}, OPEN, "ok"),
        ({"TMUX": "x", **KITTY}, CLOSED, "warn"),
        ({"TMUX": "x", **KITTY}, None, "unknown"),
        ({"TMUX": "x", **KITTY}, msgspec.structs.replace(CLOSED, version="3.2a"), "ok"),  # everything passed then
        ({"TMUX": "x"}, Tmux("3.4", "on", "0", "1", "256", "vt100"), "warn"),
    ],
)
def test_clipboard(environ: dict[str, str], tmux: Tmux | None, state: str) -> None:
    check = terminal.clipboard_check(environ, tmux)
    assert check.state == state, check
    assert state == "ok" or tmux is None or "tmux.conf" in check.remedy


def test_pictures_are_cells_unless_nothing_is_in_between() -> None:
    judge = terminal.picture_check
    assert judge(KITTY, installed=True).found == "kitty, since this is kitty"
    assert "reeltui[images]" in judge(KITTY, installed=False).remedy
    for through in ({"TMUX": "x"}, {"STY": "x"}, {"SSH_TTY": "x"}):
        assert "is in between" in judge({**KITTY, **through}, installed=True).found
    assert judge({"TERM": "xterm-256color"}, installed=True).found.startswith("half blocks")
    assert judge({"TERM": "xterm"}, installed=True).found.startswith("shades of sixteen colours")


@pytest.mark.parametrize(
    "environ", [KITTY, {"TERM": "xterm-kitty"}, SSH, {"TERM": "xterm"}, {"TERM": "foot", "ZELLIJ": "0"}]
)
def test_the_doctor_says_what_the_desk_does(environ: dict[str, str]) -> None:
    colours = abilities(environ).colours
    words = {"truecolor": "16 million", "256": "256", "standard": "16"}
    assert terminal.colour_check(environ, None).found.startswith(words[colours])
    way = decide(Wish.AUTO, environ, installed=True, colours=colours)
    assert way.reason in terminal.picture_check(environ, installed=True).found


def test_tmux_is_read_or_not_believed() -> None:
    assert terminal.read_tmux("3.3a\nexternal\n0\n1\nRGB,256\nxterm\n") == Tmux(
        "3.3a", "external", "0", "1", "RGB,256", "xterm"
    )
    assert terminal.read_tmux("no server") is None
    assert terminal.tmux_check(None).state is State.UNKNOWN
    assert "allow-passthrough off" in terminal.tmux_check(CLOSED).found
