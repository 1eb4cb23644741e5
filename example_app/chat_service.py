"""One chat from the checked request to its answer, step by step as the waterfall shows it."""

import logging
import time
from typing import Any

from agent_telemetry import ObservabilityStack, get_request_context
from example_app.agent import Agent, AgentAnswer, Emit
from example_app.agent_pool import AgentPool, PoolFullError
from example_app.answer_cache import AnswerCache
from example_app.caller import Caller
from example_app.chat_request import ChatRequest
from example_app.faults import Faults
from example_app.model_client import ModelClient
from example_app.rate_limit import RateLimiter
from example_app.refusal import Refusal
from example_app.sessions import Session, Sessions
from example_app.settings import AppSettings
from example_app.templates import DEFAULT, Template, build_templates
from example_app.tenants import Tenant, decide_tenant

_log = logging.getLogger(__name__)
_PREVIEW = 50


class ChatService:
    """Everything behind ``POST /chat``.

    Args:
        settings: bounds and times.
        stack: told about everything.
        faults: what is broken on purpose.
        model: answers.
    """

    def __init__(
        self, settings: AppSettings, stack: ObservabilityStack, faults: Faults, model: ModelClient
    ) -> None:
        self._settings = settings
        self._stack = stack
        self._faults = faults
        self._model = model
        self.templates = build_templates(stack)
        self.sessions = Sessions(settings.session_ttl_seconds)
        self._cache = AnswerCache(settings.cache_ttl_seconds)
        self._limiter = RateLimiter()
        self._pool = AgentPool(
            settings.agent_pool_max_size,
            settings.agent_queue_size,
            settings.agent_queue_seconds,
            stack,
        )
        stack.metrics.track("active_sessions", self.sessions.active)

    def chat(
        self, request: ChatRequest, caller: Caller, emit: Emit | None = None
    ) -> dict[str, Any] | Refusal:
        """Answer one request.

        Args:
            request: what was asked.
            caller: who asks.
            emit: called with ``token`` and ``tool`` events as they happen.

        Raises:
            ModelError: the model gave no usable answer.
        """
        started = time.perf_counter()
        with self._stack.chain("process_request") as step:
            step.set("query.length", len(request.message))
            outcome = self._process(request, caller, emit, started)
            if isinstance(outcome, Refusal):
                step.set("refused", outcome.code)
            else:
                step.set("tenant.id", get_request_context().tenant_id or "")
            return outcome

    def _process(
        self, request: ChatRequest, caller: Caller, emit: Emit | None, started: float
    ) -> dict[str, Any] | Refusal:
        template_id = request.template or DEFAULT
        template = self.templates.get(template_id)
        if template is None:
            known = ", ".join(self.templates)
            return Refusal(422, "unknown_template", f"template must be one of {known}", "template")
        tenant = self._check_auth(request, caller)
        if isinstance(tenant, Refusal):
            return tenant
        with self._stack.chain("rate_limit"):
            limited = self._limiter.take(tenant)
        if limited is not None:
            return limited
        session = self.sessions.open(request.session_id, tenant.tenant_id, template_id)
        if session is None:
            return Refusal(404, "unknown_session", "There is no such session.", "session_id")
        self._stack.bind(session_id=session.session_id, template_id=template_id)
        _log.debug(
            "Processing chat request: %s",
            request.message[:_PREVIEW],
            extra={"event": "processing_chat_request"},
        )
        # Only a conversation's first question has an answer that depends on nothing else.
        cacheable = not session.messages
        asked = cacheable and not caller.fresh
        answer = self._look_up(tenant, template, request) if asked else None
        if answer is not None:
            if emit is not None:
                emit("token", {"text": answer["reply"]})
            return self._format_cached(answer, session, request, started)
        return self._run(
            request, template, tenant, session, cacheable=cacheable, emit=emit, started=started
        )

    def _check_auth(self, request: ChatRequest, caller: Caller) -> Tenant | Refusal:
        with self._stack.chain("auth_check") as step:
            required = self._settings.auth_required
            tenant = decide_tenant(caller.key, request.tenant_id, required=required)
            if isinstance(tenant, Refusal):
                step.set("refused", tenant.code)
            else:
                self._stack.bind(tenant_id=tenant.tenant_id, user_id=request.user_id)
                step.set("tenant.id", tenant.tenant_id)
        return tenant

    def _look_up(
        self, tenant: Tenant, template: Template, request: ChatRequest
    ) -> dict[str, Any] | None:
        with self._stack.chain("check_cache") as step:
            answer = self._cache.get(tenant.tenant_id, template.template_id, request.message)
            step.set("cache.hit", answer is not None)
        self._stack.metrics.cache_request(
            "answer", hit=answer is not None, tenant_id=tenant.tenant_id
        )
        return answer

    def _run(
        self,
        request: ChatRequest,
        template: Template,
        tenant: Tenant,
        session: Session,
        *,
        cacheable: bool,
        emit: Emit | None,
        started: float,
    ) -> dict[str, Any] | Refusal:
        with self._stack.chain("prepare_request") as step:
            history = list(session.messages)
            step.set("history.length", len(history))
        try:
            with self._pool.agent(template.template_id) as slot:
                agent = Agent(self._stack, self._model, self._faults, template, slot)
                done = agent.answer(request.message, history, emit)
        except PoolFullError as full:
            return pool_full(str(full))
        self.sessions.remember(session, done.turn)
        if cacheable and all(_may_be_repeated(template, tool) for tool in done.tools):
            kept = {"reply": done.reply, "turn": done.turn}
            self._cache.put(tenant.tenant_id, template.template_id, request.message, kept)
        return self._format(done, session, template, started)

    def _format(
        self, done: AgentAnswer, session: Session, template: Template, started: float
    ) -> dict[str, Any]:
        run = done.run
        with self._stack.chain("format_response"):
            return {
                "reply": done.reply,
                "session_id": session.session_id,
                "request_id": get_request_context().request_id,
                "trace_id": run.trace_id,
                "template": template.template_id,
                "model": self._settings.llm_model,
                "tokens": {"input": run.tokens_input, "output": run.tokens_output},
                "cost_usd": run.cost_usd,
                "cached": False,
                "tools": done.tools,
                "duration_ms": _since(started),
            }

    def _format_cached(
        self, answer: dict[str, Any], session: Session, request: ChatRequest, started: float
    ) -> dict[str, Any]:
        self.sessions.remember(session, answer["turn"])
        with self._stack.chain("format_response") as step:
            return {
                "reply": answer["reply"],
                "session_id": session.session_id,
                "request_id": get_request_context().request_id,
                "trace_id": step.trace_id,
                "template": request.template or DEFAULT,
                "model": self._settings.llm_model,
                "tokens": {"input": 0, "output": 0},
                "cost_usd": 0,
                "cached": True,
                "tools": [],
                "duration_ms": _since(started),
            }


def pool_full(why: str) -> Refusal:
    """Return the refusal of a chat for which there is no agent."""
    return Refusal(
        503,
        "pool_full",
        f"All agents are busy and {why}; try again in a moment.",
        headers={"retry-after": "5"},
    )


def _may_be_repeated(template: Template, tool: dict[str, Any]) -> bool:
    """Whether an answer that rests on this call may be given again."""
    return tool["status"] == "success" and not template.tools[tool["name"]].changes_state


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
