"""espeak-ng by ctypes: one call, one freshly loaded library, so that the same words always give the same samples."""

from __future__ import annotations

import ctypes
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.film.errors import EngineTrouble
from core.film.language import LANGUAGES, Language

RATE = 22050  # espeak-ng's own sample rate, hertz
SLOWEST, FASTEST = 80, 450  # words a minute; espeak_RATE's limits (speak_lib.h)

# Words a minute. espeak counts by its own English-like word, so dense syllables get a slower figure.
BASE_RATE: dict[Language, int] = {
    Language.AMERICAN_ENGLISH: 160,
    Language.BRITISH_ENGLISH: 160,
    Language.SPANISH: 162,
    Language.FRENCH: 158,
    Language.HINDI: 155,
    Language.ITALIAN: 158,
    Language.JAPANESE: 160,
    Language.BRAZILIAN_PORTUGUESE: 160,
    Language.MANDARIN_CHINESE: 150,
}

# espeak_SetVoiceByName knows files and names, not every language tag ("en-gb" and "fr-fr" fail there).
VOICE_FILES: dict[Language, str] = {
    Language.AMERICAN_ENGLISH: "gmw/en-US",
    Language.BRITISH_ENGLISH: "gmw/en",
    Language.SPANISH: "roa/es",
    Language.FRENCH: "roa/fr",
    Language.HINDI: "inc/hi",
    Language.ITALIAN: "roa/it",
    Language.JAPANESE: "jpx/ja",
    Language.BRAZILIAN_PORTUGUESE: "roa/pt-BR",
    Language.MANDARIN_CHINESE: "sit/cmn",
}

# Variants in the wheel's voices/!v. The first is for the language's default voice, the others by the voice's name.
FEMALE = ("f2", "f3", "Annie", "belinda", "linda", "f1")
MALE = ("m3", "max", "Gene", "m7", "Michael", "m1")

_REMEDY = "install espeakng-loader again (pip install --force-reinstall espeakng-loader)"
_LONGEST_PATH = 140  # bytes; the library's own buffer for its data folder has 160 (N_PATH_HOME)
_AUDIO_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000  # without it a broken data folder ends the whole process
_PARAM_RATE, _PARAM_VOLUME = 1, 2
_CHARS_UTF8 = 1  # and nothing else: no SSML (0x10), no phoneme input (0x100)
# Loud voices clip inside espeak at its default of 100.
_VOLUME = 70

_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
_one_at_a_time = threading.Lock()


def voice_name(language: Language, voice: str) -> str:
    """Return the espeak voice for a plan's voice such as "af_heart": "gmw/en-US+f2".

    The second letter of `voice` is the gender; names other than the language's default spread over the variants.
    """
    file = VOICE_FILES[language]
    variants = MALE if voice[1:2] == "m" else FEMALE
    if voice == LANGUAGES[language].voice:
        return f"{file}+{variants[0]}"
    return f"{file}+{variants[zlib.crc32(voice.encode()) % len(variants)]}"


def find_library() -> tuple[Path, Path]:
    """Return the paths of libespeak-ng and its data folder; EngineTrouble where they are not installed."""
    try:
        import espeakng_loader

        paths = Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path())
    except (ImportError, OSError, RuntimeError) as error:
        raise EngineTrouble(f"the speech engine espeak-ng is not installed: {error}", remedy=_REMEDY) from error
    for path in paths:
        if not path.exists():
            raise EngineTrouble(f"the speech engine espeak-ng is incomplete: {path} is missing", remedy=_REMEDY)
    return paths


def _no_data(folder: Path) -> EngineTrouble:
    remedy = _REMEDY
    if len(str(folder).encode()) > _LONGEST_PATH:
        remedy = "install reeltui into a folder with a shorter path: espeak-ng cannot read one that long"
    return EngineTrouble(f"espeak-ng could not read its data in {folder}", remedy=remedy)


class Speech:
    """One loaded libespeak-ng, closed again at the end of the block.

    The library keeps a flutter phase, a noise state and an echo buffer that no call resets, so a second line would
    depend on the first one; only a fresh load starts them anew (3 ms).
    """

    def __init__(self) -> None:
        self._path, self._data = find_library()
        self._lib: Any = None

    def __enter__(self) -> Speech:
        _one_at_a_time.acquire()
        try:
            self._lib = ctypes.CDLL(str(self._path))
            rate = self._lib.espeak_Initialize(_AUDIO_SYNCHRONOUS, 0, str(self._data).encode(), _DONT_EXIT)
            if rate != RATE:
                raise _no_data(self._data)
            if hasattr(self._lib, "espeak_ng_SetRandSeed"):
                self._lib.espeak_ng_SetRandSeed(ctypes.c_long(1))
        except OSError as error:
            self.__exit__()
            raise EngineTrouble(f"libespeak-ng cannot be loaded: {error}", remedy=_REMEDY) from error
        except EngineTrouble:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._lib is not None:
                self._lib.espeak_Terminate()
                close = ctypes.CDLL(None).dlclose
                close.argtypes = [ctypes.c_void_p]
                close(self._lib._handle)
        finally:
            self._lib = None
            _one_at_a_time.release()

    def say(self, text: str, voice: str, rate: int, tick: Callable[[], None]) -> npt.NDArray[np.int16]:
        """Speak `text` as plain words; return mono samples at RATE (empty where there is nothing to say).

        `rate` is in words a minute. `tick` is called for every piece of sound and may raise to stop. EngineTrouble
        where the voice is missing or the synthesis fails.
        """
        if self._lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise EngineTrouble(f"espeak-ng has no voice {voice}", remedy=_REMEDY)
        self._lib.espeak_SetParameter(_PARAM_RATE, rate, 0)
        self._lib.espeak_SetParameter(_PARAM_VOLUME, _VOLUME, 0)
        pieces: list[npt.NDArray[np.int16]] = []
        stopped: list[BaseException] = []

        def heard(wave: Any, count: int, _events: object) -> int:
            try:
                tick()
            except BaseException as error:  # noqa: BLE001 - C cannot carry it; raised again below
                stopped.append(error)
                return 1
            if wave and count > 0:
                pieces.append(np.ctypeslib.as_array(wave, (count,)).astype(np.int16, copy=True))
            return 0

        callback = _CALLBACK(heard)
        self._lib.espeak_SetSynthCallback(callback)
        words = text.encode("utf-8") + b"\0"
        failed = self._lib.espeak_Synth(words, ctypes.c_size_t(len(words)), 0, 1, 0, _CHARS_UTF8, None, None)
        if stopped:
            raise stopped[0]
        if failed:
            raise EngineTrouble(f"espeak-ng failed with code {failed}", remedy="try the line again or reword it")
        return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
