"""The animatic painter: the same panel every time, exactly the size asked for, and the character's own colours."""

from __future__ import annotations

import hashlib
import itertools
import subprocess
import sys
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from core.engines.animatic.paint.canvas import Canvas, Pixels
from core.engines.animatic.paint.colour import Colour, from_hex, mix
from core.engines.animatic.paint.compositor import Compositor
from core.engines.animatic.paint.extent import extent_of
from core.engines.animatic.paint.figure import bounds, draw_figure, gesture_of
from core.engines.animatic.paint.light import read_light
from core.engines.animatic.paint.pen import Gesture
from core.engines.animatic.paint.scenery import paint_stage
from core.engines.animatic.paint.stage import Actor, Stage, load_stage, save_stage
from core.engines.animatic.paint.wardrobe import read_look
from core.engines.animatic.painter import AnimaticPainter
from core.engines.animatic.reading import PLACES, TIMES, WEATHERS, Scene
from core.engines.roles import Room
from core.film.camera import CameraMove
from core.film.errors import EngineTrouble
from core.film.requests import PaintRequest
from core.places import data_table
from tests.asking import picture_of, quiet

AIKO = "Aiko (slim Japanese woman, 27, jet-black chin-length bob, mustard yellow vinyl raincoat)"
KENJI = "Kenji (Japanese man, 28, tall and lean, dark brown hair, navy wool coat, red scarf)"
MEI = "Mei (Japanese woman, 26, shoulder-length lavender hair, crimson dress)"
STORY = "Aiko walks through neon-lit Tokyo at night in the rain"

REQUEST = picture_of(
    prompt="Static camera. A rainy neon Tokyo street at night.",
    characters={"A": AIKO},
    story=STORY,
    strength=0.75,
    seed=7,
    width=128,
    height=72,
)


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


@pytest.mark.parametrize("kind", ["dog", "wolf", "cat", "fox", "horse", "robot"])
def test_other_beings_are_drawn(kind: str) -> None:
    canvas = Canvas(200, 200)
    draw_figure(canvas, read_look(f"a brown {kind}"), (100.0, 190.0), 100.0, Gesture())
    assert (canvas.pixels[..., 3] > 0).mean() > 0.04


# -- every portrait the director writes -------------------------------------------------------------------------

CAST = data_table("prompts/director/cast.toml")
WORDS = data_table("prompts/wardrobe.toml")


def cast_portraits() -> list[str]:
    """Every robot, animal, outfit, head of hair, accessory and carried thing, each with colours of its own."""
    colours = CAST["colours"]
    people = data_table("prompts/director/people.toml")["nouns"]
    outfits = [one for group in CAST["outfit"].values() for one in group]
    extras = [one for group in CAST["accessory"].values() for one in group]
    extras += [noun["carries"] for noun in people.values() if "carries" in noun]
    beings = [*CAST["robot"]["looks"]]
    beings += [look for kind, looks in CAST["animal"].items() if not kind.startswith("names") for look in looks]
    heads = [head for group in CAST["hair"].values() for head in group]
    raw = [f"lean man, 34, short ginger hair, {outfit}" for outfit in outfits]
    raw += [f"slim woman, 31, white shoulder-length hair, pink shirt, blue jeans, {extra}" for extra in extras]
    raw += [f"tall man, 40, {head}, pink shirt, blue jeans" for head in heads]
    portraits = []
    for number, one in enumerate([*raw, *beings]):
        for slot, name in (("c1", "bright"), ("c2", "dark"), ("c3", "accent"), ("hair", "")):
            choice = colours[name] if name else ["black", "auburn", "blonde"]
            one = one.replace("{" + slot + "}", choice[number % len(choice)])
        portraits.append(one)
    return portraits


def named_colours(portrait: str) -> dict[str, Colour]:
    """The colours a portrait names; a species' colour gives way to that of its fur, "honey-brown" is one colour."""
    text = f" {portrait.lower().replace('-', ' ').replace(',', ' ,').replace(')', ' ')} "
    fur = any(f" {word} " in text for word in ("fur", "hide"))
    found = {}
    for clause in text.split(","):
        if fur and any(f" {kind} " in clause for kind in WORDS["kind"]):
            continue
        for name in sorted(WORDS["colour"], key=len, reverse=True):
            if f" {name} " in clause:
                found[name] = from_hex(WORDS["colour"][name])
                clause = clause.replace(f" {name} ", "  ")
    if "honey" in found:
        found["honey"] = found["brown"] = mix(found["honey"], found["brown"], 0.5)
    return found


