"""The studio's composer: the music of a reel by ACE-Step, from the plan's words, as long as the reel."""

from __future__ import annotations

import math

from core.engines.roles import Progress, Room
from core.engines.studio.ace import LONGEST, Ace15
from core.engines.studio.ace_v1 import AceV1
from core.engines.studio.music_brief import check_words, read_brief
from core.engines.studio.music_length import RATE, fitted
from core.engines.studio.weights import revision_of, snapshot
from core.film.errors import BadInput
from core.film.requests import ComposeRequest, Fact, Made
from core.media.sound import write_wav

FILE = "music.wav"
OFFLOAD = "offload"
REPOSITORIES = {"v1.5": "ACE-Step/acestep-v15-xl-turbo-diffusers", "v1": "ACE-Step/ACE-Step-v1-3.5B"}

_COMPOSED = 0.85  # of a step's time, until the last denoising step; then the sound is decoded


class AceComposer:
    """Composes with ACE-Step (role: core.engines.roles.Composer).

    `version` "v1.5" is diffusers' AceStepPipeline, "v1" the package `acestep`, where it is installed. `repository` is a
    hub repository or a local folder, "" for the version's own; `revision` "" for what `main` names; `steps` 0 for what
    the checkpoint is made for.
    """

    def __init__(self, *, repository: str = "", revision: str = "", version: str = "v1.5", steps: int = 0) -> None:
        self._repository = repository
        self._revision = revision
        self._version = version
        self._steps = steps
        self._made_by = ""
        self._ace: Ace15 | AceV1 | None = None

    def load(self, device: str) -> None:
        """Read the words and the weights.

        Raises BadInput for an unknown version or broken words, MissingWeights, EngineTrouble, OutOfDeviceMemory.
        """
        if self._version not in REPOSITORIES:
            text = f"there is no ACE-Step version {self._version!r} here"
            raise BadInput(text, remedy=f"choose one of: {', '.join(REPOSITORIES)}")
        check_words()
        folder = snapshot(self._repository or REPOSITORIES[self._version], self._revision)
        self._made_by = revision_of(folder)
        make = Ace15 if self._version == "v1.5" else AceV1
        self._ace = make(folder, device, self._steps)

    def run(self, request: ComposeRequest, room: Room, progress: Progress) -> Made:
        """Write music.wav: round(seconds * 48000) samples of 48 kHz stereo, peak at -2 dBFS, faded out at the end.

        Raises BadInput for a length that cannot be composed, EngineTrouble where the model gives no music,
        OutOfDeviceMemory.
        """
        assert self._ace is not None, "a host loads before it runs"
        if not (math.isfinite(request.seconds) and 0.0 < request.seconds <= LONGEST):
            remedy = f"ask for at most {LONGEST:.0f} seconds"
            raise BadInput(f"music of {request.seconds} seconds cannot be composed", remedy=remedy)
        progress(0.0, "reading the brief")
        # What was put beside the card for an earlier piece, or while it was loaded, is there for this one as well.
        beside = self._ace.offload() if OFFLOAD in room.fallbacks else self._ace.offloaded
        facts: dict[str, Fact] = {"offload": beside} if beside else {}
        brief = read_brief(request.brief, self._version)

        def stepped(step: int, of: int) -> None:
            progress(_COMPOSED * step / of, f"step {step} of {of}")

        composed = self._ace.compose(brief, request.seconds, request.seed, stepped)
        music = fitted(composed.sound, composed.rate, request.seconds)
        write_wav(room.stage / FILE, music, RATE)
        progress(1.0, "composed")
        facts |= {
            "asked": brief.caption,
            "asked_whole": not brief.cut,
            "bpm": brief.bpm,
            "key": brief.key,
            "metre": brief.metre,
            "seconds": len(music) / RATE,
            "seed": request.seed,
            "version": self._version,
            "model_revision": self._made_by,
        }
        return Made((FILE,), facts | composed.facts)
