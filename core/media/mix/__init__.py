"""The mix: clips, voice and music become one finished reel."""

from core.media.mix.mixer import Mixer

__all__ = ["Mixer"]
