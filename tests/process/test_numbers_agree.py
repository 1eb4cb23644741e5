"""The numbers agree: answers = metrics = log records = ledger, to 1e-9 USD and to the token."""

import sqlite3
from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import pytest

from example_app.traffic.prompts import Prompts
from example_app.traffic.visit_plan import plan_visits
from tests.polling import wait_for
from tests.process.log_lines import records
from tests.process.played_mix import PlayedMix
from tests.smoke.metric_samples import read_metrics, total

CENT_FRACTION = 1e-9
#: The ledger is written once a second.
WITHIN = 15
MODEL_ENDS = {"llm_end", "embedding_end"}


class Numbers:
    """Every place that counts, read at one time.

    Args:
        lite: the running lite version.
    """

    def __init__(self, lite):
        self._state = lite.directory / "state"
        self.page = read_metrics(lite.http)
        self.records = records(lite.directory / "logs")

    def metric(self, name, **labels):
        """The sum over a metric's series with these labels."""
        return total(self.page, name, labels)

    def logged(self, event):
        """The records of an event."""
        return [record for record in self.records if record.get("event") == event]

    def log_sum(self, field):
        """The sum of a field over all records: only model calls carry money and tokens."""
        with_it = [record for record in self.records if field in record]
        assert {record["event"] for record in with_it} <= MODEL_ENDS, field
        return sum(record[field] or 0 for record in with_it)

    def ledger(self, since=0):
        """US dollars of all days since a second since 1970, by the file itself."""
        (file,) = self._state.glob("*.ledger.sqlite3")
        database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            ((units,),) = database.execute(
                "SELECT COALESCE(SUM(units), 0) FROM spend"
                " WHERE period = 'day' AND dimension = 'all' AND start >= ?",
                (since,),
            )
        finally:
            database.close()
        return units / 10**12


def midnight():
    """The start of today, UTC, in seconds since 1970."""
    return int(datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0).timestamp())


def check_money(numbers, exactly=None, at_least=0.0):
    """Metrics, log and ledger agree with each other, and with the answers where they tell all."""
    counted = numbers.metric("agent_api_cost_usd_total")
    near = {"rel": 0, "abs": CENT_FRACTION}
    assert numbers.log_sum("cost_usd") == pytest.approx(counted, **near)
    assert numbers.ledger() == pytest.approx(counted, **near)
    today = pytest.approx(numbers.ledger(since=midnight()), **near)
    assert numbers.metric("agent_daily_cost_usd") == today
    assert numbers.metric("agent_cost_per_user_usd") == today
    assert numbers.metric("agent_run_cost_usd_sum") == pytest.approx(counted, **near)
    if exactly is not None:
        assert counted == pytest.approx(exactly, **near)
    assert counted >= at_least - CENT_FRACTION
    return True


def check_tokens(numbers, exactly=None):
    """Every place that counts tokens has the same number of them."""
    for kind, old in (("input", "prompt"), ("output", "completion")):
        places = {
            "ai_tokens_used_total": numbers.metric("ai_tokens_used_total", type=old),
            "agent_tokens_total": numbers.metric("agent_tokens_total", kind=kind),
            "agent_token_usage": numbers.metric("agent_token_usage_sum", type=kind),
            "gen_ai": numbers.metric("gen_ai_client_token_usage_sum", gen_ai_token_type=kind),
            "log": numbers.log_sum(f"tokens_{kind}"),
        }
        if exactly is not None:
            places["answers"] = exactly(kind)
        assert len(set(places.values())) == 1, places


def check_requests(numbers, mix):
    """Each request is counted once in each place, under its own status."""
    sent = Counter((each.turn.path, str(each.http_status)) for each in mix.sent)
    for (path, status), count in sent.items():
        labels = {"method": "POST", "endpoint": path, "status": status}
        assert numbers.metric("http_requests_total", **labels) == count, labels
    assert numbers.metric("http_requests_total") == len(mix.sent)
    outcomes = Counter((each.turn.path, each.outcome) for each in mix.sent)
    for path in ("/chat", "/feedback"):
        for status in ("success", "client_error", "rejected", "error"):
            labels = {"method": "POST", "endpoint": path, "status": status}
            expected = outcomes[path, status]
            assert numbers.metric("agent_requests_total", **labels) == expected, labels
    ends = numbers.logged("request_end")
    assert Counter((end["endpoint"], end["status"]) for end in ends) == outcomes
    ids = [end["request_id"] for end in ends]
    assert len(ids) == len(set(ids)) == len(mix.sent)
    by_tenant = Counter(end.get("tenant_id", "unknown") for end in ends)
    for tenant, count in by_tenant.items():
        assert numbers.metric("agent_requests_total", tenant_id=tenant) == count, tenant


def check_tools(numbers, mix):
    """Tool calls in answers, in every metric and in the log are the same ones."""
    tools = mix.tools()
    for (name, status), count in tools.items():
        labels = {"tool_name": name, "status": status}
        assert numbers.metric("agent_tool_calls_total", **labels) == count, labels
    assert numbers.metric("agent_tool_calls_total") == tools.total()
    assert numbers.metric("tool_calls_total") == tools.total()
    assert numbers.metric("agent_tool_call_latency_seconds_count") == tools.total()
    failed = sum(count for (_, status), count in tools.items() if status == "failed")
    assert numbers.metric("tool_errors_total") == failed
    ends = numbers.logged("tool_end")
    assert Counter(end["tool_name"] for end in ends) == _by_name(tools)
    assert sum(end["status"] != "ok" for end in ends) == failed


