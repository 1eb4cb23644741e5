"""Metrics of short jobs, which end before anybody scrapes them, pushed to a Pushgateway."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from prometheus_client import delete_from_gateway, push_to_gateway

from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.workers.fork_safety import call_in_child

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack

_log = logging.getLogger("agent_telemetry")
_SIGNAL = "metrics"


class Pushgateway:
    """Pushes what ``/metrics`` would show, in a thread of its own.

    At most one push waits: a later one has all that the earlier one would have said. A gateway
    that is away costs the job nothing but the deadline at its end; failures are counted in
    ``telemetry_export_failures_total{signal="metrics"}`` and logged once.

    ``with Pushgateway(stack, "http://localhost:9091", job="nightly"): …`` pushes at the end, also
    when the job fails.

    Args:
        stack: whose metrics are pushed.
        gateway: URL, or host and port.
        job: value of the label ``job``.
        grouping_key: more labels of the group, such as ``{"instance": "worker-3"}``.
        timeout_seconds: for one push.
        delete_at_end: whether ``with`` takes the group away again at its end instead.

    Raises:
        ConfigurationError: gateway or job is empty.
    """

    def __init__(
        self,
        stack: "ObservabilityStack",
        gateway: str,
        *,
        job: str,
        grouping_key: Mapping[str, str] | None = None,
        timeout_seconds: float = 5.0,
        delete_at_end: bool = False,
    ) -> None:
        if not gateway.strip():
            raise ConfigurationError("gateway", gateway, "a URL such as http://localhost:9091")
        if not job.strip():
            raise ConfigurationError("job", job, "a name that is not empty")
        self._stack = stack
        self._gateway = gateway
        self._job = job
        self._group = dict(grouping_key) if grouping_key is not None else {}
        self._timeout = timeout_seconds
        self._delete_at_end = delete_at_end
        self._wake = threading.Condition()
        self._wanted: Callable[[], None] | None = None
        self._under_way = False
        self._closed = False
        self._succeeded = True
        self._worker: threading.Thread | None = None
        call_in_child(self._forked)

    def push(self) -> None:
        """Push soon; never waits, never raises."""
        self._want(self._push)

    def delete(self) -> None:
        """Take the group off the gateway soon; never waits, never raises."""
        self._want(self._delete)

    def flush(self, seconds: float = 5.0) -> bool:
        """Wait for what is wanted, for at most some seconds; True when the gateway took it."""
        deadline = time.monotonic() + seconds
        with self._wake:
            while self._wanted is not None or self._under_way:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._wake.wait(left)
            return self._succeeded

    def close(self, seconds: float = 5.0) -> bool:
        """Wait as ``flush`` does and end the thread."""
        done = self.flush(seconds)
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        return done

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._delete_at_end:
            self.delete()
        else:
            self.push()
        self.close(self._timeout)

    def _want(self, action: Callable[[], None]) -> None:
        with self._wake:
            if self._closed:
                return
            self._wanted = action
            if self._worker is None:
                self._worker = threading.Thread(
                    target=self._run, name="agent_telemetry-pushgateway", daemon=True
                )
                self._worker.start()
            self._wake.notify_all()

    def _forked(self) -> None:
        """Begin anew: the thread, and what it was to push, are the parent's."""
        self._wake = threading.Condition()
        self._wanted, self._under_way, self._worker = None, False, None

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._wanted is not None or self._closed)
                action, self._wanted = self._wanted, None
                if action is None:
                    return
                self._under_way = True
            succeeded = self._try(action)
            with self._wake:
                self._under_way = False
                self._succeeded = succeeded
                self._wake.notify_all()

    def _try(self, action: Callable[[], None]) -> bool:
        try:
            action()
        except Exception as error:  # noqa: BLE001 -- whatever the network or the gateway does
            self._stack.metrics.inc("telemetry_export_failures_total", signal=_SIGNAL)
            if self._stack.guard.first_time(f"pushgateway.{self._gateway}"):
                _log.warning(
                    "metrics do not reach the Pushgateway %s: %s",
                    self._gateway,
                    error,
                    extra={"event": "export_failed", "error_type": type(error).__name__},
                )
            return False
        self._stack.metrics.inc("telemetry_exported_total", signal=_SIGNAL)
        return True

    def _push(self) -> None:
        push_to_gateway(
            self._gateway,
            job=self._job,
            registry=self._stack.registry,
            grouping_key=self._group,
            timeout=self._timeout,
        )

    def _delete(self) -> None:
        delete_from_gateway(
            self._gateway, job=self._job, grouping_key=self._group, timeout=self._timeout
        )
