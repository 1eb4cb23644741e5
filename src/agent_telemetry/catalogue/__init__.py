"""The one catalogue of metric names; documents, rules and dashboards are checked against it."""

from agent_telemetry.catalogue.agents import AGENTS
from agent_telemetry.catalogue.business import BUSINESS
from agent_telemetry.catalogue.models import MODELS
from agent_telemetry.catalogue.requests import REQUESTS
from agent_telemetry.catalogue.system import SYSTEM
from agent_telemetry.catalogue.telemetry import TELEMETRY
from agent_telemetry.catalogue.tools import TOOLS

#: Every family by its name.
FAMILIES = {
    family.name: family
    for layer in (AGENTS, TOOLS, REQUESTS, MODELS, BUSINESS, SYSTEM, TELEMETRY)
    for family in layer
}
