"""Search in a small collection of texts, ranked by SQLite's full-text index (BM25)."""

import re
import sqlite3
import threading
import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field

from agent_telemetry import ObservabilityStack
from example_app.tools.tool import Arguments, Tool

_WORD = re.compile(r"\w{3,40}")
_MOST_WORDS = 30


class SearchQuery(Arguments):
    """What to look for."""

    query: str = Field(description="Words to look for", max_length=1000)
    limit: int = Field(default=3, ge=1, le=10, description="Most results")


class TextSearch:
    """One collection.

    Args:
        stack: told about each look-up.
        source: the collection's name.
        file: TOML with ``[[text]]`` tables of ``title`` and ``text``.
    """

    def __init__(self, stack: ObservabilityStack, source: str, file: Path) -> None:
        self._stack = stack
        self._source = source
        self._lock = threading.Lock()
        self._index = sqlite3.connect(":memory:", check_same_thread=False)
        self._index.execute(
            "create virtual table texts using fts5(title, text, tokenize='porter unicode61')"
        )
        rows = tomllib.loads(file.read_text("utf-8"))["text"]
        self._index.executemany(
            "insert into texts values (?, ?)", [(row["title"], row["text"]) for row in rows]
        )

    def tool(self, name: str, description: str) -> Tool:
        """Return the search as a tool."""
        return Tool(name, description, SearchQuery, self.search)

    def search(self, wanted: SearchQuery) -> dict[str, Any]:
        """Return the best texts."""
        words = _WORD.findall(wanted.query)[:_MOST_WORDS]
        with self._stack.retrieval(self._source) as look_up:
            look_up.set("gen_ai.request.top_k", wanted.limit)
            found = self._best(words, wanted.limit) if words else []
            look_up.set("retrieval.documents", len(found))
        return {"results": [{"title": title, "text": text} for title, text in found]}

    def _best(self, words: list[str], limit: int) -> list[tuple[str, str]]:
        # Each word is quoted, so that nothing in it is read as a search operator.
        query = " OR ".join(f'"{word}"' for word in words)
        with self._lock:
            return self._index.execute(
                "select title, text from texts where texts match ? order by rank limit ?",
                (query, limit),
            ).fetchall()
