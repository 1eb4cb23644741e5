"""Logs, spans and audit records leave the process without personal data and secrets."""

import datetime as dt
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry.redaction.redactor import FAILED, Redactor
from agent_telemetry.redaction.values import HIDDEN, redacted_fields, redacted_value
from agent_telemetry.traces.tracer import Tracer

MAIL, CARD = "ada@example.com", "4111 1111 1111 1111"
REDACTOR = Redactor()


class Person:
    """An object whose text holds personal data."""

    def __repr__(self) -> str:
        return f"<Person {MAIL}>"


class Silent:
    """An object that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def fail(text: str) -> None:
    """Raise an error with a text."""
    raise ValueError(text)


def test_log_line_holds_none(make_stack, log_lines) -> None:
    """Message, arguments, extra at any depth, keys, objects and the exception are redacted."""
    make_stack()
    try:
        fail(f"no account of {MAIL}")
    except ValueError:
        logging.getLogger("host").exception(
            "mail to %s failed",
            MAIL,
            extra={
                "shop": {"people": [{"mail": MAIL, MAIL: 1}], "card": int(CARD.replace(" ", ""))},
                "person": Person(),
                "raw": MAIL.encode(),
                "headers": {"Authorization": "opaque", "X-Api-Key": "opaque", "accept": "*/*"},
                "set": {MAIL},
            },
        )
    text = json.dumps(log_lines()[0])
    assert MAIL not in text
    assert "4111" not in text
    assert "opaque" not in text
    found = log_lines()[0]
    assert found["message"] == "mail to [redacted:email] failed"
    assert found["exception"]["message"] == "no account of [redacted:email]"
    assert found["extra"]["headers"]["accept"] == "*/*"


def test_ids_of_the_request_stay(make_stack, log_lines) -> None:
    """The ids that join the signals are left as they are."""
    stack = make_stack()
    with stack.agent("support", tenant_id="acme", user_id="u-4111111111111111"):
        logging.getLogger("host").info("hello")
    hello = next(line for line in log_lines() if line["message"] == "hello")
    assert hello["user_id"] == "u-4111111111111111"
    assert len(hello["trace_id"]) == 32


def test_secret_across_the_cut_of_a_long_message(make_stack, log_lines) -> None:
    """Where a long message is cut, no half of a secret stays."""
    make_stack()
    logging.getLogger("host").info("%s %s %s", "x" * 32_760, CARD, "y" * 5000)
    assert "4111" not in log_lines()[0]["message"]


def test_long_traceback_is_redacted_on_both_ends(make_stack, log_lines) -> None:
    """A traceback too long for its line keeps beginning and end, both redacted."""
    make_stack()
    try:
        fail(f"{MAIL} " + "x " * 30_000 + f" {CARD}")
    except ValueError:
        logging.getLogger("host").exception("failed")
    told = log_lines()[0]["exception"]["traceback"]
    assert "[redacted:card]" in told[-200:]
    assert MAIL not in told


def test_spans_hold_none(stack, spans) -> None:
    """Attributes, events, the recorded exception and the status are redacted; ids are not."""

    def work() -> None:
        with stack.agent("support", user_id=MAIL) as run:
            run.set("note", f"card {CARD}")
            run.set("list", [MAIL, "fine"])
            run.set("api_key", "opaque")
            run.event("said", text=f"mail {MAIL}")
            fail(f"no account of {MAIL}")

    with pytest.raises(ValueError, match="ada"):
        work()
    assert stack.flush(5)
    (span,) = spans.get_finished_spans()
    assert span.attributes["note"] == "card [redacted:card]"
    assert span.attributes["list"] == ("[redacted:email]", "fine")
    assert span.attributes["api_key"] == HIDDEN
    assert span.attributes["enduser.id"] == MAIL
    told = json.dumps([dict(event.attributes) for event in span.events]) + span.status.description
    assert MAIL not in told
    assert "[redacted:email]" in told


def test_clean_span_is_not_copied(stack, spans) -> None:
    """A span without findings keeps everything: times, ids, parent."""
    with stack.chain("outer"), stack.chain("inner"):
        pass
    assert stack.flush(5)
    inner, outer = spans.get_finished_spans()
    assert inner.parent.span_id == outer.context.span_id
    assert inner.end_time >= inner.start_time


def test_a_value_that_is_known_is_harmless_under_its_name_only(stack, spans) -> None:
    """What was seen before is remembered with its name: as a password it is hidden all the same."""
    for _ in range(2):
        with stack.tracer.start_span("work") as span:
            span.set_attribute("note", "hunter22")
            span.set_attribute("notes", ["hunter22"])
            span.set_attribute("db.password", "hunter22")
            span.set_attribute("mails", ["hunter22", MAIL])
    for span in spans.get_finished_spans():
        assert span.attributes["note"] == "hunter22"
        assert span.attributes["notes"] == ("hunter22",)
        assert span.attributes["db.password"] == HIDDEN
        assert MAIL not in str(span.attributes["mails"])


def test_copied_span_keeps_its_place(stack, spans) -> None:
    """A span that had to be redacted keeps ids, parent, kind, times and resource."""
    with stack.chain("outer") as outer, stack.chain("inner", note=MAIL) as inner:
        pass
    assert stack.flush(5)
    found = {span.name: span for span in spans.get_finished_spans()}["inner"]
    assert f"{found.context.span_id:016x}" == inner.span_id
    assert f"{found.parent.span_id:016x}" == outer.span_id
    assert found.resource.attributes["service.name"] == "test-agent"
    assert found.end_time >= found.start_time


def test_audit_record_holds_none(stack, tmp_path: Path) -> None:
    """The audit trail is redacted too."""
    assert stack.audit("mail_sent", f"to {MAIL}", receiver=MAIL)
    text = (tmp_path / "logs" / "audit.jsonl").read_text("utf-8")
    assert MAIL not in text
    assert json.loads(text)["extra"]["receiver"] == "[redacted:email]"


def test_switched_off(make_stack, log_lines) -> None:
    """AGENT_TELEMETRY_REDACT=0 leaves everything as it is."""
    stack = make_stack(redact=False)
    logging.getLogger("host").info("to %s", MAIL)
    assert log_lines()[0]["message"] == f"to {MAIL}"
    assert stack.redact(MAIL) == MAIL


def test_redactor_that_raises_lets_nothing_pass(
    make_stack, log_lines, spans, tmp_path: Path
) -> None:
    """A fault in it replaces the text, is counted, and reaches nobody."""
    stack = make_stack(strict=False)

    def broken(text: str) -> list[Any]:
        raise RuntimeError("broken")

    stack.redactor.find = broken
    logging.getLogger("host").info("to %s", MAIL, extra={"mail": MAIL})
    with stack.chain("step", note=MAIL):
        pass
    stack.audit("mail_sent", MAIL)
    assert stack.flush(5)
    text = json.dumps(log_lines()) + (tmp_path / "logs" / "audit.jsonl").read_text("utf-8")
    assert MAIL not in text
    hello = next(line for line in log_lines() if "mail" in line.get("extra", {}))
    assert (hello["message"], hello["extra"]["mail"]) == (FAILED, FAILED)
    (span,) = spans.get_finished_spans()
    assert span.attributes["note"] == FAILED
    faults = stack.registry.get_sample_value("telemetry_faults_total", {"where": "redaction"})
    assert faults >= 4


def test_values_keep_their_types() -> None:
    """Numbers, flags, times and nothing stay what they are; what cannot be shown is named."""
    moment = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    value = {"n": 5, "f": 0.5, "b": True, "none": None, "t": moment, "s": Silent(), 7: "x"}
    found = redacted_value(REDACTOR, value)
    assert found == {**value, "s": "<Silent>"}


def test_counts_of_tokens_are_no_secrets() -> None:
    """A field named token hides a text, not a number."""
    assert redacted_fields(REDACTOR, {"token": 5, "tokens": "many"}) == {
        "token": 5,
        "tokens": "many",
    }
    assert redacted_fields(REDACTOR, {"token": "abc"}) == {"token": HIDDEN}


def test_two_keys_that_look_alike_are_both_kept() -> None:
    """Two addresses as keys stay two entries."""
    assert len(redacted_value(REDACTOR, {"a@example.com": 1, "b@example.com": 2})) == 2


def test_endless_and_huge_values_end() -> None:
    """A list in itself and a million values come to an end."""
    endless: list[Any] = []
    endless.append(endless)
    redacted_value(REDACTOR, endless)
    wide: Any = "x"
    for _ in range(6):
        wide = [wide] * 100
    redacted_value(REDACTOR, wide)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_mail_anywhere_is_found(value: Any) -> None:
    """Wherever in a value an address stands, it does not come out."""
    assert MAIL not in json.dumps(redacted_value(REDACTOR, [{"x": [value, MAIL]}, {MAIL: value}]))


def test_tracer_without_a_stack_holds_none_either() -> None:
    """The guides' tracer alone keeps and hands out redacted traces."""
    tracer = Tracer("alone")
    with tracer.start_trace("chat"), tracer.start_span("step") as span:
        span.set_attribute("note", f"mail {MAIL}")
    (found,) = tracer.traces.last()
    assert MAIL not in json.dumps(found.to_dict())
    assert "[redacted:email]" in json.dumps(found.to_dict())
