"""The age of the price table."""

from datetime import UTC, datetime, time

from tests.scrape import scraped


def test_age_grows_from_the_day_of_the_check(stack, clock) -> None:
    """The scrape shows the seconds since the day on which the prices were last compared."""
    checked = datetime.combine(stack.prices.checked, time.min, UTC).timestamp()
    clock.advance(checked + 3 * 86_400 - clock.time())
    assert scraped(stack, "telemetry_price_table_age_seconds") == 3 * 86_400
