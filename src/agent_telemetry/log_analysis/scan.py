"""One pass over all log files, without those that turn out to be damaged."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent_telemetry.log_analysis.engine import READ_OPTIONS, AnalysisError, connect
from agent_telemetry.log_analysis.log_files import LogFiles
from agent_telemetry.log_analysis.progress import Progress

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Returns the SQL of a source of lines made of a source in the engine's own words.
Query = Callable[[str], str]
_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """How the files are read.

    Attributes:
        path: file, folder or pattern.
        memory_limit: most memory of the engine.
        progress: told how far it is.
    """

    path: Path
    memory_limit: str
    progress: Progress | None = None

    def rows(
        self, columns: Sequence[str] | None, query: Query, values: Mapping[str, Any]
    ) -> tuple[list[tuple[Any, ...]], LogFiles]:
        """Return the rows of a query over all lines, and the files that were read.

        Args:
            columns: fields of a record, each as text; None gives each line as ``json``.
            query: returns the SQL, given the source of the lines.
            values: of its parameters.

        Raises:
            AnalysisError: it does not fit into the memory allowed.
            ImportError: DuckDB is not installed.
        """
        with LogFiles.of(self.path) as files, self._connection() as connection:
            while files.plain or files.compressed:
                source, given = _source(columns, files)
                try:
                    found = connection.execute(query(source), {**given, **values}).fetchall()
                except Exception as error:  # noqa: BLE001 -- the engine's own, sorted out here
                    _leave_out(files, error)
                else:
                    return found, files
            return [], files

    def stream(
        self, files: LogFiles, query: Query, values: Mapping[str, Any]
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query over all lines in batches, file by file.

        Args:
            files: open files; one that turns out to be damaged is noted in them.
            query: returns the SQL, given the source of the lines, which are ``json``.
            values: of its parameters.

        Raises:
            AnalysisError: a line does not fit into the memory allowed.
            ImportError: DuckDB is not installed.
        """
        with self._connection() as connection:
            connection.execute("SET preserve_insertion_order = true")
            for entry in [*files.plain, *files.compressed]:
                one = replace(
                    files,
                    plain=[entry] if entry in files.plain else [],
                    compressed=[entry] if entry in files.compressed else [],
                )
                source, given = _source(None, one)
                try:
                    result = connection.execute(query(source), {**given, **values})
                    while batch := result.fetchmany(_BATCH):
                        yield batch
                except Exception as error:  # noqa: BLE001 -- the engine's own, sorted out here
                    _leave_out(files, error)

    @contextmanager
    def _connection(self) -> "Iterator[DuckDBPyConnection]":
        with connect(self.memory_limit) as connection:
            if self.progress is None:
                yield connection
            else:
                with self.progress.watching(connection):
                    yield connection


def _source(columns: Sequence[str] | None, files: LogFiles) -> tuple[str, dict[str, Any]]:
    """Return the lines of all files as a subquery, and its parameters."""
    if columns is None:
        read, wanted = "read_ndjson_objects", ""
    else:
        schema = ", ".join(f"{name}: 'VARCHAR'" for name in columns)
        read, wanted = "read_json", f", columns = {{{schema}}}"
    options = READ_OPTIONS + wanted
    kinds = {"uncompressed": files.plain, "gzip": files.compressed}
    given = {kind: entries for kind, entries in kinds.items() if entries}
    parts = [
        f"SELECT * FROM {read}(${kind}, {options}, compression = '{kind}')"  # noqa: S608 -- ours
        for kind in given
    ]
    return f"({' UNION ALL '.join(parts)})", given


def _leave_out(files: LogFiles, error: Exception) -> None:
    """Go on without the file that an error names.

    Raises:
        AnalysisError: it is about memory, or names no file.
    """
    import duckdb  # noqa: PLC0415 -- an extra

    told = str(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        raise AnalysisError(
            "there are more different values than fit into the memory allowed: "
            "ask for a shorter time, or raise memory_limit (--memory)"
        ) from error
    if not isinstance(error, duckdb.Error):
        raise error
    first = told.splitlines()[0]
    # The longest first: /dev/fd/1 is also the beginning of /dev/fd/12.
    for entry in sorted(files.plain + files.compressed, key=len, reverse=True):
        if entry in first:
            files.leave_out(entry, first.replace(entry, files.names[entry]))
            return
    raise AnalysisError(first) from error
