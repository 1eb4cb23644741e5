"""What the dashboards' queries are measured with: a history, queries without rules, tables."""

from io import StringIO

import pytest
from rich.console import Console

from tests.bench.dashboard_queries import Asked, disagreements, show, taking_part
from tests.bench.metric_history import STEP_SECONDS, TENANTS, families, text
from tests.bench.metric_store import BLOCK_SECONDS, fill, record, server
from tests.bench.recorded_queries import rules_over, without_recording
from tests.config.promql_names import asked_by
from tests.config.server_programs import program

START = 100 * BLOCK_SECONDS


def _raw(found):
    return {one.name.partition("{")[0] for each in found.values() for one in each}


def test_the_history_has_every_family_with_tenants_at_the_cap():
    """A hundred tenants and `other`, every bucket of a histogram, and `up` for the rules."""
    found = families()

    assert len(TENANTS) == 101
    assert found.keys() >= {"up", "agent_requests_total", "agent_api_cost_usd_total"}
    for name, each in found.items():
        tenants = {tenant for tenant in TENANTS for one in each if f'"{tenant}"' in one.name}
        assert name == "up" or tenants == {*TENANTS}


def test_a_minute_has_one_sample_of_each_series_and_buckets_grow():
    """The text is OpenMetrics: types first, an end, and no bucket below the one before it."""
    found = families(("acme",))
    lines = "".join(text(found, START, START + STEP_SECONDS)).splitlines()
    samples = [line for line in lines if not line.startswith("#")]

    assert lines[-1] == "# EOF"
    assert len(samples) == sum(map(len, found.values()))
    buckets = [float(line.split()[1]) for line in samples if "_bucket" in line]
    assert buckets == sorted(buckets)
    assert all(line.endswith(f" {START}") for line in samples)


def test_a_recorded_series_is_replaced_by_its_rule_and_stays_narrowed():
    """What narrowed the recorded series narrows the raw ones, where they have the label."""
    rules = {"service_tenant:x:rate5m": 'sum(rate(agent_requests_total{status="error"}[5m])) * up'}

    query = without_recording(
        'sum(service_tenant:x:rate5m{tenant_id=~"a|b", service="s"} > 0)', rules
    )

    assert query == (
        'sum((sum(rate(agent_requests_total{status="error", tenant_id=~"a|b", service="s"}[5m]))'
        ' * up{service="s"}) > 0)'
    )


def test_only_rules_over_the_history_take_part_and_every_panel_that_reads_them():
    """The tenants' rates and costs are among them; a query without recorded series has no twin."""
    raw = _raw(families(("acme",)))
    rules = rules_over(raw)
    found = taking_part(raw, rules)

    assert rules.keys() >= {
        "service_tenant:agent_requests:rate5m",
        "service_tenant_model:agent_api_cost_usd:increase1h",
    }
    assert len(found) > 50
    for one in found:
        assert bool(one.raw) is bool(asked_by(one.text).metrics & rules.keys())
        assert not one.raw or asked_by(one.raw).metrics <= raw


def test_recorded_and_raw_queries_find_the_same_in_a_real_prometheus(tmp_path):
    """Blocks and recorded series made by promtool; a rule that is computed wrongly is told."""
    program("prometheus")
    history, end = families(("acme", "globex")), START + 2 * BLOCK_SECONDS
    rules = rules_over(_raw(history))
    blocks = tmp_path / "blocks"
    blocks.mkdir()
    found = [one for one in taking_part(_raw(history), rules) if one.raw]

    fill(blocks, history, START, end)
    with server(blocks) as client:
        record(blocks, str(client.base_url), rules, START, end)
    with server(blocks) as client:
        assert list(disagreements(client, found, end - STEP_SECONDS)) == []
        wrong = Asked("wrong", "sum(up)", instant=True, raw="sum(up) * 2")
        assert list(disagreements(client, [wrong], end - STEP_SECONDS)) == ["wrong: other values"]


def test_the_tables_name_what_recording_saves_and_the_slowest():
    """Ratios are medians over the rounds, of pairs of the same round."""
    cheap = Asked("a / b / A", "x", instant=False, raw="y", samples=10, raw_samples=1000)
    cheap.of_floor, cheap.raw_of_floor = [0.1, 0.2, 0.9], [1.0, 2.0, 3.0]
    dear = Asked("c / d / A", "z", instant=False, samples=5000, of_floor=[7.0, 8.0, 9.0])
    page = StringIO()

    show(Console(file=page, width=120), [cheap, dear])

    assert cheap.of_raw == pytest.approx(0.1)
    assert page.getvalue().index("a / b / A") < page.getvalue().index("c / d / A")
    assert "0.100" in page.getvalue()
    assert "8.00" in page.getvalue()
