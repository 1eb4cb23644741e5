"""What was usual at this hour of the day, to judge the last hour by."""

from prometheus.durations import TimeScale

#: How many earlier days are looked at; the median of those that there are bears an odd one.
DAYS = 7


def median(series: str, scale: TimeScale) -> str:
    """Return the median of a recorded series at this hour of the earlier days, by service.

    A day counts if the series was there an hour earlier too: the first hour of a series is not
    whole, and would make the same hour of the next day look dear. Without an earlier day there is
    no value.
    """
    earlier = []
    for day in range(1, DAYS + 1):
        then, before = scale.window(f"{day}d"), scale.window(f"{day}d1h")
        earlier.append(
            f"label_replace({series} offset {then} and {series} offset {before}, "
            f'"day", "{day}", "", "")'
        )
    return "quantile by (service) (0.5,\n" + "\nor\n".join(earlier) + "\n)"
