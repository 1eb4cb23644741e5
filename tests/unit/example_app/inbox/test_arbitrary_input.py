"""Whatever is delivered, the answer is never a server error."""

import asyncio
import json
from urllib.parse import quote

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from example_app.inbox import InboxSettings, create_inbox

APP = create_inbox(InboxSettings(history=50))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
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
