"""PromQL about alerts: for how long, how often, and how often for nothing.

Prometheus writes a sample of ALERTS at each evaluation, which is not equally often for every group:
so alerts are looked at once a minute. Those of Loki's ruler are only in the inbox's numbers.
"""

#: Watchdog always fires: it proves that the way to people works.
OF_ALERT = 'service=~"$of_service", alertname!="Watchdog", severity=~"$severity"'
_EACH = "alertname, scope, service, severity"


def now(state: str, *by: str) -> str:
    """Return how many alerts are in a state: ``firing`` or ``pending``."""
    selector = f'{OF_ALERT}, alertstate="{state}"'
    grouped = f"by ({', '.join(by)}) " if by else ""
    return f"count {grouped}(ALERTS{{{selector}}})"


def _in(state: str, *, earlier: bool = False) -> str:
    at = " offset 1m" if earlier else ""
    return f'count by ({_EACH}) (ALERTS{{{OF_ALERT}, alertstate="{state}"}}{at})'


def minutes(state: str) -> str:
    """Return for how many minutes of the shown time each alert was in a state."""
    return f"count_over_time(({_in(state)})[$__range:1m])"


#: How often each alert began to fire in the shown time.
STARTS = f"count_over_time(({_in('firing')} unless {_in('firing', earlier=True)})[$__range:1m])"
