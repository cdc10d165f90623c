"""The chat protocol against a real server: keys, pictures as bytes, what is tried again, time-outs, giving up."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest
from PIL import Image

from core.engines.studio.chat import (
    TRIES,
    Chat,
    Cord,
    GivenUp,
    Message,
    Picture,
    Question,
    Rejected,
    ServerTrouble,
)
from core.engines.studio.schemas import narrowed_verdict
from core.film.errors import BadInput
from tests.tiny.server import KEY, running
from tests.watching import until


def picture(brightness: int = 200) -> Picture:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (brightness,) * 3).save(out, "JPEG")
    return Picture(out.getvalue())


def question(*pictures: Picture) -> Question:
    parts = ("What do you see?", *(pictures or (picture(),)))
    messages = (Message("system", ("Look.",)), Message("user", parts))
    return Question(messages, "verdict", narrowed_verdict(), longest=100, seed=7, temperature=0.25, top_p=0.8)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engines.studio.chat._PAUSES", (0.01, 0.02))


def test_the_question_arrives_as_it_was_asked(tmp_path: Path) -> None:
    with running(tmp_path) as tiny:
        answer = Chat(tiny.address, key=KEY, model="tiny").ask(question(picture(), picture(0)), Cord())
        (asked,) = tiny.asked()
    assert answer.whole
    assert answer.text.startswith('{"issues"')
    assert (answer.asked_tokens, answer.answered_tokens) == (50, 20)
    body = asked["body"]
    assert asked["foreign"] == []
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    wanted = {"model": "tiny", "seed": 7, "temperature": 0.25, "top_p": 0.8, "max_tokens": 100, "stream": False}
    assert {name: body[name] for name in wanted} == wanted
    bound = body["response_format"]
    assert bound["type"] == "json_schema"
    assert bound["json_schema"] == {"name": "verdict", "schema": narrowed_verdict(), "strict": True}
    system, user = body["messages"]
    assert system == {"role": "system", "content": "Look."}
    assert [part["type"] for part in user["content"]] == ["text", "image_url", "image_url"]


def test_the_address_may_end_in_v1(tmp_path: Path) -> None:
    with running(tmp_path) as tiny:
        for end in ("", "/", "/v1", "/v1/"):
            assert Chat(tiny.address + end, key=KEY).models(Cord()) == ("tiny",)


@pytest.mark.parametrize("address", ["", "here:80", "ftp://here", "http://", "http://a:b@here", "http://here:x"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="no server's address"):
        Chat(address)


def test_a_wrong_key_is_told_and_not_tried_again(tmp_path: Path) -> None:
    with running(tmp_path) as tiny, pytest.raises(Rejected, match="401") as caught:
        Chat(tiny.address, key="another", model="tiny").ask(question(), Cord())
    assert "key" in caught.value.remedy
    assert "another" not in str(caught.value) + caught.value.remedy


def test_a_model_that_is_not_there_is_told_in_the_servers_words(tmp_path: Path) -> None:
    with running(tmp_path) as tiny, pytest.raises(Rejected, match="The model `large` does not exist") as caught:
        Chat(tiny.address, key=KEY, model="large").ask(question(), Cord())
    assert "large" in caught.value.remedy


@pytest.mark.parametrize("word", ["500", "503", "429", "break"])
def test_what_may_pass_is_tried_again(tmp_path: Path, word: str) -> None:
    with running(tmp_path, verdict=[word, word, "good"]) as tiny:
        assert Chat(tiny.address, key=KEY, model="tiny").ask(question(), Cord()).whole
        assert len(tiny.asked()) == TRIES


def test_what_does_not_pass_is_told_after_so_many_tries(tmp_path: Path) -> None:
    with running(tmp_path, verdict=["500"]) as tiny:
        with pytest.raises(ServerTrouble, match="500: scripted 500"):
            Chat(tiny.address, key=KEY, model="tiny").ask(question(), Cord())
        assert len(tiny.asked()) == TRIES


def test_what_is_refused_is_not_tried_again(tmp_path: Path) -> None:
    with running(tmp_path, verdict=["400"]) as tiny:
        with pytest.raises(Rejected, match="scripted 400"):
            Chat(tiny.address, key=KEY, model="tiny").ask(question(), Cord())
        assert len(tiny.asked()) == 1


def test_a_wish_to_wait_is_heeded_within_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(Cord, "pause", lambda self, seconds: waited.append(seconds))
    with running(tmp_path, verdict=["429:3", "429:4000", "good"]) as tiny:
        Chat(tiny.address, key=KEY, model="tiny").ask(question(), Cord())
    assert waited == [3.0, 15.0]


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with running(tmp_path) as tiny:
        address = tiny.address
    checks: list[int] = []
    chat = Chat(address, model="tiny", check=lambda: checks.append(1))
    with pytest.raises(ServerTrouble, match="cannot be reached"):
        chat.ask(question(), Cord())
    assert len(checks) == TRIES


def test_a_server_known_to_be_dead_is_not_asked_again(tmp_path: Path) -> None:
    def dead() -> None:
        raise ServerTrouble("it died")

    with running(tmp_path, verdict=["die"]) as tiny:
        with pytest.raises(ServerTrouble, match="it died"):
            Chat(tiny.address, key=KEY, model="tiny", check=dead).ask(question(), Cord())
        assert len(tiny.asked()) == 1


def test_an_answer_that_does_not_come_is_given_up_after_its_time(tmp_path: Path) -> None:
    with running(tmp_path, verdict=["hang"]) as tiny:
        with pytest.raises(ServerTrouble, match=r"did not answer within 0\.3 s"):
            Chat(tiny.address, key=KEY, model="tiny", seconds=0.3).ask(question(), Cord())
        until(lambda: any(note.get("left") for note in tiny.noted()))
        assert len(tiny.asked()) == 1


def test_a_pulled_cord_ends_the_wait_and_the_servers_work(tmp_path: Path) -> None:
    cord, caught = Cord(), []

    def ask() -> None:
        try:
            Chat(tiny.address, key=KEY, model="tiny").ask(question(), cord)
        except GivenUp as error:
            caught.append(error)

    with running(tmp_path, verdict=["hang"]) as tiny:
        thread = threading.Thread(target=ask)
        thread.start()
        until(tiny.asked)
        cord.pull()
        thread.join(10)
        until(lambda: any(note.get("left") for note in tiny.noted()))
    assert len(caught) == 1


def test_a_cord_that_was_pulled_before_asks_nothing(tmp_path: Path) -> None:
    cord = Cord()
    cord.pull()
    with running(tmp_path) as tiny:
        with pytest.raises(GivenUp):
            Chat(tiny.address, key=KEY, model="tiny").ask(question(), cord)
        assert tiny.asked() == []


@pytest.mark.parametrize(("word", "text", "whole"), [("empty", "", True), ("null", "", True), ("partial", None, False)])
def test_an_answer_says_whether_it_is_whole(tmp_path: Path, word: str, text: str | None, whole: bool) -> None:
    with running(tmp_path, verdict=[word]) as tiny:
        answer = Chat(tiny.address, key=KEY, model="tiny").ask(question(), Cord())
    assert answer.whole is whole
    assert text is None or answer.text == text


def test_the_tests_server_really_looks_at_what_comes(tmp_path: Path) -> None:
    with running(tmp_path) as tiny, pytest.raises(ServerTrouble):
        Chat(tiny.address, key=KEY, model="tiny").ask(question(Picture(b"no picture")), Cord())
