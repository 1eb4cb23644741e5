"""The questions that the smoke test asks of Prometheus, Jaeger, Loki and the alert inbox."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

_HOUR_SECONDS = 3600


class Prometheus:
    """Prometheus' query API."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def get(self, path: str, **params: Any) -> Any:
        """Return the `data` of an API answer."""
        response = self._client.get(f"/api/v1/{path}", params=params)
        response.raise_for_status()
        return response.json()["data"]

    def value(self, query: str) -> float:
        """Return the one value of an instant query, 0 when there is no series yet."""
        result = self.get("query", query=query)["result"]
        assert len(result) <= 1, f"{query} has {len(result)} results, one was meant"
        return float(result[0]["value"][1]) if result else 0.0

    def exemplars(self, query: str, since: float) -> list[dict[str, Any]]:
        """Return the exemplars of the last hour that were observed after a time, newest first."""
        now = time.time()
        series = self.get("query_exemplars", query=query, start=now - _HOUR_SECONDS, end=now)
        found = [exemplar for one in series for exemplar in one["exemplars"]]
        recent = [exemplar for exemplar in found if float(exemplar["timestamp"]) >= since]
        return sorted(recent, key=lambda exemplar: -float(exemplar["timestamp"]))


@dataclass(frozen=True)
class Span:
    """One span of a trace.

    Attributes:
        span_id: its id.
        parent_id: the span above it, empty at the top.
        name: its name.
        service: who made it.
        tags: its attributes.
    """

    span_id: str
    parent_id: str
    name: str
    service: str
    tags: dict[str, Any]


class Jaeger:
    """Jaeger's query API."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def trace(self, trace_id: str) -> list[Span]:
        """Return the spans of a trace that have arrived."""
        response = self._client.get(f"/api/traces/{trace_id}")
        assert response.status_code == 200, f"Jaeger answers {response.status_code} for {trace_id}"
        (trace,) = response.json()["data"]
        services = {key: value["serviceName"] for key, value in trace["processes"].items()}
        return [
            Span(
                span_id=span["spanID"],
                parent_id=next(
                    (r["spanID"] for r in span["references"] if r["refType"] == "CHILD_OF"), ""
                ),
                name=span["operationName"],
                service=services[span["processID"]],
                tags={tag["key"]: tag["value"] for tag in span["tags"]},
            )
            for span in trace["spans"]
        ]


@dataclass(frozen=True)
class LogLine:
    """One log line in Loki.

    Attributes:
        seconds: its own time stamp, seconds since 1970.
        fields: labels and structured metadata.
        text: the message.
    """

    seconds: float
    fields: dict[str, str]
    text: str


class Loki:
    """Loki's query API."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def lines(self, query: str) -> list[LogLine]:
        """Return the lines of the last hour that match."""
        now = time.time()
        window = {"start": int((now - _HOUR_SECONDS) * 1e9), "end": int((now + 60) * 1e9)}
        response = self._client.get(
            "/loki/api/v1/query_range", params={"query": query, "limit": 1000, **window}
        )
        assert response.status_code == 200, f"Loki answers {response.text[:300]}"
        return [
            LogLine(int(stamp) / 1e9, {**stream["stream"], **_metadata(rest)}, text)
            for stream in response.json()["data"]["result"]
            for stamp, text, *rest in stream["values"]
        ]


def _metadata(rest: list[Any]) -> dict[str, str]:
    """Return the structured metadata of one entry, where Loki gives it apart."""
    found: dict[str, str] = {}
    for part in rest:
        found.update(part.get("structuredMetadata", part) if isinstance(part, dict) else {})
    return found


class Inbox:
    """The alert inbox: the receiver that every alert reaches."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def alerts(self, alertname: str, status: str, since: float) -> list[dict[str, Any]]:
        """Return what was delivered after a time, newest first; an empty status means any."""
        wanted = {"alertname": alertname, "status": status} if status else {"alertname": alertname}
        response = self._client.get("/alerts", params=wanted)
        response.raise_for_status()
        return [a for a in response.json()["alerts"] if _seconds(a["received_at"]) >= since]

    def last_beat_seconds(self) -> float:
        """Return how old the last Watchdog is."""
        response = self._client.get("/watchdog")
        assert response.status_code == 200, f"/watchdog {response.status_code} {response.text}"
        return float(response.json()["age_seconds"])


def _seconds(stamp: Any) -> float:
    """Return a time of the inbox, a number or RFC 3339, as seconds since 1970."""
    if isinstance(stamp, int | float):
        return float(stamp)
    return datetime.fromisoformat(stamp).timestamp()
