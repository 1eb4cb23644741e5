"""One incident from its fault to its resolved alert, told as it happens."""

from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

import httpx
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from commands.incident_agent_alert import AgentAlertWatch
from commands.incident_alert import AlertWatch, Rule
from commands.incident_chats import IncidentChats
from commands.incident_links import Parts, places
from commands.incident_numbers import Numbers
from commands.incident_story import IncidentError, Story
from example_app.incidents import Incident

_SETTLE_SECONDS = 60
_SPARE_SECONDS = 600
_LONGEST_FAULT_SECONDS = 86_400
_NOT_FOUND = 404


@dataclass(frozen=True)
class Bounds:
    """How long things may take, in seconds; None leaves it to the alert's rule.

    Attributes:
        fault: how long the fault runs at most.
        wait: longest wait for each of: delivered, resolved.
        until_resolved: whether the end of the alert is waited for.
    """

    fault: float | None = None
    wait: float | None = None
    until_resolved: bool = True


class IncidentRun:
    """Makes one incident and watches it.

    Args:
        incident: which.
        app: the sample agent.
        parts: what runs, for links.
        watch: its alert; None where none is meant, or where nothing could see it.
        story: where everything is told.
        bounds: how long it may take.
    """

    def __init__(
        self,
        incident: Incident,
        app: httpx.Client,
        parts: Parts,
        *,
        watch: AlertWatch | AgentAlertWatch | None,
        story: Story,
        bounds: Bounds,
    ) -> None:
        self._incident = incident
        self._app = app
        self._parts = parts
        self._watch = watch
        self._story = story
        self._bounds = bounds
        self._path = f"/faults/{quote(incident.name)}"

    def run(self) -> None:
        """Do it all; the fault is stopped whatever happens.

        Raises:
            IncidentError: it could not be made, or what was expected did not come.
            httpx.HTTPError: the agent, Prometheus or the inbox does not answer.
            KeyboardInterrupt: a person had enough; the fault is stopped.
        """
        rule = self._rule()
        self._refuse_running()
        self._show_places(rule)
        numbers = Numbers(self._app, self._incident.numbers)
        since = self._story.clock.time()
        label = f"incident-{self._incident.name}-{int(since)}"
        chats = IncidentChats(self._app, label, self._incident.drive)
        try:
            self._start_fault(rule)
            self._show_effect(chats, numbers)
            if rule is not None:
                self._await_delivery(rule, chats, since)
        finally:
            self._stop_fault()
        self._await_recovery(chats)
        numbers.read()
        self._story.console.print(numbers.table("After the fault"))
        if rule is not None and self._bounds.until_resolved:
            self._await_end(rule, since)

    def _rule(self) -> Rule | None:
        """Return the alert's rule; say so where there is nothing to wait for."""
        alert, told = self._incident.alert, self._story.console.print
        if alert is None:
            told("No alert is meant for this fault: it is counted and audited.")
        elif self._watch is None:
            told(f"{alert} is not waited for: no Prometheus or inbox runs ({self._parts.way}).")
        else:
            rule = self._watch.rule()
            if rule is None:
                told(
                    f"{alert} is not among the rules of {self._watch.rules_of}: "
                    "only the effect is shown."
                )
            elif self._watch.state() == "firing":
                raise IncidentError(
                    f"{alert} fires already, and is delivered once: wait for its end"
                )
            return rule
        return None

    def _refuse_running(self) -> None:
        response = self._app.get("/faults", headers={"accept": "application/json"})
        if response.status_code == _NOT_FOUND:
            raise IncidentError("the agent takes no faults: start it with FAULTS_ENABLED=1")
        response.raise_for_status()
        listed = {fault["name"]: fault["active"] for fault in response.json()["faults"]}
        if self._incident.name not in listed:
            raise IncidentError(f"the agent has no such fault; it has {', '.join(listed)}")
        running = [name for name, active in listed.items() if active]
        if running:
            raise IncidentError(f"{', '.join(running)} runs already: stop it on the faults page")

    def _show_places(self, rule: Rule | None) -> None:
        incident, console = self._incident, self._story.console
        console.print(f"[bold]{incident.name}[/]: {incident.what_breaks}")
        console.print(f"People see: {incident.what_the_user_sees}")
        if rule is not None:
            console.print(f"Expected: {incident.alert} within {self._fires_within(rule):.0f} s")
        console.print("Look at:")
        for title, address in places(incident, self._parts):
            console.print(f"  {title:<10} {address}", markup=False, soft_wrap=True)

    def _start_fault(self, rule: Rule | None) -> None:
        needed = (self._fires_within(rule) if rule else 0) + _SPARE_SECONDS
        seconds = min(self._bounds.fault or needed, _LONGEST_FAULT_SECONDS)
        body = {"duration_seconds": seconds, **self._incident.drive.settings}
        response = self._app.put(self._path, json=body)
        if response.is_error:
            raise IncidentError(f"the fault was refused: {response.text}")
        self._story.tell(f"[red]fault started[/], ends by itself after {seconds:.0f} s")

    def _stop_fault(self) -> None:
        with suppress(httpx.HTTPError):
            # Starlette reads no body here, but a state-changing call says what it would be.
            headers = {"content-type": "application/json"}
            if self._app.delete(self._path, headers=headers).is_success:
                self._story.tell("[green]fault stopped[/]")
                return
        self._story.tell("[red]the fault could not be stopped[/]: it ends by its time")

    def _show_effect(self, chats: IncidentChats, numbers: Numbers) -> None:
        columns = (TextColumn("chats"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._story.console, transient=True) as progress:
            bar = progress.add_task("chats", total=self._incident.drive.chats)

            def look(answered: int) -> None:
                progress.update(bar, completed=answered)
                numbers.read()

            chats.send(look)
        self._story.tell(chats.summary())

        def seen() -> bool:
            numbers.read()
            return numbers.seen

        try:
            self._story.wait_for(seen, within=_SETTLE_SECONDS, what="the effect in /metrics")
        except IncidentError:
            raise IncidentError(f"the effect was not seen: {'; '.join(numbers.missing)}") from None
        self._story.console.print(numbers.table("During the fault"))
        self._story.tell("[green]the effect is seen[/]")

    def _await_delivery(self, rule: Rule, chats: IncidentChats, since: float) -> None:
        alert, known = self._incident.alert, {"inactive"}

        def delivered() -> str:
            state = self._watch.state() if self._watch is not None else ""
            if state not in known:
                known.add(state)
                self._story.tell(f"[yellow]{alert} {state}[/]")
            return self._at_inbox("firing", since)

        with chats.going_on():
            began = self._story.wait_for(
                delivered, within=self._fires_within(rule), what=f"{alert} at {self._receiver}"
            )
        self._story.tell(f"[green]{alert} delivered[/], began {began}")

    def _await_end(self, rule: Rule, since: float) -> None:
        alert = self._incident.alert
        ended = self._story.wait_for(
            lambda: self._at_inbox("resolved", since),
            within=self._bounds.wait or rule.ends_within,
            what=f"{alert} resolved at {self._receiver}",
        )
        self._story.tell(f"[green]{alert} resolved[/], ended {ended}")

    def _at_inbox(self, status: str, since: float) -> str:
        """Return when the alert began or ended as the inbox was told, or an empty text."""
        entry = self._watch.delivered(status, since) if self._watch is not None else None
        if entry is None:
            return ""
        return str(entry["starts_at"] if status == "firing" else entry["ends_at"])

    def _await_recovery(self, chats: IncidentChats) -> None:
        self._story.wait_for(
            lambda: chats.ask().outcome == "200",
            within=_SETTLE_SECONDS,
            what="a plain chat after the fault",
        )
        self._story.tell("[green]a chat succeeds again[/]")

    @property
    def _receiver(self) -> str:
        return self._watch.receiver if self._watch is not None else "nowhere"

    def _fires_within(self, rule: Rule) -> float:
        return self._bounds.wait or rule.fires_within
