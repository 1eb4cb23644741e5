"""One question to the model over all its attempts, and the waits between them."""

from collections.abc import Callable
from typing import Any

from tenacity import RetryCallState, wait_exponential_jitter

from agent_telemetry import ModelCall
from example_app.model_error import ModelBusyError, ModelError

#: Longest wait, in seconds, before another attempt: a person waits for the answer.
_LONGEST_WAIT = 5.0
_USUAL_WAIT = wait_exponential_jitter(0.1, max=1)

OnToken = Callable[[str], None]


class ModelQuestion:
    """One question to the model over all its attempts.

    Args:
        body: what is sent.
        on_token: hears the text of a stream.
        check: raises when nobody waits for the answer any more.

    Attributes:
        body: the same.
        streams: whether the answer comes as a stream.
        said: whether any of its text was heard.
        failed_call: the last attempt; only looked at when it failed.
    """

    failed_call: ModelCall

    def __init__(
        self, body: dict[str, Any], on_token: OnToken | None, check: Callable[[], None] | None
    ) -> None:
        self.body = body
        self.check = check if check is not None else _go_on
        self.streams = on_token is not None
        self.said = False
        self._on_token = on_token

    def say(self, text: str) -> None:
        """Take a piece of text."""
        self.said = True
        if self._on_token is not None:
            self._on_token(text)

    def again(self, state: RetryCallState) -> None:
        """Tell that there will be another attempt, and after which wait."""
        error = state.outcome.exception() if state.outcome is not None else None
        reason = error.code if isinstance(error, ModelError) else "unknown"
        self.failed_call.retried(reason, state.upcoming_sleep)


def _go_on() -> None:
    """Let the asking go on."""


def wait_before_next(state: RetryCallState) -> float:
    """Return how long to wait: what the provider asks for, within bounds, else ever longer."""
    error = state.outcome.exception() if state.outcome is not None else None
    asked = error.retry_after if isinstance(error, ModelBusyError) else None
    return float(_USUAL_WAIT(state)) if asked is None else min(asked, _LONGEST_WAIT)
