"""A real Prometheus over blocks that promtool made; nothing is scraped and nothing is compacted."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.bench.metric_history import STEP_SECONDS, Series, text
from tests.config.server_programs import program
from tests.polling import wait_for

#: Of a block, as Prometheus makes them itself.
BLOCK_SECONDS = 7200
#: Programs of promtool that run beside each other.
_AT_ONCE = 2


def fill(blocks: Path, found: dict[str, list[Series]], start: int, end: int) -> None:
    """Write the history into blocks of two hours; `start` is the begin of one.

    Raises:
        subprocess.CalledProcessError: if promtool refuses the text.
    """

    def block(begin: int) -> None:
        page = blocks.parent / f"history-{begin}.txt"
        with page.open("w", encoding="utf-8") as file:
            file.writelines(text(found, begin, min(end, begin + BLOCK_SECONDS)))
        _promtool("create-blocks-from", "openmetrics", "--quiet", str(page), str(blocks))
        page.unlink()

    with ThreadPoolExecutor(_AT_ONCE) as some:
        list(some.map(block, range(start, end, BLOCK_SECONDS)))


def record(blocks: Path, url: str, rules: dict[str, str], start: int, end: int) -> None:
    """Let promtool compute the recorded series of the past, from what a server answers.

    Raises:
        subprocess.CalledProcessError: if it cannot.
    """
    file, made = blocks.parent / "rules.yml", blocks.parent / "recorded"
    named = [{"record": name, "expr": expr} for name, expr in rules.items()]
    groups = [{"name": "past", "interval": f"{STEP_SECONDS}s", "rules": named}]
    file.write_text(yaml.safe_dump({"groups": groups}), "utf-8")
    between = (f"--start={start}", f"--end={end}", f"--eval-interval={STEP_SECONDS}s")
    _promtool(
        "create-blocks-from", "rules", f"--url={url}", *between, f"--output-dir={made}", str(file)
    )
    for block in made.iterdir():
        shutil.move(block, blocks / block.name)


def _promtool(*words: str) -> None:
    subprocess.run((program("promtool"), "tsdb", *words), check=True, capture_output=True)


@contextmanager
def server(blocks: Path) -> Iterator[httpx.Client]:
    """Run Prometheus over the blocks; a client of it."""
    config = blocks.parent / "prometheus.yml"
    config.write_text("global: {}\n", "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{probe.getsockname()[1]}"
    words = (
        program("prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={blocks}",
        "--storage.tsdb.retention.time=60d",
        "--storage.tsdb.min-block-duration=2h",
        "--storage.tsdb.max-block-duration=2h",
        "--query.max-samples=200000000",
        "--query.timeout=2m",
        f"--web.listen-address={at}",
    )
    with (blocks.parent / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
        try:
            with httpx.Client(base_url=f"http://{at}", timeout=130) as client:
                wait_for(
                    lambda: client.get("/-/ready").is_success,
                    within=60, what="Prometheus is ready", pause=0.1,
                )  # fmt: skip
                yield client
        finally:
            process.terminate()
            process.wait(30)


def ask(client: httpx.Client, query: str, **window: Any) -> dict[str, Any]:
    """Return ``result`` and ``stats`` of a query: over a range if `window` has a start.

    Raises:
        AssertionError: if Prometheus refuses it, with its words.
    """
    path = "/api/v1/query_range" if "start" in window else "/api/v1/query"
    answer = client.post(path, data={"query": query, "stats": "all", **window})
    assert answer.is_success, f"{answer.text[:500]}: {query}"
    data: dict[str, Any] = answer.json()["data"]
    return data
