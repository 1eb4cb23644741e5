"""Search of the audit trail: what is asked for comes, in order, in flat memory."""

import gzip
import json
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from agent_telemetry import Settings, correlation, create_observability_stack
from agent_telemetry.audit.search import main, search, verify
from tests.unit.agent_telemetry.written_trail import COUNT, lines, numbers, put, write


def test_found_in_order_over_all_files(folder) -> None:
    """Without a filter everything comes, in the order of the trail, from every file."""
    assert len(list(folder.glob("audit-*.jsonl"))) >= 2
    assert numbers(search(folder)) == list(range(1, COUNT + 1))


def test_each_filter_and_all_of_them(folder) -> None:
    """User, tenant and event each narrow the search, and together."""
    assert numbers(search(folder, tenant_id="acme")) == [2, 4, 6, 8, 10, 12]
    assert numbers(search(folder, user_id="u-0")) == [3, 6, 9, 12]
    assert numbers(search(folder, event="login", user_id="u-0")) == [3, 9]
    assert numbers(search(folder, tenant_id="u-0")) == []


def test_by_request(tmp_path: Path) -> None:
    """The records of one request are found by its id."""
    stack = create_observability_stack(
        settings=Settings(service_name="a", log_dir=tmp_path, log_stdout=False)
    )
    for request in ("r-1", "r-2", "r-1"):
        token = correlation.enter(correlation.RequestContext(request_id=request))
        stack.audit("step")
        correlation.leave(token)
    stack.shutdown()
    assert [r["extra"]["sequence"] for r in search(tmp_path, request_id="r-1")] == [1, 3]


def test_time_range_of_any_zone(folder) -> None:
    """A range takes its beginning and leaves its end; times of another zone mean the same."""
    moments = [datetime.fromisoformat(record["timestamp"]) for record in search(folder)]
    zone = timezone(timedelta(hours=5, minutes=30))
    found = search(folder, since=moments[3].astimezone(zone), until=moments[6].astimezone(zone))
    assert numbers(found) == [4, 5, 6]


def test_naive_time_is_refused(folder) -> None:
    """A time without a zone would be taken for another one: it is refused."""
    with pytest.raises(ValueError, match="time zone"):
        search(folder, since=datetime(2026, 3, 1))  # noqa: DTZ001


def test_compressed_files_are_read(folder) -> None:
    """A full file that was compressed is searched and verified like any other."""
    for path in folder.glob("audit-*.jsonl"):
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert numbers(search(folder)) == list(range(1, COUNT + 1))
    assert verify(folder).broken is None


def test_memory_does_not_grow_with_the_trail(tmp_path: Path) -> None:
    """Ten times the records take no more memory to verify and search; a giant line neither."""
    write(tmp_path, 50)
    line = lines(tmp_path)[-1]

    def peak() -> int:
        tracemalloc.start()
        verify(tmp_path)
        sum(1 for _ in search(tmp_path, event="login"))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak()
    small = peak()
    with (tmp_path / "audit.jsonl").open("ab") as file:
        file.write(line * 5000)
        file.write(b"x" * 20_000_000)
    assert peak() < small + 4_000_000


def test_command_finds_and_shows(folder, capsys) -> None:
    """People get one line a record, programs get JSON."""
    assert main([str(folder), "--tenant", "acme", "--event", "refund"]) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0].startswith("#2  ")
    assert "tenant_id=acme" in text
    assert text.splitlines()[-1] == "6 records"
    assert main([str(folder), "--user", "u-0", "--json"]) == 0
    assert numbers(map(json.loads, capsys.readouterr().out.splitlines())) == [3, 6, 9, 12]


def test_command_verifies(single, capsys) -> None:
    """0 and the end of the chain when it is whole, 1 and the broken place when not."""
    assert main([str(single), "--verify"]) == 0
    whole = capsys.readouterr().out
    anchor = whole.split()[-1]
    put(single, lines(single)[2:])
    assert main([str(single), "--verify", "--anchor", anchor]) == 1
    assert "record 1 to 2 removed" in capsys.readouterr().out
    assert main([str(single), "--verify", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["broken"]["kind"] == "removed"


def test_command_cannot_be_used_to_steer_a_terminal(tmp_path: Path, capsys) -> None:
    """Control characters in a record are shown, not obeyed."""
    stack = create_observability_stack(
        settings=Settings(service_name="a", log_dir=tmp_path, log_stdout=False)
    )
    stack.audit("x", "\x1b[2J\u202egone\n#99 forged", note="\x07")
    stack.shutdown()
    main([str(tmp_path)])
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text.splitlines()) == 2


@pytest.mark.parametrize(
    "wrong", [["--since", "yesterday"], ["--anchor", "x"], ["/nowhere/at/all"], []]
)
def test_wrong_call_is_refused(wrong, folder, capsys, monkeypatch) -> None:
    """A wrong argument ends with 2 and says what is wrong."""
    monkeypatch.delenv("AGENT_TELEMETRY_LOG_DIR", raising=False)
    with pytest.raises(SystemExit) as ended:
        main([str(folder), *wrong] if wrong and wrong[0].startswith("--") else wrong)
    assert ended.value.code == 2


def test_runs_as_a_module(single) -> None:
    """The command python -m agent_telemetry.audit.search works, without a warning."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "agent_telemetry.audit.search", "--verify"],
        env={"AGENT_TELEMETRY_LOG_DIR": str(single)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("whole: 12 records")


def test_times_are_utc_in_the_trail(folder) -> None:
    """Whatever the zone of the machine, the records' times are UTC."""
    moments = [datetime.fromisoformat(record["timestamp"]) for record in search(folder)]
    assert all(moment.utcoffset() == timedelta(0) for moment in moments)
    assert abs(datetime.now(UTC) - moments[0]) < timedelta(hours=1)
