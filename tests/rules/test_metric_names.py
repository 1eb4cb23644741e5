"""``promtool check metrics`` on a scrape of the library: no finding that is not explained."""

import subprocess

from agent_telemetry import Settings, create_observability_stack
from agent_telemetry.metrics.exposition import expose
from tests.config.server_programs import program

#: Findings that stay, each with its reason.
_MILLISECONDS = "the guides fix this name, unit included; the same time in seconds stands beside it"
EXPLAINED = {
    "agent_active_count": "the guides fix this name of a gauge",
    "agent_latency_ms": _MILLISECONDS,
    "agent_latency_ms_created": _MILLISECONDS,
    "llm_latency_ms": _MILLISECONDS,
    "llm_latency_ms_created": _MILLISECONDS,
}


def test_promtool_finds_nothing_unexplained() -> None:
    """Every other name, unit, type and help text is as Prometheus wants it."""
    stack = create_observability_stack(
        settings=Settings(service_name="names", log_stdout=False, strict=True)
    )
    with stack.agent("support", tenant_id="acme"), stack.llm("gpt-4o") as call:
        call.chunk()
        call.usage(input=10, output=5)
    with stack.tool("lookup"):
        pass
    text = expose(stack.registry, "text/plain")[0]
    stack.shutdown()
    said = subprocess.run(
        [program("promtool"), "check", "metrics"],
        input=text,
        capture_output=True,
        check=False,
        timeout=60,
    )
    lines = (said.stdout + said.stderr).decode().splitlines()
    assert "error while linting" not in "".join(lines)
    found = {line.partition(" ")[0]: line for line in lines if line.strip()}
    assert {name: line for name, line in found.items() if name not in EXPLAINED} == {}
    assert set(EXPLAINED) <= set(found), "a finding is gone: take it off the list"
