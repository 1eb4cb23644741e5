"""With the profile `elk`: the canary's records are in Elasticsearch, in an index of our mapping."""

from elk.index_template import PATTERN, properties


def test_canary_line_is_in_elasticsearch_once(canary, elasticsearch, poll):
    """The canary's line is in Elasticsearch once, found by its request id, with its trace id."""

    def arrived():
        found = _with_request_id(elasticsearch, canary.request_id)
        return [hit for hit in found if hit["_source"].get("event") == "request_end"]

    ends = poll(arrived, within=60, what="the canary's line is in Elasticsearch")
    assert len(ends) == 1
    (end,) = ends
    assert end["_source"]["trace_id"] == canary.trace_id
    assert end["_id"] == end["_source"]["log_id"]
    assert end["_index"] == f"agent-logs-{end['_source']['timestamp'][:10].replace('-', '.')}"


def test_elasticsearch_has_our_mapping(canary, elasticsearch, poll):
    """The index of the day was made by the template: its fields are those of the contract."""
    poll(
        lambda: _with_request_id(elasticsearch, canary.request_id),
        within=60,
        what="the canary's records are in Elasticsearch",
    )
    answer = elasticsearch.get(f"/{PATTERN}/_mapping")
    assert answer.status_code == 200, answer.text[:300]
    for index, held in answer.json().items():
        assert held["mappings"]["dynamic"] == "false", index
        assert held["mappings"]["properties"].keys() == properties().keys(), index


def _with_request_id(elasticsearch, request_id):
    """Return the hits with a request id; none while there is no index yet."""
    elasticsearch.post(f"/{PATTERN}/_refresh")
    body = {"query": {"term": {"request_id": request_id}}, "size": 100}
    answer = elasticsearch.post(f"/{PATTERN}/_search", json=body)
    assert answer.status_code == 200, f"Elasticsearch answers {answer.text[:300]}"
    return answer.json()["hits"]["hits"]
