"""A program that logs numbered records through a stack, as a service would, and ends.

Words: ``count=2000`` records of each of ``workers=1`` processes, ``wait=10`` seconds for the
delivery before the end. It prints ``logged <time>`` when it has only to end.
"""

import logging
import os
import sys
import time

from agent_telemetry import create_observability_stack


def main() -> None:
    """Log, wait for the delivery, end."""
    told = dict(each.split("=", 1) for each in sys.argv[1:])
    count = int(told.get("count", "100"))
    stack = create_observability_stack("numbered")
    children = []
    worker = 0
    for each in range(1, int(told.get("workers", "1"))):
        child = os.fork()
        if child == 0:
            worker, children = each, []
            break
        children.append(child)
    log = logging.getLogger("numbered")
    for number in range(count):
        fields = {"event": "numbered", "n": worker * count + number}
        log.info("record %d", number, extra=fields)
    stack.audit("numbering_done", worker=worker)
    stack.flush(float(told.get("wait", "10")))
    for child in children:
        os.waitpid(child, 0)
    print(f"logged {time.time()}", flush=True)
    if worker:
        stack.shutdown()
        os._exit(0)


if __name__ == "__main__":
    main()
