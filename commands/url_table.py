"""The table of URLs at the end of `make up`."""

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table

from commands.addresses import Address

WARNING = "admin/admin is for a demo on your own machine only: change it before others can reach it"

_GRAFANA_DEFAULT = "admin"


def url_table(
    found: Iterable[Address], status: Mapping[str, str], hints: Mapping[str, str]
) -> Table:
    """Return a table of what answers where.

    Args:
        found: the parts of the stack.
        status: service → what it does now, e.g. `healthy` or `left out: no image here`.
        hints: service → what a person has to know to use it.
    """
    table = Table(title="Agent Monitoring Stack", title_justify="left")
    for heading in ("part", "URL", "status", "note"):
        table.add_column(heading, no_wrap=heading == "URL", overflow="fold")
    for address in found:
        state = status.get(address.service, "not started")
        colour = "green" if state in {"healthy", "running", "ready"} else "yellow"
        hint = hints.get(address.service, "")
        table.add_row(address.title, address.url, f"[{colour}]{state}[/]", hint)
    return table


def login_hint(settings: Mapping[str, str | None]) -> tuple[str, bool]:
    """Return how to log in to Grafana, and whether that login is the well-known one.

    Args:
        settings: the environment of the grafana service, as compose resolved it.
    """
    if settings.get("GF_SECURITY_ADMIN_PASSWORD__FILE"):
        return "login: admin, password in the secret file", False
    user = settings.get("GF_SECURITY_ADMIN_USER") or _GRAFANA_DEFAULT
    password = settings.get("GF_SECURITY_ADMIN_PASSWORD") or _GRAFANA_DEFAULT
    if password == _GRAFANA_DEFAULT:
        return f"login: {user}/{password}", True
    return f"login: {user}, with your GF password", False


def print_urls(
    found: Iterable[Address],
    status: Mapping[str, str],
    hints: Mapping[str, str],
    notes: Iterable[str],
) -> None:
    """Print the table and, below it, what else there is to know, one note a line.

    Into a file or a pipe it is drawn wide enough to keep every URL on one line.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=140)
    console.print(url_table(found, status, hints))
    for note in notes:
        console.print(note, markup=False, soft_wrap=True)
