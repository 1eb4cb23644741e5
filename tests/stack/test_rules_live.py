"""Each rule reads series that the running stack has, and none has an error."""

import time
import tomllib
from pathlib import Path

import httpx
import pytest

from tests.polling import wait_for
from tests.smoke.chat_requests import ask, new_question
from tests.stack.rule_selectors import logql_selectors, promql_selectors

UNMATCHED = Path(__file__).with_name("unmatched_selectors.toml")
#: One chat of each is far below every alert's limit, and brings the series of errors. The agent
#: answers all the same when its tools fail.
FAULTS = {"provider_500": 502, "provider_429": 502, "tool_failure": 200}
LOOK_BACK_SECONDS = 900
#: What a rule records is there after the next evaluation, what Loki is told a little later.
APPEAR_SECONDS = 90


def _rules(url: str, path: str) -> list[dict[str, str]]:
    groups = httpx.get(url + path, timeout=20).raise_for_status().json()["data"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.fixture(scope="module")
def prometheus_rules(stack):
    """What Prometheus evaluates."""
    return _rules(stack.urls["prometheus"], "/api/v1/rules")


@pytest.fixture(scope="module")
def loki_rules(stack):
    """What Loki's ruler evaluates."""
    return _rules(stack.urls["loki"], "/prometheus/api/v1/rules")


@pytest.fixture(scope="module")
def _errors_seen(stack):
    """A few requests that fail, as they do in the life of any agent."""
    with httpx.Client(base_url=stack.urls["example-app"]) as app:
        for fault, status in FAULTS.items():
            app.put(f"/faults/{fault}", json={"duration_seconds": 60}).raise_for_status()
            try:
                answer = ask(app, new_question(), f"rules-live-{fault}")
                assert answer.status_code == status, answer.text
            finally:
                app.request("DELETE", "/faults", json={}).raise_for_status()


def test_every_rule_is_ok(prometheus_rules, loki_rules):
    """Neither Prometheus nor Loki has a rule with an error."""
    rules = [*prometheus_rules, *loki_rules]
    assert {rule["name"]: rule.get("lastError") for rule in rules if rule["health"] != "ok"} == {}
    assert {"Watchdog", "HighLogErrorRate"} <= {rule["name"] for rule in rules}


def _with_series(stack, wanted: set[str]) -> set[str]:
    """Return those of the selectors that match a series of the last minutes."""
    start = time.time() - LOOK_BACK_SECONDS
    prometheus, loki = stack.urls["prometheus"], stack.urls["loki"]
    found = set()
    for selector in wanted:
        if selector.startswith("{"):
            url, params = f"{loki}/loki/api/v1/series", {"start": str(int(start * 1e9))}
        else:
            url, params = f"{prometheus}/api/v1/series", {"start": str(start), "limit": "1"}
        answer = httpx.get(url, params={"match[]": selector, **params}, timeout=30)
        if answer.raise_for_status().json().get("data"):
            found.add(selector)
    return found


@pytest.mark.usefixtures("_errors_seen")
def test_every_selector_matches(stack, prometheus_rules, loki_rules):
    """Every selector of every rule matches a live series, or is listed with a reason."""
    readers: dict[str, set[str]] = {}
    for rules, selectors in ((prometheus_rules, promql_selectors), (loki_rules, logql_selectors)):
        for rule in rules:
            for selector in selectors(rule["query"]):
                readers.setdefault(selector, set()).add(rule["name"])
    rows = tomllib.loads(UNMATCHED.read_text("utf-8"))["unmatched"]
    listed = {row["name"]: row["reason"] for row in rows}
    must_not_match = {row["name"] for row in rows if not row.get("may_match")}
    assert all(listed.values())
    assert set(listed) <= set(readers), "listed, but no rule has it"
    missing = set(readers) - set(listed)

    def all_matched():
        missing.difference_update(_with_series(stack, missing))
        assert not missing, {selector: sorted(readers[selector]) for selector in missing}
        return True

    wait_for(all_matched, within=APPEAR_SECONDS, what="every selector matches", pause=5)
    assert _with_series(stack, must_not_match) == set(), "it matches: take it off the list"
