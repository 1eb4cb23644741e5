"""Numbers, times and money as people read them."""

from datetime import UTC, datetime
from typing import Any

from agent_telemetry.prices.pricing import UNITS_PER_USD

_CENT = UNITS_PER_USD // 100
_MICRO = UNITS_PER_USD // 1_000_000
_MS = 1000
_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
NONE = "–"  # noqa: RUF001 -- a dash as in a table


def money(units: int | None) -> str:
    """Return an amount given in units of 1e-12 USD; more digits where cents would show nothing."""
    if units is None:
        return "no known price"
    if units == 0:
        return "$0.00"
    if units < _MICRO:
        return "under $0.000001"
    digits = 2 if units >= 100 * _CENT else 4 if units >= 10 * _CENT else 6
    return f"${units / UNITS_PER_USD:,.{digits}f}"


def axis_money(units: float) -> str:
    """Return an amount of an axis, without digits that say nothing."""
    whole = money(round(units))
    dollars, dot, cents = whole.partition(".")
    return f"{dollars}{dot}{cents[:2]}{cents[2:].rstrip('0')}"


def exact_money(units: int | None) -> str:
    """Return an amount to its last digit."""
    if units is None:
        return "no known price"
    whole, rest = divmod(units, UNITS_PER_USD)
    digits = f"{rest:012d}".rstrip("0")
    return f"${whole}.{digits:<02}".replace(" ", "0")


def dollars(usd: float | None) -> str:
    """Return an amount given in USD."""
    return NONE if usd is None else money(round(usd * UNITS_PER_USD))


def duration(micros: float | None) -> str:
    """Return microseconds as µs, ms, s or minutes."""
    if micros is None:
        return NONE
    if micros < _MS:
        return f"{micros:.0f} µs"
    if micros < _SECOND:
        return f"{micros / _MS:.0f} ms" if micros >= 10 * _MS else f"{micros / _MS:.1f} ms"
    if micros < _MINUTE:
        return f"{micros / _SECOND:.2f} s"
    return f"{int(micros // _MINUTE)} min {micros % _MINUTE / _SECOND:.0f} s"


def count(value: float | None) -> str:
    """Return a number with separators."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def share(value: float | None) -> str:
    """Return a share from 0 to 1 in percent."""
    if value is None:
        return NONE
    return "0 %" if value == 0 else f"{value * 100:.1f} %"


def size(value: float | None) -> str:
    """Return bytes in larger units."""
    if value is None:
        return NONE
    amount = float(value)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:  # noqa: PLR2004 -- the unit's own step
            return f"{amount:.0f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def clock(micros: int) -> str:
    """Return the time of day in UTC, to the millisecond."""
    return _moment(micros).strftime("%H:%M:%S.%f")[:-3]


def clock_seconds(micros: int) -> str:
    """Return the time of day in UTC, to the second."""
    return _moment(micros).strftime("%H:%M:%S")


def day_and_clock(micros: int) -> str:
    """Return day and time in UTC, to the millisecond."""
    return _moment(micros).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def rfc3339(micros: int) -> str:
    """Return a moment for machines."""
    return _moment(micros).isoformat(timespec="microseconds")


def ago(seconds: float | None) -> str:
    """Return how long ago something was."""
    if seconds is None:
        return NONE
    for step, word in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= step:
            return f"{int(seconds // step)} {word} ago"
    return f"{max(0, int(seconds))} s ago"


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1e6, UTC)


FILTERS: dict[str, Any] = {
    "money": money,
    "exact_money": exact_money,
    "dollars": dollars,
    "duration": duration,
    "count": count,
    "share": share,
    "size": size,
    "clock": clock,
    "clock_seconds": clock_seconds,
    "day_and_clock": day_and_clock,
    "rfc3339": rfc3339,
    "ago": ago,
}
