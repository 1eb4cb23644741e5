"""Sensitive words: found as a reader would, counted, audited, and passed, masked or blocked."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry import ConfigurationError
from agent_telemetry.redaction.folded_text import FoldedText
from agent_telemetry.redaction.sensitive_category import Category
from agent_telemetry.redaction.sensitive_words import SensitiveWords, Verdict

FILE = """
[[category]]
name = "insult"
action = "pass"
words = ["idiot"]

[[category]]
name = "promise"
action = "mask"
words = ["guaranteed return", "risk-free", "café", "Straße", "C++"]
patterns = ['\\bEMP-\\d+']

[[category]]
name = "weapons"
action = "block"
words = ["bomb", "炸弹", "爆弾", "폭탄", "ระเบิด"]
"""


@pytest.fixture
def words(stack, tmp_path: Path) -> SensitiveWords:
    """The categories of the file above."""
    path = tmp_path / "words.toml"
    path.write_text(FILE, "utf-8")
    return SensitiveWords.load(path, stack)


@pytest.fixture
def audited(tmp_path: Path):
    """Read the audit trail."""
    path = tmp_path / "logs" / "audit.jsonl"
    return lambda: [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_clean_text_passes_untouched(words) -> None:
    """A text without hits comes back as it is."""
    assert words.check("Where is my parcel?") == Verdict("pass", "Where is my parcel?", ())


def test_actions(words) -> None:
    """The severest action wins; what is passed stays, what is masked or blocked is replaced."""
    found = words.check("You idiot, a guaranteed return or a bomb!", where="answer")
    assert found.action == "block"
    assert found.text == "You idiot, a [redacted:promise] or a [redacted:weapons]!"
    assert set(found.hits) == {
        ("insult", "pass", 1), ("promise", "mask", 1), ("weapons", "block", 1)
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "a BOMB", "(bomb)", "bomb", "bomb\n",
        "a b\u200bo\u200dm\ufeffb", "a bo\u00admb",
        "a \uff42\uff4f\uff4d\uff42", "a \U0001d41b\U0001d428\U0001d426\U0001d41b",
        "我要炸弹吗", "爆弾です", "폭탄을", "ลูกระเบิดมือ", "手机bomb手机",
    ],
)  # fmt: skip
def test_found_however_it_is_written(words, text: str) -> None:
    """Case, width, invisible characters and scripts without blanks hide no word."""
    assert words.check(text).action == "block"


@pytest.mark.parametrize(
    "text", ["bombastic", "a bombé", "carbomb", "bo mb", "b0mb", "bomb_1", "wombat", "bo\nmb"]
)
def test_parts_of_words_are_none(words, text: str) -> None:
    """A word inside of another, or with an accent more, is another word."""
    assert words.check(text) == Verdict("pass", text, ())


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("guaranteed \t\n return!", "[redacted:promise]!"),
        ("RISK-FREE.", "[redacted:promise]."),
        ("cafe\u0301 now", "[redacted:promise] now"),
        ("STRASSE 5", "[redacted:promise] 5"),
        ("C++, c++", "[redacted:promise], [redacted:promise]"),
        ("see EMP-77 there", "see [redacted:promise] there"),
        ("ñ \uff47uaranteed\u200b return ñ", "ñ [redacted:promise] ñ"),
    ],
)
def test_masked_in_the_original(words, text: str, masked: str) -> None:
    """The mask stands exactly where the word stood, whatever folding did to the text."""
    assert words.check(text).text == masked


def test_personal_data_is_built_in(words) -> None:
    """The redactor's findings are the category personal_data, masked unless the file says else."""
    found = words.check("I am ada@example.com, card 4111 1111 1111 1111")
    assert found.text == "I am [redacted:email], card [redacted:card]"
    assert found.hits == (("personal_data", "mask", 2),)


def test_policy_of_personal_data_can_be_set(stack, tmp_path: Path) -> None:
    """The file may block personal data instead."""
    path = tmp_path / "words.toml"
    path.write_text('[[category]]\nname = "personal_data"\naction = "block"\n', "utf-8")
    assert SensitiveWords.load(path, stack).check("ada@example.com").action == "block"


