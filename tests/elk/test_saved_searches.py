"""What Kibana imports: every filter finds its records in Elasticsearch, every field is mapped."""

import json
import logging

import pytest

from elk.index_template import PATTERN, properties
from elk.saved_objects import ndjson, saved_objects
from elk.saved_searches import SEARCHES, fields_of
from tests.process.elasticsearch_stacks import file_records, forget, stack_at

JAEGER = "http://watch:16686"
#: Which records of the log files each search is for.
MEANT = {
    "errors": lambda record: record["level"] in {"ERROR", "FATAL"},
    "tenant": lambda record: "tenant_id" in record,
    "request": lambda record: "request_id" in record,
    "audit": lambda record: record["stream"] == "audit",
}
every_search = pytest.mark.parametrize("search", SEARCHES, ids=lambda search: search.key)
log = logging.getLogger("elk.test")


@pytest.fixture(scope="module")
def records(server, client, tmp_path_factory):
    """Records that the library's handler stored, as the log files have them, by log_id."""
    folder = tmp_path_factory.mktemp("logs")
    forget(server)
    with stack_at(server.url, folder) as stack:
        with stack.agent("support", tenant_id="acme"):
            log.info("asked", extra={"request_id": "r-1", "event": "request_end"})
            try:
                int("no number")
            except ValueError:
                log.exception("failed", extra={"request_id": "r-2"})
        log.info("of no tenant and no request")
        assert stack.audit("refund_granted", "Refund", user_id="u-1", amount=12)
        assert stack.flush(30)
        return file_records(folder)


@every_search
def test_filter_finds_its_records(search, records, client):
    """The filter, run as it stands, finds those records of the log files that it is for."""
    client.indices.refresh(index=PATTERN)
    sort = [{field: {"order": order}} for field, order in search.sort]
    hits = client.search(index=PATTERN, query=search.query, sort=sort, size=100)["hits"]["hits"]

    wanted = {log_id for log_id, record in records.items() if MEANT[search.key](record)}
    assert 0 < len(wanted) < len(records)
    assert {hit["_id"] for hit in hits} == wanted


@every_search
def test_fields_are_mapped_and_filled(search, records):
    """Filter, columns and order name fields of the mapping; each column has a value somewhere."""
    named = {*fields_of(search.query), *search.columns, *(field for field, _ in search.sort)}
    mapped = {*properties(), *(f"exception.{name}" for name in ("type", "message", "traceback"))}
    assert named <= mapped
    assert {field for field, _ in search.sort} <= {
        name for name, how in properties().items() if how.get("type") in {"keyword", "date"}
    }
    assert fields_of(search.query)
    assert records


def test_objects_refer_to_one_another():
    """Every reference is to an object of the import, and every panel to a saved search."""
    objects = [json.loads(line) for line in ndjson(saved_objects(JAEGER)).splitlines()]
    known = {(each["type"], each["id"]) for each in objects}
    assert len(known) == len(objects) == len(SEARCHES) + 2
    for each in objects:
        for reference in each["references"]:
            assert (reference["type"], reference["id"]) in known
    board = next(each for each in objects if each["type"] == "dashboard")
    panels = json.loads(board["attributes"]["panelsJSON"])
    named = {reference["name"].partition(":")[2] for reference in board["references"]}
    assert {panel["panelRefName"] for panel in panels} == named
    assert len(panels) == len(SEARCHES)


def test_a_trace_id_is_a_link_to_the_trace():
    """Kibana shows each trace_id as a link to Jaeger at its address for people."""
    view = saved_objects(JAEGER)[0]
    link = json.loads(view["attributes"]["fieldFormatMap"])["trace_id"]
    assert link["params"]["urlTemplate"] == f"{JAEGER}/trace/{{{{rawValue}}}}"
    assert view["attributes"]["timeFieldName"] in properties()
