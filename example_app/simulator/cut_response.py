"""An answer that breaks off: the server closes the connection in the middle of it."""

import logging
from contextvars import ContextVar

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

_SERVER_LOG = "uvicorn.error"
_cut: ContextVar[bool] = ContextVar("cut", default=False)


class CutResponse(StreamingResponse):
    """An answer that is never finished. A server can only close the connection then."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves what there is of the answer."""
        _cut.set(True)
        await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        """Sends what there is, and not that this is all."""
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        async for chunk in self.body_iterator:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})


class _ExpectedCut(logging.Filter):
    """Drops the server's complaint about an answer that is unfinished on purpose, no other."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 -- the task tells enough
        """Whether the record is written."""
        return not _cut.get()


_EXPECTED_CUT = _ExpectedCut()


def expect_cuts() -> None:
    """Keeps cut answers out of the server's log; where the agent shares it, they are no errors."""
    logging.getLogger(_SERVER_LOG).addFilter(_EXPECTED_CUT)
