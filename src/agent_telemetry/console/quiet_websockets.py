"""The console's own websockets make no lines in the agent's log."""

import logging

_OURS = "implicit_handshake="
#: What the websockets of a server say of themselves, with no word on which they are.
_SAYS_NOTHING = frozenset({"connection open", "connection closed"})


class QuietWebsockets(logging.Filter):
    """Lets everything pass but what uvicorn says of the websockets of the console's pages."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record goes on."""
        if record.levelno > logging.INFO:
            return True
        if record.msg in _SAYS_NOTHING:
            return False
        told = record.args if isinstance(record.args, tuple) else ()
        return not any(isinstance(each, str) and _OURS in each for each in told)


def quiet_websockets() -> None:
    """Keep uvicorn from a few lines for each page that somebody looks at."""
    server = logging.getLogger("uvicorn.error")
    if not any(isinstance(each, QuietWebsockets) for each in server.filters):
        server.addFilter(QuietWebsockets())
