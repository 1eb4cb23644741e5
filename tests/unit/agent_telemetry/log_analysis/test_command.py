"""``python -m agent_telemetry.log_analysis``: what it prints, and what it ends with."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from agent_telemetry.audit.chain import Link, seal
from agent_telemetry.log_analysis.command import main
from tests.unit.agent_telemetry.log_analysis.written_logs import record, request, write

HOSTILE = "\x1b[2J\x1b]0;pwned\x07 \x9b31m \u202e $(rm -rf .) [bold]'; DROP TABLE x; --"


@pytest.fixture
def logs(tmp_path):
    """A folder of logs with every kind of record, a broken line and a hostile one."""
    write(
        tmp_path / "app-1.jsonl",
        request(duration_seconds=0.5, tenant_id="acme", request_id="r-1"),
        request(duration_seconds=2, tenant_id="globex", status="error"),
        record(level="ERROR", error_type="Timeout", message=HOSTILE, tenant_id="acme",
               endpoint="/chat", request_id="r-1"),
        record(event="llm_end", model="gpt-4o", tenant_id="acme", tokens_input=10,
               tokens_output=5, cost_usd=0.25),
        record(event="llm_end", model="no-price", tenant_id="acme", tokens_input=1),
        b"not JSON \x1b[31m",
    )  # fmt: skip
    return tmp_path


def run(capsys, *arguments):
    """Run the command; return what it ended with and what it wrote on both streams."""
    try:
        code = main([str(each) for each in arguments])
    except SystemExit as ended:
        code = ended.code
    return code, *capsys.readouterr()


def test_errors_as_text(logs, capsys):
    """Count, types, tenants and the last ones, with the broken line counted."""
    code, out, err = run(capsys, "errors", logs, "--last", "all")
    assert (code, err) == (0, "")
    assert out.startswith("1 error\n")
    assert "Timeout          1" in out
    assert "acme         1" in out
    assert "request_id=r-1" in out
    assert "1 file, 6 lines, 1 of them broken: no JSON record with a time" in out


def test_requests_as_text(logs, capsys):
    """A row an endpoint with its times, and one of all."""
    code, out, _ = run(capsys, "requests", logs, "--last", "all")
    assert code == 0
    assert out.startswith("2 requests, 1 failed\n")
    row = next(line.split() for line in out.splitlines() if line.startswith("/chat"))
    assert row == ["/chat", "2", "1", "1.25", "0.503", "2.0", "2.0", "2.0"]


def test_costs_as_text(logs, capsys):
    """A row a model and a row a tenant; a model without a price has no cost, not 0."""
    code, out, _ = run(capsys, "costs", logs, "--last", "all")
    assert code == 0
    assert out.startswith("$0.2500 for 2 model calls, 1 without a cost")
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line}
    assert rows["gpt-4o"] == ["1", "0", "10", "5", "0.25", "100.0"]
    assert rows["no-price"] == ["1", "1", "1", "0", "-", "-"]
    assert rows["acme"][-2:] == ["0.25", "100.0"]


@pytest.mark.parametrize("command", ["errors", "search"])
@pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["text", "JSON"])
def test_no_record_steers_a_terminal(logs, capsys, command, as_json):
    """Escape sequences, C1 controls and turned writing come out as letters, also in JSON."""
    _, out, _ = run(capsys, command, logs, "--last", "all", *as_json)
    assert "pwned" in out
    assert "DROP TABLE" in out
    assert "[bold]" in out
    assert all(letter.isprintable() for letter in out.replace("\n", ""))
    if as_json and command == "search":
        messages = [json.loads(line).get("message") for line in out.splitlines()]
        assert HOSTILE in messages


@pytest.mark.parametrize("option", ["tenant", "agent", "request", "trace", "user", "event"])
def test_a_filter_is_a_value(logs, capsys, option):
    """What is asked for is compared and never run: it finds nothing and breaks nothing."""
    asked = f"--{option}=x' OR 1=1; DROP TABLE logs; --"
    code, out, err = run(capsys, "search", logs, "--last", "all", asked)
    assert (code, err) == (0, "")
    assert out.startswith("0 records\n")


def test_filters(logs, capsys):
    """Filters and their combination, and a request's records over all time."""
    _, out, _ = run(capsys, "requests", logs, "--last=all", "--tenant=globex", "--json")
    assert json.loads(out)["total_requests"] == 1
    _, out, _ = run(capsys, "search", logs, "--request=r-1", "--level=error", "--json")
    assert [json.loads(line)["error_type"] for line in out.splitlines()] == ["Timeout"]
    _, out, _ = run(capsys, "errors", logs, "--until=2026-03-01T11:00:00Z", "--json")
    assert json.loads(out)["total_errors"] == 0


