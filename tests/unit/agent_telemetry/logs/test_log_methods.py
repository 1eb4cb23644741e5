"""Levels, errors on standard error, FATAL, request lines and the token limit."""

import asyncio
import json
import logging
import subprocess
import sys
import textwrap
import threading

import pytest

from agent_telemetry import Settings, correlation
from agent_telemetry.correlation import RequestContext

HOST = logging.getLogger("host")


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("trace", 10), ("DEBUG", 10), ("Info", 20), ("WARN", 30), ("warning", 30), ("ERROR", 40),
        ("FATAL", 50), ("critical", 50),
    ],
)  # fmt: skip
def test_aliases_of_levels(make_stack, log_lines, name: str, number: int) -> None:
    """Every alias sets the level that it is another name for."""
    make_stack(log_level=Settings.from_env("a", {"AGENT_TELEMETRY_LOG_LEVEL": name}).log_level)
    for level in (10, 20, 30, 40, 50):
        HOST.log(level, "x")
    assert len(log_lines()) == (60 - number) / 10


def test_level_of_a_tenant(make_stack, log_lines) -> None:
    """A vip tenant's DEBUG lines are kept, another's WARN only, all others at the usual level."""
    make_stack(tenant_levels={"umbrella": "DEBUG", "acme": "WARN"})
    for tenant in ("umbrella", "acme", "other", None):
        token = correlation.enter(RequestContext(tenant_id=tenant))
        for level in (logging.DEBUG, logging.INFO, logging.WARNING):
            HOST.log(level, "x")
        correlation.leave(token)
    found = [(line.get("tenant_id"), line["level"]) for line in log_lines()]
    assert found == [
        ("umbrella", "DEBUG"), ("umbrella", "INFO"), ("umbrella", "WARN"), ("acme", "WARN"),
        ("other", "INFO"), ("other", "WARN"), (None, "INFO"), (None, "WARN"),
    ]  # fmt: skip


def test_errors_also_go_to_standard_error(make_stack, capsys) -> None:
    """Errors and above are on standard error, once; nothing else is."""
    make_stack()
    HOST.warning("careful")
    HOST.error("broken")
    HOST.critical("dead")
    said = [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()]
    assert said == ["broken", "dead"]


def test_standard_error_can_be_left_alone(make_stack, capsys) -> None:
    """AGENT_TELEMETRY_LOG_STDERR=0 writes nothing there."""
    make_stack(log_stderr=False)
    HOST.error("broken")
    assert capsys.readouterr().err == ""


def test_critical_delivers_the_spans(make_stack, spans) -> None:
    """After a FATAL record the spans that ended before it have left the process."""
    stack = make_stack()
    with stack.chain("last-words"):
        pass
    HOST.critical("dying")
    assert [span.name for span in spans.get_finished_spans()] == ["last-words"]


def test_storm_of_critical_does_not_block(make_stack, clock, monkeypatch) -> None:
    """The caller waits after the first of a storm, and again ten seconds later."""
    stack = make_stack()
    waited: list[float] = []
    monkeypatch.setattr(stack, "flush", lambda seconds: waited.append(seconds) or True)
    for _ in range(3):
        HOST.critical("dying")
    assert waited == [stack.settings.shutdown_seconds, 0, 0]
    clock.advance(10)
    HOST.critical("dying")
    assert waited[3] == stack.settings.shutdown_seconds


def test_critical_never_stops_an_event_loop(make_stack, monkeypatch) -> None:
    """In a coroutine the delivery is begun and not waited for."""
    stack = make_stack()
    waited: list[float] = []
    monkeypatch.setattr(stack, "flush", lambda seconds: waited.append(seconds) or True)

    async def work() -> None:
        HOST.critical("dying")

    asyncio.run(work())
    assert waited == [0]


FATAL = """
    import logging, sys, threading
    from pathlib import Path
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter
    from agent_telemetry import Settings, create_observability_stack
    stack = create_observability_stack(
        settings=Settings(service_name="a", log_dir=Path(sys.argv[1]), log_stdout=False),
        span_exporter=ConsoleSpanExporter(),
    )
    with stack.chain("last-words"):
        pass
    if sys.argv[2] == "main":
        stack.fatal("no database", database="orders")
    thread = threading.Thread(target=stack.fatal, args=("no database",))
    thread.start()
    thread.join(30)
    logging.error("still here")
"""


@pytest.mark.parametrize("where", ["main", "thread"])
def test_fatal_ends_the_process(tmp_path, where: str) -> None:
    """stack.fatal logs, delivers spans and ends with status 1, from any thread."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FATAL), str(tmp_path), where],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert "last-words" in done.stdout
    (path,) = tmp_path.glob("app-*.jsonl")
    last = json.loads(path.read_text().splitlines()[-1])
    assert (last["level"], last["message"], last["event"]) == ("FATAL", "no database", "fatal")


def test_fatal_in_this_process(make_stack) -> None:
    """In the main thread it is a SystemExit, so that the host's own clean-up runs."""
    assert threading.current_thread() is threading.main_thread()
    with pytest.raises(SystemExit) as ended:
        make_stack().fatal("over")
    assert ended.value.code == 1


def test_request_start(stack, log_lines) -> None:
    """One line with the first 100 characters of the query, redacted, and its length."""
    query = "My card is 4111 1111 1111 1111, " + "please " * 50
    stack.request_started(query)
    (line,) = log_lines()
    assert (line["event"], line["message"]) == ("request_start", "Request started")
    assert line["function"] == "test_request_start"
    assert line["extra"]["query_preview"].startswith("My card is [redacted:card], please")
    assert len(line["extra"]["query_preview"]) == 100
    assert line["extra"]["query_length"] == len(query)


def test_secret_across_the_end_of_the_preview(stack, log_lines) -> None:
    """A secret that the preview would cut in two is hidden as a whole."""
    stack.request_started("x" * 90 + " 4111 1111 1111 1111")
    assert "4111" not in log_lines()[0]["extra"]["query_preview"]


def test_cache_hit(stack, log_lines) -> None:
    """One line names the cache."""
    stack.cache_hit("response")
    (line,) = log_lines()
    assert (line["event"], line["extra"]["cache_type"]) == ("cache_hit", "response")


def test_token_limit_is_said_once_a_run(make_stack, log_lines) -> None:
    """Above 80 % of the limit one warning tells used and limit; another run warns again."""
    stack = make_stack(token_limit=1000)
    for _ in range(2):
        with stack.agent("support"):
            for used in (800, 1, 500):
                with stack.llm("gpt-4o") as call:
                    call.usage(input=used, output=0)
    said = [line for line in log_lines() if line["message"] == "Token usage approaching limit"]
    assert [(line["level"], line["extra"]["used"], line["extra"]["limit"]) for line in said] == [
        ("WARN", 801, 1000), ("WARN", 801, 1000)
    ]  # fmt: skip


def test_no_token_limit_no_warning(stack, log_lines) -> None:
    """Without a limit nothing is said."""
    with stack.agent("support"), stack.llm("gpt-4o") as call:
        call.usage(input=10**9, output=0)
    assert not [line for line in log_lines() if "limit" in line["message"]]
