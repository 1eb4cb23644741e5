"""`python -m example_app.inbox`: the alert inbox as its own process."""

import json
import sqlite3
import sys

import uvicorn
from pydantic import ValidationError

from example_app.inbox.app import create_inbox
from example_app.inbox.settings import InboxSettings


def main() -> int:
    """Serves until the process is told to end; returns the exit code."""
    try:
        settings = InboxSettings()
        inbox = create_inbox(settings)
    except ValidationError as error:
        for fault in error.errors():
            print(f"inbox: {fault['loc'][0]}: {fault['msg']}", file=sys.stderr)
        return 2
    except (OSError, sqlite3.Error) as error:
        print(f"inbox: INBOX_STATE_DIR: the history cannot be opened: {error}", file=sys.stderr)
        return 2
    listening = f"{settings.host}:{settings.port}"
    print(json.dumps({"event": "inbox_started", "listening": listening}), flush=True)
    uvicorn.run(
        inbox,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
