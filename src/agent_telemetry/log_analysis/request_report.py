"""Requests of the log files by endpoint: how many, how many failed, how long they took."""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from agent_telemetry.log_analysis.error_report import Counted
from agent_telemetry.log_analysis.record_columns import (
    ENDPOINT,
    FAILED,
    IS_REQUEST,
    REQUEST_COLUMNS,
    SECONDS,
    moment,
)
from agent_telemetry.log_analysis.record_filter import RecordFilter
from agent_telemetry.log_analysis.scan import Scan

#: Bounds of the times counted together lie so far apart: a percentile is right to 1 %.
_STEP = 1.01
_LEAST_SECONDS = 1e-6
_DIGITS = 6


@dataclass
class Endpoint:
    """Requests of one endpoint, in bounded memory.

    Attributes:
        count: requests.
        failed: those of them that ended as an error (5xx).
        timed: those of them that have a time.
        seconds: sum of the times.
        longest: the longest time.
        buckets: timed requests by step of their time.
    """

    count: int = 0
    failed: int = 0
    timed: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    buckets: Counter[int] = field(default_factory=Counter)

    def add(self, other: "Endpoint") -> None:
        """Add the requests of another."""
        self.count += other.count
        self.failed += other.failed
        self.timed += other.timed
        self.seconds += other.seconds
        self.longest = max(self.longest, other.longest)
        self.buckets.update(other.buckets)

    def percentile(self, percent: float) -> float:
        """Return the nearest-rank percentile in seconds, at most 1 % too long; 0 without times."""
        rank = max(1, math.ceil(percent / 100 * self.timed))
        seen = 0
        for step in sorted(self.buckets):
            seen += self.buckets[step]
            if seen >= rank:
                return min(_STEP**step, self.longest)
        return 0.0

    def told(self) -> dict[str, Any]:
        """Return it as fields; times are in seconds."""
        return {
            "count": self.count,
            "failed": self.failed,
            "avg_duration": round(self.seconds / self.timed, _DIGITS) if self.timed else 0.0,
            "p50_duration": round(self.percentile(50), _DIGITS),
            "p95_duration": round(self.percentile(95), _DIGITS),
            "p99_duration": round(self.percentile(99), _DIGITS),
            "max_duration": round(self.longest, _DIGITS),
        }


def requests(scan: Scan, wanted: RecordFilter) -> dict[str, Any]:
    """Return the requests that are asked for, in one pass and in bounded memory."""
    condition, values = wanted.condition()

    # CASE, because the engine works out only there what is asked for and nothing for other lines.
    def query(source: str) -> str:
        return f"""
            SELECT endpoint, CAST(ceil(ln(greatest(seconds, {_LEAST_SECONDS})) / ln({_STEP}))
                    AS INTEGER) AS step,
                count(*), count(*) FILTER (WHERE failed), count(seconds),
                sum(seconds), max(seconds), count(*) FILTER (WHERE moment IS NULL)
            FROM (
                SELECT moment, endpoint,
                    CASE WHEN isfinite(seconds) AND seconds >= 0 THEN seconds END AS seconds, failed
                FROM (
                    SELECT moment,
                        CASE WHEN asked THEN left({ENDPOINT}, 500) END AS endpoint,
                        CASE WHEN asked THEN {SECONDS} END AS seconds,
                        CASE WHEN asked THEN coalesce({FAILED}, false) ELSE false END AS failed
                    FROM (
                        SELECT *, CASE WHEN {condition} THEN {IS_REQUEST} ELSE false END AS asked
                        FROM (SELECT *, {moment()} AS moment FROM {source})
                    )
                )
            )
            GROUP BY ALL"""  # noqa: S608 -- all of it is written here; values are parameters

    rows, files = scan.rows(REQUEST_COLUMNS, query, values)
    found, whole = dict[str, Endpoint](), Endpoint()
    lines = broken = 0
    for name, step, count, failed, timed, seconds, longest, without_time in rows:
        lines += count
        broken += without_time
        if name is not None:
            part = Endpoint(count, failed, timed, seconds or 0.0, longest or 0.0)
            if step is not None:
                part.buckets[step] = timed
            found.setdefault(name, Endpoint()).add(part)
            whole.add(part)
    told = whole.told()
    return {
        "total_requests": told.pop("count"),
        "failed_requests": told.pop("failed"),
        **told,
        "endpoints": {
            name: each.told()
            for name, each in sorted(found.items(), key=lambda each: (-each[1].count, each[0]))
        },
        **Counted(lines, broken, files).told(),
    }
