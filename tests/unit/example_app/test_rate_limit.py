"""The rate limit of a tenant."""

from example_app.rate_limit import RateLimiter
from example_app.tenants import TENANTS, Tenant


def test_limit_is_each_tenants_own() -> None:
    """Past its share a tenant is told when to come back; the others are not touched."""
    limiter = RateLimiter()
    small, other = Tenant("small", requests_per_minute=2), Tenant("other", requests_per_minute=2)
    assert [limiter.take(small) for _ in range(2)] == [None, None]
    refusal = limiter.take(small)
    assert refusal is not None
    assert refusal.status == 429
    assert 1 <= int(refusal.headers["retry-after"]) <= 60
    assert limiter.take(other) is None


def test_limited_request_is_a_429_counted_as_rejected(client, monkeypatch) -> None:
    """Over HTTP the refusal is JSON with Retry-After, counted as rejected, not as an error."""
    monkeypatch.setitem(TENANTS, "acme", Tenant("acme", requests_per_minute=1))
    client.chat("hello", tenant_id="acme")
    response = client.chat("hello", tenant_id="acme")
    assert response.status_code == 429
    assert response.json()["error"]["code"] == "rate_limited"
    assert int(response.headers["retry-after"]) >= 1
    labels = {"method": "POST", "endpoint": "/chat", "tenant_id": "acme"}
    assert client.sample("agent_requests_total", status="rejected", **labels) == 1
    assert client.sample("agent_requests_total", status="error", **labels) == 0
