"""Guide D's monitor of model calls, and a wrapper that monitors one."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from agent_telemetry.answer_reading import read_answer, text_of
from agent_telemetry.current_stack import current_stack
from agent_telemetry.operations.model_call import ModelCall
from agent_telemetry.operations.reported_call import report_model_call
from agent_telemetry.operations.token_estimate import estimate_tokens
from agent_telemetry.prices.pricing import Usage
from agent_telemetry.workers.fork_safety import forkable_lock

if TYPE_CHECKING:
    from agent_telemetry.stack import ObservabilityStack

Answer = TypeVar("Answer")

#: Tokens of one call: all together, or ``{"prompt": …, "completion": …}``.
Tokens = int | Mapping[str, int]

_MOST_MODELS = 100
_OTHER = "other"
_GOOD = frozenset({"success", "ok"})
_PROMPT = ("prompt", "prompt_tokens", "input", "input_tokens")
_COMPLETION = ("completion", "completion_tokens", "output", "output_tokens")
#: Value of ``endpoint`` under which a failed monitored call counts in ``errors_total``.
ENDPOINT = "ai_model"


class AIModelMonitor:
    """Counts model calls that were made elsewhere, and keeps averages by model.

    Args:
        stack: the stack that is told; the latest one made by default.
    """

    def __init__(self, stack: "ObservabilityStack | None" = None) -> None:
        self._stack = stack
        self._stats: dict[str, _Stats] = {}
        self._lock = forkable_lock()

    def track_model_call(
        self,
        model_name: str,
        duration: float,
        status: str = "success",
        tokens: Tokens | None = None,
    ) -> None:
        """Count one call: metrics, cost, log line, and attributes of the current span.

        Args:
            model_name: the model's name.
            duration: seconds.
            status: ``success``; anything else is a failure of that name.
            tokens: tokens of prompt and completion, by these words or by ``input`` and
                ``output``. A single number cannot be priced: it is counted as of type
                ``unknown``. None: not known.
        """
        total = 0
        if tokens is not None:
            total = tokens if isinstance(tokens, int) else sum(_split(tokens))
        with self._lock:
            full = model_name not in self._stats and len(self._stats) >= _MOST_MODELS
            self._stats.setdefault(_OTHER if full else model_name, _Stats()).add(duration, total)
        stack = self._stack if self._stack is not None else current_stack()
        if stack is None:
            return
        try:
            self._tell(stack, model_name, duration, status, tokens)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            stack.guard.fault("model_monitor", error)

    def get_model_stats(self) -> dict[str, dict[str, float]]:
        """Return by model: total_calls, avg_duration (seconds) and total_tokens."""
        with self._lock:
            return {model: stats.shown() for model, stats in self._stats.items()}

    @staticmethod
    def _tell(
        stack: "ObservabilityStack",
        model_name: str,
        duration: float,
        status: str,
        tokens: Tokens | None,
    ) -> None:
        if isinstance(tokens, int):
            stack.metrics.inc("ai_tokens_used_total", tokens, model=model_name, type="unknown")
        report_model_call(
            stack.signals,
            model_name,
            usage=Usage(*_split(tokens)) if isinstance(tokens, Mapping) else None,
            seconds=duration,
            error_type="" if status in _GOOD else status,
        )


async def monitored_ai_call(
    prompt: str,
    model_name: str,
    *,
    call: Callable[[str, str], Answer | Awaitable[Answer]],
    provider: str = "unknown",
    stack: "ObservabilityStack | None" = None,
) -> Answer:
    """Make a model call and tell of it; the event loop is never blocked.

    The tokens are the answer's own (OpenAI, Anthropic and Gemini style); where it has none they
    are estimated from the words and marked so. A failure counts in
    ``errors_total{endpoint="ai_model"}`` and goes on.

    Args:
        prompt: what is asked; it is handed on, and shown with content capture only.
        model_name: the model's name.
        call: makes the call from prompt and model; a plain function runs in a thread.
        provider: who runs the model.
        stack: the stack that is told; the latest one made by default.

    Returns:
        What ``call`` returned.

    Raises:
        BudgetExceeded: a budget in mode ``block`` is spent; nothing was asked.
    """
    told = stack if stack is not None else current_stack()
    if told is None:
        return await _make(call, prompt, model_name)
    with told.llm(model_name, provider=provider) as operation:
        operation.capture(input=prompt)
        try:
            answer = await _make(call, prompt, model_name)
        except Exception as error:
            told.metrics.inc("errors_total", error_type=type(error).__name__, endpoint=ENDPOINT)
            raise
        try:
            _tell_usage(operation, prompt, answer)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            told.guard.fault("monitored_ai_call", error)
    return answer


async def _make(
    call: Callable[[str, str], Answer | Awaitable[Answer]], prompt: str, model_name: str
) -> Answer:
    if inspect.iscoroutinefunction(call):
        return cast("Answer", await call(prompt, model_name))
    answer = await asyncio.to_thread(call, prompt, model_name)
    return cast("Answer", await answer if inspect.isawaitable(answer) else answer)


def _tell_usage(operation: ModelCall, prompt: str, answer: Any) -> None:
    facts = read_answer(answer)
    facts.tell(operation)
    if operation.captures:
        operation.capture(output=text_of(answer))
    if facts.usage is None:
        said = estimate_tokens(text_of(answer))
        operation.usage(input=estimate_tokens(prompt), output=said, estimated=True)


class _Stats:
    """Calls, seconds and tokens of one model."""

    def __init__(self) -> None:
        self.calls = 0
        self.seconds = 0.0
        self.tokens = 0

    def add(self, seconds: float, tokens: int) -> None:
        self.calls += 1
        self.seconds += seconds
        self.tokens += tokens

    def shown(self) -> dict[str, float]:
        return {
            "total_calls": self.calls,
            "avg_duration": self.seconds / self.calls,
            "total_tokens": self.tokens,
        }


def _split(tokens: Mapping[str, int]) -> tuple[int, int]:
    """Return tokens of prompt and completion."""
    return (
        next((int(tokens[key]) for key in _PROMPT if key in tokens), 0),
        next((int(tokens[key]) for key in _COMPLETION if key in tokens), 0),
    )
