"""The mixer backend: from a request to reel.mp4, reel.srt, reel.vtt and the facts measured on them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import ffmpeg

from core.film.errors import BadInput, DiskTrouble, EngineTrouble
from core.film.language import LANGUAGES
from core.film.requests import Fact, Made, MixRequest
from core.media.captions import Cue, ass_text, make_cues, srt_text, vtt_text
from core.media.ffmpeg import find_ffmpeg, run_ffmpeg
from core.media.fonts import CaptionFont, require_caption_font
from core.media.mix.picture import can_copy, joined, read_source, render
from core.media.mix.sound import EXACT, Line, Track, make_sound
from core.media.mix.timeline import SAMPLE_RATE, Timeline, lay_out
from core.media.probe import probe
from core.media.unreadable import Unreadable

_SOUND_SHARE, _PICTURE_SHARE = 0.35, 0.6  # of the progress shown


class _Room(Protocol):
    """`core.engines.roles.Room`, which this floor may not import."""

    @property
    def reel(self) -> Path: ...
    @property
    def stage(self) -> Path: ...


class _Progress(Protocol):
    """`core.engines.roles.Progress`."""

    def __call__(self, fraction: float, note: str = "") -> None: ...


class Mixer:
    """Joins clips, voice and music into the reel by ffmpeg; the same request gives the same bytes."""

    def load(self, device: str) -> None:
        """Find ffmpeg; EngineTrouble or BadInput where there is none that will do."""
        find_ffmpeg()

    def run(self, request: MixRequest, room: _Room, progress: _Progress) -> Made:
        """Make reel.mp4, reel.srt and reel.vtt in `room.stage`.

        Facts: `seconds`, `width`, `height`, `fps`, `frames`, `lufs` and `true_peak` (None for silence),
        `loudness_reached`, `copied` (picture joined without re-encoding), and for every shot by its place
        `offset_00`: the second at which it takes over and its line begins.

        Raises BadInput (a file the request names is not there, no font for burned captions), Unreadable,
        DiskTrouble, EngineTrouble. On any of them nothing is left in the stage.
        """
        font = None
        if request.burn_captions:
            font = require_caption_font(request.language, [shot.caption for shot in request.shots])
        work = room.stage / ".mix"
        try:
            work.mkdir(parents=True)
            return _Mix(request, room, work.resolve(), progress, font).make()
        except OSError as error:
            raise DiskTrouble(f"the mix could not be written: {error}", remedy="free some space, run again") from error
        finally:
            shutil.rmtree(work, ignore_errors=True)


class _Mix:
    """One run of the mixer: the request, where it works, and what has been found out about its files."""

    def __init__(
        self, request: MixRequest, room: _Room, work: Path, progress: _Progress, font: CaptionFont | None
    ) -> None:
        self.request, self.room, self.work, self.progress, self.font = request, room, work, progress, font
        self.size = (request.width, request.height)
        self.sources = [read_source(self._file(shot.clip)) for shot in request.shots]
        self.timeline: Timeline = lay_out(
            [source.frames_at(request.fps) for source in self.sources],
            [shot.transition for shot in request.shots],
            request.fps,
        )
        self.spoken = [
            None if shot.narration is None else (path := self._file(shot.narration), _sound_seconds(path))
            for shot in request.shots
        ]

    def make(self) -> Made:
        """Do the work in order: captions, sound, picture, check."""
        cues = self._cues()
        texts = {"reel.srt": srt_text(cues), "reel.vtt": vtt_text(cues)}
        self.progress(0.02, "sound")
        track = self._sound()
        self.progress(0.02 + _SOUND_SHARE, "picture")
        copied = self._picture(cues, track)
        self.progress(0.98, "check")
        facts = self._facts(track, copied)
        for name, text in texts.items():
            (self.work / name).write_text(text, encoding="utf-8", newline="\n")
        files = ("reel.mp4", *texts)
        for name in files:
            os.replace(self.work / name, self.room.stage / name)
        self.progress(1.0, "done")
        return Made(files=files, facts=facts)

    def _file(self, name: str) -> Path:
        root = self.room.reel.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            raise BadInput(f"{name} is not a file of this reel", remedy="run `reeltui verify`, then resume")
        return path

    def _cues(self) -> tuple[Cue, ...]:
        timeline, total = self.timeline, float(self.timeline.seconds)
        marks = [float(timeline.mark(position)) for position in range(len(self.sources))] + [total]
        lines = []
        for position, (shot, spoken) in enumerate(zip(self.request.shots, self.spoken, strict=True)):
            start = marks[position]
            end = marks[position + 1] if spoken is None else min(total, start + spoken[1])
            lines.append((start, end, shot.caption))
        return make_cues(lines)

    def _sound(self) -> Track:
        lines = [
            Line(spoken[0], self.timeline.mark_sample(position), spoken[1])
            for position, spoken in enumerate(self.spoken)
            if spoken is not None and spoken[1] > 0
        ]
        music = None
        if self.request.music is not None:
            path = self._file(self.request.music)
            music = (path, _sound_seconds(path))
        return make_sound(
            lines,
            music,
            self.timeline.samples,
            (self.request.lufs, self.request.true_peak),
            self.work,
            lambda fraction: self.progress(0.02 + _SOUND_SHARE * fraction, "sound"),
        )

    def _picture(self, cues: Sequence[Cue], track: Track) -> bool:
        """Write reel.mp4 into the working folder; tell whether the picture was joined without re-encoding."""
        copied = can_copy(self.sources, self.timeline, self.size, burn=self.font is not None and bool(cues))
        pieces = [source.path for source in self.sources]
        begin = 0.02 + _SOUND_SHARE
        if not copied:
            burned = self._burnable(cues) if self.font is not None and cues else None
            pieces = render(
                self.sources,
                self.timeline,
                self.size,
                burned,
                self.work,
                lambda done: self.progress(begin + _PICTURE_SHARE * done, "picture"),
            )
        video, options = joined(pieces, self.request.fps, self.work)
        streams = [video, ffmpeg.input(str(track.path)).audio]
        iso = LANGUAGES[self.request.language].iso
        options |= {**EXACT, "c:a": "copy", "metadata:s:a:0": f"language={iso}", "movflags": "+faststart"}
        options["flags:v"] = "+bitexact"
        if cues:
            # A player shows one soft caption at a time, so each ends where the next begins. WebVTT, because
            # ffmpeg takes any "<word>" in SubRip for markup and drops it.
            (self.work / "soft.vtt").write_text(vtt_text(_apart(cues)), encoding="utf-8", newline="\n")
            streams.append(ffmpeg.input("soft.vtt", format="webvtt")["s"])
            options |= {"c:s": "mov_text", "metadata:s:s:0": f"language={iso}"}
        run_ffmpeg(ffmpeg.output(*streams, "reel.mp4", **options).compile(cmd=find_ffmpeg()), cwd=self.work)
        return copied

    def _burnable(self, cues: Sequence[Cue]) -> str:
        assert self.font is not None
        fonts = self.work / "fonts"
        fonts.mkdir()
        # Alone in its folder: libass reads every font it finds there.
        (fonts / self.font.path.name).symlink_to(self.font.path)
        script = ass_text(cues, width=self.size[0], height=self.size[1], family=self.font.family)
        (self.work / "burn.ass").write_text(script, encoding="utf-8", newline="\n")
        return "burn.ass"

    def _facts(self, track: Track, copied: bool) -> dict[str, Fact]:
        made = probe(self.work / "reel.mp4")
        width, height = self.size
        expected = f"{self.timeline.frames} frames of {width}x{height} at {self.request.fps:g} fps"
        got = f"{made.frames} frames of {made.width}x{made.height} at {made.fps:g} fps"
        if got != expected or made.audio is None or made.audio.sample_rate != SAMPLE_RATE:
            raise EngineTrouble(
                f"the mix came out as {got} with sound {made.audio}, not as {expected}",
                remedy="run again; if it fails again, report these figures",
            )
        facts: dict[str, Fact] = {
            "seconds": round(made.seconds, 6),
            "width": made.width,
            "height": made.height,
            "fps": self.request.fps,
            "frames": made.frames,
            "lufs": track.loudness.integrated_lufs,
            "true_peak": track.loudness.true_peak_dbtp,
            "loudness_reached": track.reached,
            "copied": copied,
        }
        for position in range(len(self.sources)):
            facts[f"offset_{position:02d}"] = round(float(self.timeline.mark(position)), 6)
        return facts


def _apart(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    follow = [*(cue.start for cue in cues[1:]), float("inf")]
    # ffmpeg's way to this kind of track garbles braces and backslashes.
    plain = str.maketrans("{}\\", "()/")
    return make_cues(
        (cue.start, min(cue.end, after), cue.text.translate(plain)) for cue, after in zip(cues, follow, strict=True)
    )


def _sound_seconds(path: Path) -> float:
    found = probe(path)
    if found.audio is None:
        raise Unreadable.of(path, "it holds no sound")
    return found.audio.seconds
