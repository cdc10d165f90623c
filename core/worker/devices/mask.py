"""Which devices the user's own mask shows (CUDA_VISIBLE_DEVICES and its kin), and the mask for just one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.engines.rocm import ROCM

CUDA = "CUDA_VISIBLE_DEVICES"
HIP = "HIP_VISIBLE_DEVICES"
ROCR = "ROCR_VISIBLE_DEVICES"

# Names under which torch reads the same setting, the one that wins on ROCm first: a later name is not looked at there.
_SAME = (("PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_HIP_ALLOC_CONF", "PYTORCH_ALLOC_CONF"),)


def shown(mask: str | None, uuids: Sequence[str]) -> list[int]:
    """Return the numbers of the devices a mask shows, in its order; `uuids` are of all devices, "" where unknown.

    As the drivers read it: numbers or UUIDs (their beginning is enough where it fits one device only); the first
    entry that names no device ends the list; one named twice shows nothing.
    """
    if mask is None:
        return list(range(len(uuids)))
    found: list[int] = []
    for entry in mask.split(","):
        place = _place(entry.strip(), uuids)
        if place is None:
            break
        if place in found:
            return []
        found.append(place)
    return found


def _place(entry: str, uuids: Sequence[str]) -> int | None:
    if entry.isascii() and entry.isdigit():
        return int(entry) if int(entry) < len(uuids) else None
    if not entry.startswith(("GPU-", "MIG-")):
        return None
    fits = [place for place, uuid in enumerate(uuids) if uuid.lower().startswith(entry.lower())]
    return fits[0] if len(fits) == 1 else None


def rocm_shown(environ: Mapping[str, str], uuids: Sequence[str]) -> list[tuple[int, int]]:
    """Return the AMD devices the user's masks show, as (number among all, number HIP counts it by).

    ROCR_VISIBLE_DEVICES hides devices from HIP altogether; HIP_VISIBLE_DEVICES, or CUDA_VISIBLE_DEVICES where that is
    not set, then counts what is left (ROCm documentation, "GPU isolation techniques").
    """
    left = shown(environ.get(ROCR), uuids)
    chosen = shown(environ.get(HIP, environ.get(CUDA)), [uuids[place] for place in left])
    return [(left[number], number) for number in chosen]


def rocm_environment(environ: Mapping[str, str], number: int) -> dict[str, str]:
    """Return the environment of a host on the AMD device that HIP counts as `number` behind the user's ROCR mask.

    What such cards are quicker with is in it as well, but for what the user has set.
    """
    # The ROCR mask stays as it is: vLLM and Ray refuse one that was not there, and HIP counts behind it.
    masks = {HIP: str(number)}
    if CUDA in environ:
        masks[CUDA] = str(number)  # HIP reads both, and vLLM wants them to agree
    return {**left_to_us(ROCM, environ), **masks}


def left_to_us(ours: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return what of `ours` may be set in a host: a user's own value wins, under whichever of its names it was set."""
    return {name: value for name, value in ours.items() if not any(own in environ for own in _names(name))}


def _names(name: str) -> tuple[str, ...]:
    return next((names for names in _SAME if name in names), (name,))
