"""``stack.alerts``: rules, what they found, and who is told."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from agent_telemetry.alerting.alert import Alert
from agent_telemetry.alerting.alert_table import AlertTable, Change, Redact
from agent_telemetry.alerting.evaluation_thread import EvaluationThread
from agent_telemetry.alerting.handler import AlertHandler
from agent_telemetry.alerting.history import AlertHistory
from agent_telemetry.alerting.notifiers.notifier import Notifier
from agent_telemetry.alerting.rule import AlertRule, Breach
from agent_telemetry.alerting.snapshot import Snapshot
from agent_telemetry.alerting.snapshot_reader import SnapshotReader
from agent_telemetry.alerting.speaker import Speaker
from agent_telemetry.alerting.timed_calls import TimedCalls
from agent_telemetry.clock import Clock, SystemClock
from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.guard import Guard
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.workers.fork_safety import call_in_child, forkable_lock

_MOST_RULES = 200
#: Longest wait for one condition with its message, and for the metrics.
_RULE_SECONDS = 2.0


class AlertRuleEngine:
    """Evaluates rules and hands what they find to the notifiers.

    ``create_observability_stack`` makes it; the rule ``HighErrorRate`` is in it from the start.
    The thread that evaluates runs once there is a notifier, unless it was switched on or off by
    ``AGENT_TELEMETRY_ALERTS``.

    Args:
        reader: takes the snapshots.
        metrics: where deliveries and drops are counted.
        guard: takes the faults of conditions and messages.
        clock: where the time comes from.
        service: label of every alert.
        redact: takes personal data and secrets out of what leaves the process.
        seconds: time between two evaluations.
        enabled: whether they are evaluated in the background; None: once there is a notifier.
        speaker: whether this process tells people, where there are several workers.
        begin_with: called with ``start`` instead of calling it: several workers begin when they
            begin to work.

    Attributes:
        handler: tells the notifiers.
    """

    def __init__(
        self,
        reader: SnapshotReader,
        metrics: Metrics,
        guard: Guard,
        *,
        clock: Clock | None = None,
        service: str = "agent",
        redact: Redact = lambda text: text,
        seconds: float = 15.0,
        enabled: bool | None = None,
        speaker: Speaker | None = None,
        begin_with: Callable[[Callable[[], None]], None] = lambda start: start(),
    ) -> None:
        self._reader = reader
        self._guard = guard
        self._clock = clock if clock is not None else SystemClock()
        self._rules: dict[tuple[str, str], AlertRule] = {}
        self._removed: list[AlertRule] = []
        self._table = AlertTable(service, redact)
        self._history = AlertHistory()
        self.handler = AlertHandler(metrics, on_delivered=self._history.delivered)
        self._enabled = enabled
        self._speaker = speaker if speaker is not None else Speaker(None)
        self._begin_with = begin_with
        self._calls = TimedCalls(_RULE_SECONDS)
        self._lock = forkable_lock()
        self._evaluating = forkable_lock()
        self._thread = EvaluationThread(
            begin=reader.begin,
            begin_after_fork=reader.begin_after_fork,
            evaluate=self.evaluate,
            guard=guard,
            seconds=seconds,
        )
        call_in_child(self._forked)
        if enabled:
            self._begin_with(self._thread.start)

    def add_rule(self, rule: AlertRule) -> AlertRule:
        """Evaluate a rule from now on; it replaces the one of its name and scope.

        Raises:
            ConfigurationError: there are too many.
        """
        with self._lock:
            if rule.key not in self._rules and len(self._rules) >= _MOST_RULES:
                raise ConfigurationError("alert rule", rule.name, f"at most {_MOST_RULES} rules")
            self._rules[rule.key] = rule
        return rule

    def add_rules(self, rules: Iterable[AlertRule]) -> None:
        """Add several."""
        for rule in rules:
            self.add_rule(rule)

    def remove_rule(self, name: str, scope: str = "") -> None:
        """Evaluate a rule no more; its alerts are resolved at the next evaluation."""
        with self._lock:
            rule = self._rules.pop((name, scope), None)
            if rule is not None:
                self._removed.append(rule)

    def add_notifier(self, notifier: Notifier) -> None:
        """Tell one more, and begin to evaluate unless that is switched off.

        Raises:
            ConfigurationError: there is one of that name, or there are too many.
        """
        self.handler.add(notifier)
        if self._enabled is None:
            self._begin_with(self._thread.start)

    def look_back(self, window_seconds: float, cost_window_seconds: float) -> None:
        """Change the windows of the snapshots; what was counted before then is forgotten."""
        with self._evaluating:
            self._reader.look_back(window_seconds, cost_window_seconds)

    def start(self) -> None:
        """Evaluate in the background from now on."""
        self._thread.start()

    def evaluate(self, snapshot: Snapshot | None = None) -> list[Alert]:
        """Evaluate all rules once; the background thread calls it too.

        A condition or message that raises, or takes longer than two seconds, is a fault of its
        rule: it is counted, and that rule's alerts stay as they are.

        Args:
            snapshot: how things are; read from the metrics by default.

        Returns:
            The alerts that people are told of now.
        """
        with self._evaluating:
            if snapshot is None:
                try:
                    snapshot = self._calls.call("snapshot", self._reader.read)
                except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
                    self._guard.fault("alerts.snapshot", error)
            changes = self._expire()
            if snapshot is not None:
                with self._lock:
                    rules, removed = [*self._rules.values()], self._removed
                    self._removed = []
                for rule in removed:
                    if rule.key not in self._rules:
                        changes += self._step(rule, [])
                for rule in rules:
                    changes += self._evaluate(rule, snapshot)
            speaks = self._speaker.speaks()
            return self._tell(changes) if speaks else self._note(changes)

    def announce(self, rule: AlertRule, breach: Breach, until: float) -> None:
        """Have an alert fire now without asking the rule's condition; never waits.

        Args:
            rule: whose alert it is.
            breach: what is wrong.
            until: seconds since 1970 at which it is over by itself.
        """
        with self._lock:
            change = self._table.announce(
                rule, breach, self._clock.monotonic(), self._clock.time(), until
            )
        self._tell([change])

    def state(self) -> list[dict[str, Any]]:
        """Return the alerts that are pending, firing, or were resolved within the last hour.

        Returns:
            name, severity, labels, state, since (RFC 3339), value, description; firing ones first.
        """
        with self._lock:
            return self._table.rows()

    def history(self) -> list[dict[str, Any]]:
        """Return the last 200 changes, the newest first.

        Returns:
            name, severity, status (firing or resolved), labels, value, description, starts_at,
            timestamp, and delivered: the names of the notifiers that took it.
        """
        return self._history.entries()

    def report(self) -> dict[str, Any]:
        """Return the answer of ``/alerts``."""
        window, cost_window = self._reader.windows
        with self._lock:
            rules = [*self._rules.values()]
        return {
            "evaluating": self._thread.running,
            "interval_seconds": self._thread.seconds,
            "window_seconds": window,
            "cost_window_seconds": cost_window,
            "notifiers": self.handler.names,
            "rules": [
                {
                    "name": rule.name,
                    "scope": rule.scope,
                    "severity": rule.severity,
                    "for_seconds": rule.for_seconds,
                }
                for rule in rules
            ],
            "alerts": self.state(),
            "history": self.history(),
        }

    def close(self, seconds: float) -> None:
        """Stop, and deliver what can be delivered within some seconds."""
        deadline = time.monotonic() + seconds
        self._thread.stop()
        self.handler.close(max(0.0, deadline - time.monotonic()))
        self._calls.close()
        self._speaker.leave()

    def _evaluate(self, rule: AlertRule, snapshot: Snapshot) -> list[Change]:
        try:
            key = f"{rule.name}/{rule.scope}"
            breaches = self._calls.call(key, lambda: rule.look(snapshot))
            return self._step(rule, breaches)
        except Exception as error:  # noqa: BLE001 -- a rule is the host's code
            self._guard.fault(f"alerts.{rule.name[:80]}", error)
            return []

    def _step(self, rule: AlertRule, breaches: list[Breach]) -> list[Change]:
        with self._lock:
            return self._table.step(rule, breaches, self._clock.monotonic(), self._clock.time())

    def _expire(self) -> list[Change]:
        with self._lock:
            return self._table.expire(self._clock.monotonic(), self._clock.time())

    def _forked(self) -> None:
        """Forget the parent's alerts: it tells of their end itself."""
        self._table.clear()
        self._history.clear()

    def _tell(self, changes: list[Change]) -> list[Alert]:
        self._note(changes)
        told = [change.alert for change in changes if change.tell]
        for alert in told:
            self.handler.notify_all(alert)
        return told

    def _note(self, changes: list[Change]) -> list[Alert]:
        for change in changes:
            if change.changed:
                self._history.add(change.alert)
        return []
