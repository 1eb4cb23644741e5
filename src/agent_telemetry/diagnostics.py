"""How the service is: a report for people, a health check, and the numbers of the last hour."""

import asyncio
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agent_telemetry.recent import LONGEST_SECONDS, Timed

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack

HOUR = 3600.0
_HEALTH_WINDOW = 300.0
_MOST_MEMORY = 2 * 1024**3
_MOST_ERRORS = 0.1
_GAUGES = ("agent_pool_size", "agent_pool_max_size", "agent_active_count", "active_sessions")


class Diagnostics:
    """Answers ``/diagnostics``, ``/health/detailed`` and ``/stats``.

    Args:
        stack: the stack that it tells about.
    """

    def __init__(self, stack: "ObservabilityStack") -> None:
        self._stack = stack
        self._started = time.monotonic()

    def report(self) -> dict[str, Any]:
        """Return the diagnostic report.

        Returns:
            time (RFC 3339), pool_size, active_agents, memory_bytes, threads, tasks (of the running
            loop), errors_last_hour, latency {avg_seconds, p95_seconds} of the last hour, health,
            and the telemetry's own state.
        """
        gauges = self._gauges()
        requests = _together(self._stack.recent.requests(HOUR))
        return {
            "time": _now(),
            "service": self._stack.settings.service_name,
            "uptime_seconds": self._uptime(),
            "pool_size": gauges.get("agent_pool_size"),
            "active_agents": gauges.get("agent_active_count"),
            "memory_bytes": self._memory(),
            "threads": threading.active_count(),
            "tasks": _tasks(),
            "errors_last_hour": sum(self._stack.recent.errors(HOUR).values()),
            "latency": {
                "avg_seconds": round(requests.average(), 4),
                "p95_seconds": round(requests.percentile(0.95), 4),
            },
            "health": self.health(),
            "telemetry": self.telemetry(),
        }

    def health(self) -> dict[str, Any]:
        """Return ``healthy`` and the checks behind it: pool, memory, error_rate; all must hold."""
        gauges = self._gauges()
        requests = _together(self._stack.recent.requests(_HEALTH_WINDOW))
        size, most = gauges.get("agent_pool_size"), gauges.get("agent_pool_max_size")
        memory = self._memory()
        checks = {
            # Without a pool both are 0.
            "pool": not most or size is None or size < most,
            "memory": memory is None or memory < _MOST_MEMORY,
            "error_rate": requests.failed < _MOST_ERRORS * max(1, requests.count),
        }
        return {"healthy": all(checks.values()), "checks": checks}

    def detailed(self) -> dict[str, Any]:
        """Return the answer of ``/health/detailed``."""
        health = self.health()
        return {
            "status": "healthy" if health["healthy"] else "unhealthy",
            "timestamp": _now(),
            "uptime": self._uptime(),
            "active_sessions": self._gauges().get("active_sessions"),
            "checks": health["checks"],
            "system": self._stack.system.get_system_info(),
        }

    def stats(self, seconds: float = HOUR) -> dict[str, Any]:
        """Return the answer of ``/stats``.

        Args:
            seconds: the window, at most two hours; this process's numbers, by the minute.
        """
        window = min(max(seconds, 60.0), LONGEST_SECONDS)
        recent = self._stack.recent
        errors, requests = recent.errors(window), recent.requests(window)
        whole = _together(requests)
        return {
            "timestamp": _now(),
            "window_seconds": window,
            "errors": {
                "total_errors": sum(errors.values()),
                "error_types": errors,
                "recent_errors": [
                    {
                        "timestamp": _time(each.time),
                        "error_type": each.error_type,
                        "request_id": each.request_id,
                        "trace_id": each.trace_id,
                    }
                    for each in recent.last_errors(window)
                ],
            },
            "requests": {
                "total_requests": whole.count,
                "failed_requests": whole.failed,
                "avg_duration": round(whole.average(), 4),
                "p95_duration": round(whole.percentile(0.95), 4),
                "endpoints": {name: _numbers(timed) for name, timed in requests.items()},
            },
            "system": self._stack.system.get_system_info(),
            "model": {
                name: {
                    "total_calls": timed.count,
                    "failed_calls": timed.failed,
                    "avg_duration": round(timed.average(), 4),
                    "total_tokens": timed.tokens,
                }
                for name, timed in recent.models(window).items()
            },
        }

    def telemetry(self) -> dict[str, Any]:
        """Return the telemetry's own state: what waits, what was lost, what the backend took."""
        found: dict[str, Any] = {"dropped": {}, "faults": {}}
        names = (
            "telemetry_queue_depth",
            "telemetry_queue_capacity",
            "telemetry_last_export_timestamp_seconds",
            "telemetry_export_failures_total",
        )
        for family in self._stack.registry.restricted_registry(
            [*names, "telemetry_dropped_total", "telemetry_faults_total"]
        ).collect():
            for sample in family.samples:
                labels = "/".join(sample.labels.values())
                if sample.name in names:
                    found.setdefault(sample.name.removeprefix("telemetry_"), {})[labels] = (
                        sample.value
                    )
                elif sample.value and sample.name == "telemetry_dropped_total":
                    found["dropped"][labels] = sample.value
                elif sample.value and sample.name == "telemetry_faults_total":
                    found["faults"][labels] = sample.value
        return found

    def _gauges(self) -> dict[str, float]:
        found = self._stack.registry.restricted_registry(list(_GAUGES)).collect()
        return {sample.name: sample.value for family in found for sample in family.samples}

    def _memory(self) -> int | None:
        name = "agent_memory_usage_bytes"
        for family in self._stack.registry.restricted_registry([name]).collect():
            for sample in family.samples:
                return int(sample.value)
        return None

    def _uptime(self) -> float:
        return round(time.monotonic() - self._started, 1)


def _together(timed: dict[str, Timed]) -> Timed:
    whole = Timed()
    for each in timed.values():
        whole.merge(each)
    return whole


def _numbers(timed: Timed) -> dict[str, float]:
    return {
        "count": timed.count,
        "failed": timed.failed,
        "avg_duration": round(timed.average(), 4),
        "p95_duration": round(timed.percentile(0.95), 4),
    }


def _tasks() -> int | None:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return None


def _now() -> str:
    return _time(time.time())


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
