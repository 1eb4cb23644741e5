"""Redaction: personal data and secrets go, ids and numbers stay, in linear time."""

import re
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from agent_telemetry import ConfigurationError
from agent_telemetry.redaction import patterns as redaction_patterns
from agent_telemetry.redaction.patterns import DETECTORS
from agent_telemetry.redaction.redactor import FAILED, Redactor, lowered
from agent_telemetry.redaction.scan import suspects

REDACTOR = Redactor()
#: In two pieces, so that no file of the repository looks as if it held one.
_KEY = "RSA PRIVATE" + " KEY-----"

FOUND = [
    ("email", "write to {} today", "ada.l+news@mail.example.com"),
    ("email", "{}.", "jürgen@müller-büro.de"),
    ("phone", "call {} now", "+49 30 1234567"),
    ("phone", "call {}, please", "(415) 555-2671"),
    ("phone", "call {}", "+14155552671"),
    ("phone", "Phone: {}", "030 123456"),
    ("card", "card {} is mine", "4111 1111 1111 1111"),
    ("card", "card={}", "5555-5555-5555-4444"),
    ("card", "({})", "378282246310005"),
    ("iban", "pay {} please", "DE89 3704 0044 0532 0130 00"),
    ("iban", "pay {}.", "GB82WEST12345698765432"),
    ("iban", "pay {}", "de89 3704 0044 0532 0130 00"),
    ("ssn", "ssn {}", "536-22-1234"),
    ("api_key", "use {}", "sk-proj-abcdefghijklmnopqrstuvwx"),
    ("api_key", "use {}", "AKIA" + "IOSFODNN7EXAMPLE"),
    ("api_key", "use {},", "ghp_" + "a1B2" * 9),
    ("jwt", "jwt {}", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"),
    ("bearer_token", "Authorization: Bearer {}", "abc123def456"),
    ("secret", "password={}", "hunter2"),
    ("secret", "OPENAI_API_KEY='{}'", "whatever-it-is"),
    ("secret", '{{"client_secret": "{}"}}', "a longer phrase 7"),
    ("url_password", "postgres://app:{}@db:5432/x", "s3cr3t@home"),
    ("private_key", "{}", f"-----BEGIN {_KEY}\nMIIE\n-----END {_KEY}"),
    ("private_key", "cut: {}", f"-----BEGIN {_KEY}\nMIIE"),
]


@pytest.mark.parametrize(("category", "text", "secret"), FOUND)
def test_what_it_is_for_is_found(category: str, text: str, secret: str) -> None:
    """Each kind is replaced by its name, the text around it stays."""
    assert REDACTOR.redact(text.format(secret)) == text.format(f"[redacted:{category}]")


STAYS = [
    "order 1042 shipped, invoice RE-2024-00017, basket 4929-1",
    "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "request 0191f3a2-7c1e-7a3b-9d2c-aabbccddeeff took 0.4111111111111111 s",
    "2026-03-01T10:00:00.123456+01:00 and 2026-03-01 10:00:00",
    "nanoseconds 1700000000123456789, milliseconds 1700000000123",
    "tokens: 812, token: 133, max_tokens=4096, the token expired",
    "10.0.0.1 and 192.168.178.255 and ::1",
    "4111111111111112 has a wrong check digit, so has DE89370400440532013001",
    "order-4111111111111111 and 4111111111111111-a are ids",
    "the bearer certificates of a basic principle",
    "user@localhost, @ada, version 1.2.3-4, -5 %, +12 %",
    "the secret: be kind",
    "000-12-3456 was never given out",
    "-----BEGIN PUBLIC KEY-----\nMIIB",
]


@pytest.mark.parametrize("text", STAYS)
def test_what_looks_like_it_stays(text: str) -> None:
    """Ids, order numbers, times, versions and sentences are left alone."""
    assert REDACTOR.redact(text) == text


@given(st.uuids(), st.binary(min_size=16, max_size=16), st.binary(min_size=8, max_size=8))
def test_ids_stay(some: uuid.UUID, trace: bytes, span: bytes) -> None:
    """No UUID, trace id or traceparent is ever taken for a secret."""
    parent = f"00-{trace.hex()}-{span.hex()}-01"
    text = f"request {some} {some.hex} trace_id={trace.hex()} {parent}"
    assert REDACTOR.redact(text) == text


@given(
    st.datetimes(timezones=st.just(UTC)),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_times_and_numbers_stay(moment: datetime, number: int, share: float) -> None:
    """Timestamps, order numbers up to 12 digits and any float stay."""
    text = f"{moment.isoformat()} order {number} of {share} in {moment.timestamp()} {share!r},"
    assert REDACTOR.redact(text) == text


PIECES = [secret for _, _, secret in FOUND] + [
    "password", "token", "bearer ", "sk-", "://", ":", "=", "@", "+49", "phone ", "4111", "-", " ",
    "DE89", "eyJ", "a", "7", ".", "\n", "\u0130", "K", "é", '"', "'",
]  # fmt: skip
MIXED = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


@given(MIXED)
def test_first_look_hides_nothing(text: str) -> None:
    """Whatever a detector finds, the quick look before it had suspected."""
    small = lowered(text)
    really = {name for name, detect in DETECTORS.items() if list(detect(text, small))}
    assert really <= set(suspects(text))


@given(st.lists(st.sampled_from(FOUND), max_size=4))
def test_twice_is_once(found: list[tuple[str, str, str]]) -> None:
    """What was redacted stays as it is: handlers and exporters may each do it."""
    once = REDACTOR.redact(" | ".join(text.format(secret) for _, text, secret in found))
    assert REDACTOR.redact(once) == once


@example(f"password://-----BEGIN {_KEY}\nMIIE\n-----END {_KEY}")
@given(MIXED)
def test_findings_are_apart_and_in_order(text: str) -> None:
    """Findings never overlap, and what is outside of them is in the result unchanged."""
    found = REDACTOR.find(text)
    edges = [edge for each in found for edge in (each.start, each.end)]
    assert edges == sorted(edges)
    assert all(each.end > each.start for each in found)
    kept, last = [], 0
    for each in found:
        kept.append(text[last : each.start])
        last = each.end
    kept.append(text[last:])
    assert REDACTOR.redact(text).startswith(kept[0])
    assert REDACTOR.redact(text).endswith(kept[-1])


@given(st.text(st.characters(codec=None)))
def test_any_text_is_taken(text: str) -> None:
    """Lone surrogates, zero bytes and any script pass through without a fault."""
    assert REDACTOR.redact(text) != FAILED


HOSTILE = [
    "eyJ", "a@", "a.", "a@b.", "://a:", "DE89 ", "4111 1111 1111 111 ", "+1 ", "password=",
    f"-----BEGIN {_KEY}", "bearer ", "phone ", "1-", "0000-", "sk-", "@", "token: ",
    "536-22-", "password:    ", 'password="',
]  # fmt: skip


@pytest.mark.parametrize("piece", [*HOSTILE, *[f"{each}x" for each in HOSTILE]])
def test_hostile_megabyte_is_read_a_few_times(piece: str, monkeypatch) -> None:
    """1 MB of the worst is read to its end; the check-digit routines are asked once a piece.

    With one quadratic pattern this would take hours.
    """
    text = piece * (1_000_000 // len(piece)) + " ada@example.com"
    asked = 0

    def count(number: str) -> bool:
        nonlocal asked
        asked += 1
        return False

    for routine in ("iban.is_valid", "luhn.is_valid", "ssn.is_valid"):
        monkeypatch.setattr(f"agent_telemetry.redaction.patterns.{routine}", count)
    assert REDACTOR.redact(text) != text
    assert asked <= len(text) / len(piece) + 1


def test_patterns_have_no_backtracking_without_end() -> None:
    """Every repetition without an upper bound is possessive, or a class that ends the match."""
    for name, pattern in vars(redaction_patterns).items():
        if isinstance(pattern, re.Pattern):
            free = re.findall(r"(?<!\\)[\])\w](?:[*+]|\{\d+,\})(?![+])", pattern.pattern)
            assert not free, f"{name}: {free}"


def test_own_patterns_and_switched_off_ones(tmp_path: Path) -> None:
    """A file adds categories and takes built-in ones away."""
    path = tmp_path / "patterns.toml"
    path.write_text(
        'off = ["phone"]\n[[pattern]]\nname = "employee"\nregex = "EMP-[0-9]{6}"\n', "utf-8"
    )
    redactor = Redactor.load(path)
    text = "EMP-123456 has +49 30 1234567 and ada@example.com"
    assert redactor.redact(text) == "[redacted:employee] has +49 30 1234567 and [redacted:email]"
    assert "phone" not in redactor.categories


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[[pattern]]\nname = "x"\nregex = "("\n', "x"),
        ('[[pattern]]\nname = "Bad Name"\nregex = "a"\n', "number 1"),
        ('[[pattern]]\nname = "email"\nregex = "a"\n', "taken"),
        ('[[pattern]]\nname = "x"\n', "number 1"),
        ("pattern = 5\n", "number 1"),
        ('off = ["nothing"]\n', "off"),
        ("patern = []\n", "patern"),
        ("not toml", "TOML"),
    ],
)
def test_wrong_file_stops_the_start(make_stack, tmp_path: Path, content: str, said: str) -> None:
    """A wrong file of patterns names the variable, the file and what is wrong."""
    path = tmp_path / "patterns.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        make_stack(redact_patterns_file=path)
    assert "AGENT_TELEMETRY_REDACT_PATTERNS_FILE" in str(caught.value)
    assert said in str(caught.value)


def test_missing_file_stops_the_start(make_stack, tmp_path: Path) -> None:
    """A file that is not there is a configuration error too."""
    with pytest.raises(ConfigurationError, match="AGENT_TELEMETRY_REDACT_PATTERNS_FILE"):
        make_stack(redact_patterns_file=tmp_path / "none.toml")


@given(st.sampled_from(FOUND), st.sampled_from(["", " ", "(", "\n", ": "]))
def test_neighbours_do_not_hide_a_secret(found: tuple[str, str, str], before: str) -> None:
    """The same secret is found after a blank, a bracket, a line break, or at the beginning."""
    category, _, secret = found
    assume(category in {"email", "card", "iban", "api_key", "private_key", "ssn", "jwt"})
    assert secret not in REDACTOR.redact(f"{before}{secret}")
