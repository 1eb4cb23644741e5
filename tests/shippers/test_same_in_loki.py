"""Loki has the same of a record whichever of the two ships it, and all that the file has."""

import json
import logging

from agent_telemetry import Settings, create_observability_stack
from agent_telemetry.logs.record import FIELDS
from tests.polling import wait_for

LABELS = {"service_name", "stream", "level"}
#: Fields of the file that are labels, the line or its time, and so no structured metadata.
ELSEWHERE = {"service", "stream", "level", "message", "timestamp"}
log = logging.getLogger("shippers.test")


def test_labels_and_metadata_are_the_same(new_shipper, loki, tmp_path):
    """Both give each record of the three streams the same labels, fields, line and time."""
    told = _records(tmp_path / "told")
    found = {}
    for name in ("collector", "promtail"):
        shipper = new_shipper(name)
        lines = [json.dumps({**each, "service": name}) for each in told.values()]
        (shipper.logs / "app-1.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        shipper.start()

        def arrived(name=name):
            entries = loki.entries(f'{{service_name="{name}"}}')
            return entries if len(entries) >= len(told) else None

        entries = wait_for(arrived, within=60, what=f"the records by {name}")
        assert len(entries) == len(told)
        found[name] = {entry.metadata["log_id"]: entry for entry in entries}
        assert shipper.lost() == 0

    for log_id, record in told.items():
        one, other = (found[name][log_id] for name in ("collector", "promtail"))
        assert one.line == other.line == record["message"]
        assert one.time_ns == other.time_ns
        assert one.labels.keys() == other.labels.keys() == LABELS
        for entry in (one, other):
            assert entry.labels["stream"] == record["stream"]
            assert entry.labels["level"] == record["level"]
        same = _without_extra(one.metadata)
        assert same == _without_extra(other.metadata)
        assert same == _expected(record)
        assert json.loads(other.metadata.get("extra", "{}")) == record.get("extra", {})
        shared = {n for n in other.metadata if n.startswith("extra_")}
        assert {n: other.metadata[n] for n in shared} == {n: one.metadata[n] for n in shared}
    assert {each["stream"] for each in told.values()} == {"operation", "error", "audit"}


def test_tracebacks_stay_whole(shipper, loki, tmp_path):
    """The longest traceback that the library writes is in Loki as one record, to its last line."""
    told = _records(tmp_path / "told", depth=3000)
    longest = max(
        told.values(), key=lambda each: len(each.get("exception", {}).get("traceback", ""))
    )
    service = f"whole-{type(shipper).__name__}".lower()
    line = json.dumps({**longest, "service": service})
    (shipper.logs / "app-1.jsonl").write_text(line + "\n", "utf-8")
    shipper.start()

    (entry,) = wait_for(
        lambda: loki.entries(f'{{service_name="{service}"}}'), within=60, what="the record"
    )

    assert len(longest["exception"]["traceback"]) > 15_000
    assert entry.metadata["exception_traceback"] == longest["exception"]["traceback"]


def _records(folder, depth=1):
    """Return what the library writes into its files for one of each kind, by log_id."""
    settings = Settings(service_name="told", log_dir=folder, log_stdout=False, log_stderr=False)
    stack = create_observability_stack(settings=settings)
    ids = {"tenant_id": "acme", "user_id": "u-1", "session_id": "s-1", "agent_id": "support-1"}
    try:
        with stack.agent("support", **ids):
            try:
                _fail(depth)
            except ValueError:
                fields = {
                    "event": "everything", "model": "gpt-4o", "provider": "openai",
                    "tool_name": "lookup", "endpoint": "/chat", "status": "error",
                    "duration_seconds": 1.25, "tokens_input": 812, "tokens_output": 133,
                    "cost_usd": 0.0031, "request_id": "r-1", "own": {"deep": [1, "x"]},
                    "error": "in the provider's words",
                }  # fmt: skip
                log.exception("everything\nthere is — ünïcode", extra=fields)
        log.info("an operation")
        assert stack.audit("refund_granted", "Refund", tenant_id="acme", amount=12)
        assert stack.flush(10)
    finally:
        stack.shutdown()
    files = [*folder.glob("app-*.jsonl"), *folder.glob("audit.jsonl")]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    return {record["log_id"]: record for record in map(json.loads, lines)}


def _fail(depth):
    if depth > 1:
        try:
            _fail(depth - 100)
        except ValueError as error:
            raise ValueError(f"at {depth}: " + "because " * 40) from error
    raise ValueError("a reason — with ünïcode")


def _without_extra(metadata):
    return {name: value for name, value in metadata.items() if not name.startswith("extra")}


def _expected(record):
    """Return the structured metadata that the record contract promises."""
    own = {name: str(record[name]) for name in FIELDS if name in record}
    for name in (*ELSEWHERE, "extra", "exception"):
        own.pop(name, None)
    of_exception = {f"exception_{n}": v for n, v in record.get("exception", {}).items()}
    return {**own, **of_exception, "detected_level": record["level"].lower()}
