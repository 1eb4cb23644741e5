"""The alert inbox: where every alert arrives, whether or not anybody has set up a pager."""

from example_app.inbox.app import create_inbox
from example_app.inbox.settings import InboxSettings

__all__ = ["InboxSettings", "create_inbox"]
