"""How much disk a reel takes: from its settings alone, with figures measured on a finished one."""

from __future__ import annotations

import msgspec

from core.film.settings import Settings

# Bytes of the parts of a finished animatic reel of 1280x720, six shots of 81 frames, 102 MB in all. A picture is a
# keyframe or a master with its layers; a clip counts with its four stills. At most 126 MB while it was mixed.
_PICTURE = 4_400_000  # a megapixel
_CLIP = 77_000  # a megapixel and frame
_MIX = 68_000  # a megapixel and frame of the finished reel
_SOUND = 230_000  # a second: music, and the spoken lines
# Beside it while it is mixed: tracks of sound in 32 bits, pieces of the picture.
_SCRATCH = 900_000  # a second
_MASTERS = 4  # two people, the group, the place
# A filmed picture is harder to compress than a drawn one.
_FILMED = 2.0


class Footprint(msgspec.Struct, frozen=True):
    """Bytes on disk: `usual` where every first take passes, `most` where every shot needs all its takes. Both with
    what is there only while the reel is mixed."""

    usual: int
    most: int


def footprint(settings: Settings) -> Footprint:
    """Return the disk a reel of these settings takes; replaced artifacts, which are kept, not counted."""
    filmed = 1.0 if settings.engine == "animatic" else _FILMED
    megapixels, preset = settings.width * settings.height / 1e6, settings.figures
    frames = settings.shots * preset.frames
    seconds = settings.shots * preset.seconds
    clips = _CLIP * megapixels * frames * filmed
    mix = _MIX * megapixels * frames * filmed
    pictures = _PICTURE * megapixels * (settings.shots + _MASTERS)
    usual = clips + mix + pictures + (_SOUND + _SCRATCH) * seconds
    return Footprint(round(usual), round(usual + clips * (preset.takes - 1)))
