"""The page about the library's API: every block of it runs, from top to bottom."""

from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

import agent_telemetry

PAGE = Path(__file__).parents[3] / "docs" / "guides" / "library-api.md"


def blocks() -> list[str]:
    """Return the page's Python code."""
    tokens = MarkdownIt().parse(PAGE.read_text("utf-8"))
    return [each.content for each in tokens if each.type == "fence" and each.info == "python"]


def test_every_block_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader who copies the page's code, block after block, sees it work."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.setenv("AGENT_TELEMETRY_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("AGENT_TELEMETRY_LOG_STDOUT", "0")
    monkeypatch.setenv("AGENT_TELEMETRY_STRICT", "1")
    names: dict[str, Any] = {"__name__": "library_api"}
    try:
        for number, block in enumerate(blocks()):
            exec(compile(block, f"{PAGE.name}, block {number}", "exec"), names)
    finally:
        if "stack" in names:
            names["stack"].shutdown()
    lines = "".join(path.read_text("utf-8") for path in (tmp_path / "logs").glob("app-*.jsonl"))
    assert "Order shipped" in lines
    assert "not written" not in lines


def test_page_names_what_the_library_exports() -> None:
    """Every name of the guides' API is on the page and can be imported from the package."""
    text = PAGE.read_text("utf-8")
    for name in (
        "AIModelMonitor", "ContextThreadPoolExecutor", "MetricsMiddleware", "MetricsRegistry",
        "MiddlewareChain", "MonitoringMiddleware", "NoopTracer", "Pushgateway",
        "StructuredLogger", "Tracer", "monitor_request", "monitored_ai_call",
        "start_metrics_server", "trace_operation",
    ):  # fmt: skip
        assert name in text, name
        assert getattr(agent_telemetry, name)
