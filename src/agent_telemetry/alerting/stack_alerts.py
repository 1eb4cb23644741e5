"""``stack.alerts``: the alerting of one stack, put together."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from agent_telemetry.alerting.budget_alerts import budget_alerts
from agent_telemetry.alerting.engine import AlertRuleEngine
from agent_telemetry.alerting.limits import AlertLimits
from agent_telemetry.alerting.notifiers.log import LogNotifier
from agent_telemetry.alerting.notifiers.notifier import Notifier
from agent_telemetry.alerting.ready_made_rules import error_rate_rule
from agent_telemetry.alerting.settings import AlertSettings
from agent_telemetry.alerting.snapshot_reader import SnapshotReader
from agent_telemetry.alerting.speaker import Speaker
from agent_telemetry.clock import Clock, SystemClock

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack


class StackAlerts:
    """What gives a stack its alerting.

    Attributes:
        alerts: rules, what they found, and who is told.
    """

    alerts: AlertRuleEngine

    def _open_alerts(self, clock: Clock | None) -> None:
        """Set up rules and notifiers; everything that they look at is there."""
        self.alerts = alert_engine(cast("ObservabilityStack", self), clock)


def alert_engine(stack: "ObservabilityStack", clock: Clock | None = None) -> AlertRuleEngine:
    """Return the engine of a stack, with its rule, its notifiers and its budgets' warnings.

    Args:
        stack: the stack; its metrics, ledger and budgets are there.
        clock: where the time comes from.
    """
    settings, workers = stack.settings.alerts, stack.metrics.workers
    steady = clock if clock is not None else SystemClock()
    reader = SnapshotReader(
        stack.registry,
        steady,
        window_seconds=settings.window_seconds,
        cost_window_seconds=AlertLimits.cost_window_seconds,
        from_zero=workers is None,
    )
    engine = AlertRuleEngine(
        reader,
        stack.metrics,
        stack.guard,
        clock=steady,
        service=stack.settings.service_name,
        redact=stack.redact,
        seconds=settings.seconds,
        enabled=settings.enabled,
        speaker=Speaker(workers.folder.path if workers is not None else None),
        # The master of several workers has no thread when it forks them.
        begin_with=workers.beat.add if workers is not None else lambda start: start(),
    )
    engine.add_rule(error_rate_rule(AlertLimits(window_seconds=settings.window_seconds)))
    for notifier in _notifiers(settings):
        engine.add_notifier(notifier)
    stack.budgets.on_warning(budget_alerts(engine, steady.time))
    return engine


def _notifiers(settings: AlertSettings) -> Iterator[Notifier]:
    if settings.enabled:
        yield LogNotifier()
    if settings.slack_webhook is not None:
        from agent_telemetry.alerting.notifiers.slack import SlackNotifier  # noqa: PLC0415

        yield SlackNotifier(settings.slack_webhook)
    if settings.webhook is not None:
        from agent_telemetry.alerting.notifiers.webhook import WebhookNotifier  # noqa: PLC0415

        yield WebhookNotifier(settings.webhook)
    if settings.mail is not None:
        from agent_telemetry.alerting.notifiers.mail import MailNotifier  # noqa: PLC0415

        yield MailNotifier(settings.mail)
