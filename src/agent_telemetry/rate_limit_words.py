"""The providers' words for "you ask too often"."""

#: Whole codes in lower case: HTTP, OpenAI, Anthropic, Gemini, Bedrock.
_CODES = frozenset(
    {"429", "too_many_requests", "resource_exhausted", "throttled", "throttlingexception"}
)


def is_rate_limit(reason: str) -> bool:
    """Return whether a reason, such as ``rate_limit_exceeded``, is a limit of the rate.

    An exception's class name (``RateLimitError``) is one too.
    """
    word = reason.lower()
    return word in _CODES or "ratelimit" in word.replace("_", "").replace(" ", "").replace("-", "")
