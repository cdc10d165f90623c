"""Prints a figure beside its target."""

from __future__ import annotations


def target(what: str, value: float, most: float, unit: str, *, meant: bool = True) -> None:
    """Print a figure, its target and whether it was met; `meant` is False where the target is for something else."""
    verdict = ("met" if value <= most else "NOT met") if meant else "not meant for this"
    print(f"  {what}: {value:.2f} {unit}   (target: at most {most:g} {unit}: {verdict})")
