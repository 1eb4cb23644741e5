"""Puts the sample agent together: its model's client, its faults and its service."""

from dataclasses import dataclass

from agent_telemetry import ObservabilityStack
from example_app.chat_service import ChatService
from example_app.faults import Faults
from example_app.model_client import ModelClient
from example_app.settings import AppSettings


@dataclass(frozen=True)
class AgentService:
    """What answers, whoever asks.

    Attributes:
        model: the model's client.
        faults: what is broken on purpose.
        chats: answers chats.
    """

    model: ModelClient
    faults: Faults
    chats: ChatService


def build_service(settings: AppSettings, stack: ObservabilityStack) -> AgentService:
    """Put the parts together.

    Args:
        settings: bounds, times and the model's address.
        stack: told about everything.

    Raises:
        ConfigurationError: the preset or its words are wrong.
    """
    model = ModelClient(
        stack,
        base_url=settings.llm_base_url,
        api_key=settings.llm_api_key,
        model=settings.llm_model,
        timeout_seconds=settings.llm_timeout_seconds,
        connections=settings.agent_pool_max_size,
        fallback_model=settings.llm_fallback_model,
    )
    faults = Faults(model.fault_url, stack.audit)
    return AgentService(model, faults, ChatService(settings, stack, faults, model))
