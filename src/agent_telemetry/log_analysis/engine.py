"""DuckDB as it is used here: streaming, in bounded memory, without files and without a network."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "512MB"
#: Longest line that is read; a file with a longer one is told as unreadable.
LONGEST_LINE = 16 * 1024 * 1024
_MOST_THREADS = 4

#: How the engine reads log lines: a line that it cannot parse is NULL in every column.
READ_OPTIONS = (
    f"format = 'newline_delimited', ignore_errors = true, maximum_object_size = {LONGEST_LINE}"
)

_CONFIG = {
    # Nothing is written to disk: what does not fit is an error, not a file.
    "temp_directory": "",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # Files grow and descriptors are used again: nothing may be kept of an earlier look.
    "enable_external_file_cache": "false",
    "preserve_insertion_order": "false",
}


class AnalysisError(RuntimeError):
    """The analysis cannot go on; the message says what to do."""


def connect(memory_limit: str = MEMORY_LIMIT) -> "DuckDBPyConnection":
    """Return a connection of its own to an engine in memory.

    Args:
        memory_limit: most memory of the engine, such as ``512MB``.

    Raises:
        AnalysisError: there is no such memory limit.
        ImportError: DuckDB is not installed; the message says how to get it.
    """
    try:
        import duckdb  # noqa: PLC0415 -- an extra: only who analyses logs needs it
    except ImportError:
        raise ImportError(
            'log analysis needs DuckDB: pip install "agent-telemetry[analysis]"', name="duckdb"
        ) from None
    try:
        connection = duckdb.connect(config={"memory_limit": memory_limit, **_CONFIG})
    except duckdb.Error:
        raise AnalysisError(
            f"{memory_limit!r} is no memory limit: write a size such as {MEMORY_LIMIT} or 2GB"
        ) from None
    # In a shell of Python, a notebook and `python -c` the engine draws one on standard output.
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'UTC'")  # times without a zone are UTC
    threads = connection.execute("SELECT current_setting('threads')").fetchall()[0][0]
    connection.execute(f"SET threads = {min(int(threads), _MOST_THREADS)}")
    return connection
