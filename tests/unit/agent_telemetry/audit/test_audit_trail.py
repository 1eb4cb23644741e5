"""The audit trail: every record by the contract, chained; a loss is told, not hidden."""

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from agent_telemetry import ConfigurationError
from agent_telemetry.audit.search import verify
from agent_telemetry.logs.record import FIELDS
from agent_telemetry.logs.sampling import SamplingRule


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the log files."""
    return tmp_path / "logs"


@pytest.fixture
def records(folder: Path) -> Callable[[], list[dict[str, Any]]]:
    """Read the trail, full files first."""

    def read() -> list[dict[str, Any]]:
        files = [*sorted(folder.glob("audit-*.jsonl")), folder / "audit.jsonl"]
        return [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]

    return read


def sample(stack, name: str, **labels: str) -> float:
    """Read one sample."""
    return stack.registry.get_sample_value(name, labels) or 0


def test_record_follows_the_contract(stack, records) -> None:
    """Contract fields at the top, others under extra with the chain, ids from the context."""
    with stack.agent("support", tenant_id="acme", user_id="u-1") as run:
        assert stack.audit("refund", "Refund granted", status="ok", order=1042, sequence="mine")
    (found,) = records()
    assert set(found) <= set(FIELDS)
    assert (found["stream"], found["event"], found["message"]) == (
        "audit", "refund", "Refund granted"
    )  # fmt: skip
    assert (found["tenant_id"], found["user_id"], found["trace_id"], found["span_id"]) == (
        "acme", "u-1", run.trace_id, run.span_id
    )  # fmt: skip
    assert (found["level"], found["status"], found["function"]) == (
        "INFO", "ok", "test_record_follows_the_contract"
    )  # fmt: skip
    assert found["module"] == "test_audit_trail"
    extra = found["extra"]
    assert (extra["order"], extra["sequence"], extra["previous_hash"]) == (1042, 1, "0" * 64)
    assert extra["given"] == {"sequence": "mine"}


def test_hash_is_that_of_the_documented_canonical_json(stack, records) -> None:
    """Anybody can check a record: SHA-256 of its sorted JSON without extra.hash."""
    stack.audit("one", "Päckchen 包裹", share=0.1, big=2**60)
    stack.audit("two")
    first, second = records()
    assert second["extra"]["previous_hash"] == first["extra"]["hash"]
    told = first["extra"].pop("hash")
    text = json.dumps(first, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == told


def test_any_field_is_taken(stack, records, folder) -> None:
    """Names that logging uses, objects, huge and endless values break neither line nor chain."""
    endless: list[Any] = []
    endless.append(endless)
    stack.audit("x", name="a", args=1, msg="m", level="LOUD", stream="error", obj=object())
    stack.audit("x", nan=float("nan"), big=2**80, keys={1: 2, "1": 3}, endless=endless, s="\ud800")
    stack.audit("x", huge=["y" * 1000] * 2000)
    first, second, third = records()
    assert first["stream"] == "audit"
    assert first["extra"]["name"] == "a"
    assert second["extra"]["big"] == str(2**80)
    assert len(json.dumps(third)) < 250_000
    assert verify(folder).broken is None


def test_any_level_and_never_sampled(make_stack, records) -> None:
    """Neither level nor sampling touches the trail; 500 equal records are 500 records."""
    stack = make_stack(log_level="FATAL", log_sampling=SamplingRule(first=1, one_in=1000))
    for _ in range(500):
        stack.audit("same", "same")
    assert [record["extra"]["sequence"] for record in records()] == list(range(1, 501))
    assert sample(stack, "telemetry_audit_records_total") == 500


def test_not_in_the_other_files(stack, log_lines, records) -> None:
    """Each record is in exactly one shipped file."""
    stack.audit("refund")
    logging.getLogger("host").info("fine")
    assert [line["message"] for line in log_lines()] == ["fine"]
    assert len(records()) == 1


def test_full_disk(make_stack, records, folder) -> None:
    """The request goes on, /ready is 503, the loss is counted, and the gap is told afterwards."""
    stack = make_stack()
    app = Starlette()
    stack.instrument(app)
    client = TestClient(app)
    assert client.get("/ready").status_code == 200
    path = folder / "audit.jsonl"
    path.symlink_to("/dev/full")
    with stack.agent("support"):
        assert not stack.audit("one")
    assert not stack.audit("two")
    assert sample(stack, "telemetry_dropped_total", signal="audit", reason="write_failed") == 2
    answer = client.get("/ready", headers={"accept": "application/json"})
    assert answer.status_code == 503
    assert answer.json()["checks"]["audit"] is False
    path.unlink()
    assert stack.audit("three")
    assert client.get("/ready").status_code == 200
    gap, three = records()
    assert (gap["event"], gap["extra"]["lost_records"], three["event"]) == ("audit_gap", 2, "three")
    assert (verify(folder).broken, verify(folder).lost) == (None, 2)


def test_asking_for_readiness_ends_the_outage(make_stack, records, folder) -> None:
    """While /ready is 503 no request comes that would write, so /ready itself records the gap."""
    stack = make_stack()
    path = folder / "audit.jsonl"
    path.symlink_to("/dev/full")
    stack.audit("one")
    assert stack.ready.report()["audit"] is False
    path.unlink()
    assert stack.ready.report()["audit"] is True
    assert [record["event"] for record in records()] == ["audit_gap"]


def test_outage_is_logged_once(make_stack, log_lines, folder) -> None:
    """One error line says that the trail cannot be written, however many records are lost."""
    stack = make_stack()
    (folder / "audit.jsonl").symlink_to("/dev/full")
    for _ in range(5):
        stack.audit("one")
    said = [line for line in log_lines() if line.get("event") == "audit_write_failed"]
    assert len(said) == 1
    assert said[0]["level"] == "ERROR"


def test_without_folder_records_go_to_standard_output(make_stack, capsys) -> None:
    """A chain of its own on standard output, as lines of stream audit."""
    stack = make_stack(log_dir=None)
    stack.audit("one")
    stack.audit("two")
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["stream"], first["extra"]["sequence"]) == ("audit", 1)
    assert second["extra"]["previous_hash"] == first["extra"]["hash"]


def test_unwritable_folder_stops_the_start(make_stack, tmp_path: Path) -> None:
    """A folder that cannot be made is a configuration error."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="AGENT_TELEMETRY_LOG_DIR"):
        make_stack(log_dir=tmp_path / "file" / "logs")
