"""One chat from the checked request to its answer, step by step as the waterfall shows it."""

import logging
import time
from contextlib import ExitStack
from typing import Any

from opentelemetry import trace

from agent_telemetry import ObservabilityStack, get_request_context
from agent_telemetry.budgets.budget import BudgetExceeded
from agent_telemetry.redaction.sensitive_words import SensitiveWords
from example_app.agent import Agent, AgentAnswer, AgentParts
from example_app.agent_pool import AgentPool, PoolFullError
from example_app.answer_cache import AnswerCache
from example_app.caller import Caller
from example_app.chat_answer import KeptAnswer, answer_again, answer_of
from example_app.chat_audit import ChatAudit
from example_app.chat_refusals import BUDGET_SPENT, CLIENT_CLOSED, pool_full
from example_app.chat_request import ChatRequest
from example_app.chat_turn import ChatTurn
from example_app.conversions import Conversions
from example_app.faults import Faults
from example_app.listener import ClientGoneError, Listener
from example_app.memory import Memory
from example_app.model_client import ModelClient
from example_app.policy import BLOCK, Policy
from example_app.presets import Preset
from example_app.rate_limit import RateLimiter
from example_app.rated_answers import RatedAnswers
from example_app.refusal import Refusal
from example_app.sessions import Sessions
from example_app.settings import AppSettings
from example_app.templates import Template, build_templates
from example_app.tenants import Tenant

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
        preset = Preset.load(settings.preset)
        self._settings = settings
        self._stack = stack
        self._faults = faults
        self._default = preset.default_template
        self.templates = build_templates(stack)
        self.tenants = preset.who_may_ask()
        self.sessions = Sessions(settings.session_ttl_seconds)
        self.audit = ChatAudit(stack.audit, full=preset.audit == "full")
        self.conversions = Conversions(stack)
        self.rated = RatedAnswers()
        self._policy = Policy(SensitiveWords.load(preset.words_file, stack))
        memory = Memory(stack, settings.memory_ttl_seconds)
        self._memory = memory
        self.parts = AgentParts(stack, model, faults, memory, self._policy)
        self._cache = AnswerCache(settings.cache_ttl_seconds)
        self._limiter = RateLimiter()
        self.pool = AgentPool(
            settings.agent_pool_max_size,
            settings.agent_queue_size,
            settings.agent_queue_seconds,
            stack,
            give_back=faults.give_back,
        )
        stack.metrics.track("active_sessions", self.sessions.active)

    def chat(
        self, request: ChatRequest, caller: Caller, listener: Listener | None = None
    ) -> dict[str, Any] | Refusal:
        """Answer one request.

        Args:
            request: what was asked.
            caller: who asks.
            listener: hears ``token`` and ``tool`` events as they happen, and may hang up.

        Raises:
            ModelError: the model gave no usable answer.
        """
        heard = listener if listener is not None else Listener()
        started = time.perf_counter()
        served = trace.get_current_span().get_span_context()
        with self._stack.chain("process_request") as step:
            step.set("query.length", len(request.message))
            try:
                outcome = self._process(request, caller, heard, started)
            except ClientGoneError:
                outcome = self._left(heard)
            except BudgetExceeded:
                outcome = BUDGET_SPENT
            except Exception as error:
                self.audit.failed(error)
                raise
            if isinstance(outcome, Refusal):
                step.set("refused", outcome.code)
                self.audit.refused(outcome)
            else:
                step.set("tenant.id", get_request_context().tenant_id or "")
                self.rated.keep(served)
            return outcome

    def turn_away(self, request: ChatRequest, caller: Caller) -> Refusal:
        """Refuse a request for which there is not even a place to wait; it has its tenant still."""
        tenant = self._check_auth(request, caller)
        refusal = tenant if isinstance(tenant, Refusal) else pool_full("too many chats wait")
        self.audit.refused(refusal)
        return refusal

    def _process(
        self, request: ChatRequest, caller: Caller, listener: Listener, started: float
    ) -> dict[str, Any] | Refusal:
        message = self._faults.receive(request.message)
        tenant = self._check_auth(request, caller)
        # Only now, so that the line has the tenant.
        self._stack.request_started(message)
        if isinstance(tenant, Refusal):
            return tenant
        template = self.templates.get(request.template or self._default)
        if template is None:
            known = ", ".join(self.templates)
            return Refusal(422, "unknown_template", f"template must be one of {known}", "template")
        with self._stack.chain("rate_limit"):
            limited = self._limiter.take(tenant)
        if limited is not None:
            return limited
        turn = self._admit(
            request, message, tenant=tenant, template=template, listener=listener, started=started
        )
        if isinstance(turn, Refusal):
            return turn
        # Who asks for a fresh answer still leaves it for the others.
        kept = self._look_up(turn) if turn.cacheable and not caller.fresh else None
        return self._run(turn) if kept is None else self._again(turn, kept)

    def _check_auth(self, request: ChatRequest, caller: Caller) -> Tenant | Refusal:
        with self._stack.chain("auth_check") as step:
            required = self._settings.auth_required
            tenant = self.tenants.decide(caller.key, request.tenant_id, required=required)
            if isinstance(tenant, Refusal):
                step.set("refused", tenant.code)
            else:
                self._stack.bind(tenant_id=tenant.tenant_id, user_id=request.user_id)
                step.set("tenant.id", tenant.tenant_id)
        return tenant

    def _admit(
        self,
        request: ChatRequest,
        message: str,
        *,
        tenant: Tenant,
        template: Template,
        listener: Listener,
        started: float,
    ) -> ChatTurn | Refusal:
        """Judge the message and open its session."""
        self._stack.bind(template_id=template.template_id)
        judged = self._policy.prompt(message)
        if isinstance(judged, Refusal):
            return judged
        policy, text = judged
        session = self.sessions.open(request.session_id, tenant.tenant_id, template.template_id)
        if session is None:
            return Refusal(404, "unknown_session", "There is no such session.", "session_id")
        self._stack.bind(session_id=session.session_id)
        history = list(session.messages)
        self.conversions.asked(follow_up=bool(history))
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug(
                "Processing chat request: %s",
                self._stack.redact(text)[:_PREVIEW],
                extra={"event": "processing_chat_request"},
            )
        return ChatTurn(
            request, text, tenant, template, session, history, policy, listener, started
        )

    def _look_up(self, turn: ChatTurn) -> KeptAnswer | None:
        tenant_id = turn.tenant.tenant_id
        with self._stack.chain("check_cache") as step:
            kept = self._cache.get(tenant_id, turn.template.template_id, turn.message)
            if self._faults.spoils_look_up():
                kept = None
            step.set("cache.hit", kept is not None)
        self._stack.metrics.cache_request("answer", hit=kept is not None, tenant_id=tenant_id)
        if kept is not None:
            self._stack.cache_hit("answer")
        return kept

    def _run(self, turn: ChatTurn) -> dict[str, Any] | Refusal:
        template = turn.template
        with self._stack.chain("prepare_request") as step:
            step.set("history.length", len(turn.history))
        with ExitStack() as held:
            slot = self._wait_for_agent(template.template_id, turn.listener, held)
            if isinstance(slot, Refusal):
                return slot
            done = Agent(self.parts, template, slot).answer(
                turn.message,
                turn.history,
                turn.listener,
                person=turn.person,
                leans_on_memory=turn.leans_on_memory,
            )
        self.sessions.remember(turn.session, done.turn)
        if turn.cacheable and _may_be_repeated(template, done):
            tenant_id = turn.tenant.tenant_id
            self._cache.put(tenant_id, template.template_id, turn.message, KeptAnswer.of(done))
        with self._stack.chain("format_response"):
            answer = answer_of(turn, done)
        outcomes = self.conversions.answered(template.template_id, done.delivered)
        self.audit.answered(answer, prompt=turn.policy, reply=done.policy, outcomes=outcomes)
        return answer

    def _wait_for_agent(
        self, template_id: str, listener: Listener, held: ExitStack
    ) -> str | Refusal:
        """Return an agent's slot, which is given back when ``held`` is closed."""
        refusal = None
        with self._stack.chain("wait_for_agent") as step:
            try:
                slot = held.enter_context(self.pool.agent(template_id, listener.check))
            except PoolFullError as full:
                refusal = pool_full(str(full))
                step.fail(refusal.code, str(full))
        self._stack.metrics.observe(
            "agent_queue_wait_seconds", step.duration_seconds, template_id=template_id
        )
        return slot if refusal is None else refusal

    def _again(self, turn: ChatTurn, kept: KeptAnswer) -> dict[str, Any]:
        """Give an answer of the cache."""
        turn.listener("token", {"text": kept.reply})
        self.sessions.remember(turn.session, kept.turn)
        if turn.person is not None:
            self._memory.remember(*turn.person, kept.facts)
        with self._stack.chain("format_response") as step:
            answer = answer_again(turn, kept, step.trace_id)
        outcomes = self.conversions.answered(turn.template.template_id, kept.delivered)
        self.audit.answered(answer, prompt=turn.policy, reply=kept.policy, outcomes=outcomes)
        return answer

    def _left(self, listener: Listener) -> Refusal:
        if listener.streams:
            self.conversions.did("stream_left")
        return CLIENT_CLOSED


def _may_be_repeated(template: Template, done: AgentAnswer) -> bool:
    """Whether an answer may be given again: nothing failed, was blocked, or changed the world."""
    return done.policy != BLOCK and all(
        tool["status"] == "success" and not template.tools[tool["name"]].changes_state
        for tool in done.tools
    )
