"""The tenants of the sample agent and the keys that tell them apart."""

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

from example_app.refusal import Refusal

PUBLIC = "public"
#: Tenant of the questions that the agent is examined by; nobody else may use it.
BENCHMARK = "benchmark"


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


def key_variable(tenant_id: str) -> str:
    """Return the variable that holds a tenant's own key: ``TENANT_KEY_ACME``."""
    letters = (letter if letter.isalnum() else "_" for letter in tenant_id.upper())
    return f"TENANT_KEY_{''.join(letters)}"


def tenant_key(tenant_id: str) -> str:
    """Return the key of a tenant: its own if it has one, otherwise that of the demo."""
    return os.environ.get(key_variable(tenant_id)) or f"demo-key-{tenant_id}"


class Tenants:
    """Who may ask, and how much.

    Args:
        known: the tenants that have a key.
        others: the limit of tenants that nobody made known, such as ``public``.
    """

    def __init__(self, known: Mapping[str, Tenant] = TENANTS, others: int = 6000) -> None:
        self._known = known
        self._others = others

    @property
    def ids(self) -> list[str]:
        """The known tenants' ids and ``public``."""
        return [PUBLIC, *self._known]

    def decide(self, key: str | None, named: str | None, *, required: bool) -> Tenant | Refusal:
        """Return the tenant of a request: its key decides; a differing body is refused."""
        if key is None:
            if required:
                return Refusal(
                    401,
                    "key_required",
                    "Send your tenant's key as X-API-Key.",
                    headers={"www-authenticate": "Bearer"},
                )
            if named == BENCHMARK:
                return Refusal(403, "reserved_tenant", "This tenant is reserved.", "tenant_id")
            return self._known.get(named or PUBLIC) or Tenant(named or PUBLIC, self._others)
        for tenant in self._known.values():
            if hmac.compare_digest(tenant_key(tenant.tenant_id).encode(), key.encode()):
                if named is not None and named != tenant.tenant_id:
                    return Refusal(403, "wrong_tenant", "The key is another tenant's.", "tenant_id")
                return tenant
        return Refusal(401, "wrong_key", "This key is not known.")
