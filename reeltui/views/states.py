"""The mark and the tone of each state of a reel and of its phases, the same wherever they are shown."""

from __future__ import annotations

from reeltui.lines import Tone

# In the order the library is sorted in by state.
STATES = {
    "running": ("▶", Tone.RUNNING),
    "waiting": ("◆", Tone.WARN),
    "failed": ("✗", Tone.BAD),
    "broken": ("!", Tone.BAD),
    "interrupted": ("↯", Tone.WARN),
    "paused": ("‖", Tone.DIM),
    "planned": ("○", Tone.PLAIN),
    "done": ("✓", Tone.GOOD),
    "cancelled": ("–", Tone.DIM),
}
# A phase that is only planned says less than a reel that is, and one may have nothing to do.
PHASES = {**STATES, "planned": ("○", Tone.DIM), "none": ("–", Tone.DIM)}
