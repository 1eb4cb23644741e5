"""The accuracy benchmark of the research agent: questions with known answers, asked now and then.

By hand, all questions once: ``python -m example_app.benchmark``; without ``LLM_BASE_URL`` it asks a
simulated model.
"""

import contextvars
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from agent_telemetry import ConfigurationError, ObservabilityStack, create_observability_stack
from agent_telemetry.budgets.budget import BudgetExceeded
from example_app.agent import Agent, AgentAnswer
from example_app.agent_pool import PoolFullError
from example_app.benchmark_question import Question, load_questions
from example_app.chat_service import ChatService
from example_app.listener import ClientGoneError, Listener
from example_app.model_client import ModelError
from example_app.run_folder import keep_telemetry_in_files
from example_app.settings import AppSettings
from example_app.simulator.settings import SimulatorSettings
from example_app.simulator.thread import SimulatorThread
from example_app.tenants import BENCHMARK
from example_app.wiring import build_service

_log = logging.getLogger(__name__)

NAME = "finance"
TEMPLATE = "research"
_WINDOW = 20
_END_SECONDS = 0.5


@dataclass(frozen=True)
class Examined:
    """One question that was answered.

    Attributes:
        question: what was asked.
        right: whether the right number was in the answer.
        answer: what the agent said, with the run's numbers.
    """

    question: Question
    right: bool
    answer: AgentAnswer


class Examiner:
    """Asks the research agent as people do, but leaves no trace in sessions, cache and memory.

    Args:
        service: has the agents.
    """

    def __init__(self, service: ChatService) -> None:
        self._service = service

    def ask(self, stack: ObservabilityStack, question: Question, listener: Listener) -> AgentAnswer:
        """Ask one question.

        Raises:
            PoolFullError: people need all the agents.
            ModelError: the model gave no answer.
            ClientGoneError: the examination was stopped.
        """
        stack.bind(tenant_id=BENCHMARK, template_id=TEMPLATE)
        pool, template = self._service.pool, self._service.templates[TEMPLATE]
        with stack.chain("benchmark_question") as step:
            step.set("benchmark.question", question.name)
            with pool.agent(TEMPLATE, listener.check) as slot:
                return Agent(self._service.parts, template, slot).answer(
                    question.text, [], listener
                )

    @property
    def is_free(self) -> bool:
        """Whether asking would take no agent away from people."""
        return not self._service.pool.is_busy

    def tell(self, examined: Examined) -> None:
        """Write one question into the audit trail."""
        answer, run = examined.answer, examined.answer.run
        self._service.audit.examined(
            question=examined.question.name,
            right=examined.right,
            answer_trace_id=run.trace_id,
            tenant_id=BENCHMARK,
            template_id=TEMPLATE,
            model=answer.model,
            run_tokens_input=run.tokens_input,
            run_tokens_output=run.tokens_output,
            run_cost_usd=run.cost_usd,
            tools=[{"name": tool["name"], "status": tool["status"]} for tool in answer.tools],
        )


class Benchmark:
    """Examines the agent in the background and keeps the share of right answers.

    Args:
        examiner: asks.
        stack: shows the share as ``agent_data_accuracy_ratio``.
        seconds: time between two questions; 0 asks none.
        questions: asked in turn.

    Attributes:
        questions: the same.
    """

    def __init__(
        self,
        examiner: Examiner,
        stack: ObservabilityStack,
        seconds: float,
        questions: Sequence[Question] | None = None,
    ) -> None:
        self._examiner = examiner
        self._stack = stack
        self._seconds = seconds
        self.questions = list(questions) if questions is not None else load_questions()
        self._next = 0
        self._rights: deque[bool] = deque(maxlen=_WINDOW)
        self._listener = Listener()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to ask, in a thread of its own."""
        if self._seconds > 0 and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="benchmark", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop asking; a question under way ends at its next step."""
        self._stopped.set()
        self._listener.hang_up()
        if self._thread is not None:
            self._thread.join(_END_SECONDS)

    def ask_next(self) -> Examined | None:
        """Ask the next question; None when no answer came, which counts neither way."""
        question = self.questions[self._next % len(self.questions)]
        if not self._examiner.is_free:
            return None
        self._next += 1
        try:
            # A context of its own: what is bound for this question is bound for nothing else.
            answer = contextvars.Context().run(
                self._examiner.ask, self._stack, question, self._listener
            )
        except (ModelError, PoolFullError, BudgetExceeded) as error:
            _log.warning(
                "Benchmark question got no answer",
                extra={
                    "event": "benchmark_no_answer",
                    "question": question.name,
                    "error_type": getattr(error, "code", type(error).__name__),
                },
            )
            return None
        examined = Examined(question, question.is_answered_by(answer.reply), answer)
        self._rights.append(examined.right)
        accuracy = sum(self._rights) / len(self._rights)
        self._stack.metrics.set("agent_data_accuracy_ratio", accuracy, benchmark=NAME)
        self._examiner.tell(examined)
        _log.info(
            "Benchmark question answered",
            extra={
                "event": "benchmark_answered",
                "question": question.name,
                "right": examined.right,
                "accuracy": round(accuracy, 4),
            },
        )
        return examined

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            try:
                self.ask_next()
            except ClientGoneError:
                return
            except Exception:  # noqa: BLE001 -- one question that breaks must not end the others
                _log.exception("Benchmark failed", extra={"event": "benchmark_failed"})


def main() -> int:
    """Ask every question once and print what came; 0 when every answer was right."""
    keep_telemetry_in_files()
    try:
        if not os.environ.get("LLM_BASE_URL"):
            simulator = SimulatorSettings(host="127.0.0.1", port=0, otlp_endpoint="")
            os.environ["LLM_BASE_URL"] = SimulatorThread(simulator).start()
        settings = AppSettings.load()
        stack = create_observability_stack("example-agent")
        service = build_service(settings, stack).chats
    except ConfigurationError as error:
        print(f"the benchmark cannot start: {error}", file=sys.stderr)
        return 2
    benchmark = Benchmark(Examiner(service), stack, 0)
    right = sum(_shown(question, benchmark.ask_next()) for question in benchmark.questions)
    print(f"{right} of {len(benchmark.questions)} right")
    stack.shutdown()
    return 0 if right == len(benchmark.questions) else 1


def _shown(question: Question, examined: Examined | None) -> bool:
    """Print one line; return whether the answer was right."""
    word = "no answer" if examined is None else "right" if examined.right else "wrong"
    cost = examined.answer.run.cost_usd if examined is not None else None
    price = "" if cost is None else f"  ${cost:.6f}"
    print(f"{word:<10} {question.name}{price}")
    return examined is not None and examined.right


if __name__ == "__main__":
    raise SystemExit(main())
