"""Label values: personal data never shows, and different tenants stay different."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_telemetry import Metrics
from agent_telemetry.metrics.exposition import expose
from agent_telemetry.redaction.patterns import DETECTORS
from agent_telemetry.redaction.pseudonyms import Pseudonyms, label_redaction
from agent_telemetry.redaction.redactor import BUILT_IN, FAILED, Redactor

KEY = b"k" * 32
PLANTED = (
    "ada@example.com",
    "4111 1111 1111 1111",
    "sk-abcdefghijklmnopqrstuvwx",
    "DE89 3704 0044 0532 0130 00",
    "+49 30 12345678",
)


def exposed(stack: Any) -> str:
    """Return the text of a scrape."""
    return expose(stack.registry, "text/plain")[0].decode()


def tenants(stack: Any) -> dict[str, float]:
    """Return the cost by tenant that a scrape shows."""
    lines = exposed(stack).splitlines()
    found = [each for each in lines if each.startswith("agent_api_cost_usd_total{")]
    return {each.split('tenant_id="')[1].split('"')[0]: float(each.split()[-1]) for each in found}


def call_for(stack: Any, tenant: str, calls: int) -> None:
    """Make model calls for a tenant."""
    for _ in range(calls):
        with stack.agent("support", tenant_id=tenant), stack.llm("gpt-4o") as call:
            call.usage(input=1000, output=0)


def test_tenants_that_are_addresses_stay_apart(stack) -> None:
    """Two tenants with e-mail addresses for ids have a series each, without the addresses."""
    call_for(stack, "ada@example.com", 1)
    call_for(stack, "bob@example.com", 2)
    call_for(stack, "acme", 4)
    found = {name: cost for name, cost in tenants(stack).items() if cost}
    assert sorted(found.values()) == pytest.approx([0.0025, 0.005, 0.01])
    assert sum(name.startswith("redacted-email-") for name in found) == 2
    assert "@" not in "".join(found)
    assert stack.metrics.bounded("tenant_id", "ada@example.com") in found


def test_a_restart_keeps_the_names_and_another_service_has_others(make_stack, tmp_path) -> None:
    """The key is in the state's folder, for its owner only; services cannot be joined by names."""
    names = []
    for service in ("one", "one", "two"):
        stack = make_stack(service_name=service, state_dir=tmp_path / "state")
        names.append(stack.metrics.bounded("tenant_id", "ada@example.com"))
        stack.shutdown()
    assert names[0] == names[1] != names[2]
    (key, _) = sorted((tmp_path / "state").glob("*.labels.key"))
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_used_redacts_all_the_same(tmp_path) -> None:
    """Without a place for the key, each process has its own."""
    (tmp_path / "file").write_text("")
    shown = [label_redaction(BUILT_IN, tmp_path / "file", "svc")("ada@example.com") for _ in "12"]
    assert all(each.startswith("redacted-email-") for each in shown)
    assert shown[0] != shown[1]


def test_families_read_at_scrape_are_redacted(stack) -> None:
    """What a source says at a scrape goes through the redaction too, and sums stay apart."""
    for cache in ("ada@example.com", "bob@example.com"):
        stack.metrics.cache_request(cache, hit=True)
    text = exposed(stack)
    assert "@example.com" not in text
    assert text.count('agent_cache_hit_rate{cache_type="redacted-email-') == 2


@pytest.mark.parametrize("planted", PLANTED)
def test_nothing_planted_is_in_a_scrape(stack, planted: str) -> None:
    """Secrets in names of agents, tools, models, tenants and own labels are not in `/metrics`."""
    with stack.agent(planted, tenant_id=planted), stack.llm(planted) as call:
        call.usage(input=1, output=1)
    with stack.tool(planted):
        pass
    stack.metrics.gauge("own_gauge").set(1, {"who": planted})
    stack.metrics.track("agent_queue_length", lambda: 1.0)
    text = exposed(stack)
    assert planted not in text
    assert "redacted-" in text


@given(st.text(max_size=60), st.sampled_from(PLANTED), st.text(max_size=60))
def test_what_is_found_never_passes(before: str, planted: str, after: str) -> None:
    """Whatever is around it, what the redaction finds in a text is not in the label."""
    text = f"{before} {planted} {after}"
    shown = Pseudonyms(BUILT_IN, KEY)(text)
    for _, start, end in BUILT_IN.find(text):
        assert text[start:end] not in shown


@pytest.mark.parametrize("category", DETECTORS)
def test_a_pseudonym_is_nothing_to_redact(category: str) -> None:
    """A name that comes round again, from another worker's file, stays as it is."""
    name = f"redacted-{category}-12345678"
    assert Pseudonyms(BUILT_IN, KEY)(name) == name


def test_a_broken_redaction_shows_nothing(monkeypatch) -> None:
    """When looking through a value fails, the label says so and not the value."""
    redactor = Redactor()
    monkeypatch.setattr(redactor, "find", lambda _text: 1 / 0)
    assert Pseudonyms(redactor, KEY)("ada@example.com") == FAILED


def test_metrics_without_a_stack_show_what_they_are_given(tmp_path: Path) -> None:
    """`Metrics` alone, and a stack with redaction off, leave label values as they are."""
    del tmp_path
    metrics = Metrics()
    assert metrics.bounded("tenant_id", "ada@example.com") == "ada@example.com"
    assert label_redaction(None, None, "svc")("ada@example.com") == "ada@example.com"
