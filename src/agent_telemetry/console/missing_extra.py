"""What is said when the console's toolkit is not installed."""

from importlib.util import find_spec


class MissingExtraError(ImportError):
    """A part of the library was asked for whose packages are not installed."""


def need_toolkit() -> None:
    """Make sure that NiceGUI is there.

    Raises:
        MissingExtraError: it is not; the message says how to get it.
    """
    if find_spec("nicegui") is None:
        raise MissingExtraError(
            "the console needs NiceGUI: pip install agent-telemetry[console]", name="nicegui"
        )
