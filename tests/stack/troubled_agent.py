"""An agent that has every trouble which alerts at once; runs in a container of the app's image.

It serves its metrics on port 8000. The dear call comes once, before the first scrape; all else
comes again and again.
"""

import sys
import time
from contextlib import suppress
from pathlib import Path

from agent_telemetry import Settings, create_observability_stack
from agent_telemetry.metrics.server import MetricsServer

#: About $60 of the dearest model: over the limit of an hour and of a day.
DEAR_MODEL, DEAR_TOKENS = "o1-pro", 100_000
ROUND_SECONDS = 10


def main(service: str, folder: Path) -> None:
    """Go wrong until the container is stopped."""
    stack = create_observability_stack(
        settings=Settings(
            service_name=service,
            log_dir=folder,
            log_stdout=False,
            otlp_traces_endpoint="http://127.0.0.1:9/v1/traces",
            span_queue_size=1,
        )
    )
    stack.budget("tiny", limit_usd=1, mode="observe")
    with stack.agent("buyer"), stack.llm(DEAR_MODEL) as call:
        call.usage(input=10, output=DEAR_TOKENS)
    # A folder where the file of the audit trail has to be: nothing can be appended.
    for file in folder.glob("audit*"):
        file.unlink()
    (folder / "audit.jsonl").mkdir()
    MetricsServer(stack, port=8000, address="0.0.0.0")
    while True:
        one_round(stack)
        time.sleep(ROUND_SECONDS)


def one_round(stack) -> None:
    """Let each trouble happen often enough for its alert."""
    for _ in range(8):
        with stack.agent("buyer"), stack.llm("a-model-without-a-price") as call:
            call.usage(input=10, output=5)
        with stack.agent("buyer"), stack.llm("gpt-4o"):
            pass  # it answers, and does not say its tokens
        with stack.agent("looping"):
            for _ in range(12):
                with stack.tool("look_up", arguments={"order": "1042"}):
                    pass
        stack.bind(no_such_id="1")
        stack.audit("order_sold", "An order was sold.")
    for _ in range(12):
        with suppress(ZeroDivisionError), stack.tool("failing"):
            1 / 0  # noqa: B018 -- it is there to fail
    for number in range(150):
        with stack.tool(f"tool_{number}"):
            pass


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
