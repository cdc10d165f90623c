"""The environment AMD's cards are quicker with: the studio's models say it, and the worker for each card it gives."""

from __future__ import annotations

# What the system this replaces was measured with on MI300X; no other driver reads them.
ROCM = {
    "PYTORCH_HIP_ALLOC_CONF": "expandable_segments:True",
    "TORCH_BLAS_PREFER_HIPBLASLT": "1",
    "MIOPEN_FIND_MODE": "FAST",
    "GPU_MAX_HW_QUEUES": "2",
    "HIP_FORCE_DEV_KERNARG": "1",
    "HSA_ENABLE_SDMA": "0",
    "VLLM_ROCM_USE_AITER": "1",
}
