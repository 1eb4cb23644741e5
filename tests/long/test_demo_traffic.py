"""Thirty minutes of the demo's traffic: nothing fails, nothing grows, nothing is lost, all moves.

DEMO_TRAFFIC_SECONDS shortens it, to 180 at least.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from itertools import islice

import psutil
import pytest

from commands.checkout import ROOT
from example_app.traffic.prompts import Prompts
from example_app.traffic.visit_plan import plan_visits
from tests.polling import wait_for
from tests.process.everything_goes_wrong import budgets_file, go_wrong
from tests.process.log_lines import records
from tests.process.metric_watch import MetricWatch
from tests.process.otlp_receiver import OtlpReceiver
from tests.process.played_mix import PlayedMix
from tests.process.test_every_metric_moves import check_faults, check_traffic
from tests.smoke.metric_samples import read_metrics, total

SECONDS = float(os.environ.get("DEMO_TRAFFIC_SECONDS", "1800"))
LEAST_SECONDS = 180
SCRAPE_SECONDS = 10
MOST_USD_AN_HOUR = 1.0
MOST_ERRORS = 0.02
LEAST_HITS = 0.70
#: More than the 1000 traces that are kept in memory.
WARM_UP_VISITS = 1500
#: What may be used more in the last third than in the middle one: 3 % and 2 MiB of noise.
MEMORY_RATIO, MEMORY_NOISE = 1.03, 2 * 2**20


@contextmanager
def demo_traffic(url):
    """Sends the traffic as the stack does, with its default rate; gives what ends it."""
    child = subprocess.Popen(
        (sys.executable, "-m", "example_app.traffic"),
        cwd=ROOT,
        env={**os.environ, "TARGET": url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )

    def end():
        """End it; return its record of the whole run."""
        child.send_signal(signal.SIGTERM)
        output, _ = child.communicate(timeout=120)
        assert child.returncode == 0
        return json.loads(output.splitlines()[-1])

    try:
        yield end
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()


class Memory:
    """Samples a process' resident memory.

    Args:
        pid: the process.
    """

    def __init__(self, pid):
        self._process = psutil.Process(pid)
        self.samples = []

    def sample_until(self, deadline, ended):
        """Take a sample every two seconds."""
        while time.monotonic() < deadline and not ended.wait(2):
            self.samples.append(self._process.memory_info().rss)

    def thirds(self):
        """Return the median of each third of the time, in bytes."""
        third = len(self.samples) // 3
        parts = (self.samples[:third], self.samples[third : 2 * third], self.samples[2 * third :])
        return [statistics.median(part) for part in parts]


def warm_up(lite):
    """Fill what is bounded (traces, sessions, answers), so that what grows without end is seen."""
    PlayedMix().play(lite.http, islice(plan_visits(99, Prompts.load()), WARM_UP_VISITS), at_once=16)


def wait_while_it_runs(lite, seconds):
    """Let time go by, watching that the agent lives; return its memory."""
    memory, ended = Memory(lite.child.pid), threading.Event()
    deadline = time.monotonic() + seconds
    sampler = threading.Thread(target=memory.sample_until, args=(deadline, ended), daemon=True)
    sampler.start()
    while sampler.is_alive():
        sampler.join(5)
        assert lite.child.poll() is None, lite.output()[-2000:]
    return memory


def check_quiet(first, middle, last, seconds):
    """No 5xx; cost, error rate and hit rate within what fires nothing, by increase.

    Args:
        first: the page of metrics at the start.
        middle: the page after a third of the time, when the cache is warm.
        last: the page at the end.
        seconds: from first to last.
    """

    def rise(name, since=first, **labels):
        return total(last, name, labels) - total(since, name, labels)

    codes = {code: rise("http_requests_total", status=code) for code in ("500", "502", "503")}
    assert codes == dict.fromkeys(codes, 0)
    assert rise("agent_requests_total", status="error") == 0
    assert rise("agent_requests_total", status="rejected") == 0
    requests = rise("agent_requests_total")
    assert requests / seconds * 60 > 25, "the traffic flows at its usual rate"
    refused = rise("agent_requests_total", status="client_error")
    assert 0 <= refused / requests < MOST_ERRORS
    assert 0 < rise("agent_api_cost_usd_total") / seconds * 3600 < MOST_USD_AN_HOUR
    hits = rise("agent_cache_requests_total", since=middle, result="hit")
    assert hits / rise("agent_cache_requests_total", since=middle) > LEAST_HITS
    fast = rise("agent_request_duration_seconds_bucket", le="2.0")
    assert fast / rise("agent_request_duration_seconds_count") > 0.95, "P95 below SlowRequests"
    for signal_name in ("traces", "logs", "audit", "ledger"):
        assert total(last, "telemetry_dropped_total", {"signal": signal_name}) == 0


def check_log(lite):
    """Each request, model call and tool call that was counted has its line, each line is whole."""
    page = read_metrics(lite.http)
    events = Counter(record.get("event") for record in records(lite.directory / "logs"))
    assert events["request_end"] == total(page, "http_requests_total")
    assert events["llm_end"] == total(page, "ai_model_calls_total")
    assert events["tool_end"] == total(page, "agent_tool_calls_total")
    return True


@pytest.fixture
def sink():
    """A backend that takes every trace."""
    with OtlpReceiver() as running:
        yield running


def test_demo_traffic_is_quiet_and_flat(start, sink, tmp_path):
    """No 5xx, flat memory, cost and errors below the limits, every metric moved, nothing lost."""
    assert SECONDS >= LEAST_SECONDS, f"DEMO_TRAFFIC_SECONDS must be at least {LEAST_SECONDS}"
    lite = start(
        LLM_FALLBACK_MODEL="gpt-4.1-nano",
        OTEL_EXPORTER_OTLP_ENDPOINT=sink.url,
        AGENT_TELEMETRY_BUDGETS_FILE=budgets_file(tmp_path),
    )
    watch = MetricWatch(lambda: read_metrics(lite.http))
    with watch.looking(every=SCRAPE_SECONDS):
        warm_up(lite)
        began, first = time.monotonic(), read_metrics(lite.http)
        with demo_traffic(str(lite.http.base_url)) as end:
            memory = wait_while_it_runs(lite, SECONDS / 3)
            middle = read_metrics(lite.http)
            rest = wait_while_it_runs(lite, SECONDS * 2 / 3)
            told = end()
        seconds, last = time.monotonic() - began, read_metrics(lite.http)

        memory.samples += rest.samples
        before, then, later = memory.thirds()
        print(f"resident MiB by thirds: {[round(n / 2**20, 1) for n in (before, then, later)]}")
        print(f"traffic: {told}")
        check_quiet(first, middle, last, seconds)
        assert later < then * MEMORY_RATIO + MEMORY_NOISE, (before, then, later)
        assert told["failed"] == 0
        counted = total(last, "agent_requests_total") - total(first, "agent_requests_total")
        assert counted == pytest.approx(told["requests"], abs=5)  # some are under way at the end
        # The benchmark may be in the middle of a question.
        wait_for(lambda: check_log(lite), within=60, what="the log has what was counted")
        check_traffic(watch)
        go_wrong(lite.http, watch)
    check_faults(watch)
    wait_for(lambda: undelivered(lite) == 0, within=30, what="every span is delivered")


def undelivered(lite):
    """Return how many spans are not delivered yet, or were lost."""
    page = read_metrics(lite.http)
    made = total(page, "telemetry_spans_ended_total")
    return made - total(page, "telemetry_exported_total", {"signal": "traces"})
