"""What operations write to beside the metric families: windows, samples, kept children."""

from agent_telemetry.activity import Activity
from agent_telemetry.clock import Clock
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.operations.lost_calls import LostCalls
from agent_telemetry.operations.model_instruments import InstrumentsByModel
from agent_telemetry.operations.overhead import Overhead
from agent_telemetry.recent import Recent
from agent_telemetry.settings import Settings


class Instruments:
    """One set for all operations of a stack.

    Args:
        metrics: where the families are.
        clock: where the time of the windows comes from.
        loop_calls: calls of models and tools that one run may need.
        token_limit: tokens that one run should stay below, 0 when there is no limit.

    Attributes:
        activity: who is there and how runs end, over five minutes.
        recent: requests, errors and model calls by the minute.
        overhead: what telemetry itself costs.
        models: the children of the models in use.
        lost: model calls that were thrown away without an end.
        loop_calls: as above.
        token_limit: as above.
    """

    def __init__(
        self,
        metrics: Metrics,
        clock: Clock | None = None,
        loop_calls: int = Settings.loop_calls,
        token_limit: int = 0,
    ) -> None:
        self.activity = Activity(metrics, clock)
        self.recent = Recent(clock)
        self.overhead = Overhead(metrics)
        self.models = InstrumentsByModel(metrics)
        self.lost = LostCalls()
        self.loop_calls = loop_calls
        self.token_limit = token_limit
        metrics.before_scrape.add(self.lost.end_all)
