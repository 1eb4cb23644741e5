"""What fills the console: everything that is told, redacted, never in the way of the agent."""

import os
import sqlite3
import threading

import pytest

from agent_telemetry.console.console import console_of
from agent_telemetry.console.page_frame import PAGES, _live
from agent_telemetry.console.query import Query
from agent_telemetry.console.store import log_reading, trace_reading
from agent_telemetry.console.store.log_reading import LogFilter
from agent_telemetry.console.store.trace_reading import TraceFilter
from agent_telemetry.console.store.trace_row import unpack
from tests.console_page import ConsolePage
from tests.polling import wait_for

_PAGES = {page.template: page for page in PAGES}
EVIL = "<script>alert(1)</script>\"'&{{7*7}}"


def traces(console):
    """The traces that are kept."""
    with console.store.database.read() as connection:
        return trace_reading.page(connection, TraceFilter()).rows


def lines(console, **wanted):
    """The lines that are kept, the newest first."""
    with console.store.database.read() as connection:
        return [each["told"] for each in log_reading.page(connection, LogFilter(**wanted))[0]]


def settled(console, stack):
    """Wait until everything is in the store."""
    assert stack.tracer.flush(5)
    assert console.feed.flush(5)


def drawn(console, template, path=None, **given):
    """A page as it is drawn now."""
    page = _PAGES[template]
    query = Query("/console", path or page.path, given, 1_700_000_000.0)
    return ConsolePage(_live(console, page, query))


def test_runs_and_lines_are_kept(make_stack):
    """A run of an agent is a trace with its costs, and its lines lead to it."""
    stack = make_stack()
    console = console_of(stack)
    with (
        stack.agent("support", tenant_id="acme") as run,
        stack.llm("gpt-4o", provider="openai") as call,
    ):
        call.usage(input=1000, output=100)
    settled(console, stack)
    (row,) = traces(console)
    assert (row["trace_id"], row["tenant"], row["agent"]) == (run.trace_id, "acme", "support")
    assert row["units"] == round(run.cost_usd * 10**12) > 0
    events = [each["event"] for each in lines(console, trace_id=run.trace_id)]
    assert {"llm_end", "agent_end"} <= set(events)


def test_what_ends_after_its_trace_is_added(make_stack):
    """A model call that outlives its request still counts with its tokens and cost."""
    stack = make_stack()
    console = console_of(stack)
    begun, go_on = threading.Event(), threading.Event()

    def outlives():
        with stack.llm("gpt-4o", provider="openai") as call:
            begun.set()
            go_on.wait(10)
            call.usage(input=1000, output=100)

    with stack.agent("support"):
        thread = threading.Thread(target=stack.wrap(outlives))
        thread.start()
        begun.wait(10)
    settled(console, stack)
    assert traces(console)[0]["tokens_input"] == 0
    go_on.set()
    thread.join()
    settled(console, stack)
    (row,) = traces(console)
    assert (row["tokens_input"], row["spans"]) == (1000, 2)
    assert row["units"] > 0


def test_nothing_personal_is_kept(make_stack):
    """What redaction takes out is in no trace and no line of the console's file."""
    stack = make_stack()
    console = console_of(stack)
    with stack.tracer.start_span("x") as span:
        span.set_attribute("note", "write to jane.doe@example.org")
        stack.logger.info("card 4111 1111 1111 1111 of jane.doe@example.org")
    settled(console, stack)
    with console.store.database.read() as connection:
        kept = str([unpack(packed) for (packed,) in connection.execute("SELECT packed FROM spans")])
    kept += str(lines(console))
    assert "redacted" in kept
    assert "jane.doe" not in kept
    assert "4111" not in kept


def test_no_text_becomes_markup(make_stack):
    """Names, attributes, messages and filters are shown as the text that they are."""
    stack = make_stack()
    console = console_of(stack)
    with stack.agent(EVIL, tenant_id=EVIL) as run, stack.tool(EVIL) as tool:
        tool.set(EVIL, EVIL)
        stack.logger.warning(EVIL, event=EVIL)
        tool.fail(EVIL)
    settled(console, stack)
    plain = {
        template: drawn(console, template).tags.count("script") for template in _PAGES
        if template != "trace"
    }  # fmt: skip
    assert set(plain.values()) == {0}
    page = drawn(console, "trace", f"/traces/{run.trace_id}")
    assert EVIL in " ".join(part.text for part in page.all("span"))
    assert "script" not in page.tags
    for template in ("traces", "logs"):
        assert "script" not in drawn(console, template, text=EVIL, tenant=EVIL).tags
    assert "{{7*7}}" in page.markup
    assert "49" not in page.one("trace-name").text


def test_without_a_folder_it_is_kept_in_memory(make_stack):
    """Without a state folder traces are kept all the same, and readers do not wait for writers."""
    stack = make_stack()
    console = console_of(stack)
    assert console.store.database.path is None
    with stack.agent("support"):
        pass
    settled(console, stack)
    assert len(traces(console)) == 1


def test_a_damaged_file_is_replaced_while_it_runs(make_stack, tmp_path):
    """A file that is damaged at the start is put aside, with one warning; nothing is lost."""
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "test-agent.console.sqlite3").write_bytes(b"no database at all " * 200)
    stack = make_stack(state_dir=folder)
    console = console_of(stack)
    with stack.agent("support"):
        pass
    wait_for(lambda: _has_one(console), within=15, what="the trace in a new file", pause=0.2)
    assert len(list(folder.glob("*.broken-*"))) == 1


def _has_one(console):
    try:
        return len(traces(console)) == 1
    except sqlite3.Error:
        return False


def test_a_full_queue_drops_and_counts(make_stack, monkeypatch):
    """While the file cannot be written the queue stays bounded, and what it drops is counted."""
    stack = make_stack()
    console = console_of(stack)
    release = threading.Event()
    monkeypatch.setattr(console.store, "add", lambda traces, lines: release.wait(10))  # noqa: ARG005
    for number in range(20_000):
        console.feed.line(
            f'{{"timestamp": "2023-11-14T22:13:20Z", "level": "INFO", "n": {number}}}'
        )
    dropped = stack.diagnostics.telemetry()["dropped"]
    release.set()
    assert dropped["console/queue_full"] >= 20_000 - 8192 - 256


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_writes_to_the_same_file(make_stack, tmp_path):
    """A child that is forked off has its own connection, and its runs are in the same file."""
    stack = make_stack(state_dir=tmp_path / "state")
    console = console_of(stack)
    with stack.agent("parent"):
        pass
    settled(console, stack)
    child = os.fork()
    if child == 0:
        try:
            with stack.agent("child"):
                pass
            settled(console, stack)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    with stack.agent("parent"):
        pass
    settled(console, stack)
    assert sorted(row["agent"] for row in traces(console)) == ["child", "parent", "parent"]


def test_an_address_that_asks_for_nonsense_is_answered(make_stack):
    """Numbers and words of no use are left out, and the page says so."""
    console = console_of(make_stack())
    page = drawn(console, "traces", min_ms="much", min_cost="-1", status="odd", before="x")
    assert len(page.all("note")) == 3
    assert drawn(console, "logs", level="LOUD").all("note")
    assert drawn(console, "overview", window="a year").all("requests")
    assert drawn(console, "trace", "/traces/unknown").all("empty")
