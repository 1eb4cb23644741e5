"""The locks inside prometheus-client, freed in a forked child.

A metric that another thread was just writing at the fork would block its first writer in the child
for ever. The names are prometheus-client's own (0.26); what a later version has no more is left.
"""

import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, values
from prometheus_client.metrics import MetricWrapperBase

from agent_telemetry.workers.fork_safety import free


def free_locks(registry: CollectorRegistry | None, collectors: Iterable[MetricWrapperBase]) -> None:
    """Free the locks of a registry and of all children of its metrics; in the child only."""
    _free(registry)
    # In multiprocess mode all values of a process have one lock.
    shared = inspect.getclosurevars(values.ValueClass.__init__).nonlocals.get("lock")
    if shared is not None:
        free(shared)
    for collector in collectors:
        _free(collector)
        children = list(getattr(collector, "_metrics", {}).values())
        for child in (collector, *children):
            _free(child)
            if shared is None:
                for value in _values_of(child):
                    _free(value)


def _values_of(child: MetricWrapperBase) -> Iterator[Any]:
    for part in vars(child).values():
        yield from part if isinstance(part, list) else (part,)


def _free(holder: Any) -> None:
    lock = getattr(holder, "_lock", None)
    if hasattr(lock, "_at_fork_reinit"):
        free(lock)
