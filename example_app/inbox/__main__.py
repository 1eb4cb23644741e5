"""`python -m example_app.inbox`: the alert inbox as its own process."""

import sqlite3
import sys

from pydantic import ValidationError

from example_app.bad_settings import BAD_SETTING, tell_bad_settings
from example_app.inbox.app import create_inbox
from example_app.inbox.settings import InboxSettings, PingAddressError
from example_app.serving import serve_program


def main() -> int:
    """Serves until the process is told to end; returns the exit code."""
    try:
        settings = InboxSettings()
        inbox = create_inbox(settings)
    except ValidationError as error:
        return tell_bad_settings("inbox", error)
    except PingAddressError as error:
        print(f"inbox: {error}", file=sys.stderr)
        return BAD_SETTING
    except (OSError, sqlite3.Error) as error:
        print(f"inbox: INBOX_STATE_DIR: the history cannot be opened: {error}", file=sys.stderr)
        return BAD_SETTING
    return serve_program("inbox", inbox, settings.host, settings.port)


if __name__ == "__main__":
    sys.exit(main())
