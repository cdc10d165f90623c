"""Wan on its device: which pair of experts is loaded, and whether the parts lie on the card or beside it."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import msgspec

from core.engines.studio.torch_device import (
    OutOfDeviceMemory,
    device_memory,
    give_back,
    is_card,
    torch_device,
    torch_dtype,
)
from core.engines.studio.wan_knobs import Knobs
from core.engines.studio.wan_lightning import BOUNDARY, SHIFT, distilled_files, four_steps, read_distilled
from core.engines.studio.wan_parts import read_expert, read_pipeline
from core.engines.studio.weights import revision_of, snapshot
from core.engines.studio.whole import check_whole

_EXPERTS = ("transformer", "transformer_2")  # high noise, low noise
_BESIDE = "the weights did not fit on the device"


class Source(msgspec.Struct, frozen=True):
    """Where weights come from: a repository of the hub or a local folder, and its revision ("" for what is there)."""

    repository: str
    revision: str = ""

    def find(self) -> Path:
        """Return the folder. Raises MissingWeights."""
        return snapshot(self.repository, self.revision)

    def named(self, folder: Path) -> str:
        """Return where weights came from, for the receipt."""
        return f"{self.repository}@{revision_of(folder)}"

    @property
    def remedy(self) -> str:
        return f"reeltui models fetch {self.repository}"


class WanModel:
    """The pipeline of one snapshot with one pair of experts, the model's own or the distilled ones."""

    def __init__(self, base: Source, distilled: Source, device: str, knobs: Knobs, vae_dtype: str) -> None:
        """Reads everything but the experts and the text encoder. Raises MissingWeights, EngineTrouble."""
        import torch

        self.folder = base.find()
        check_whole(self.folder.glob("*/*.safetensors"), base.remedy)
        self._base, self._distilled = base, distilled
        self._device, self._knobs = device, knobs
        self.pipeline: Any = read_pipeline(self.folder, getattr(torch, vae_dtype))
        self._schedule: Any = self.pipeline.scheduler.config
        self._boundary = float(self.pipeline.config.boundary_ratio)
        self.lightning: bool | None = None  # no experts yet
        self.weights = ""
        self.beside = ""  # why parts wait beside the card; "" where they lie on it

    def use(self, *, lightning: bool, offload: bool = False) -> None:
        """Have the right experts loaded, and lying where they should. Raises MissingWeights, OutOfDeviceMemory."""
        if self.lightning is not lightning:
            self._drop()
            self._read(lightning)
            self._place(offload=offload)
            self._knobs.take_over((self.pipeline.transformer, self.pipeline.transformer_2))
        elif is_card(self._device) and offload is not bool(self.beside) and self.beside != _BESIDE:
            self._place(offload=offload)

    def schedule(self, flow_shift: float) -> float:
        """Set a fresh scheduler, with nothing of the take before; return the flow shift in force."""
        if self.lightning:
            self.pipeline.scheduler = four_steps()
            return SHIFT
        from diffusers import UniPCMultistepScheduler

        self.pipeline.scheduler = UniPCMultistepScheduler.from_config(
            self._schedule, flow_shift=flow_shift, use_flow_sigmas=True, prediction_type="flow_prediction"
        )
        return flow_shift

    def settle(self) -> None:
        """Leave nothing of a take on the device, however it ended."""
        self.pipeline.vae.clear_cache()
        if self.beside:
            self.pipeline.maybe_free_model_hooks()

    # --- experts ---------------------------------------------------------------------------------------------

    def _read(self, lightning: bool) -> None:
        dtype = torch_dtype(self._device)
        if lightning:
            folder = self._distilled.find()
            files = distilled_files(folder)
            check_whole(files, self._distilled.remedy)
            experts = [
                read_distilled(path, self.folder / name, dtype) for path, name in zip(files, _EXPERTS, strict=True)
            ]
            self.weights = f"{self._distilled.named(folder)} in {self._base.named(self.folder)}"
        else:
            experts = [read_expert(self.folder / name, dtype) for name in _EXPERTS]
            self.weights = self._base.named(self.folder)
        self.pipeline.transformer, self.pipeline.transformer_2 = experts
        self.pipeline.register_to_config(boundary_ratio=BOUNDARY if lightning else self._boundary)
        self.lightning = lightning

    def _drop(self) -> None:
        """Let the loaded experts go before others are read: there is no room for two pairs."""
        if self.lightning is None:
            return
        self.pipeline.remove_all_hooks()
        self.lightning, self.beside = None, ""
        self.pipeline.transformer = self.pipeline.transformer_2 = None
        self._knobs.take_over(())
        gc.collect()  # modules with hooks refer to themselves
        give_back(self._device)

    # --- place -----------------------------------------------------------------------------------------------

    def _place(self, *, offload: bool) -> None:
        device = torch_device(self._device)
        if not is_card(self._device):
            return
        self.pipeline.remove_all_hooks()
        self.beside = ""
        if not offload:
            try:
                with device_memory("the weights of the animator"):
                    self.pipeline.to(device)
                return
            except OutOfDeviceMemory:
                # On a card smaller than both experts every load would end here: slower is better than never.
                self.pipeline.to("cpu")
                give_back(self._device)
                self.beside = _BESIDE
        self.beside = self.beside or "asked for"
        self.pipeline.enable_model_cpu_offload(device=device)
