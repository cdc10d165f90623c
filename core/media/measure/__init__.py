"""Measuring pictures without a model: steadiness, camera motion, likeness, sharpness."""

from core.media.measure.agreement import Agreement, agreement
from core.media.measure.camera import MIN_TRUST
from core.media.measure.clip import Measured, Still, measure_clip
from core.media.measure.figures import figures
from core.media.measure.likeness import colour_likeness, colours, same_picture
from core.media.measure.master import master_likeness
from core.media.measure.steadiness import blank
from core.media.measure.values import (
    CameraMotion,
    ClipMeasures,
    Frame,
    MasterLikeness,
    SceneLikeness,
    Steadiness,
)
from core.media.measure.workspace import luma, shrink, work_size

__all__ = [
    "MIN_TRUST",
    "Agreement",
    "CameraMotion",
    "ClipMeasures",
    "Frame",
    "MasterLikeness",
    "Measured",
    "SceneLikeness",
    "Steadiness",
    "Still",
    "agreement",
    "blank",
    "colour_likeness",
    "colours",
    "figures",
    "luma",
    "master_likeness",
    "measure_clip",
    "same_picture",
    "shrink",
    "work_size",
]