def _by_name(tools):
    names = Counter()
    for (name, _), count in tools.items():
        names[name] += count
    return names


def check_cache(numbers, mix):
    """Answers from the cache are the counted hits, whoever asked."""
    cached = sum(answer["cached"] for answer in mix.answers)
    assert numbers.metric("agent_cache_requests_total", result="hit") == cached


def check_feedback(numbers, mix):
    """Thumbs that were taken are counted by rating and told once each."""
    thumbs = mix.thumbs()
    for rating in ("up", "down"):
        labels = {"action": f"feedback_{rating}"}
        assert numbers.metric("agent_user_actions_total", **labels) == thumbs[rating]
    told = Counter(record["extra"]["rating"] for record in numbers.logged("feedback"))
    assert told == thumbs


def check_audit(numbers, lite):
    """What the audit trail counts is what stands in its file."""
    files = (lite.directory / "logs").glob("audit*.jsonl")
    lines = sum(file.read_bytes().count(b"\n") for file in files)
    assert lines == numbers.metric("telemetry_audit_records_total") > 0


def fault(lite, name, **body):
    """Start a fault for what is played next."""
    lite.http.put(f"/faults/{name}", json=body).raise_for_status()


def end_faults(lite):
    """Stop every fault."""
    lite.http.request("DELETE", "/faults").raise_for_status()


def test_numbers_agree(start):
    """Streams, cached, refused and failed requests of many tenants and users: one set of numbers.

    Faults strike before the first token of a run here, so that no run spends money and tells
    nobody; the next test has those.
    """
    lite = start(SIM_LATENCY_SCALE="0", BENCHMARK_SECONDS="0", AGENT_TELEMETRY_STRICT="1")
    visits = plan_visits(2026, Prompts.load())
    mix = PlayedMix()
    mix.play(lite.http, islice(visits, 220))
    fault(lite, "provider_500")
    failed = mix.play(lite.http, islice(visits, 40))
    end_faults(lite)
    fault(lite, "tool_failure", probability=0.5)
    mix.play(lite.http, islice(visits, 40))
    end_faults(lite)
    mix.play(lite.http, islice(visits, 20))

    # The mix has everything that this test is about.
    assert {each.outcome for each in failed} >= {"success", "error"}
    assert {each.outcome for each in mix.sent} == {"success", "client_error", "error"}
    assert {answer["template"] for answer in mix.answers} == {"support", "research"}
    assert {answer["cached"] for answer in mix.answers} == {True, False}
    assert {each.turn.stream for each in mix.sent if each.answer} == {True, False}
    assert {status for _, status in mix.tools()} == {"success", "failed"}
    assert mix.cost() > 0.01

    wait_for(
        lambda: check_money(Numbers(lite), exactly=mix.cost()),
        within=WITHIN,
        what="money agrees in answers, metrics, log and ledger",
    )
    numbers = Numbers(lite)
    check_tokens(numbers, exactly=mix.tokens)
    check_requests(numbers, mix)
    check_tools(numbers, mix)
    check_cache(numbers, mix)
    check_feedback(numbers, mix)
    check_audit(numbers, lite)
    assert mix.thumbs().total() > 5
    assert numbers.metric("telemetry_dropped_total") == 0
    assert numbers.metric("telemetry_faults_total") == 0


@pytest.mark.parametrize("name", ["provider_500", "cut_stream", "malformed_tool_json"])
def test_money_of_runs_that_fail_half_way_is_in_every_book(start, name):
    """A run that breaks after its first model call has spent money: metrics, log, ledger agree."""
    lite = start(SIM_LATENCY_SCALE="0", BENCHMARK_SECONDS="0", AGENT_TELEMETRY_STRICT="1")
    visits = plan_visits(7, Prompts.load())
    mix = PlayedMix()
    fault(lite, name, probability=0.6)
    mix.play(lite.http, islice(visits, 80))
    end_faults(lite)
    wait_for(
        lambda: check_money(Numbers(lite), at_least=mix.cost()),
        within=WITHIN,
        what="money agrees in metrics, log and ledger",
    )
    numbers = Numbers(lite)
    check_tokens(numbers)
    check_requests(numbers, mix)
    assert numbers.metric("telemetry_faults_total") == 0


def test_books_agree_after_a_restart(start):
    """After a restart the ledger goes on where it was: daily cost is that of both processes."""
    settings = {"SIM_LATENCY_SCALE": "0", "BENCHMARK_SECONDS": "0"}
    visits = plan_visits(1, Prompts.load())
    mix = PlayedMix()
    first = start(**settings)
    mix.play(first.http, islice(visits, 20))
    first.child.terminate()
    first.child.wait(timeout=10)
    second = start(**settings)
    mix.play(second.http, islice(visits, 20))

    def agree():
        numbers = Numbers(second)
        near = pytest.approx(mix.cost(), rel=0, abs=CENT_FRACTION)
        assert numbers.ledger() == near
        assert numbers.log_sum("cost_usd") == near
        assert numbers.metric("agent_daily_cost_usd") == pytest.approx(
            numbers.ledger(since=midnight()), rel=0, abs=CENT_FRACTION
        )
        return True

    wait_for(agree, within=WITHIN, what="the ledger has both processes")
    assert mix.cost() > 0
