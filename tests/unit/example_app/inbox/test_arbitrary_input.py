"""Whatever is delivered, the answer is never a server error."""

import asyncio
import json
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from example_app.inbox import InboxSettings, create_inbox
from example_app.inbox.webhook import PayloadError, read_webhook

APP = create_inbox(InboxSettings(history=50))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
URLS = st.sampled_from(["http://[", "javascript:x", "http://x/?a=\x00", "HTTP://x"]) | st.text()
TEXTS = st.dictionaries(st.text() | st.just("runbook_url"), URLS, max_size=4)
TIMES = (
    st.datetimes().map(lambda time: f"{time.isoformat()}Z")
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
    | JSON
)
ALERT = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["firing", "resolved"]),
        "labels": st.builds(lambda labels, name: {**labels, "alertname": name}, TEXTS, st.text()),
        "startsAt": TIMES,
    },
    optional={
        "annotations": TEXTS,
        "endsAt": TIMES,
        "fingerprint": st.text(),
        "generatorURL": URLS,
    },
)
VALID = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["firing", "resolved"]),
        "labels": st.dictionaries(st.text(), st.text()).map(
            lambda all_: {**all_, "alertname": "A"}
        ),
        "startsAt": st.datetimes().map(lambda time: f"{time.isoformat()}Z"),
    },
    optional={"annotations": st.dictionaries(st.text(), st.text(max_size=20_000), max_size=3)},
)
#: What is no alert wherever it stands: it has no labels.
INVALID = JSON.filter(lambda value: not (isinstance(value, dict) and "labels" in value))


async def _ask(method, path, content=None):
    transport = httpx.ASGITransport(APP)
    headers = {"Content-Type": "application/json"}
    async with httpx.AsyncClient(transport=transport, base_url="http://inbox") as client:
        return await client.request(method, path, content=content, headers=headers)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
@settings(deadline=None)
def test_any_body_is_answered(body):
    """Bytes and JSON of any shape are taken or refused with a reason."""
    response = asyncio.run(_ask("POST", "/alerts", body))
    assert response.status_code in {200, 400}
    assert "error" in response.json() or response.json() == {"accepted": 0}


@given(st.lists(ALERT, max_size=3))
@settings(deadline=None)
def test_any_alert_is_kept_and_shown(alerts):
    """Any alert that is taken can be listed and drawn, whatever its texts and times are."""
    content = json.dumps({"version": "4", "alerts": alerts}).encode()
    response = asyncio.run(_ask("POST", "/alerts", content))
    assert response.status_code in {200, 400}
    for path in ("/", "/alerts", "/metrics"):
        assert asyncio.run(_ask("GET", path)).status_code == 200


@given(st.text(min_size=1))
@settings(deadline=None)
def test_any_runbook_name_is_answered(name):
    """A name of any characters leads to a page or to 404."""
    path = f"/runbooks/{quote(name, safe='/')}"
    assert asyncio.run(_ask("GET", path)).status_code in {200, 404}


@given(st.lists(st.tuples(st.booleans(), VALID, INVALID), max_size=6), JSON, JSON)
@settings(deadline=None)
def test_no_valid_alert_is_lost_beside_bad_ones(parts, truncated, other):
    """Each valid alert is read, in order, whatever stands beside it; each other one is told."""
    given_alerts = [valid if good else invalid for good, valid, invalid in parts]
    numbers = [number for number, (good, *_) in enumerate(parts) if good]
    for number in numbers:
        given_alerts[number]["fingerprint"] = str(number)
    body = {"version": "4", "alerts": given_alerts, "truncatedAlerts": truncated, "groupKey": other}
    content = json.dumps(body).encode()
    if parts and not numbers:
        with pytest.raises(PayloadError, match=r"\w"):
            read_webhook(content)
        return
    delivery = read_webhook(content)
    assert [alert.fingerprint for alert in delivery.alerts] == [str(number) for number in numbers]
    assert len(delivery.alerts) + len(delivery.faults) == len(parts)
    for alert in delivery.alerts:
        assert alert.starts_at.utcoffset().total_seconds() == 0
        assert sum(len(name) + len(text) for name, text in alert.annotations.items()) <= 12_000
        assert (alert.ends_at is None) or alert.status == "resolved"


@given(st.text(), st.text(), st.text(), st.text(), st.text())
@settings(deadline=None)
def test_any_query_is_answered(service, severity, name, page, limit):
    """Whatever is asked for, there is a page, a list, or a refusal."""
    asked = {"service": service, "severity": severity, "name": name, "page": page, "limit": limit}
    query = urlencode({key: text.encode("utf-8", "replace") for key, text in asked.items()})
    for path in ("/", "/alerts"):
        assert asyncio.run(_ask("GET", f"{path}?{query}")).status_code in {200, 400}
