"""A service under load whose spans go to a bad endpoint; tells what became of them.

Arguments: the endpoint, seconds, threads. The last line printed is JSON.
"""

import json
import sys
import threading
import time

import psutil

from agent_telemetry import ObservabilityStack, Settings, create_observability_stack

_QUEUE = 2000


def _work(stack: ObservabilityStack, until: float, faults: list[str]) -> None:
    try:
        while time.monotonic() < until:
            with stack.agent("support", tenant_id="acme"):
                with stack.llm("gpt-4o") as call:
                    call.usage(input=100, output=10)
                with stack.tool("lookup", note="x" * 500):
                    time.sleep(0.001)  # the work that the tool stands for
    except BaseException as error:  # noqa: BLE001 -- whatever it is, it is what the test is about
        faults.append(repr(error))


def main() -> None:
    """Run the load, in two parts, and tell."""
    endpoint, seconds, threads = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    stack = create_observability_stack(
        settings=Settings(
            service_name="load",
            otlp_traces_endpoint=endpoint,
            log_stdout=False,
            log_level="ERROR",
            span_queue_size=_QUEUE,
        )
    )
    faults: list[str] = []
    resident = []
    for share in (0.4, 0.6):
        until = time.monotonic() + seconds * share
        started = [
            threading.Thread(target=_work, args=(stack, until, faults)) for _ in range(threads)
        ]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()
        resident.append(psutil.Process().memory_info().rss)
    ended_at = time.time()
    stack.shutdown()
    read = stack.registry.get_sample_value
    reasons = ("queue_full", "rejected", "shutdown")
    told = {
        "faults": faults,
        "resident": resident,
        "ended": read("telemetry_spans_ended_total"),
        "exported": read("telemetry_exported_total", {"signal": "traces"}),
        "held": read("telemetry_queue_depth", {"signal": "traces"}),
        "dropped": sum(
            read("telemetry_dropped_total", {"signal": "traces", "reason": reason}) or 0
            for reason in reasons
        ),
        "own_faults": read("telemetry_faults_total", {"where": "span_export.on_end"}),
        "load_ended_at": ended_at,
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
