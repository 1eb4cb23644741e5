"""The pages for people with an agent of their own run, on an app that is not ours."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from markdown_it import MarkdownIt

from commands.checkout import ROOT

GUIDES = ROOT / "docs" / "guides"


def run(page: str) -> dict[str, Any]:
    """Run a page's Python from top to bottom; return the names that it made."""
    names: dict[str, Any] = {"__name__": page}
    for token in MarkdownIt().parse((GUIDES / page).read_text("utf-8")):
        if token.type == "fence" and token.info == "python":
            exec(compile(token.content, page, "exec"), names)
    return names


@pytest.fixture
def names(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simulator: str
) -> Iterator[dict[str, Any]]:
    """The names of a page that was run with a model behind the client package."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AGENT_TELEMETRY_LOG_STDOUT", "0")
    monkeypatch.setenv("AGENT_TELEMETRY_STRICT", "1")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{simulator}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    found = run(request.param)
    yield found
    found["stack"].shutdown()
    if "client" in found:
        found["client"].close()


@pytest.mark.parametrize("names", ["clients.md"], indirect=True)
def test_clients_page_runs(names: dict[str, Any]) -> None:
    """The watched client answers through the simulator and its call is priced."""
    read = names["stack"].registry.get_sample_value
    labels = {"model": "gpt-4o-mini", "tenant_id": "unknown"}
    assert read("agent_api_cost_usd_total", labels) > 0


@pytest.mark.parametrize("names", ["instrument-your-agent.md"], indirect=True)
def test_five_minute_page_runs(names: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Its app answers, and /metrics has what the page says it has, with the tenant's cost."""

    async def ask() -> tuple[str, str]:
        transport = httpx.ASGITransport(names["app"])
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            answer = await client.post("/ask", params={"question": "Where is it?"})
            return answer.text, (await client.get("/metrics")).text

    answer, metrics = asyncio.run(ask())
    assert "shipped" in answer
    assert re.search(r"[0-9a-f]{32}: \$0\.00020", capsys.readouterr().out)
    text = (GUIDES / "instrument-your-agent.md").read_text("utf-8")
    named = set(re.findall(r"`(agent_[a-z_]+)`", text))
    assert len(named) >= 3
    assert all(f"\n{name}" in metrics for name in named)
    assert 'agent_api_cost_usd_total{model="gpt-4o-mini",tenant_id="acme"} 0.0002' in metrics


@pytest.mark.parametrize("page", ["clients.md", "instrument-your-agent.md"])
def test_links_lead_somewhere(page: str) -> None:
    """Every link to a page of ours is to one that is there."""
    for link in re.findall(r"\]\(([^)#]+)\)", (GUIDES / page).read_text("utf-8")):
        assert (GUIDES / link).resolve().is_file(), link
