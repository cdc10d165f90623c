"""Lets torchvision be imported beside a torch built for the CPU alone. For tests only.

There is no CPU build of torchvision, and the published one registers its kernels for a torch it does not find. Nothing
here runs them: it is enough that the two operators it looks for at import are defined.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any


class _Before(importlib.abc.MetaPathFinder):
    """Defines the operators when torchvision is about to be imported, and then steps aside."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name == "torchvision":
            sys.meta_path.remove(self)
            _define()
        return None


_kept: list[Any] = []


def _define() -> None:
    import torch

    library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _kept.append(library)  # they go with it


sys.meta_path.insert(0, _Before())
