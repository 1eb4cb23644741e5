"""Sends JSON to an address that is a secret more often than not."""

from typing import Any

import orjson
import requests
from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY

from agent_telemetry.alerting.notifiers.notifier import NotificationRefusedError

_TIMEOUT_SECONDS = (3.05, 5)
_REDIRECTS = 300
_SERVER_ERRORS = 500
_TRY_AGAIN = frozenset({408, 425, 429})


class NotDeliveredError(Exception):
    """Nobody took it this time; the text has no address in it."""


def post_json(url: str, payload: Any) -> None:
    """Post JSON; a redirect is not followed, as it could lead anywhere.

    Raises:
        NotificationRefusedError: the receiver refuses it for good.
        NotDeliveredError: nobody answered, or the receiver is overloaded or broken.
    """
    # Whoever traces HTTP calls has no use for these, and their URL may be a secret.
    quiet = otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True)  # noqa: FBT003
    token = otel_context.attach(quiet)
    try:
        response = requests.post(
            url,
            data=orjson.dumps(payload),
            headers={"content-type": "application/json"},
            timeout=_TIMEOUT_SECONDS,
            allow_redirects=False,
            stream=True,
        )
        response.close()
    except requests.RequestException as error:
        # Its text has the URL in it.
        raise NotDeliveredError(type(error).__name__) from None
    finally:
        otel_context.detach(token)
    status = response.status_code
    if status >= _SERVER_ERRORS or status in _TRY_AGAIN:
        raise NotDeliveredError(f"HTTP {status}")
    if status >= _REDIRECTS:
        raise NotificationRefusedError(f"HTTP {status}")