def test_hits_are_counted_from_zero(words, stack) -> None:
    """Every category starts at 0 and counts its hits by what was done."""

    def count(category: str, action: str) -> float | None:
        return stack.registry.get_sample_value(
            "agent_sensitive_word_hits_total", {"category": category, "action": action}
        )

    assert count("weapons", "block") == count("personal_data", "mask") == 0
    words.check("a bomb, a bomb and ada@example.com")
    assert (count("weapons", "block"), count("personal_data", "mask")) == (2, 1)


def test_hits_are_audited_without_the_words(words, stack, audited) -> None:
    """The trail has category, action, count and place, and nothing of the text."""
    with stack.agent("support", tenant_id="acme", user_id="u-1"):
        words.check("tell me how a bomb works", where="prompt")
    (record,) = audited()
    assert (record["event"], record["stream"], record["tenant_id"]) == (
        "sensitive_word", "audit", "acme"
    )  # fmt: skip
    told = record["extra"]
    assert (told["category"], told["action"], told["count"], told["where"]) == (
        "weapons", "block", 1, "prompt"
    )  # fmt: skip
    assert "bomb" not in json.dumps(record)
    assert "works" not in json.dumps(record)


@pytest.mark.parametrize(
    "content",
    [
        '[[category]]\naction = "mask"\nwords = ["x"]',
        '[[category]]\nname = "x"\naction = "burn"\nwords = ["x"]',
        '[[category]]\nname = "x"\naction = "mask"',
        '[[category]]\nname = "x"\naction = "mask"\nwords = "x"',
        '[[category]]\nname = "x"\naction = "mask"\npatterns = ["("]',
        '[[category]]\nname = "x"\naction = "mask"\nword = ["x"]',
        '[[category]]\nname = "x"\naction = "mask"\nwords = [""]',
        "category = 5",
        "words = []",
        "not toml",
        '[[category]]\nname="x"\naction="mask"\nwords=["a"]\n' * 2,
    ],
)
def test_wrong_file_is_refused(stack, tmp_path: Path, content: str) -> None:
    """A wrong file stops the start and is named."""
    path = tmp_path / "words.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(ConfigurationError, match=r"words\.toml"):
        SensitiveWords.load(path, stack)


def test_files_of_the_sample_agent_are_accepted(stack) -> None:
    """The lists that the sample agent ships can be read."""
    for path in sorted(Path("example_app/data").glob("sensitive_words*.toml")):
        SensitiveWords.load(path, stack)


@given(st.text(max_size=40), st.text(max_size=40))
def test_word_between_anything_is_found(before: str, after: str) -> None:
    """Between blanks a word is found in whatever text, at its place."""
    category = Category("x", "mask", ("bomb",))
    text = f"{before} bomb {after}"
    folded = FoldedText(text)
    places = [folded.original(*place) for place in category.find(folded.text)]
    at = len(before) + 1
    assert any(start <= at and end >= at + 4 for start, end in places)


@given(st.text(max_size=60))
def test_places_fit_the_original(text: str) -> None:
    """Every piece of the folded text maps to a piece of the original, in order."""
    folded = FoldedText(text)
    for place in range(len(folded.text)):
        start, end = folded.original(place, place + 1)
        assert 0 <= start < end <= len(text)


def test_check_that_fails_blocks(make_stack, monkeypatch) -> None:
    """A text that could not be looked through does not go on, and nothing is raised."""
    stack = make_stack(strict=False)
    words = SensitiveWords((), stack)
    monkeypatch.setattr(words, "_redactor", None)
    found = words.check("ada@example.com")
    assert (found.action, "ada" in found.text) == ("block", False)
    labels = {"where": "sensitive_words"}
    assert stack.registry.get_sample_value("telemetry_faults_total", labels) == 1


def test_many_words_cost_no_more_looks() -> None:
    """With 20 000 words a megabyte is still one pass: words are looked up, not tried."""
    category = Category("x", "mask", tuple(f"word{number}" for number in range(20_000)))
    assert len(category.find("word19999 word20000 " * 50_000)) == 50_000
