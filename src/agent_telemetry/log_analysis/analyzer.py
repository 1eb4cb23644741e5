"""``LogAnalyzer``: what the log files of all processes tell about errors and requests.

Nothing is loaded into memory but sums, and no file is written: files of any size will do.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from os import PathLike
from pathlib import Path
from typing import Any

from agent_telemetry.clock import Clock, SystemClock
from agent_telemetry.log_analysis.cost_report import costs
from agent_telemetry.log_analysis.engine import MEMORY_LIMIT
from agent_telemetry.log_analysis.error_report import errors
from agent_telemetry.log_analysis.progress import Progress
from agent_telemetry.log_analysis.record_filter import RecordFilter
from agent_telemetry.log_analysis.record_search import Found, every, newest
from agent_telemetry.log_analysis.request_report import requests
from agent_telemetry.log_analysis.scan import Scan

HOUR = 3600.0
_ALL = RecordFilter()


class LogAnalyzer:
    """Reads the JSON log files of a service.

    Args:
        path: a file (what was rotated out of it is read too), a folder, or a pattern such as
            ``logs/app-*.jsonl*``. Files compressed by gzip are read. Nothing there gives zeros.
        memory_limit: most memory of the engine, such as ``512MB``.
        progress: told how far a long analysis is.
        clock: what "now" is.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        memory_limit: str = MEMORY_LIMIT,
        progress: Progress | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._scan = Scan(path=Path(path), memory_limit=memory_limit, progress=progress)
        self._clock = clock if clock is not None else SystemClock()

    def analyze_errors(
        self, time_range: float | None = HOUR, where: RecordFilter = _ALL
    ) -> dict[str, Any]:
        """Return the records of the levels ERROR and FATAL.

        Args:
            time_range: seconds back from now; None for all there is, or what ``where`` asks for.
            where: further conditions.

        Returns:
            total_errors, error_types (count by type, ``Unknown`` where a record has none),
            recent_errors (the last ten, the newest last), events and tenants (count by each,
            ``unknown`` where a record has none), and lines, parsed_lines, broken_lines, files,
            unreadable_files (reason by path).

        Raises:
            AnalysisError: there is more than the memory allowed can hold.
            ImportError: DuckDB is not installed.
        """
        return errors(self._scan, self.within(time_range, where))

    def get_request_stats(
        self, time_range: float | None = HOUR, where: RecordFilter = _ALL
    ) -> dict[str, Any]:
        """Return the requests that ended; a request's start and end count as one.

        Args:
            time_range: seconds back from now; None for all there is, or what ``where`` asks for.
            where: further conditions.

        Returns:
            total_requests, failed_requests, avg_duration, p50_duration, p95_duration, p99_duration,
            max_duration (seconds, percentiles right to 1 %), endpoints (by route, ``unknown`` where
            a record has none: count, failed and the same times), and lines, parsed_lines,
            broken_lines, files, unreadable_files (reason by path).

        Raises:
            AnalysisError: there is more than the memory allowed can hold.
            ImportError: DuckDB is not installed.
        """
        return requests(self._scan, self.within(time_range, where))

    def get_cost_stats(
        self, time_range: float | None = HOUR, where: RecordFilter = _ALL
    ) -> dict[str, Any]:
        """Return the model calls with their tokens and their cost.

        Args:
            time_range: seconds back from now; None for all there is, or what ``where`` asks for.
            where: further conditions.

        Returns:
            total_calls, total_cost_usd, unpriced_calls (without a cost: the model has no price, or
            the call failed), tokens_input, tokens_output, models and tenants (by name, the most
            expensive first: calls, unpriced_calls, tokens_input, tokens_output, cost_usd; a cost is
            None where no call has one), and
            lines, parsed_lines, broken_lines, files, unreadable_files (reason by path).

        Raises:
            AnalysisError: there is more than the memory allowed can hold.
            ImportError: DuckDB is not installed.
        """
        return costs(self._scan, self.within(time_range, where))

    def search(
        self, where: RecordFilter = _ALL, *, limit: int = 100
    ) -> tuple[list[dict[str, Any]], Found]:
        """Return the newest records that are asked for, whole and in the order of their times.

        Args:
            where: what is asked for.
            limit: most records.

        Raises:
            AnalysisError: there is more than the memory allowed can hold.
            ImportError: DuckDB is not installed.
        """
        return newest(self._scan, where, limit)

    def search_all(
        self, where: RecordFilter = _ALL, found: Found | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield every record that is asked for, file by file, while the files are read.

        Args:
            where: what is asked for.
            found: is counted up while records are taken.

        Raises:
            AnalysisError: a line is longer than the memory allowed can hold.
            ImportError: DuckDB is not installed.
        """
        return every(self._scan, where, found if found is not None else Found())

    def within(self, time_range: float | None, where: RecordFilter = _ALL) -> RecordFilter:
        """Return conditions that also ask for the last seconds; None asks for no time."""
        if time_range is None:
            return where
        now = datetime.fromtimestamp(self._clock.time(), UTC)
        since = now - timedelta(seconds=time_range)
        return replace(where, since=max(since, where.since) if where.since else since)