def of_colour(pixels: Pixels, colour: Colour) -> int:
    """Count the opaque pixels within a tint's reach of a colour (cloth has a lit and a shaded side)."""
    apart = np.abs(pixels[..., :3].astype(int) - np.asarray([round(part * 255) for part in colour])).max(axis=-1)
    return int(((apart <= 22) & (pixels[..., 3] > 200)).sum())


def drawn(portrait: str, facing: str = "front", metre: float = 190.0) -> Pixels:
    canvas = Canvas(520, 460)
    draw_figure(canvas, read_look(portrait), (260.0, 440.0), metre, Gesture(facing=facing))
    return canvas.pixels


@pytest.mark.parametrize("portrait", cast_portraits())
def test_every_colour_the_director_names_is_drawn(portrait: str) -> None:
    pixels = drawn(portrait, metre=150.0 if "horse" in portrait else 190.0)
    for name, colour in named_colours(portrait).items():
        if f"{name} eyes" in portrait and "robot" not in portrait:
            assert of_colour(pixels, colour) >= 3, name  # an iris
        else:
            assert of_colour(pixels, colour) >= 20, name


def test_a_robot_is_metal_and_wears_nothing_nobody_named() -> None:
    rivet = read_look("Rivet (tall slender robot, brushed silver body, round amber eyes, crimson scarf)")
    cobalt = read_look("Cobalt (small sturdy robot, dented copper body, bright blue eyes, turquoise scarf)")
    assert rivet.height > 1.85
    assert cobalt.height < 1.5
    assert rivet.girth < 1 < cobalt.girth
    assert rivet.outer is None
    assert abs(hue_of(cobalt.coat)[0] - 20) < 10
    assert rivet.scarf is not None
    assert abs((hue_of(rivet.scarf)[0] - 349 + 180) % 360 - 180) < 10


@pytest.mark.parametrize(
    ("portrait", "check"),
    [
        ("man, 30, short curly black hair, long teal wool coat", ("curls", "coat", None)),
        ("woman, 30, auburn hair, hooded coral raincoat", ("shoulder", "raincoat", "#ee6f5a")),
        ("boy, 9, emerald overalls, white shirt", ("short", "overalls", "#16855a")),
        ("man, 35, dark armour, crimson cloak", ("short", "armour", None)),
        ("woman, 28, short hair, rust trench coat", ("short", "trench coat", "#a94c26")),
    ],
)
def test_clauses_do_not_run_into_each_other(portrait: str, check: tuple[str, str, str | None]) -> None:
    look = read_look(portrait)
    hair, garment, colour = check
    assert look.hair == hair
    assert look.outer is not None
    assert look.outer.name == garment
    if colour:
        assert look.outer.colour == from_hex(colour)
    if garment == "overalls":
        assert look.top.colour == from_hex(WORDS["colour"]["white"])
    if garment == "armour":
        assert look.marks["cape"] == from_hex(WORDS["colour"]["crimson"])


def test_what_describes_glasses_or_bags_does_not_describe_people() -> None:
    assert read_look("tall woman, 40, round glasses").girth == 1.0
    assert read_look("woman, 40, small red backpack").height == read_look("woman, 40").height


# -- framing by the figures' own size ---------------------------------------------------------------------------

FOX = "Amber (small copper fox, thick fur, black paws, white tail tip)"
GIRL = "Mei (small Japanese girl, 9, black braids, teal jacket, navy blue trousers)"
COBALT = "Cobalt (small sturdy robot, dented copper body, bright blue eyes, turquoise scarf)"
HORSE = "Juno (tall chestnut horse, glossy brown hide, long black mane, white blaze)"
DOG = "Momo (sturdy shaggy dog, brown fur, white chest, bright eyes, crimson collar)"
SIZES = [(256, 144), (144, 256), (160, 160)]


def face_of(actor: Actor) -> tuple[float, float, float]:
    """Return the middle of an actor's face in the frame and its height, in pixels."""
    size = extent_of(actor.look)
    ahead = -1.0 if actor.facing == "left" or (actor.facing == "front" and actor.gaze < 0) else 1.0
    x, y = actor.feet
    return x + ahead * size.head_x * actor.metre, y - size.head_y * actor.metre, size.face * actor.metre


