"""Metrics, logs, traces and cost of LLM agents, described once and correlated."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from agent_telemetry.asgi.departures import CallerLeft
from agent_telemetry.asgi.middleware import TelemetryMiddleware
from agent_telemetry.budgets.budget import Budget, BudgetExceeded, BudgetWarning
from agent_telemetry.catalogue import FAMILIES
from agent_telemetry.correlation import RequestContext, get_request_context
from agent_telemetry.cost_analytics import BudgetAlert, CostAnalytics
from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.metrics.family import Family
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.operations.agent_run import AgentRun
from agent_telemetry.operations.model_call import ModelCall
from agent_telemetry.operations.operation import Operation
from agent_telemetry.operations.token_estimate import estimate_tokens
from agent_telemetry.operations.tool_call import ToolCall
from agent_telemetry.prices.pricing import PriceTable, Usage
from agent_telemetry.settings import Settings
from agent_telemetry.stack import ObservabilityStack, create_observability_stack

if TYPE_CHECKING:
    from agent_telemetry.agent_middleware import AgentMiddleware, MiddlewareChain
    from agent_telemetry.alerting.alert import Alert
    from agent_telemetry.alerting.engine import AlertRuleEngine
    from agent_telemetry.alerting.handler import AlertHandler
    from agent_telemetry.alerting.limits import AlertLimits
    from agent_telemetry.alerting.notifiers.log import LogNotifier
    from agent_telemetry.alerting.notifiers.mail import MailNotifier, MailServer
    from agent_telemetry.alerting.notifiers.notifier import NotificationRefusedError, Notifier
    from agent_telemetry.alerting.notifiers.slack import SlackNotifier
    from agent_telemetry.alerting.notifiers.webhook import WebhookNotifier
    from agent_telemetry.alerting.ready_made_rules import ready_made_rules
    from agent_telemetry.alerting.rule import AlertRule, Breach
    from agent_telemetry.alerting.snapshot import Snapshot
    from agent_telemetry.asgi.monitoring_middleware import MonitoringMiddleware
    from agent_telemetry.context_propagation import ContextThreadPoolExecutor, carry_context
    from agent_telemetry.dashboard import Dashboard
    from agent_telemetry.decorators.decorators import monitor_request, trace_operation
    from agent_telemetry.log_analysis.analyzer import LogAnalyzer
    from agent_telemetry.logs.elasticsearch_handler import (
        BatchElasticsearchHandler,
        ElasticsearchHandler,
    )
    from agent_telemetry.logs.structured_logger import StructuredFormatter, StructuredLogger
    from agent_telemetry.metrics.collector import MetricsCollector
    from agent_telemetry.metrics.pushgateway import Pushgateway
    from agent_telemetry.metrics.registry import MetricsRegistry
    from agent_telemetry.metrics.server import MetricsServer, start_metrics_server
    from agent_telemetry.metrics_middleware import MetricsMiddleware
    from agent_telemetry.model_monitor import AIModelMonitor, monitored_ai_call
    from agent_telemetry.system_monitor import SystemMonitor
    from agent_telemetry.traces.buffer import TraceBuffer
    from agent_telemetry.traces.noop_tracer import NoopTracer
    from agent_telemetry.traces.span_record import Span
    from agent_telemetry.traces.trace_record import Trace
    from agent_telemetry.traces.tracer import Tracer

#: What few programs need, by the module that is loaded when it is asked for.
_LATER = {
    "AIModelMonitor": "model_monitor",
    "AgentMiddleware": "agent_middleware",
    "Alert": "alerting.alert",
    "AlertHandler": "alerting.handler",
    "AlertLimits": "alerting.limits",
    "AlertRule": "alerting.rule",
    "AlertRuleEngine": "alerting.engine",
    "BatchElasticsearchHandler": "logs.elasticsearch_handler",
    "Breach": "alerting.rule",
    "ContextThreadPoolExecutor": "context_propagation",
    "Dashboard": "dashboard",
    "ElasticsearchHandler": "logs.elasticsearch_handler",
    "LogAnalyzer": "log_analysis.analyzer",
    "LogNotifier": "alerting.notifiers.log",
    "MailNotifier": "alerting.notifiers.mail",
    "MailServer": "alerting.notifiers.mail",
    "MetricsCollector": "metrics.collector",
    "MetricsMiddleware": "metrics_middleware",
    "MetricsRegistry": "metrics.registry",
    "MetricsServer": "metrics.server",
    "MiddlewareChain": "agent_middleware",
    "MonitoringMiddleware": "asgi.monitoring_middleware",
    "NoopTracer": "traces.noop_tracer",
    "NotificationRefusedError": "alerting.notifiers.notifier",
    "Notifier": "alerting.notifiers.notifier",
    "Pushgateway": "metrics.pushgateway",
    "SlackNotifier": "alerting.notifiers.slack",
    "Snapshot": "alerting.snapshot",
    "Span": "traces.span_record",
    "StructuredFormatter": "logs.structured_logger",
    "StructuredLogger": "logs.structured_logger",
    "SystemMonitor": "system_monitor",
    "Trace": "traces.trace_record",
    "TraceBuffer": "traces.buffer",
    "Tracer": "traces.tracer",
    "WebhookNotifier": "alerting.notifiers.webhook",
    "carry_context": "context_propagation",
    "monitor_request": "decorators.decorators",
    "monitored_ai_call": "model_monitor",
    "ready_made_rules": "alerting.ready_made_rules",
    "start_metrics_server": "metrics.server",
    "trace_operation": "decorators.decorators",
}

__all__ = [
    "FAMILIES",
    "AIModelMonitor",
    "AgentMiddleware",
    "AgentRun",
    "Alert",
    "AlertHandler",
    "AlertLimits",
    "AlertRule",
    "AlertRuleEngine",
    "BatchElasticsearchHandler",
    "Breach",
    "Budget",
    "BudgetAlert",
    "BudgetExceeded",
    "BudgetWarning",
    "CallerLeft",
    "ConfigurationError",
    "ContextThreadPoolExecutor",
    "CostAnalytics",
    "Dashboard",
    "ElasticsearchHandler",
    "Family",
    "LogAnalyzer",
    "LogNotifier",
    "MailNotifier",
    "MailServer",
    "Metrics",
    "MetricsCollector",
    "MetricsMiddleware",
    "MetricsRegistry",
    "MetricsServer",
    "MiddlewareChain",
    "ModelCall",
    "MonitoringMiddleware",
    "NoopTracer",
    "NotificationRefusedError",
    "Notifier",
    "ObservabilityStack",
    "Operation",
    "PriceTable",
    "Pushgateway",
    "RequestContext",
    "Settings",
    "SlackNotifier",
    "Snapshot",
    "Span",
    "StructuredFormatter",
    "StructuredLogger",
    "SystemMonitor",
    "TelemetryMiddleware",
    "ToolCall",
    "Trace",
    "TraceBuffer",
    "Tracer",
    "Usage",
    "WebhookNotifier",
    "carry_context",
    "create_observability_stack",
    "estimate_tokens",
    "get_request_context",
    "monitor_request",
    "monitored_ai_call",
    "ready_made_rules",
    "start_metrics_server",
    "trace_operation",
]


def __getattr__(name: str) -> Any:
    """Load a name's module when the name is first asked for; the core stays quick to import."""
    module = _LATER.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
