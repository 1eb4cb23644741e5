"""Metrics, logs, traces and cost of LLM agents, described once and correlated."""

from agent_telemetry.agent_run import AgentRun
from agent_telemetry.asgi import TelemetryMiddleware
from agent_telemetry.catalogue import FAMILIES
from agent_telemetry.correlation import RequestContext, get_request_context
from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.metric_family import Family
from agent_telemetry.metrics import Metrics
from agent_telemetry.model_call import ModelCall
from agent_telemetry.operation import Operation
from agent_telemetry.pricing import PriceTable, Usage
from agent_telemetry.settings import Settings
from agent_telemetry.stack import ObservabilityStack, create_observability_stack
from agent_telemetry.tool_call import ToolCall

__all__ = [
    "FAMILIES",
    "AgentRun",
    "ConfigurationError",
    "Family",
    "Metrics",
    "ModelCall",
    "ObservabilityStack",
    "Operation",
    "PriceTable",
    "RequestContext",
    "Settings",
    "TelemetryMiddleware",
    "ToolCall",
    "Usage",
    "create_observability_stack",
    "get_request_context",
]
