"""Why a model gave no answer."""


class ModelError(Exception):
    """The model gave no usable answer; ``code`` is the provider's or the transport's word.

    Args:
        code: the word.
        message: a sentence for people.
        detail: what the provider itself said, if anything.
    """

    def __init__(self, code: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.detail = detail


class ModelBusyError(ModelError):
    """A failure that may be gone at once: 429, 5xx, a broken connection.

    Args:
        code: the provider's or the transport's word.
        message: a sentence for people.
        detail: what the provider itself said, if anything.
        retry_after: seconds that the provider asks to wait; None when it says nothing.
    """

    def __init__(
        self, code: str, message: str, detail: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(code, message, detail)
        self.retry_after = retry_after


class ModelTimeoutError(ModelError, TimeoutError):
    """The model did not answer in time."""
