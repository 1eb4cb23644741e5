"""From a number to its trace to its log line, by ids alone."""

import time

from tests.smoke.metric_samples import exemplar_trace_ids, is_trace_id, read_metrics

HISTOGRAM = "agent_request_duration_seconds_bucket"


def test_exemplar_leads_to_trace_and_log(prometheus, jaeger, loki, poll, chats):
    """An exemplar leads to its trace in Jaeger and its lines in Loki."""
    since = time.time()
    # A series keeps one exemplar for each bucket and quarter of a minute: ask until one is new.
    sent = iter(range(1000))

    def new_exemplar():
        chats(1, f"exemplar-{next(sent)}")
        query = f'{HISTOGRAM}{{endpoint="/chat",service="example-agent"}}'
        return prometheus.exemplars(query, since)

    exemplars = poll(new_exemplar, within=90, what="a new exemplar is in Prometheus")
    trace_id = exemplars[0]["labels"]["trace_id"]
    assert is_trace_id(trace_id)

    def whole():
        # The span at the top ends last, and may come last.
        return "POST /chat" in {span.name for span in jaeger.trace(trace_id)}

    assert poll(whole, within=60, what=f"trace {trace_id} is in Jaeger up to its top span")
    lines = poll(
        lambda: loki.lines(f'{{service_name="example-agent"}} | trace_id="{trace_id}"'),
        within=60,
        what=f"the lines of trace {trace_id} are in Loki",
    )
    assert {line.fields["trace_id"] for line in lines} == {trace_id}


def test_exemplar_leads_to_the_log_file(app, log_file, poll, chats):
    """An exemplar leads to its lines in the log file."""
    chats(1, "exemplar")
    ids = exemplar_trace_ids(read_metrics(app), HISTOGRAM)
    assert ids
    assert all(map(is_trace_id, ids))

    poll(
        lambda: log_file.records_with(f'"trace_id":"{ids[0]}"'),
        within=15,
        what=f"a line of trace {ids[0]} is in the file",
    )
