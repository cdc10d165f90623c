"""Who plays in the studio: settings, what changes a revision, and when `auto` takes it."""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from core.engines.models import STUDIO_HOLDS, STUDIO_MODELS
from core.engines.pins import Pin, pin
from core.engines.registry import animatic, choose_engine
from core.engines.studio import lineup as module
from core.engines.studio.lineup import for_preset, lack, missing_models, missing_packages, studio
from core.engines.studio.settings import OPTIONS, ROLES, StudioSettings, studio_settings
from core.film.errors import BadInput
from core.film.lineup import Lineup, Role
from core.film.preset import PresetName
from tests.tiny.hub import place

GB = 1_000_000_000


def config(text: str) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "reeltui"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(text)


def plain(settings: StudioSettings | None = None) -> Lineup:
    return studio(settings or StudioSettings(), animatic(""), "a test")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What this machine has of Python packages; all of the studio's."""
    found = {"torch", "diffusers", "transformers", "kokoro", "vllm"}
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: object() if name in found else None)
    return found


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def fill(cache: Path, leave: Iterable[str] = ()) -> None:
    """Put every model there, but for those named."""
    for model in STUDIO_MODELS:
        if model.preset or model.name in leave:
            continue

        def build(folder: Path, patterns: tuple[str, ...] = model.files) -> None:
            for pattern in patterns:
                path = folder / pattern.replace("*", "x")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("{}")

        place(cache, model.repository, build)


# --- the lineup -----------------------------------------------------------------------------------------------------


def test_director_and_critic_are_one_load_and_the_mixer_is_ffmpeg() -> None:
    found = plain().backends
    assert set(found) == set(Role)
    assert found[Role.DIRECTOR].loads_as == found[Role.CRITIC].loads_as
    assert found[Role.DIRECTOR].name != found[Role.CRITIC].name, "their seconds are not the same"
    assert len({backend.loads_as for backend in found.values()}) == 6
    assert found[Role.MIXER] == animatic("").backends[Role.MIXER]
    for role, held in STUDIO_HOLDS.items():
        backend = found[role]
        assert (backend.weights, backend.peak, backend.needs_device) == (held.weights, held.peak, True)
        assert backend.model in {model.repository for model in STUDIO_MODELS}
        assert backend.environment["HF_HUB_OFFLINE"] == "1"
        assert backend.environment["HSA_ENABLE_SDMA"] == "0"
        assert backend.declared > 0
    assert found[Role.ANIMATOR].denoises
    assert found[Role.ANIMATOR].fallbacks == ("tiling", "compile", "offload")
    assert "PYTORCH_CUDA_ALLOC_CONF" not in found[Role.DIRECTOR].environment


@pytest.mark.parametrize("role", ROLES)
def test_what_can_be_set_is_what_the_backend_takes(role: Role) -> None:
    path, _, name = plain().backends[role].target.partition(":")
    try:
        kind = getattr(importlib.import_module(path), name)
    except ModuleNotFoundError as error:
        pytest.skip(f"{error.name} is not here")
    taken = inspect.signature(kind).parameters
    for option, described in OPTIONS[role].items():
        if not described.planner:
            assert taken[option].kind is inspect.Parameter.KEYWORD_ONLY
            assert isinstance(taken[option].default, described.kind)


def test_settings_reach_the_backend_and_its_revision() -> None:
    config('[studio.animator]\ncache = "off"\npreview_every = 5\n[studio.painter]\nguidance = 2\n')
    before, found = plain().backends, choose_engine("studio").backends
    assert found[Role.ANIMATOR].options == {"cache": "off", "preview_every": 5}
    assert found[Role.PAINTER].options == {"guidance": 2.0}
    assert found[Role.PAINTER].revision != before[Role.PAINTER].revision
    assert found[Role.ANIMATOR].revision.startswith(before[Role.ANIMATOR].revision + "+")
    assert found[Role.COMPOSER] == before[Role.COMPOSER]
    config("[studio.animator]\npreview_every = 5\n")
    looks = choose_engine("studio").backends[Role.ANIMATOR]
    assert looks.revision == before[Role.ANIMATOR].revision, "a preview changes no clip"
    assert looks.loads_as != before[Role.ANIMATOR].loads_as, "a host that is loaded otherwise is another one"


