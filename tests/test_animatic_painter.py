"""The animatic painter: the same panel every time, exactly the size asked for, and the character's own colours."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from core.engines.animatic.paint.canvas import Canvas, Pixels
from core.engines.animatic.paint.colour import Colour
from core.engines.animatic.paint.compositor import Compositor
from core.engines.animatic.paint.figure import bounds, draw_figure, gesture_of
from core.engines.animatic.paint.light import read_light
from core.engines.animatic.paint.pen import Gesture
from core.engines.animatic.paint.scenery import paint_stage
from core.engines.animatic.paint.stage import Stage, load_stage, save_stage
from core.engines.animatic.paint.wardrobe import read_look
from core.engines.animatic.painter import AnimaticPainter
from core.engines.animatic.reading import PLACES, TIMES, WEATHERS, Scene
from core.engines.roles import Room
from core.film.camera import CameraMove
from core.film.errors import EngineTrouble
from core.film.requests import PaintRequest

AIKO = "Aiko (slim Japanese woman, 27, jet-black chin-length bob, mustard yellow vinyl raincoat)"
KENJI = "Kenji (Japanese man, 28, tall and lean, dark brown hair, navy wool coat, red scarf)"
MEI = "Mei (Japanese woman, 26, shoulder-length lavender hair, crimson dress)"
STORY = "Aiko walks through neon-lit Tokyo at night in the rain"

REQUEST = PaintRequest(
    subject="shot",
    prompt="Static camera. A rainy neon Tokyo street at night.",
    negative="",
    characters={"A": AIKO},
    story=STORY,
    shot_type="Wide",
    camera=CameraMove.STATIC,
    references=(),
    continues=False,
    strength=0.75,
    seed=7,
    width=128,
    height=72,
)


def quiet(fraction: float, note: str = "") -> None:
    """Take progress and do nothing with it."""


def ask(**changes: object) -> PaintRequest:
    return msgspec.structs.replace(REQUEST, **changes)


def painted(request: PaintRequest, stage: Path) -> Pixels:
    stage.mkdir(exist_ok=True)
    made = AnimaticPainter().run(request, Room(reel=stage, stage=stage), quiet)
    assert sorted(path.name for path in stage.iterdir()) == sorted(made.files)
    image = cv2.imread(str(stage / "image.png"), cv2.IMREAD_COLOR_RGB)
    assert image is not None
    return np.asarray(image, np.uint8)


def staged(scene: Scene, request: PaintRequest, width: int = 160, height: int = 90) -> Stage:
    return paint_stage(request, scene, width, height)


def hue_of(colour: Colour) -> tuple[float, float]:
    """Return a colour's place on the hue circle (as a vector), which light and shade hardly move."""
    pixel = np.asarray([[colour]], np.float32)
    h, s, _ = cv2.cvtColor(pixel, cv2.COLOR_RGB2HSV)[0, 0]
    return float(h), float(s)


def share(image: Pixels, colour: Colour, box: tuple[int, int, int, int]) -> float:
    """Return the share of a box whose hue is within 20 degrees of `colour` and not grey."""
    x0, y0, x1, y1 = box
    part = image[max(0, y0) : y1, max(0, x0) : x1].astype(np.float32) / 255
    hsv = cv2.cvtColor(part, cv2.COLOR_RGB2HSV)
    away = np.abs((hsv[..., 0] - hue_of(colour)[0] + 180) % 360 - 180)
    return float(np.mean((away < 20) & (hsv[..., 1] > 0.28)))


def test_a_panel_has_exactly_the_size_and_its_files(tmp_path: Path) -> None:
    for width, height in ((128, 72), (64, 64), (72, 128), (130, 98)):
        image = painted(ask(width=width, height=height), tmp_path / f"{width}x{height}")
        assert image.shape == (height, width, 3)
        assert image.std() > 8  # a picture, not a flat sheet


