"""The studio's narrator: Kokoro-82M speaks a line in one of nine languages, fitted to its shot."""

from __future__ import annotations

import difflib
import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from core.engines.narration import FILE, MOST_FASTER, Samples, check_line, fade, fit, spoken_facts, trim
from core.engines.roles import Progress, Room
from core.engines.studio.speech import Reading, open_pipeline, reader_of, reading_facts, split, spoken_text
from core.engines.studio.torch_device import device_memory, give_back, torch_device
from core.engines.studio.weights import MissingWeights, revision_of, snapshot
from core.film.errors import BadInput, EngineTrouble
from core.film.language import LANGUAGES, Language
from core.film.requests import Made, NarrateRequest
from core.media.sound import write_wav

REPOSITORY = "hexgrad/Kokoro-82M"
WEIGHTS = "kokoro-v1_0.pth"
RATE = 24_000  # hertz, Kokoro's own

# Kokoro draws the noise of its voice; every piece of every line begins with the same.
_SEED = 1
_GRAIN = 1000  # steps of speaking speed: thousandths of the voice's own
_LEAST = 10  # a hundredth faster at least: sounds last whole 40ths of a second, so less may change nothing
_SLOWEST, _FASTEST = 0.3, 3.0  # of the voice's own speed; outside, words fall apart or run together
_PAUSE_SECONDS = 0.18  # between two sentences that were spoken apart
_CEILING = 0.97  # a sample beyond would be cut square
_STYLE = (510, 1, 256)
_VOICE = re.compile(r"[a-z]{2}_[a-z0-9]+\Z")
_REMEDY = "reeltui models verify narrator --deep, then fetch it again"


class KokoroNarrator:
    """Speaks one line with Kokoro-82M (role: core.engines.roles.Narrator), on a GPU or a CPU.

    Options: `repository`, a repository of the hub or a local folder with config.json, `WEIGHTS` and voices/*.pt;
    `revision`, a commit ("": the one that was fetched).
    """

    def __init__(self, *, repository: str = REPOSITORY, revision: str = "") -> None:
        self._repository = repository
        self._revision = revision
        self._folder = Path()
        self._model: Any = None
        self._device = "cpu"
        self._pipelines: dict[Language, tuple[Any, Reading]] = {}

    def load(self, device: str) -> None:
        """Read the model onto `device`. Raises MissingWeights, EngineTrouble where it is damaged or kokoro missing."""
        self._folder = snapshot(self._repository, self._revision)
        self._device = torch_device(device)
        with device_memory("the narrator's model"):
            self._model = _read_model(self._folder).to(self._device).eval()

    def run(self, request: NarrateRequest, room: Room, progress: Progress) -> Made:
        """Write narration.wav (mono, 24 kHz, 16 bit) and return its facts.

        `seconds` is the file's length without silence around it, `speed` what was used after fitting,
        `overrun_seconds` by how much it is longer than `fit_seconds` (0.0 where it fits). The same request gives the
        same samples on the same device. Raises BadInput for a line or voice that cannot be spoken, EngineTrouble.
        """
        check_line(request)
        progress(0.0, "reading the line")
        voice = self._voice(request.voice or LANGUAGES[request.language].voice)
        pipeline, reading = self._pipeline(request.language)
        pieces = split(spoken_text(request.text), reader_of(pipeline))
        slow = max(_SLOWEST, min(_FASTEST, request.speed))
        pace = round(slow * _GRAIN)
        try:
            with device_memory("a spoken line"):
                fitted = fit(
                    lambda steps: self._say(pipeline, pieces, voice, steps, progress),
                    pace=pace,
                    fastest=max(pace, min(round(_FASTEST * _GRAIN), math.floor(slow * MOST_FASTER * _GRAIN))),
                    rate=RATE,
                    fit_seconds=request.fit_seconds,
                    step=_LEAST,
                )
        finally:
            give_back(self._device)  # who else is loaded on this card counts with it
        sound = fade(_under(fitted.sound), RATE)
        write_wav(room.stage / FILE, sound, RATE)
        facts = spoken_facts(len(sound) / RATE, fitted.pace / _GRAIN, request.fit_seconds)
        facts |= {"voice": voice.stem, "pieces": len(pieces), "model_revision": revision_of(self._folder)}
        progress(1.0, "spoken")
        return Made(files=(FILE,), facts=facts | reading_facts(reading))

    def _voice(self, name: str) -> Path:
        """Return the path of a voice. Raises BadInput where there is none of that name, MissingWeights without any."""
        folder = self._folder / "voices"
        if _VOICE.match(name) and (folder / f"{name}.pt").is_file():
            return folder / f"{name}.pt"
        there = sorted(voice.stem for voice in folder.glob("*.pt"))
        if not there:
            raise MissingWeights(f"{self._repository} has no voices here", remedy="`reeltui models fetch narrator`")
        near = difflib.get_close_matches(name, there, n=3) or there[:3]
        raise BadInput(f"Kokoro has no voice {name!r}", remedy=f"write another one, such as {', '.join(near)}")

    def _pipeline(self, language: Language) -> tuple[Any, Reading]:
        if language not in self._pipelines:
            self._pipelines[language] = open_pipeline(language, self._model, REPOSITORY)
        return self._pipelines[language]

    def _say(self, pipeline: Any, pieces: list[str], voice: Path, steps: int, progress: Progress) -> Samples:
        """Return the pieces spoken and joined at RATE, without silence around them; BadInput where nothing is heard."""
        gap = np.zeros(int(_PAUSE_SECONDS * RATE), np.float32)
        joined: list[Samples] = []
        for number, piece in enumerate(pieces):
            progress(0.1 + 0.8 * number / len(pieces), f"speaking piece {number + 1} of {len(pieces)}")
            sound = trim(_speak(pipeline, piece, voice, steps / _GRAIN), RATE)
            if len(sound):
                joined += [gap, sound] if joined else [sound]
        if not joined:
            raise BadInput(
                "the shot's narration line cannot be spoken in its language: " + pieces[0][:60],
                remedy="write the line in the language of vo_lang",
            )
        return np.concatenate(joined)


