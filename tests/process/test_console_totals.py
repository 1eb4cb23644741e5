"""The console's totals are those of /metrics, of the log lines and of the answers themselves."""

from collections import Counter
from itertools import islice

from example_app.traffic.prompts import Prompts
from example_app.traffic.visit_plan import plan_visits
from tests.console_page import ConsolePage
from tests.polling import wait_for
from tests.process.log_lines import records
from tests.process.played_mix import PlayedMix
from tests.smoke.metric_samples import read_metrics, total

#: The console and the ledger are written within a second.
WITHIN = 20


def page(lite, path):
    """A page of the console, over the last day."""
    return ConsolePage.of(lite.http.get(f"/console{path}?window=24h").raise_for_status().text)


def units(usd):
    """US dollars as whole units of 1e-12 USD."""
    return round(usd * 10**12)


def check_totals(lite, mix):
    """Requests, failures, tokens, cost and calls: the console's are everybody's."""
    metrics = read_metrics(lite.http)
    lines = records(lite.directory / "logs")
    overview, models, health = page(lite, "/"), page(lite, "/models"), page(lite, "/health")

    def metric(name, **labels):
        return total(metrics, name, labels)

    counted = units(metric("agent_api_cost_usd_total"))
    logged = sum(units(line["cost_usd"]) for line in lines if line.get("cost_usd"))
    answered = sum(units(answer["cost_usd"]) for answer in mix.answers)
    shown = overview.units("cost")
    assert shown == models.units("models-cost") == logged == answered
    # A sum of floats is not exact, and a hundred millionth of a cent is.
    assert abs(shown - counted) < 10**2
    assert shown == overview.units("cost-today")

    for kind in ("input", "output"):
        tokens = overview.number(f"tokens-{kind}")
        assert tokens == metric("agent_tokens_total", kind=kind) == mix.tokens(kind)
        assert tokens == sum(line.get(f"tokens_{kind}", 0) for line in lines)

    ends = [line for line in lines if line.get("event") == "request_end"]
    assert overview.number("requests") == len(mix.sent) == len(ends)
    assert overview.number("requests") == metric("agent_requests_total")
    failed = metric("agent_requests_total", status="error")
    assert overview.number("failed") == failed == sum(end["status"] == "error" for end in ends)
    assert failed > 0

    tools = Counter(tool["name"] for answer in mix.answers for tool in answer["tools"])
    shown_tools = {
        part.attributes["data-name"]: part for part in page(lite, "/tools").all("tool-row")
    }
    assert shown_tools.keys() == tools.keys()
    for name, count in tools.items():
        assert shown_tools[name].text.split()[1] == str(count)
        assert count == metric("agent_tool_calls_total", tool_name=name)

    tenants = {
        part.attributes["data-name"]: part for part in page(lite, "/tenants").all("tenant-row")
    }
    sent = Counter(end.get("tenant_id", "unknown") for end in ends)
    assert {name: int(part.text.split()[1]) for name, part in tenants.items()} == sent
    assert "Nothing was dropped, no fault" in health.one("losses").text
    return True


def test_console_totals_agree(start):
    """Streams, cached, refused and failed requests: one set of numbers, to the cent and token."""
    lite = start(SIM_LATENCY_SCALE="0", BENCHMARK_SECONDS="0", AGENT_TELEMETRY_STRICT="1")
    visits = plan_visits(2027, Prompts.load())
    mix = PlayedMix()
    mix.play(lite.http, islice(visits, 100))
    lite.http.put("/faults/provider_500", json={}).raise_for_status()
    mix.play(lite.http, islice(visits, 25))
    lite.http.request("DELETE", "/faults").raise_for_status()
    lite.http.put("/faults/tool_failure", json={"probability": 0.5}).raise_for_status()
    mix.play(lite.http, islice(visits, 25))
    lite.http.request("DELETE", "/faults").raise_for_status()
    wait_for(lambda: check_totals(lite, mix), within=WITHIN, what="one set of numbers")

    # Each answer's own link leads to a trace with the answer's own numbers.
    answer = next(each for each in mix.answers if each["cost_usd"])
    shown = page(lite, f"/traces/{answer['trace_id']}")
    assert shown.units("trace-cost") == units(answer["cost_usd"])
    assert shown.number("trace-tokens-input") == answer["tokens"]["input"]
    found = ConsolePage.of(lite.http.get(f"/console/logs?request_id={answer['request_id']}").text)
    assert answer["trace_id"] in found.all("log-line")[0].text
    assert any("request_end" in part.text for part in found.all("log-line"))
