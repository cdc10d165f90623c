"""Makes a reel of a StudioMI300 output folder: what is whole becomes artifacts, what is not is kept and made again.

The folder is only read. The reel appears when it is complete; an import that fails leaves none.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from core.film.errors import BadInput, EngineTrouble
from core.film.lineup import Lineup
from core.film.plan import MAX_PLAN_BYTES
from core.film.text import clean
from core.film.wording import Wording
from core.folder import layout
from core.folder.library import create_reel
from core.pipeline.cost import Estimate
from core.worker.look import Eyes, Seen
from core.worker.records import utc_now
from core.worker.studio_bring import Bringer, Result
from core.worker.studio_carry import Brought
from core.worker.studio_files import Found, Kind, Source, open_source, scan
from core.worker.studio_log import read_log
from core.worker.studio_reel import GivenPlan, read_plan, sentence_of, settings_of

_LOG_BYTES = 64 << 20


class ImportReport(msgspec.Struct, frozen=True):
    """The whole import. `dropped` are fields of the plan nothing here knows, `due` the steps resume will make and
    `ahead` how long that takes."""

    reel: str
    path: str
    source: str
    sentence: str
    preset: str
    width: int
    height: int
    vo_lang: str
    dropped: tuple[str, ...]
    files: tuple[Brought, ...]
    due: tuple[str, ...]
    ahead: Estimate


def import_studio(
    folder: Path, library: Path, lineup: Lineup, wording: Wording, eyes: Eyes, *, name: str | None = None
) -> ImportReport:
    """Make a reel of `folder` in `library` and report; `eyes` look at every file.

    Raises BadInput (no such folder, no plan or a bad one, a name that is taken), DiskTrouble.
    """
    source = _checked(folder, library)
    given = _plan_of(source)
    log = read_log(_logs(source))
    clips = {found.name: _seen(eyes, found) for found in source.of(Kind.CLIP)}
    good = [seen for seen in clips.values() if isinstance(seen, Seen)]
    stills = () if good else source.of(Kind.KEYFRAME)
    pictures = [seen for found in stills if isinstance(seen := _seen(eyes, found), Seen)]
    settings = settings_of(given.plan, good, pictures)
    sentence = sentence_of(given.plan, log.sentence, source.folder.name)
    results: list[Result] = []

    def fill(new: Path) -> None:
        results.append(Bringer(new, source, given, log, clips, (lineup, wording, eyes)).bring())

    root = create_reel(library, sentence, settings, name=name, now=utc_now(), fill=fill)
    (result,) = results
    return ImportReport(
        reel=root.name,
        path=os.fspath(root),
        source=os.fspath(source.folder),
        sentence=sentence,
        preset=settings.preset.value,
        width=settings.width,
        height=settings.height,
        vo_lang=given.plan.vo_lang.value,
        dropped=given.dropped,
        files=result.files,
        due=result.due,
        ahead=result.ahead,
    )


def _checked(folder: Path, library: Path) -> Source:
    shown = clean(str(folder), limit=200)
    try:
        here = folder.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInput(f"cannot read {shown}: {reason}", remedy="check the path") from None
    if not here.is_dir():
        raise BadInput(f"{shown} is no folder", remedy="give the output folder of one reel")
    if (here / layout.REEL_FILE).exists():
        raise BadInput(f"{shown} is a reel already", remedy=f"`reeltui resume {shown}` goes on with it")
    if library.resolve().is_relative_to(here):
        raise BadInput(
            f"the library {library} lies in {shown}, which is only read", remedy="choose another with --library"
        )
    return scan(here)


def _plan_of(source: Source) -> GivenPlan:
    for found in source.of(Kind.PLAN):
        try:
            with open_source(found.path) as file:
                data = file.read(MAX_PLAN_BYTES + 1)
        except OSError as error:
            raise BadInput(f"cannot read {found.name}: {error.strerror}", remedy="check its permissions") from None
        return read_plan(data, found.name)
    raise BadInput(
        f"{source.folder} has no plan_expanded.json or plan.json",
        remedy="give the output folder of one StudioMI300 reel, with its plan",
    )


def _logs(source: Source) -> list[bytes]:
    texts = []
    for found in source.of(Kind.LOG):
        try:
            with open_source(found.path) as file:
                texts.append(file.read(_LOG_BYTES))
        except OSError:
            continue  # it tells nothing then, and clips are taken unjudged
    return texts


def _seen(eyes: Eyes, found: Found) -> Seen | str:
    """Return what a file holds, or what is wrong with it."""
    try:
        return eyes.look(found.path)
    except EngineTrouble as error:
        return str(error)
