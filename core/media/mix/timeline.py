"""Where everything lies in the reel: shots by frame, spoken lines by sample. Pure arithmetic, no drift."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import msgspec

from core.film.errors import BadInput
from core.film.plan import Transition

CROSSFADE_SECONDS = Fraction(1, 2)
SAMPLE_RATE = 48_000


class Timeline(msgspec.Struct, frozen=True):
    """All in frames at `fps`: `lengths` of the clips, `overlaps` with the shot before (0 for a cut), `starts`."""

    fps: int
    lengths: tuple[int, ...]
    overlaps: tuple[int, ...]
    starts: tuple[int, ...]

    @property
    def frames(self) -> int:
        """Frames of the whole reel: all clips, less what crossfades share."""
        return sum(self.lengths) - sum(self.overlaps)

    @property
    def seconds(self) -> Fraction:
        """Length of the reel."""
        return Fraction(self.frames, self.fps)

    @property
    def samples(self) -> int:
        """Sound samples per channel of the whole reel."""
        return round(self.seconds * SAMPLE_RATE)

    def mark(self, position: int) -> Fraction:
        """Second at which the shot takes over: its first frame, or the middle of its crossfade."""
        return (self.starts[position] + Fraction(self.overlaps[position], 2)) / self.fps

    def mark_sample(self, position: int) -> int:
        """`mark` as a sample number."""
        return round(self.mark(position) * SAMPLE_RATE)


def lay_out(lengths: Sequence[int], transitions: Sequence[Transition], fps: int) -> Timeline:
    """Lay clips of `lengths` frames end to end, overlapping where a shot begins with a crossfade.

    A crossfade takes half a second and at most half of either clip, so a clip's two crossfades never meet.
    The first shot has nothing to fade from. Raises BadInput where a clip has no frames.
    """
    if not lengths or min(lengths) < 1 or len(lengths) != len(transitions):
        raise BadInput("a reel needs at least one shot, each with frames", remedy="render the missing shots")
    wanted = round(CROSSFADE_SECONDS * fps)
    overlaps, starts, end = [], [], 0
    for position, (length, transition) in enumerate(zip(lengths, transitions, strict=True)):
        overlap = 0
        if position and transition is Transition.CROSSFADE:
            overlap = min(wanted, lengths[position - 1] // 2, length // 2)
        overlaps.append(overlap)
        starts.append(end - overlap)
        end += length - overlap
    return Timeline(fps, tuple(lengths), tuple(overlaps), tuple(starts))


def frames_at(frames: int, native: Fraction, fps: int) -> int:
    """Return how many frames a clip of `frames` at `native` fps has at `fps`, at least one."""
    return frames if native == fps else max(1, round(frames * fps / native))
