"""The canary's line is in the log, once."""

FRESH_SECONDS = 30


def test_canary_line_is_in_loki_once(canary, loki, poll):
    """The canary's line is in Loki once, fresh, with its trace id."""
    query = f'{{service_name="example-agent"}} | request_id="{canary.request_id}"'

    def arrived():
        return [line for line in loki.lines(query) if line.fields.get("event") == "request_end"]

    ends = poll(arrived, within=60, what="the canary's line is in Loki")
    assert len(ends) == 1
    (end,) = ends
    assert end.fields["trace_id"] == canary.trace_id
    assert abs(end.seconds - canary.sent_at) < FRESH_SECONDS


def test_every_line_is_shipped_once(canary, loki, poll):
    """No line of the canary is in Loki twice."""
    query = f'{{service_name="example-agent"}} | request_id="{canary.request_id}"'

    def ended():
        lines = loki.lines(query)
        return lines if any(one.fields.get("event") == "request_end" for one in lines) else []

    ids = [line.fields.get("log_id") for line in poll(ended, within=60, what="the lines arrive")]
    assert None not in ids
    assert len(ids) == len(set(ids))


def test_canary_line_is_in_the_file_once(canary, log_file, poll):
    """The canary's line is in the log file once, with its trace id."""

    def written():
        records = log_file.records_with(f'"request_id":"{canary.request_id}"')
        return [record for record in records if record["event"] == "request_end"]

    ends = poll(written, within=15, what="the canary's line is in the file")
    assert len(ends) == 1
    assert ends[0]["trace_id"] == canary.trace_id
