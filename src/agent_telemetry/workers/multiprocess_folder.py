"""Whether prometheus-client counts over several processes, and in which folder.

It decides that once, when it is imported: from then on every metric of the process either lives in
memory or in a file of ``PROMETHEUS_MULTIPROC_DIR``.
"""

import os
import tempfile
from pathlib import Path

from prometheus_client import values

from agent_telemetry.exceptions import ConfigurationError

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_OLD_VARIABLE = "prometheus_multiproc_dir"


def multiprocess_folder() -> Path | None:
    """Return the folder that the workers of this service share; None for one process.

    Raises:
        ConfigurationError: the variable was set after prometheus-client was imported, was taken
            away since, or names no folder that can be written.
    """
    given = os.environ.get(VARIABLE, os.environ.get(_OLD_VARIABLE))
    shared = bool(getattr(values.ValueClass, "_multiprocess", False))
    if given is None and not shared:
        return None
    if not shared:
        raise ConfigurationError(
            VARIABLE,
            given,
            "a folder, set before Python starts (in the shell, the unit file or the container): "
            "it was set after prometheus_client was imported, so this process counts for itself "
            "alone. Set it earlier, or not at all",
        )
    if given is None:
        raise ConfigurationError(
            VARIABLE, None, "the folder that was set when prometheus_client was imported"
        )
    folder = writable(given)
    # prometheus-client opens more files later, when the working directory may be another.
    os.environ[VARIABLE] = str(folder)
    return folder


def writable(given: str) -> Path:
    """Return the folder of a value of the variable.

    Raises:
        ConfigurationError: it is none, or cannot be written.
    """
    folder = Path(given)
    if not given.strip() or not folder.is_dir():
        raise ConfigurationError(
            VARIABLE, given, "a folder that exists (make it before the service starts), or unset"
        )
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigurationError(
            VARIABLE, given, f"a folder that can be written ({error})"
        ) from None
    return folder.resolve()
