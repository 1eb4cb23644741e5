"""What `make load` shows: a line while it runs, a table at the end."""

from typing import Any

from rich.table import Table

MOST_FAILED = 0.02
"""Share of requests that may fail."""


def report_line(seen: dict[str, Any]) -> str:
    """Return one line about some seconds of traffic."""
    return (
        f"{seen['requests']:5d} requests  {seen['failed']:4d} failed  "
        f"{seen['client_errors']:3d} refused  {_hits(seen):>6} hits  "
        f"P95 {_ms(seen['p95_ms']):>9}  ${seen['cost_usd']:.4f}"
    )


def result_table(seen: dict[str, Any]) -> Table:
    """Return the table of the whole run."""
    table = Table(title="Load", title_justify="left", show_header=False)
    table.add_column("what")
    table.add_column("value", justify="right", no_wrap=True)
    share = seen["failed"] / seen["requests"]
    colour = "red" if share > MOST_FAILED else "green"
    rows = (
        ("requests", f"{seen['requests']}"),
        ("failed (5xx, no answer)", f"[{colour}]{seen['failed']} ({share:.2%})[/]"),
        ("refused (4xx)", f"{seen['client_errors']}"),
        ("cache hits of all chats", _hits(seen)),
        ("P50", _ms(seen["p50_ms"])),
        ("P95", _ms(seen["p95_ms"])),
        ("first token of a stream, P95", _ms(seen["first_token_p95_ms"])),
        ("cost", f"${seen['cost_usd']:.6f}"),
    )
    for row in rows:
        table.add_row(*row)
    return table


def _hits(seen: dict[str, Any]) -> str:
    return f"{seen['cached'] / seen['chats']:.1%}" if seen["chats"] else "-"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"