def test_a_server_elsewhere_needs_no_device_here() -> None:
    config('[studio.director]\nserver = "http://10.0.0.7:8000/v1"\nkey = "MY_KEY"\n')
    found = choose_engine("studio").backends
    for role in (Role.DIRECTOR, Role.CRITIC):
        assert not found[role].needs_device
        assert found[role].peak < 1 * GB
        assert found[role].options["server"] == "http://10.0.0.7:8000/v1"
        assert found[role].revision == plain().backends[role].revision
    assert found[Role.DIRECTOR].loads_as == found[Role.CRITIC].loads_as
    config('[studio.director]\nserver = "http://10.0.0.7:8000/v1"\n[studio.critic]\ncontext = 4096\n')
    apart = choose_engine("studio").backends
    assert apart[Role.CRITIC].needs_device
    assert apart[Role.CRITIC].options == {"context": 4096}
    assert apart[Role.DIRECTOR].loads_as != apart[Role.CRITIC].loads_as


def test_roles_may_be_mixed() -> None:
    config('[roles]\nnarrator = "animatic"\nanimator = "studio"\n[studio.narrator]\ndevice = "cpu"\n')
    found = choose_engine("studio")
    assert found.engine == "studio"
    assert "the animatic engine is the narrator" in found.why
    assert found.backends[Role.NARRATOR] == animatic("").backends[Role.NARRATOR]
    assert choose_engine("animatic").backends == animatic("").backends, "the animatic engine stays whole"
    config('[studio.narrator]\ndevice = "cpu"\n')
    narrator = choose_engine("studio").backends[Role.NARRATOR]
    assert not narrator.needs_device
    assert narrator.options == {}


@pytest.mark.parametrize(
    ("text", "said", "remedy"),
    [
        ("[roles]\nnarator = 'animatic'", "roles.narator", "did you mean narrator?"),
        ("[roles]\nmixer = 'studio'", "roles.mixer", "there is: director"),
        ("[roles]\nnarrator = 'anime'", "roles.narrator is 'anime'", "animatic"),
        ("roles = 3", "[roles] is no table", "docs/studio.md"),
        ("[studio]\nanimator = 3", "studio.animator is no table", "[studio.animator]"),
        ("[studio.animater]", "studio.animater", "did you mean animator?"),
        ("[studio.animator]\ncash = 'off'", "studio.animator.cash", "did you mean cache?"),
        ("[studio.animator]\ncache = 'on'", "studio.animator.cache is 'on'", "diffusers, para-attn, off"),
        ("[studio.painter]\nsteps = '4'", "studio.painter.steps is '4'", "whole number"),
        ("[studio.painter]\nsteps = true", "studio.painter.steps is True", "whole number"),
        ("[studio.painter]\nguidance = 'x'", "studio.painter.guidance", "a number"),
        ("[studio.director]\nserver = 1", "studio.director.server is 1", "in quotes"),
    ],
)
def test_what_nobody_can_set_is_refused(text: str, said: str, remedy: str) -> None:
    config(text)
    with pytest.raises(BadInput) as caught:
        studio_settings()
    assert said in str(caught.value)
    assert "config.toml" in str(caught.value)
    assert remedy in caught.value.remedy


# --- auto -----------------------------------------------------------------------------------------------------------


def test_auto_takes_the_studio_where_everything_is(cache: Path, installed: set[str]) -> None:
    fill(cache)
    found = choose_engine("auto", lambda: (None, 24 * GB, 94 * GB))
    assert found.engine == "studio"
    assert found.why.startswith("auto: ")


