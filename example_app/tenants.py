"""The tenants of the sample agent and the keys that tell them apart."""

import hmac
from dataclasses import dataclass

from example_app.refusal import Refusal

PUBLIC = "public"


@dataclass(frozen=True)
class Tenant:
    """A customer.

    Attributes:
        tenant_id: its id in every signal.
        requests_per_minute: its rate limit.
        vip: whether it is watched more closely.
    """

    tenant_id: str
    requests_per_minute: int = 6000
    vip: bool = False


#: Customers of the demo. Their keys are no secrets: they stand in the documentation.
TENANTS = {
    tenant.tenant_id: tenant
    for tenant in (
        Tenant("acme"),
        Tenant("globex"),
        Tenant("initech"),
        Tenant("umbrella", requests_per_minute=12_000, vip=True),
    )
}


def demo_key(tenant_id: str) -> str:
    """Return the key of a tenant of the demo."""
    return f"demo-key-{tenant_id}"


def decide_tenant(key: str | None, named: str | None, *, required: bool) -> Tenant | Refusal:
    """Return the tenant of a request: its key decides; a differing body is refused."""
    if key is None:
        if required:
            return Refusal(
                401,
                "key_required",
                "Send your tenant's key as X-API-Key.",
                headers={"www-authenticate": "Bearer"},
            )
        return TENANTS.get(named or PUBLIC) or Tenant(named or PUBLIC)
    for tenant in TENANTS.values():
        if hmac.compare_digest(demo_key(tenant.tenant_id).encode(), key.encode()):
            if named is not None and named != tenant.tenant_id:
                return Refusal(403, "wrong_tenant", "The key is another tenant's.", "tenant_id")
            return tenant
    return Refusal(401, "wrong_key", "This key is not known.")
