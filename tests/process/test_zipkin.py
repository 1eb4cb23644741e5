"""Spans in a real Zipkin, which may start after the agent: the same spans as everywhere else."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import format_span_id, format_trace_id

from agent_telemetry import ObservabilityStack, Settings, create_observability_stack
from agent_telemetry.standby import RING_RECORDS
from commands.checkout import ROOT
from tests.polling import wait_for
from tests.process.elasticsearch_stacks import counted
from tests.zipkin_server import ZipkinServer, zipkin_server


class Kept:
    """An exporter that keeps what it gets, in place of an OTLP backend."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: list[ReadableSpan]) -> SpanExportResult:
        """Keep them."""
        self.spans += spans
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Do nothing."""

    def force_flush(self, timeout_millis: int = 0) -> bool:
        """Do nothing."""
        del timeout_millis
        return True


def _guide_runs(url: str) -> None:
    """The guide's code runs as it stands."""
    guide = (ROOT / "docs" / "guides" / "zipkin.md").read_text("utf-8")
    (told,) = re.findall(r"^export (OTEL_\w+)=(\S+)$", guide, re.MULTILINE)
    (code,) = re.findall(r"^```python\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120,
        env={"PATH": "/usr/bin:/bin", told[0]: told[1].replace("http://localhost:9411", url)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    names = httpx.get(f"{url}/api/v2/services").json()
    assert "my-agent" in names


def _goes_away(server: ZipkinServer, stack: ObservabilityStack) -> None:
    """Known to be there and gone: failures are counted, and each span too many; none is raised."""

    def missing() -> float:
        """Return the spans of which nothing is known."""
        names = ("exported_total", "queue_depth", "dropped_total")
        known = [counted(stack, f"telemetry_{name}", signal="zipkin") for name in names]
        return (stack.registry.get_sample_value("telemetry_spans_ended_total") or 0) - sum(known)

    assert stack.flush(20)
    of_the_ring = missing()  # what fell out of it before the first contact is no loss
    server.kill()
    for _ in range(RING_RECORDS * 2 + 7):
        with stack.tool("lookup_order"):
            pass
    assert not stack.flush(1)

    def told() -> bool:
        stack.flush(0)
        return counted(stack, "telemetry_export_failures_total", signal="zipkin") > 0

    wait_for(told, within=30, what="the failure is counted")
    assert counted(stack, "telemetry_dropped_total", signal="zipkin", reason="queue_full") == 7
    assert missing() == of_the_ring


def test_standby_then_the_same_spans(tmp_path: Path) -> None:
    """A Zipkin started later gets the last spans, redacted; none before counts as dropped."""
    kept = Kept()
    with zipkin_server(tmp_path, started=False) as server:
        stack = create_observability_stack(
            settings=Settings(
                service_name="test-agent", zipkin_endpoint=server.spans_url, log_stdout=False,
                log_stderr=False, span_queue_size=RING_RECORDS * 2,
            ),
            span_exporter=kept,
        )  # fmt: skip
        try:
            stack.flush(20)
            for _ in range(RING_RECORDS + 10):
                with stack.agent("early"):
                    pass
            with stack.agent("support", tenant_id="acme") as run:
                run.set("note", "mail me at someone@example.org")
                with stack.tool("lookup_order"):
                    pass
            assert counted(stack, "telemetry_dropped_total", signal="zipkin") == 0
            assert counted(stack, "telemetry_export_failures_total", signal="zipkin") == 0
            server.start()

            def there() -> list[dict]:
                stack.flush(2)
                return server.trace(format_trace_id(kept.spans[-1].context.trace_id))

            found = {each["id"]: each for each in wait_for(there, within=90, what="the trace")}
            assert counted(stack, "telemetry_dropped_total", signal="zipkin") == 0
            mine = [
                each
                for each in kept.spans
                if each.context.trace_id == kept.spans[-1].context.trace_id
            ]
            assert set(found) == {format_span_id(each.context.span_id) for each in mine}
            for each in mine:
                seen = found[format_span_id(each.context.span_id)]
                assert seen["localEndpoint"]["serviceName"] == "test-agent"
                assert seen["name"] == each.name.lower()
                assert (
                    seen["tags"].items()
                    >= {
                        key: value
                        for key, value in each.attributes.items()
                        if isinstance(value, str)
                    }.items()
                )
            assert "someone@example.org" not in str(found)
            _guide_runs(server.url)
            _goes_away(server, stack)
        finally:
            stack.shutdown()


@pytest.mark.parametrize("value", ["gibberish", "ftp://host/api"])
def test_wrong_endpoint_stops_the_start(value: str) -> None:
    """A wrong endpoint is an error that names the variable."""
    with pytest.raises(ValueError, match="OTEL_EXPORTER_ZIPKIN_ENDPOINT"):
        Settings.from_env("agent", {"OTEL_EXPORTER_ZIPKIN_ENDPOINT": value})
