"""One message on its way to an answer, and what is known of it."""

from dataclasses import dataclass
from typing import Any

from example_app.chat_request import ChatRequest
from example_app.listener import Listener
from example_app.memory import points_back
from example_app.sessions import Session
from example_app.templates import Template
from example_app.tenants import Tenant


@dataclass(frozen=True)
class ChatTurn:
    """One message that is allowed to be answered.

    Attributes:
        request: what was asked.
        message: the text to go on with: the person's, with what the policy masked.
        tenant: whose person it is.
        template: which agent answers.
        session: the conversation.
        history: the conversation's messages before.
        policy: what the policy did to the message: ``pass`` or ``mask``.
        listener: who waits for the answer.
        started: when the request came, by the performance counter.
    """

    request: ChatRequest
    message: str
    tenant: Tenant
    template: Template
    session: Session
    history: list[dict[str, Any]]
    policy: str
    listener: Listener
    started: float

    @property
    def person(self) -> tuple[str, str] | None:
        """Tenant and user; None when nobody said who asks."""
        user = self.request.user_id
        return (self.tenant.tenant_id, user) if user is not None else None

    @property
    def leans_on_memory(self) -> bool:
        """Whether the answer may depend on what this person said in earlier conversations."""
        return self.person is not None and (bool(self.history) or points_back(self.message))

    @property
    def cacheable(self) -> bool:
        """Whether the answer is the same for everybody of this tenant.

        Only a conversation's first question has an answer that depends on nothing else.
        """
        return not self.history and not self.leans_on_memory