@pytest.mark.parametrize("portrait", [FOX, GIRL, COBALT, HORSE, AIKO])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_small_and_large_beings_fill_their_framings(portrait: str, width: int, height: int) -> None:
    faces = {}
    for shot in ("Wide", "Medium wide", "Medium", "Medium close-up", "Static close-up"):
        request = ask(characters={"A": portrait}, shot_type=shot, story="a day in the park", prompt="")
        actor = staged(Scene(place="park"), request, width, height).notes.actors[0]
        x, y, faces[shot] = face_of(actor)
        assert 0.1 * width < x < 0.9 * width, shot
        assert 0.05 * height < y - faces[shot] * 0.45, shot
        assert y + faces[shot] * 0.45 < height, shot
    body = extent_of(actor.look).top * faces["Medium"] / extent_of(actor.look).face
    assert max(body / height, extent_of(actor.look).span * body / extent_of(actor.look).top / width) > 0.6
    assert faces["Static close-up"] > 0.35 * min(width, height)
    assert faces["Wide"] < faces["Medium"] < faces["Medium close-up"] < faces["Static close-up"]


@pytest.mark.parametrize("cast", [(GIRL, DOG), (KENJI, FOX), (KENJI, HORSE), (AIKO, KENJI), (GIRL, COBALT), (FOX, DOG)])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_those_framed_together_are_all_seen(cast: tuple[str, str], width: int, height: int) -> None:
    for shot in ("Wide", "Medium", "Two shot", "Close-up"):
        request = ask(characters=dict(zip("AB", cast, strict=True)), shot_type=shot, story="in the park", prompt="")
        actors = staged(Scene(place="park"), request, width, height).notes.actors
        assert len(actors) == 2
        for actor in actors:
            x, y, face = face_of(actor)
            assert 0 < x < width, shot
            assert y - face * 0.3 > 0, shot
            assert y + face * 0.3 < height, shot


def test_an_animal_looks_at_us_in_its_close_up() -> None:
    """Both eyes, in the portrait's colour, left and right of the nose."""
    request = ask(
        characters={"A": "Ash (lean grey wolf, thick silver fur, blue eyes)"}, shot_type="Close-up", prompt=""
    )
    stage = staged(Scene(place="snowfield"), request, 320, 180)
    x, _, face = face_of(stage.notes.actors[0])
    canvas = Canvas(320, 180)
    actor = stage.notes.actors[0]
    draw_figure(canvas, actor.look, actor.feet, actor.metre, gesture_of(actor))
    apart = np.abs(canvas.pixels[..., :3].astype(int) - np.round(np.asarray(actor.look.eyes) * 255).astype(int)).max(-1)
    columns = np.nonzero(apart <= 3)[1]
    assert columns.min() < x - 0.05 * face
    assert columns.max() > x + 0.05 * face


# -- from behind ------------------------------------------------------------------------------------------------


def hair_box(portrait: str, facing: str) -> tuple[int, int, int]:
    """Return the width of the hair at the height of the ears, its lowest row, and how uneven its edge is."""
    look = read_look(portrait)
    pixels = drawn(portrait, facing, 250.0)
    apart = np.abs(pixels[..., :3].astype(int) - np.round(np.asarray(look.hair_colour) * 255).astype(int)).max(-1)
    mask = ((apart < 60) & (pixels[..., 3] > 200)).astype(np.uint8)
    mask[200:] = mask[200:] if "long" in portrait else 0
    outline, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(outline, key=cv2.contourArea)
    hull = cv2.convexHull(largest)
    _, y, _, tall = cv2.boundingRect(largest)
    lost = int(100 * (1 - cv2.contourArea(largest) / cv2.contourArea(hull)))
    return int(mask.any(axis=0).sum()), y + tall, lost


def test_hair_from_behind_follows_its_style() -> None:
    styles = ["short curly black hair", "black chin-length bob", "long black hair", "short black hair"]
    boxes = {style: hair_box(f"man, 30, {style}, white shirt", "back") for style in styles}
    assert boxes["short curly black hair"][1] < boxes["black chin-length bob"][1] < boxes["long black hair"][1]
    assert boxes["short black hair"][1] < boxes["black chin-length bob"][1]
    drawings = {style: drawn(f"man, 30, {style}, white shirt", "back") for style in styles}
    for one, other in itertools.combinations(styles, 2):
        assert np.abs(drawings[one].astype(int) - drawings[other].astype(int)).sum() > 20_000, (one, other)
    curls = cv2.Laplacian(cv2.cvtColor(drawings[styles[0]], cv2.COLOR_RGBA2GRAY), cv2.CV_32F)
    smooth = cv2.Laplacian(cv2.cvtColor(drawings[styles[1]], cv2.COLOR_RGBA2GRAY), cv2.CV_32F)
    head = (slice(0, 120), slice(215, 305))
    assert np.abs(curls[head]).mean() > 1.3 * np.abs(smooth[head]).mean()
