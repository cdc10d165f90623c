"""What a reel's folder holds, as frozen structs. Pure: reading them from disk is `snapshot`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import msgspec

from core.film.decision import Decision
from core.film.event import Event, Live
from core.film.failure import Failure
from core.film.plan import Plan
from core.film.requests import Fact, Request
from core.film.settings import Reel
from core.film.verdict import Verdict

if TYPE_CHECKING:
    from core.folder.lock import Holder

RECEIPT_SCHEMA = 1

# Files and steps named by a receipt are moved and copied about: a name that leads elsewhere is no receipt of ours.
FileName = Annotated[str, msgspec.Meta(pattern=r"^[^./\\\x00][^/\\\x00]*\Z", max_length=200)]
StepName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(plan|music|reel|masters/([A-Z]|group|scene)|shots/\d\d/(keyframe|narration)"
        r"|shots/\d\d/takes/\d{3}/(clip|verdict))\Z"
    ),
]


class Output(msgspec.Struct, frozen=True):
    """One finished file: its sha256 in hex and its size in bytes."""

    sha256: str
    bytes: int


class Fingerprint(msgspec.Struct, frozen=True):
    """What a step is made from: its own words, and its settings (preset, model, seed, size); both sha256 in hex."""

    content: str
    settings: str


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Proof that a step was finished: what went in, what came out, who made it and how long it took.

    `inputs` maps a name to the sha256 of the artifact it was made from. `outputs` maps file names (beside the
    receipt, the main one first) to what they were. `seconds` is working time, `peak_vram` bytes or None where no
    device was used, `planned_vram` what it was expected to be. `why` says why the step was asked for, `changes` what
    a retry changed. `failures` are the tries before this one, `fallbacks` what this one did without. `seal` is the
    sha256 of the receipt without it: an altered receipt does not match.
    """

    step: StepName
    made_from: Fingerprint
    inputs: dict[str, str]
    outputs: dict[FileName, Output]
    request: Request | None
    backend: str
    model: str
    revision: str
    seed: int | None
    seconds: float
    finished: str
    device: str
    versions: dict[str, str]
    why: str = ""
    changes: tuple[str, ...] = ()
    facts: dict[str, Fact] = {}
    verdict: Verdict | None = None
    peak_vram: int | None = None
    planned_vram: int | None = None
    failures: tuple[Failure, ...] = ()
    fallbacks: tuple[str, ...] = ()
    unjudged: str = ""
    schema: int = msgspec.field(default_factory=lambda: RECEIPT_SCHEMA)  # a factory: it is always written
    seal: str = ""

    @property
    def main(self) -> Output | None:
        """The first output, the one other steps are made from."""
        return next(iter(self.outputs.values()), None)


def sealed(receipt: Receipt) -> Receipt:
    """Return the receipt with its seal set."""
    # As it will be read back: a whole number where a float is declared is written 9 and read 9.0.
    read_back = msgspec.json.decode(msgspec.json.encode(receipt), type=Receipt)
    return msgspec.structs.replace(read_back, seal=_seal(read_back))


def seal_holds(receipt: Receipt) -> bool:
    """Tell whether nobody changed the receipt since it was sealed."""
    return _seal(receipt) == receipt.seal


def _seal(receipt: Receipt) -> str:
    bare = msgspec.structs.replace(receipt, seal="")
    return hashlib.sha256(msgspec.json.encode(bare)).hexdigest()


def inputs_hash(inputs: Mapping[str, str]) -> str:
    """Return one sha256 for a set of named inputs, whatever their order."""
    return hashlib.sha256(msgspec.json.encode(sorted(inputs.items()))).hexdigest()


class Artifact(msgspec.Struct, frozen=True):
    """A step's place on disk: its receipt, and what is wrong ("" where nothing is)."""

    step: str
    receipt: Receipt | None
    damage: str = ""

    @property
    def whole(self) -> bool:
        """The receipt is there and matches the files."""
        return self.receipt is not None and not self.damage


class Take(msgspec.Struct, frozen=True):
    """One rendered attempt at a shot: its clip and its verdict."""

    shot: int
    number: int
    clip: Artifact
    verdict: Artifact | None

    @property
    def judged(self) -> Verdict | None:
        """The verdict, if one was given for exactly this clip."""
        if self.verdict is None or not self.verdict.whole or self.verdict.receipt is None:
            return None
        clip = self.clip.receipt.main if self.clip.receipt else None
        if clip is None or self.verdict.receipt.inputs.get("clip") != clip.sha256:
            return None
        return self.verdict.receipt.verdict


class Shelved(msgspec.Struct, frozen=True):
    """An old artifact kept in the history; the hashes are the first 16 characters of what its receipt says."""

    step: str
    content: str
    inputs: str
    settings: str
    folder: str


class Snapshot(msgspec.Struct, frozen=True):
    """Everything known about a reel at one moment.

    `plan` is the plan in force; `plan_error` says why plan.json as it lies there is not (then `plan` is the last
    good one). `artifacts` has every step whose receipt or file was found, by step id, takes apart. `holder` is who
    works on the reel now. `pictures` are the paths of people's own pictures.
    """

    path: str
    reel: Reel
    plan: Plan | None
    plan_sha: str
    plan_error: str
    plan_accepted: bool
    artifacts: dict[str, Artifact]
    takes: dict[int, tuple[Take, ...]]
    shelf: tuple[Shelved, ...]
    decisions: tuple[Decision, ...]
    last_event: Event | None
    failures: dict[str, str]
    live: Live | None
    holder: Holder | None
    pictures: frozenset[str] = frozenset()
