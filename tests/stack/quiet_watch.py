"""Watches a stack on which nothing is wrong: which alerts it raised that nothing explains."""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import psutil

from commands.checkout import ROOT
from commands.running import Running
from prometheus.thresholds import load

#: Always firing: it proves the alert path.
WATCHDOG = "Watchdog"
_PAUSE_SECONDS = 5.0
#: May be pending, not firing, while a stack is young: the first questions find no stored answer,
#: and the first records wait in the collector before any has been sent.
_WARMS_UP = {"LowCacheHitRate/cache", "CollectorExportFailing/collector"}
_WARM_SECONDS = 300
#: Percent: the alert and this look at different seconds of the same load.
_MARGIN = 5.0
#: HighCPUUsage looks at the mean of a minute.
_MINUTE_SAMPLES = round(60 / _PAUSE_SECONDS)


@dataclass
class HostLoad:
    """The machine's true load, read beside the stack.

    Attributes:
        highest: percent by the alert that tells of it, `name/scope`: the highest so far.
    """

    highest: dict[str, float] = field(default_factory=dict)
    _cpu: deque[float] = field(default_factory=lambda: deque(maxlen=_MINUTE_SAMPLES))

    def __post_init__(self) -> None:
        psutil.cpu_percent()  # the first answer has nothing before it to compare with

    def look(self) -> None:
        """Read it once more."""
        self._cpu.append(psutil.cpu_percent())
        now = {
            "HighCPUUsage/system": sum(self._cpu) / len(self._cpu),
            "HighMemoryUsage/system": psutil.virtual_memory().percent,
            "DiskFilling/system": psutil.disk_usage("/").percent,
        }
        for alert, percent in now.items():
            self.highest[alert] = max(percent, self.highest.get(alert, 0.0))

    def explained(self) -> set[str]:
        """Return the alerts that are right to be there: the load has been about their limit."""
        alerts = load(ROOT / "prometheus" / "thresholds.yml").alerts
        limits = {one.key: float(one.settings["limit"]) for one in alerts if one.scope == "system"}
        return {
            alert for alert, percent in self.highest.items() if percent > limits[alert] - _MARGIN
        }


def alerts_now(stack: Running) -> dict[str, str]:
    """Return what is pending or firing: `name/scope` → state and labels; without the Watchdog.

    What waits to fire while a young agent warms up is left out.
    """
    found: dict[str, str] = {}
    warms_up = _age(stack) < _WARM_SECONDS
    for url in (
        f"{stack.urls['prometheus']}/api/v1/alerts",
        f"{stack.urls['loki']}/prometheus/api/v1/alerts",
    ):
        answer = httpx.get(url, timeout=20)
        answer.raise_for_status()
        for alert in answer.json()["data"]["alerts"]:
            labels: Mapping[str, str] = alert["labels"]
            key = f"{labels['alertname']}/{labels['scope']}"
            warming_up = warms_up and key in _WARMS_UP and alert["state"] == "pending"
            if labels["alertname"] != WATCHDOG and not warming_up:
                found[key] = f"{alert['state']} {dict(labels)} {alert.get('value')}"
    return found


def _number(stack: Running, query: str) -> float:
    """Return the one number that Prometheus answers, 0 without one."""
    answer = httpx.get(
        f"{stack.urls['prometheus']}/api/v1/query", params={"query": query}, timeout=20
    )
    result = answer.raise_for_status().json()["data"]["result"]
    return float(result[0]["value"][1]) if result else 0.0


def _age(stack: Running) -> float:
    """Return for how many seconds the agent has run."""
    return _number(stack, 'time() - min(process_start_time_seconds{job="example-agent"})')


def watch(stack: Running, seconds: float) -> tuple[dict[str, str], HostLoad]:
    """Look at a stack for a time.

    Returns:
        Each alert that was pending or firing and is not explained by the host's load, with how it
        was seen first; and that load.
    """
    host, seen = HostLoad(), dict[str, str]()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(_PAUSE_SECONDS)
        host.look()
        for alert, state in alerts_now(stack).items():
            if alert not in seen:
                seen[alert] = f"after {seconds - (until - time.monotonic()):.0f} s: {state}"
    return {a: how for a, how in seen.items() if a not in host.explained()}, host


def becomes_quiet(stack: Running, seconds: float, *, within: float) -> dict[str, str]:
    """Wait until nothing unexplained has been pending or firing for a time.

    Starting all servers at once loads the machine, and its minute's mean remembers it for a while.

    Args:
        stack: the running stack.
        seconds: for how long it must be quiet.
        within: seconds in which that must begin and end.

    Returns:
        What was not explained when the last look was taken; empty when it became quiet.
    """
    host = HostLoad()
    began = quiet_since = time.monotonic()
    unexplained: dict[str, str] = {}
    while time.monotonic() - began < within:
        time.sleep(_PAUSE_SECONDS)
        host.look()
        now = alerts_now(stack)
        unexplained = {a: state for a, state in now.items() if a not in host.explained()}
        if unexplained:
            quiet_since = time.monotonic()
        if time.monotonic() - quiet_since >= seconds:
            return {}
    return unexplained or {"": f"not quiet for {seconds:.0f} s in a row"}


def rising_requests(stack: Running, seconds: float) -> float:
    """Return how many requests the agent had in the last seconds, as Prometheus saw them."""
    return _number(stack, f"sum(increase(agent_requests_total[{max(60, round(seconds))}s]))")
