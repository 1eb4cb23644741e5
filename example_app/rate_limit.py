"""How many requests a tenant may make in a minute."""

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from example_app.refusal import Refusal
from example_app.tenants import Tenant


class RateLimiter:
    """A moving window of a minute for each tenant."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def take(self, tenant: Tenant) -> Refusal | None:
        """Count one request; return a refusal when the tenant has had its share."""
        item = RateLimitItemPerMinute(tenant.requests_per_minute)
        if self._limiter.hit(item, tenant.tenant_id):
            return None
        reset = self._limiter.get_window_stats(item, tenant.tenant_id).reset_time
        wait = max(1, math.ceil(reset - time.time()))
        return Refusal(
            429,
            "rate_limited",
            f"At most {tenant.requests_per_minute} requests a minute; try again in {wait} s.",
            headers={"retry-after": str(wait)},
        )