def _under(sound: Samples) -> Samples:
    """Return `sound` no louder than _CEILING; the mix levels every voice, so nothing else is done to it."""
    peak = float(np.abs(sound).max(initial=0.0))
    return sound * np.float32(_CEILING / peak) if peak > _CEILING else sound


def _speak(pipeline: Any, piece: str, voice: Path, speed: float) -> Samples:
    """Return one piece as kokoro's pipeline speaks it; EngineTrouble where the voice or the sound is damaged."""
    import torch

    style = _style(pipeline, voice)
    torch.manual_seed(_SEED)
    spoken = [result.audio for result in pipeline(piece, voice=style, speed=speed, split_pattern=None)]
    heard = [np.atleast_1d(audio.numpy()).astype(np.float32) for audio in spoken if audio is not None]
    sound = np.concatenate(heard) if heard else np.zeros(0, np.float32)
    if not np.isfinite(sound).all():
        raise EngineTrouble("the narrator's model gave no sound but values that are not numbers", remedy=_REMEDY)
    return sound


def _style(pipeline: Any, voice: Path) -> Any:
    """Return a voice, a row of style for every number of phonemes: [510, 1, 256]. EngineTrouble where it is damaged."""
    import pickle

    try:
        # Read by kokoro with weights_only, and kept by it. It would part a path at its commas, so it gets the numbers.
        style = pipeline.load_single_voice(str(voice))
        whole = tuple(style.shape) == _STYLE
    except (pickle.UnpicklingError, EOFError, RuntimeError, AttributeError, ValueError) as error:
        raise EngineTrouble(f"the voice {voice.stem} is damaged: {str(error)[:200]}", remedy=_REMEDY) from error
    if not whole:
        raise EngineTrouble(f"the voice {voice.stem} is damaged: its shape is {tuple(style.shape)}", remedy=_REMEDY)
    return style


def _read_model(folder: Path) -> Any:
    """Return Kokoro as it lies in `folder`. Raises MissingWeights, EngineTrouble where it is damaged."""
    import pickle

    try:
        from kokoro import KModel
    except ImportError as error:
        text = f"the speech engine kokoro is not installed: {error}"
        raise EngineTrouble(text, remedy="pip install 'reeltui[studio]'") from error
    config, weights = folder / "config.json", folder / WEIGHTS
    for path in (config, weights):
        if not path.is_file():
            raise MissingWeights(f"{path.name} of Kokoro is missing", remedy="`reeltui models fetch narrator`")
    try:
        model = KModel(repo_id=REPOSITORY, config=str(config), model=str(weights))
        _check_read(model, weights)
    except (pickle.UnpicklingError, EOFError, ValueError, KeyError, TypeError, AssertionError, RuntimeError) as error:
        if type(error).__name__ == "OutOfMemoryError":
            raise
        raise EngineTrouble(f"Kokoro's files are damaged: {str(error)[:300]}", remedy=_REMEDY) from error
    return model


def _check_read(model: Any, weights: Path) -> None:
    """Raise ValueError where a part of the model was left as it was drawn at random.

    kokoro reads with strict=False, which passes over whatever a file lacks. What the real file lacks on purpose are the
    neutral scales of its norms (all 1 or 0), and the pooler of its text encoder is never used.
    """
    import torch

    for part, state in torch.load(weights, map_location="cpu", weights_only=True).items():
        module = getattr(model, part)
        plain = {name.removeprefix("module."): value for name, value in state.items()}
        missing = set(module.load_state_dict(plain, strict=False).missing_keys)
        for name, value in module.named_parameters():
            if name in missing and "pooler" not in name and value.unique().tolist() not in ([0.0], [1.0]):
                raise ValueError(f"{weights.name} lacks {part}.{name}")
