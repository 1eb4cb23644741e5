"""Conversations: bounded, expiring, each the property of one tenant."""

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cachetools import TTLCache

_MOST_SESSIONS = 10_000
_MOST_MESSAGES = 20


@dataclass
class Session:
    """One conversation.

    Attributes:
        session_id: its id.
        tenant_id: whose it is.
        template_id: the agent that leads it.
        messages: the last turns, in the model's format.
    """

    session_id: str
    tenant_id: str
    template_id: str
    messages: list[dict[str, Any]] = field(default_factory=list)


class Sessions:
    """The sessions of this process.

    Args:
        ttl_seconds: how long a session lives after its last message.
    """

    def __init__(self, ttl_seconds: float) -> None:
        self._sessions: TTLCache[str, Session] = TTLCache(_MOST_SESSIONS, ttl_seconds)
        self._lock = threading.Lock()

    def open(self, session_id: str | None, tenant_id: str, template_id: str) -> Session | None:
        """Return a tenant's session, a new one when there is none of that id.

        Returns:
            None when the id belongs to another tenant.
        """
        with self._lock:
            session = self._sessions.get(session_id) if session_id is not None else None
            if session is not None and session.tenant_id != tenant_id:
                return None
            if session is None:
                session = Session(session_id or uuid.uuid4().hex, tenant_id, template_id)
            # Written anew so that its time to live starts again.
            self._sessions[session.session_id] = session
            return session

    def remember(self, session: Session, turn: Sequence[dict[str, Any]]) -> None:
        """Add a turn and forget the oldest ones past the bound."""
        with self._lock:
            session.messages.extend(turn)
            del session.messages[:-_MOST_MESSAGES]

    def active(self) -> int:
        """Return how many sessions have not expired."""
        with self._lock:
            self._sessions.expire()
            return len(self._sessions)
