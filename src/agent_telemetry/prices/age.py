"""How old the knowledge of prices is."""

from datetime import UTC, datetime, time

from agent_telemetry.clock import Clock, SystemClock
from agent_telemetry.metrics.metrics import Metrics
from agent_telemetry.prices.pricing import PriceTable


def show_price_age(metrics: Metrics, prices: PriceTable, clock: Clock | None = None) -> None:
    """Have the age of the price table read at each scrape.

    Args:
        metrics: where the family is.
        prices: the table in force; it was checked at the beginning of its day (UTC).
        clock: where the time comes from.
    """
    now = clock if clock is not None else SystemClock()
    checked = datetime.combine(prices.checked, time.min, UTC).timestamp()
    metrics.scrape("telemetry_price_table_age_seconds", lambda: {(): now.time() - checked})
