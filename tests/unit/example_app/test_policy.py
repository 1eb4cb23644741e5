"""The policy: what is refused, hidden and replaced, on the way in and on the way out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry import Settings, create_observability_stack
from agent_telemetry.redaction.sensitive_words import SensitiveWords
from example_app.data_folder import DATA
from example_app.policy import SAFE_ANSWER, CheckedAnswer
from tests.unit.example_app.scripted_model import chunk, scripted_model
from tests.unit.example_app.test_chat_stream import events_of

WORDS = """
[[category]]
name = "swearing"
action = "mask"
words = ["darn"]

[[category]]
name = "insider_information"
action = "block"
words = ["insider tip"]
"""


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """One word of each kind."""
    file = tmp_path_factory.mktemp("words") / "words.toml"
    file.write_text(WORDS)
    stack = create_observability_stack(
        settings=Settings(service_name="policy", log_stdout=False, strict=True)
    )
    yield SensitiveWords.load(file, stack)
    stack.shutdown()


def said(reply: str) -> list[bytes]:
    """Return the script of a model that says this."""
    message = {"role": "assistant", "content": reply}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return [json.dumps({"model": "gpt-4o-mini", "choices": [choice]}).encode()]


def test_blocked_prompt_is_refused(client) -> None:
    """A blocked message never reaches the model, and the refusal says what to do."""
    response = client.chat("Which insider tip do you have for ACME?", template="research")
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (422, "blocked_by_policy")
    assert error["field"] == "message"
    assert client.log(event="llm_end") == []
    hits = {"category": "insider_information", "action": "block"}
    assert client.sample("agent_sensitive_word_hits_total", **hits) == 1


def test_masked_prompt_goes_on_masked(make_client) -> None:
    """Personal data of a message is not sent to the model, kept in the session or in a signal."""
    with scripted_model(said("Hello.")) as model:
        client = make_client(llm_base_url=model.url)
        first = client.chat("My e-mail is ann.miller@example.com, hello").json()
        client.chat("and now?", session_id=first["session_id"])
    assert len(model.bodies) == 2
    assert not [body for body in model.bodies if b"ann.miller" in body]
    assert b"My e-mail is " in model.bodies[1]
    lines = json.dumps(client.log())
    assert "ann.miller" not in lines


def test_equal_masked_messages_share_an_answer(make_client) -> None:
    """The cache knows the masked text only."""
    with scripted_model(said("Hello.")) as model:
        client = make_client(llm_base_url=model.url)
        for user in ("ann", "bob"):
            answer = client.chat(f"Write to {user}.miller@example.com").json()
    assert answer["cached"] is True


@pytest.mark.parametrize("stream", [False, True])
def test_blocked_answer_is_replaced(make_client, *, stream: bool) -> None:
    """A person gets a safe sentence; what was blocked is in no event, session, cache or log."""
    secret = "I have an insider tip: buy."
    script = [chunk("Well. I have an ins"), chunk("ider tip: buy. Do it."), b"data: [DONE]\n\n"]
    with scripted_model(script if stream else said(secret)) as model:
        client = make_client(llm_base_url=model.url)
        response = client.chat("hello there", stream=stream)
        answer = events_of(response)[-1][1] if stream else response.json()
        again = client.chat("hello there").json() if not stream else None
    assert answer["reply"] == SAFE_ANSWER
    assert "insider" not in response.text
    assert again is None or again["cached"] is False
    assert "insider tip" not in json.dumps(client.log())


def test_masked_answer_is_said_masked(make_client) -> None:
    """Personal data in an answer is hidden, in a stream too, even if it came in two pieces."""
    script = [chunk("Write to ann.mil"), chunk("ler@example.com, please."), b"data: [DONE]\n\n"]
    with scripted_model(script) as model:
        response = make_client(llm_base_url=model.url).chat("hello there", stream=True)
    assert "ann" not in response.text
    assert "miller" not in response.text
    events = events_of(response)
    told = "".join(data["text"] for name, data in events if name == "token")
    assert events[-1][1]["reply"] == told
    assert told.startswith("Write to ")


def test_usual_answers_pass(client) -> None:
    """Orders, tracking numbers and prices are no personal data."""
    for number, tracking in (("1042", "JD0146000042"), ("1046", "794644790138")):
        assert tracking in client.chat(f"Where is my order {number}?").json()["reply"]
    assert client.log(event="chat_refused") == []


def test_sentences_are_said_as_they_end(words) -> None:
    """A stream is said sentence by sentence, not only at its end."""
    heard: list[str] = []
    answer = CheckedAnswer(words, heard.append)
    for piece in ("Your or", "der is shipped. It w", "ill come", " soon.\nBye"):
        answer.piece(piece)
    assert heard == ["Your order is shipped. ", "It will come soon.\n"]
    assert answer.finish() == "Your order is shipped. It will come soon.\nBye"


def test_text_without_an_end_is_not_held_forever(words) -> None:
    """A text without sentences is said in large pieces, so that memory stays bounded."""
    heard: list[str] = []
    answer = CheckedAnswer(words, heard.append)
    for _ in range(2000):
        answer.piece("word ")
    assert len(heard) > 3
    assert answer.finish() == "word " * 2000


@given(
    st.lists(
        st.sampled_from(["darn", "insider tip", " ", ". ", "\n", "order", "é", "世界。", "!"])
    ),
    st.data(),
)
def test_pieces_do_not_matter(words, parts: list[str], data: st.DataObject) -> None:
    """However a text is cut into pieces, the same is said: a word in two pieces is found."""
    text = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    whole, pieces = CheckedAnswer(words, None), CheckedAnswer(words, None)
    whole.piece(text)
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        pieces.piece(text[start:end])
    assert pieces.finish() == whole.finish()
    assert pieces.action == whole.action


def test_words_of_the_demo_are_well_formed() -> None:
    """Every shipped file of words can be read."""
    stack = create_observability_stack(settings=Settings(service_name="p", log_stdout=False))
    files = sorted(DATA.glob("sensitive_words*.toml"))
    assert len(files) == 2
    for file in files:
        assert SensitiveWords.load(file, stack).check("hello").action == "pass"
    stack.shutdown()
