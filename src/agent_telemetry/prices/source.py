"""A source of prices that may be slow, hang or raise, made harmless."""

import importlib.util
import os
import threading
import time
from collections import deque

from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.guard import Guard
from agent_telemetry.prices.genai_prices_source import GenaiPrices
from agent_telemetry.prices.pricing import Price, PriceSource

#: Values of ``AGENT_TELEMETRY_PRICES_SOURCE``.
BUNDLED, GENAI_PRICES = "bundled", "genai-prices"
_VARIABLE = "AGENT_TELEMETRY_PRICES_SOURCE"

_WAIT_SECONDS = 0.25
#: Some prices change with the hour of the day.
_FRESH_SECONDS = 300.0
_MOST_ANSWERS = 1000
_MOST_QUESTIONS = 100

_Question = tuple[str, str]


def price_source(name: str, guard: Guard) -> PriceSource | None:
    """Return the source of that name, None for the bundled table alone.

    Raises:
        ConfigurationError: there is no such source, or its package is not installed.
    """
    if name == BUNDLED:
        return None
    if name != GENAI_PRICES:
        raise ConfigurationError(_VARIABLE, name, f"{BUNDLED}, {GENAI_PRICES}")
    if importlib.util.find_spec("genai_prices") is None:
        accepted = f"{BUNDLED}; {GENAI_PRICES} with the extra agent-telemetry[prices] installed"
        raise ConfigurationError(_VARIABLE, name, accepted)
    source = PatientSource(GenaiPrices(), guard)
    source.ask("gpt-4o", "openai")  # reads its data before somebody waits for them
    return source


class PatientSource:
    """Asks another source in a thread of its own, and keeps the answers for five minutes.

    A caller waits a quarter of a second for the first answer, and not at all while an earlier
    question hangs: no answer means no price.

    Args:
        source: is asked.
        guard: takes the faults.
        wait_seconds: longest wait of a caller.
    """

    def __init__(
        self, source: PriceSource, guard: Guard, *, wait_seconds: float = _WAIT_SECONDS
    ) -> None:
        self._source = source
        self._guard = guard
        self._wait_seconds = wait_seconds
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._questions: deque[_Question] = deque()
        self._answers: dict[_Question, tuple[Price | None, float]] = {}
        self._hangs_since: float | None = None

    def find(self, model: str, provider: str) -> Price | None:
        """Return the price in force now, None when it is not known, or not in time."""
        answer = self._answers.get((model, provider))
        if answer is not None and time.monotonic() - answer[1] < _FRESH_SECONDS:
            return answer[0]
        self.ask(model, provider)
        if answer is None:
            question, hangs_since = (model, provider), self._hangs_since
            left = self._wait_seconds
            if hangs_since is not None:
                left -= time.monotonic() - hangs_since
            with self._wake:
                self._wake.wait_for(lambda: question in self._answers, max(0.0, left))
            answer = self._answers.get(question)
        return answer[0] if answer is not None else None

    def ask(self, model: str, provider: str) -> None:
        """Have a question answered without waiting for it."""
        if self._pid != os.getpid():
            self._begin()  # threads and held locks do not survive a fork
        with self._wake:
            if (model, provider) not in self._questions:
                if len(self._questions) >= _MOST_QUESTIONS:
                    return
                self._questions.append((model, provider))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="agent_telemetry-prices", daemon=True
                )
                self._thread.start()
            self._wake.notify_all()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._questions)
                question = self._questions[0]
                self._hangs_since = time.monotonic()
            price = None
            try:
                price = self._source.find(*question)
            except Exception as error:  # noqa: BLE001 -- somebody else's code
                self._guard.fault("prices.source", error)
            finally:
                with self._wake:
                    self._hangs_since = None
                    self._questions.popleft()
                    if len(self._answers) >= _MOST_ANSWERS:
                        self._answers.clear()
                    self._answers[question] = (price, time.monotonic())
                    self._wake.notify_all()
