"""Host processes for real: work, progress, every way to fail, and that none of them outlives its worker."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from core.engines.roles import Room
from core.film.camera import CameraMove
from core.film.errors import DiskTrouble, EngineTrouble
from core.film.event import Event, Happened
from core.film.language import Language
from core.film.lineup import Backend, Role
from core.film.requests import AnimateRequest, ComposeRequest, Inspect as _  # noqa: F401