def test_the_same_request_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    painted(REQUEST, tmp_path / "here")
    script = (
        "import sys, msgspec; from pathlib import Path\n"
        "from core.engines.animatic.painter import AnimaticPainter\n"
        "from core.engines.roles import Room\n"
        "from core.film.requests import PaintRequest\n"
        "request = msgspec.json.decode(sys.argv[1], type=PaintRequest)\n"
        "AnimaticPainter().run(request, Room(reel=Path(sys.argv[2]), stage=Path(sys.argv[2])), lambda f, n='': None)\n"
    )
    there = tmp_path / "there"
    there.mkdir()
    subprocess.run(
        [sys.executable, "-c", script, msgspec.json.encode(REQUEST).decode(), str(there)],
        check=True,
        env={"PYTHONHASHSEED": "4711", "PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    for path in (tmp_path / "here").iterdir():
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256((there / path.name).read_bytes()).digest()


def test_another_seed_is_another_panel(tmp_path: Path) -> None:
    first = painted(REQUEST, tmp_path / "a").astype(int)
    other = painted(ask(seed=8), tmp_path / "b").astype(int)
    assert np.abs(first - other).mean() > 0.5


def test_the_picture_is_its_own_layers_put_together(tmp_path: Path) -> None:
    image = painted(ask(width=384, height=320), tmp_path / "s")
    stage = load_stage(tmp_path / "s" / "image.layers.zip")
    assert np.array_equal(Compositor(stage).frame(0.0), image)
    assert len(stage.pixels) >= 5


def test_a_layers_file_that_is_not_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "image.layers.zip"
    path.write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(EngineTrouble):
        load_stage(path)
    save_stage(staged(Scene(), ask(subject="scene")), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EngineTrouble):
        load_stage(path)


@pytest.mark.parametrize("place", PLACES)
def test_every_place_paints(place: str) -> None:
    stage = staged(Scene(place=place, time="golden"), ask(story=f"a story in a {place}"))
    frame = Compositor(stage).frame(0.0)
    assert frame.shape == (90, 160, 3)
    assert frame.std() > 12
    assert len(stage.pixels) >= 4
    # The frame is covered: what lies farthest reaches every corner, moved or not.
    assert (stage.pixels[0][..., 3] == 255).mean() > 0.95


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("weather", WEATHERS)
def test_every_hour_and_weather_paints(time: str, weather: str) -> None:
    for neon in (False, True):
        frame = Compositor(staged(Scene(place="street", time=time, weather=weather, neon=neon), REQUEST)).frame(0.0)
        assert frame.std() > 8


def test_night_is_darker_than_day_and_neon_more_colourful() -> None:
    def look(**scene: object) -> tuple[float, float]:
        picture = Compositor(staged(Scene(**scene), ask(subject="scene"))).frame(0.0)  # type: ignore[arg-type]
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
        return float(hsv[..., 2].mean()), float((hsv[..., 1].astype(float) * hsv[..., 2]).mean())

    day, night = look(place="field", time="day"), look(place="field", time="night")
    assert night[0] < 0.75 * day[0]
    assert look(place="street", time="night", neon=True)[1] > look(place="street", time="night")[1]


def test_fog_hides_the_distance() -> None:
    clear, fog = read_light(Scene(place="field")), read_light(Scene(place="field", weather="fog"))
    assert fog.reach < 0.3 * clear.reach
    red = (0.8, 0.1, 0.1)
    assert abs(fog.fade(red, 40)[0] - fog.fog[0]) < abs(clear.fade(red, 40)[0] - clear.fog[0]) + 0.05


@pytest.mark.parametrize(
    ("portrait", "garment"),
    [(AIKO, "raincoat"), (KENJI, "coat"), (MEI, "dress"), ("man, 40, in an emerald jacket and jeans", "jacket")],
)
def test_a_portrait_is_read(portrait: str, garment: str) -> None:
    look = read_look(portrait)
    worn = look.outer or look.top
    assert worn.name == garment
    expected = {"raincoat": 44, "coat": 225, "dress": 349, "jacket": 160}[garment]
    assert abs((hue_of(worn.colour)[0] - expected + 180) % 360 - 180) < 15


def test_what_a_portrait_says_of_the_person_is_read() -> None:
    kenji = read_look(KENJI)
    assert (kenji.sex, kenji.age, kenji.scarf is not None) == ("man", "adult", True)
    assert kenji.height > read_look(AIKO).height
    mei = read_look(MEI)
    assert mei.hair == "shoulder"
    assert 240 < hue_of(mei.hair_colour)[0] < 280
    old = read_look("an elderly fisherman with a grey beard, glasses, navy beanie, carrying a lantern")
    assert (old.age, old.beard, old.glasses, old.hat, old.prop) == ("elder", "beard", True, "beanie", "lantern")
    girl = read_look("girl, 8, red braids, holding a red umbrella")
    assert girl.age == "child"
    assert girl.umbrella is not None
    assert read_look("a small orange fox").kind == "fox"


@pytest.mark.parametrize("portrait", [AIKO, KENJI, MEI])
@pytest.mark.parametrize("shot", ["Wide", "Medium", "Static medium close-up", "Full shot"])
def test_the_wardrobe_is_in_the_figure_in_every_shot(portrait: str, shot: str) -> None:
    look = read_look(portrait)
    scene = Scene(place="park", time="day")
    stage = staged(scene, ask(characters={"A": portrait}, shot_type=shot), 256, 144)
    actor = stage.notes.actors[0]
    picture = Compositor(stage).frame(0.0)
    empty = Compositor(Stage(msgspec.structs.replace(stage.notes, actors=()), stage.pixels)).frame(0.0)
    colour = (look.outer or look.top).colour
    gained = share(picture, colour, bounds(actor)) - share(empty, colour, bounds(actor))
    assert gained > 0.06


def test_the_figure_stays_itself_at_night_in_the_rain() -> None:
    scene = Scene(place="street", time="night", weather="rain", neon=True)
    for shot in ("Wide", "Medium", "Medium close-up"):
        stage = staged(scene, ask(shot_type=shot), 256, 144)
        picture = Compositor(stage).frame(0.0)
        assert (
            share(picture, (read_look(AIKO).outer or read_look(AIKO).top).colour, bounds(stage.notes.actors[0])) > 0.08
        )


def test_a_character_is_drawn_from_its_portrait_alone() -> None:
    sheets = []
    for seed in (1, 2):
        stage = staged(Scene(), ask(seed=seed, shot_type="Full shot"))
        actor = stage.notes.actors[0]
        canvas = Canvas(200, 300)
        draw_figure(canvas, actor.look, (100.0, 290.0), 150.0, gesture_of(actor))
        sheets.append(canvas.pixels)
    assert np.array_equal(sheets[0], sheets[1])


def test_figures_stand_on_the_ground_of_their_set() -> None:
    for shot in ("Wide", "Full shot"):
        stage = staged(Scene(place="field"), ask(shot_type=shot))
        actor, rig = stage.notes.actors[0], stage.notes.rig
        # Feet at distance Z under an eye at height h are h * focal / Z below the horizon.
        ground = next(sheet for sheet in stage.notes.sheets if sheet.name == "ground")
        assert actor.feet[1] - rig.py == pytest.approx(rig.focal / ground.plane.y / actor.distance, rel=1e-6)


def test_a_walker_seen_from_behind_shows_no_face() -> None:
    follow = staged(Scene(), ask(camera=CameraMove.FOLLOW, prompt="Follow shot. She walks."))
    assert [actor.facing for actor in follow.notes.actors] == ["back"]
    assert follow.notes.actors[0].act == "walk"


def test_masters_and_group(tmp_path: Path) -> None:
    one = painted(ask(subject="A", width=320, height=180), tmp_path / "A")
    assert share(one, (0.86, 0.66, 0.14), (0, 0, 320, 180)) > 0.05
    cast = {"A": AIKO, "B": KENJI, "C": MEI}
    group = painted(ask(subject="group", characters=cast, width=320, height=180), tmp_path / "group")
    for portrait in cast.values():
        look = read_look(portrait)
        assert share(group, (look.outer or look.top).colour, (0, 0, 320, 180)) > 0.01
    scene = staged(Scene(), ask(subject="scene"))
    assert scene.notes.actors == ()


def test_the_set_is_the_same_from_every_framing() -> None:
    """The same story has the same houses: another shot seed moves the camera, never the set."""
    near = staged(Scene(place="street"), ask(shot_type="Medium", seed=1))
    far = staged(Scene(place="street"), ask(shot_type="Wide", seed=99))
    assert near.notes.rig.heading == far.notes.rig.heading
    assert [sheet.name for sheet in far.notes.sheets if "wall" in sheet.name] == [
        sheet.name for sheet in near.notes.sheets if "wall" in sheet.name
    ]


@pytest.mark.parametrize("words", ["a brass lantern", "an old book", "a sealed letter", "her umbrella", "a key", "tea"])
def test_inserts_show_their_object(words: str) -> None:
    scene = Scene(place="cafe")
    with_it = Compositor(staged(scene, ask(shot_type="Insert", prompt=words))).frame(0.0).astype(int)
    without = Compositor(staged(scene, ask(subject="scene"))).frame(0.0).astype(int)
    assert np.abs(with_it - without)[30:70, 50:110].mean() > 8


@pytest.mark.parametrize("kind", ["dog", "cat", "fox", "horse", "robot"])
def test_other_beings_are_drawn(kind: str) -> None:
    canvas = Canvas(200, 200)
    draw_figure(canvas, read_look(f"a brown {kind}"), (100.0, 190.0), 100.0, Gesture())
    assert (canvas.pixels[..., 3] > 0).mean() > 0.04