@pytest.mark.parametrize(
    ("budgets", "packages", "models", "said"),
    [
        ((), set(), (), "there is no GPU, and the animator needs one with 94 GB"),
        ((94 * GB - 10**8, 20 * GB), set(), (), "the animator needs a GPU with 94 GB, and there are 93.9 GB"),
        ((None,), set(), (), "nobody tells the memory"),
        ((190 * GB,), {"vllm"}, (), "vllm is not installed (pip install 'reeltui[studio]' and vllm)"),
        ((190 * GB,), {"torch", "kokoro"}, (), "torch and kokoro are not installed (pip install 'reeltui[studio]')"),
        ((190 * GB,), set(), ("painter",), "(painter) (reeltui models fetch painter)"),
        ((190 * GB,), set(), ("director", "narrator"), "(director and narrator)"),
    ],
)
def test_auto_says_why_it_does_not(
    cache: Path,
    installed: set[str],
    budgets: tuple[int | None, ...],
    packages: set[str],
    models: tuple[str, ...],
    said: str,
) -> None:
    fill(cache, models)
    installed -= packages
    found = choose_engine("auto", lambda: budgets)
    assert found.engine == "animatic"
    assert said in found.why
    assert found.why.count(". ") == 0, "one sentence"


def test_what_is_mixed_away_is_not_asked_for(cache: Path, installed: set[str], tmp_path: Path) -> None:
    installed -= {"vllm", "kokoro"}
    fill(cache, ("director", "narrator"))
    assert lack(plain(), (190 * GB,)) is not None
    config('[roles]\nnarrator = "animatic"\n[studio.director]\nserver = "http://127.0.0.1:1/v1"\n')
    assert lack(choose_engine("studio"), (190 * GB,)) is None
    config('[roles]\nanimator = "animatic"\nnarrator = "animatic"\ndirector = "animatic"\ncritic = "animatic"\n')
    assert lack(choose_engine("studio"), (21 * GB,)) is None, "the painter is the largest that is left"
    assert missing_packages(choose_engine("studio")) == ()


def test_a_pinned_commit_that_is_gone_is_not_here(cache: Path, installed: set[str]) -> None:
    fill(cache)
    assert missing_models(plain()) == ()
    pin("hexgrad/Kokoro-82M", Pin("a" * 40))
    assert [model.name for model in missing_models(plain())] == ["narrator"]


def test_a_local_folder_is_no_model_of_the_hub(cache: Path, installed: set[str]) -> None:
    fill(cache, ("painter",))
    config('[studio.painter]\nrepository = "/models/klein"\n')
    assert missing_models(choose_engine("studio")) == ()


# --- lightning ------------------------------------------------------------------------------------------------------


def test_lightning_loads_the_weights_made_for_it_and_nothing_else_changes() -> None:
    usual, quick = (for_preset(plain(), preset) for preset in (PresetName.FAST, PresetName.LIGHTNING))
    assert usual == plain()
    before, after = usual.backends[Role.ANIMATOR], quick.backends[Role.ANIMATOR]
    assert after.options == {**before.options, "lightning": True}
    assert after.loads_as != before.loads_as, "a host that holds the other weights is not the same"
    assert (after.revision, after.name) == (before.revision, before.name)
    assert {role for role in Role if usual.backends[role] != quick.backends[role]} == {Role.ANIMATOR}
    assert for_preset(animatic(""), PresetName.LIGHTNING) == animatic("")


def test_lightning_needs_its_weights_as_well(cache: Path, installed: set[str]) -> None:
    fill(cache)
    assert choose_engine("auto", lambda: (190 * GB,)).engine == "studio"
    found = choose_engine("auto", lambda: (190 * GB,), PresetName.LIGHTNING)
    assert found.engine == "animatic"
    assert "reeltui models fetch lightning" in found.why
    distilled = next(model for model in STUDIO_MODELS if model.preset)
    place(cache, distilled.repository, lambda folder: [(folder / name).write_text("{}") for name in distilled.files])
    assert choose_engine("auto", lambda: (190 * GB,), PresetName.LIGHTNING).engine == "studio"


def test_nothing_heavy_is_imported_to_choose() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from core.engines.registry import choose_engine; choose_engine('auto', lambda: (1 << 40,)); "
        "heavy = {'torch', 'diffusers', 'transformers', 'kokoro', 'vllm', 'huggingface_hub', 'numpy'}; "
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_a_lineup_goes_through_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(plain()), type=Lineup) == plain()
