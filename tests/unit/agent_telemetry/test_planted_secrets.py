"""Secrets planted wherever text goes in: none of them comes out anywhere."""

import json
import logging
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_telemetry import ObservabilityStack
from agent_telemetry.metrics.exposition import expose

# Put together here, so that no scanner of this repository takes them for real ones.
SECRETS = {
    "api_key": "sk-" + "proj-" + "Zq8vT2mXc4LpR7wYb9KdNf3H" * 2,
    "jwt": ".".join(  # noqa: FLY002 -- one line would be no shorter to read
        (
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
            "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkFkYSJ9",
            "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        )
    ),
    "card": "4111 1111 1111 1111",
    "mail": "ada.lovelace@example.com",
    "phone": "+49 30 901820",
}
UUID = str(uuid.UUID("6f1c2a34-9d7e-4b1a-8c55-0a1b2c3d4e5f"))


class ToolError(Exception):
    """What the tool raises, with a secret in its text."""


def plant(stack: ObservabilityStack, secret: str) -> str:
    """Put one secret into everything that takes text; return the trace's id."""

    def work() -> None:
        with stack.tool("pay", arguments={"token": secret, "note": f"pay with {secret} now"}):
            raise ToolError(f"refused: {secret}")

    with stack.agent("support", tenant_id="acme", query_preview=f"please use {secret}") as run:
        run.set("note", f"the customer said {secret}")
        run.set("order.uuid", UUID)
        run.event("said", text=f"it is {secret}")
        with pytest.raises(ToolError):
            work()
        with stack.llm("gpt-4o-mini", **{"gen_ai.input.messages": f"use {secret}"}) as call:
            call.usage(input=1, output=1)
        logging.getLogger("host").info("query: please use %s", secret, extra={"raw": secret})
        logging.getLogger("host").info("order %s", UUID, extra={"order": UUID})
        stack.request_started(f"please use {secret}")
        try:
            work()
        except ToolError:
            logging.getLogger("host").exception("paying failed")
        stack.audit("paid", f"with {secret}", means=secret, order=UUID)
        stack.metrics.inc("agent_requests_total", method="POST", endpoint=f"/pay/{secret}",
                          status="success", tenant_id=secret)  # fmt: skip
        stack.metrics.counter("orders_total", "Orders.", labels=["means"]).inc(
            labels={"means": secret}
        )
    return run.trace_id


def everything(stack: ObservabilityStack, spans: Any, folder: Path) -> Iterator[tuple[str, str]]:
    """Return all text that left the process, by where it went."""
    assert stack.flush(5)
    for span in spans.get_finished_spans():
        yield f"span {span.name}", span.to_json()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_text("utf-8")
    for kind in ("text/plain", "application/openmetrics-text; version=1.0.0"):
        yield kind, expose(stack.registry, kind)[0].decode()
    yield "diagnostics", json.dumps(stack.diagnostics.report(), default=str)


@pytest.mark.parametrize("kind", SECRETS)
def test_no_planted_secret_comes_out(
    stack: ObservabilityStack, spans: Any, tmp_path: Path, kind: str
) -> None:
    """Not in a span, a log line, an audit record or a scrape; ids and UUIDs are untouched."""
    secret = SECRETS[kind]
    trace_id = plant(stack, secret)
    places = dict(everything(stack, spans, tmp_path / "logs"))
    assert {"audit.jsonl", "error.jsonl", "span Agent.Chat"} <= set(places)
    leaks = [
        where
        for where, text in places.items()
        if secret in text or secret.replace(" ", "") in text.replace(" ", "")
    ]
    assert leaks == []
    app = "".join(text for where, text in places.items() if where.startswith("app"))
    assert trace_id in app
    assert UUID in app
    assert UUID in places["audit.jsonl"]
    assert f"0x{trace_id}" in places["span Agent.Chat"]
    assert UUID in places["span Agent.Chat"]
    assert "telemetry_label_overflow_total{" not in places["text/plain"]
    assert 'orders_total{means="redacted-' in places["text/plain"]
