"""`make incident NAME=…`: breaks one thing on purpose and shows how the stack tells of it.

Variables: NAME which fault; SECONDS how long it may run; TIMEOUT the longest wait for each of
firing, delivered and resolved; QUICK=1 does not wait for the end of the alert.
"""

import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from types import FrameType
from typing import NoReturn

import httpx
from rich.console import Console

from commands.addresses import APP, addresses
from commands.environment import BadVariableError, flag, variables
from commands.host_ports import port_variables, published_ports
from commands.incident_agent_alert import AgentAlertWatch
from commands.incident_alert import AlertWatch
from commands.incident_links import Parts
from commands.incident_run import Bounds, IncidentRun
from commands.incident_story import IncidentError, Story
from commands.running import Running, find_running
from example_app.incidents import Incident, load_incidents

BAD_NAME = 2
_INTERRUPTED = 130
_WIDTH_OF_A_FILE = 140


def main(words: Sequence[str] | None = None) -> int:
    """Make the incident of NAME (or of the first word).

    Returns:
        0 if what was expected came, 1 if not, 2 for a wrong name or number.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH_OF_A_FILE)
    given = [*(sys.argv[1:] if words is None else words), variables().get("NAME", "")]
    name = next((word.strip() for word in given if word.strip()), "")
    incident = load_incidents().get(name)
    if incident is None:
        list_names(console, name)
        return BAD_NAME if name else 0
    try:
        bounds = Bounds(_seconds("SECONDS"), _seconds("TIMEOUT"), not flag("QUICK"))
    except BadVariableError as problem:
        print(problem, file=sys.stderr)
        return BAD_NAME
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        make_incident(incident, _what_runs(), Story(console), bounds)
    except KeyboardInterrupt:
        print("\nInterrupted; the fault is stopped.", file=sys.stderr)
        return _INTERRUPTED
    except (IncidentError, BadVariableError, httpx.HTTPError) as problem:
        print(f"{name}: {str(problem) or type(problem).__name__}", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0


def make_incident(incident: Incident, running: Running, story: Story, bounds: Bounds) -> None:
    """Make an incident at what runs.

    Raises:
        IncidentError: what was expected did not come.
        httpx.HTTPError: a part does not answer.
    """
    with ExitStack() as open_clients:

        def client(service: str) -> httpx.Client:
            return open_clients.enter_context(
                httpx.Client(base_url=running.urls[service], timeout=20)
            )

        app = client(APP)
        incident = incident.in_lite() if running.way == "lite" else incident
        watch: AlertWatch | AgentAlertWatch | None = None
        if incident.alert and {"prometheus", "logger"} <= running.services:
            watch = AlertWatch(
                incident.alert, incident.scope, client("prometheus"), client("logger")
            )
        elif incident.alert and running.way == "lite":
            watch = AgentAlertWatch(incident.alert, incident.scope, app)
        story.console.print(f"At what runs: {running.way}, {running.urls[APP]}")
        IncidentRun(incident, app, parts_of(running), watch=watch, story=story, bounds=bounds).run()


def parts_of(running: Running) -> Parts:
    """Return what runs under the addresses that people open."""
    if running.project is None:
        return Parts(running.way, dict(running.urls), str(running.log_directory or ""))
    ports = published_ports(running.project.config, port_variables())
    shown = {
        address.service: address.url.removesuffix("/ready")
        for address in addresses(ports)
        if address.service in running.services
    }
    return Parts(running.way, {APP: running.urls[APP], **shown})


def _what_runs() -> Running:
    running = find_running()
    if running is None:
        raise IncidentError("nothing runs here: make up, or make lite")
    return running


def list_names(console: Console, unknown: str) -> None:
    """Print every name with what it breaks."""
    if unknown:
        console.print(f"There is no incident {unknown!r}.", markup=False)
    console.print("make incident NAME=…  (SECONDS=, TIMEOUT=, QUICK=1: not until it is resolved)")
    for incident in load_incidents().values():
        console.print(f"  {incident.name:<20} {incident.what_breaks}", markup=False)


def _seconds(name: str) -> float | None:
    """Return a number of seconds from a variable, None when it is unset or empty.

    Raises:
        BadVariableError: it is no number from 1 to 86400.
    """
    text = variables().get(name, "").strip()
    if not text:
        return None
    most = 86_400
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 1 <= value <= most:
        raise BadVariableError(f"{name}={text!r}: accepted are 1 to {most} seconds")
    return value


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """End as Ctrl-C does, so that the fault is stopped."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