def test_last_hour_by_default(tmp_path, capsys):
    """Without a time the last hour is told."""
    now = datetime.now(UTC)
    write(tmp_path / "app.log", record(level="ERROR"), {"timestamp": now.isoformat(),
          "level": "ERROR", "error_type": "Now"})  # fmt: skip
    _, out, _ = run(capsys, "errors", tmp_path, "--json")
    assert json.loads(out)["error_types"] == {"Now": 1}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["errors", "nothing"], "no log file at nothing: name a file, a folder or a pattern"),
        (["audit", "nothing"], "no audit trail at nothing: name the log folder"),
        (["errors", ".", "--level=LOUD"], "'LOUD' is no level; accepted: TRACE, DEBUG"),
        (["errors", ".", "--since=soon"], "'soon' is no time; write 2026-03-01"),
        (["errors", ".", "--last=soon"], "'soon' is no span of time; write 90s, 15m"),
        (["search", ".", "--limit=many"], "write a number up to 100000"),
        (["errors", ".", "--memory=much"], "'much' is no memory limit: write a size such as"),
    ],
)
def test_wrong_call(logs, capsys, monkeypatch, arguments, told):
    """What is wrong is told in plain words with what is accepted, and the end is 2."""
    monkeypatch.chdir(logs)
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


@pytest.mark.parametrize("missing", ["duckdb", "rich"])
def test_extra_that_is_not_installed(logs, capsys, monkeypatch, missing):
    """Without the extra the words say what to install."""
    monkeypatch.setitem(sys.modules, missing, None)
    code, out, err = run(capsys, "errors", logs)
    assert (code, out) == (2, "")
    assert 'pip install "agent-telemetry[analysis]"' in err


@pytest.mark.parametrize(("altered", "code"), [(False, 0), (True, 1)])
def test_audit_trail_is_searched_and_verified(tmp_path, capsys, altered, code):
    """What is asked for is shown, then the chain is told: whole and 0, or where it broke and 1."""
    last, lines = Link(), []
    for event in ("refund", "login"):
        line, last = seal(record(event=event, request_id="r-1", extra={"order": 1042}), last)
        lines.append(line.replace(b"1042", b"7") if altered else line)
    (tmp_path / "audit.jsonl").write_bytes(b"".join(lines))
    ended, out, _ = run(capsys, "audit", tmp_path, "--event=refund", "--request=r-1")
    assert ended == code
    assert "refund" in out
    assert "login" not in out
    assert ("broken: record 1 altered" if altered else "whole: 2 records") in out


def test_everything_unreadable_ends_with_2(tmp_path, capsys):
    """A file that is no gzip, though it begins like one, is named; nothing at all read is 2."""
    (tmp_path / "app-1.jsonl.1.gz").write_bytes(b"\x1f\x8b damaged")
    code, out, _ = run(capsys, "errors", tmp_path, "--json")
    assert code == 2
    assert list(json.loads(out)["unreadable_files"]) == [str(tmp_path / "app-1.jsonl.1.gz")]


def test_the_engine_draws_nothing(logs):
    """In `python -c`, where the engine would draw its progress, standard output is the caller's."""
    program = (
        "import sys; from agent_telemetry.log_analysis.engine import connect\n"
        "c = connect(); print(c.execute(\"SELECT current_setting('enable_progress_bar')\")"
        ".fetchone()[0])"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout == "False\n"
