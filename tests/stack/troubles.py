"""What is broken on purpose, the alerts that it brings to the inbox and the panels that show it."""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from commands.running import Running
from example_app.incidents import load_incidents
from tests.polling import wait_for
from tests.smoke.backends import Inbox
from tests.stack.crowd import crowd, fault
from tests.stack.panel_limits import shows
from tests.stack.panel_queries import Sources

SERVICE = "example-agent"
FIRES_SECONDS = 240
#: Until windows have moved past the trouble before, and its end has arrived.
CALM_SECONDS = 240
#: In half a minute a tenant asks too little for a share that means something while all is well.
_NEVER_CALM = {"LowCacheHitRate/cache"}


@dataclass(frozen=True)
class Trouble:
    """Faults that are on together and mute each other in nothing that is waited for.

    Attributes:
        faults: by name; their settings are those of `make incident`.
        people: how many ask meanwhile.
        alerts: name/scope of what reaches the inbox; the panel of each shows it.
        muted: alerts whose panels show it too, while another one speaks for them.
        stream: whether the answers are streamed.
    """

    faults: tuple[str, ...]
    people: int
    alerts: tuple[str, ...]
    muted: tuple[str, ...] = ()
    stream: bool = False

    @property
    def name(self) -> str:
        """Return what it is called in a test's id."""
        return "+".join(self.faults)


#: More people than there are agents (20), so that some wait.
DEAR_AND_SLOW = Trouble(
    ("tool_failure", "cost_spike", "cache_storm", "slow_first_token"),
    people=30,
    alerts=(
        "APICallFailures/tool",
        "HighAPICost/cost",
        "LowCacheHitRate/cache",
        "PoolNearCapacity/agent",
        "QueueGrowing/agent",
        "FirstTokenBudgetBurn/fast",
    ),
    muted=("SlowResponse/chat",),
    stream=True,  # only of streamed answers it is known when they began
)
LOOP = Trouble(("tool_loop",), people=6, alerts=("ToolLoop/agent", "HighErrorRate/request"))
REFUSED = Trouble(("provider_429",), people=6, alerts=("ProviderRateLimited/provider",))
DOWN = Trouble(("provider_500",), people=6, alerts=("ProviderDown/provider",))
#: For what is above, in every run; and what takes longer.
QUICK = (DEAR_AND_SLOW, LOOP, REFUSED, DOWN)
FURTHER = (
    # By itself: each of its answers keeps an agent busy for half a minute.
    Trouble(("token_burst",), people=4, alerts=("HighTokenUsage/model",)),
    Trouble(
        ("malformed_tool_json", "memory_growth"),
        people=6,
        alerts=("APICallFailures/tool", "HighMemoryUsage/agent"),
    ),
    Trouble(
        ("cut_stream",),
        people=8,
        alerts=("ProviderDown/provider",),
        muted=("HighErrorRate/request",),
        stream=True,
    ),
    # Before the next one, whose crowd fills the pool as well.
    Trouble(("pool_exhaustion",), people=24, alerts=("PoolNearCapacity/agent",)),
    Trouble(("provider_timeout",), people=20, alerts=("ProviderDown/provider",)),
)


@dataclass
class Watch:
    """Makes trouble on a stack whose rules have shorter times, and looks at what comes of it.

    Attributes:
        stack: what runs.
        inbox: where alerts are delivered.
        sources: what the panels ask.
        scale: of the rules' times.
        delivered: name/scope/service → since when a delivery counts.
    """

    stack: Running
    inbox: Inbox
    sources: Sources
    scale: float
    delivered: dict[str, float] = field(default_factory=dict)

    def make(self, trouble: Trouble) -> None:
        """Break something, and wait until each alert has arrived and each panel shows it.

        Raises:
            AssertionError: something did not come in time, or was to be seen before.
        """
        url = self.stack.urls["example-app"]
        keys = (*trouble.alerts, *trouble.muted)
        wait_for(lambda: self._calm(keys), within=CALM_SECONDS, what=f"calm before {trouble.name}")
        since = time.time()
        with ExitStack() as on:
            for name in trouble.faults:
                settings: Mapping[str, float | str] = load_incidents()[name].drive.settings
                on.enter_context(fault(url, name, **settings))
            on.enter_context(crowd(url, trouble.people, stream=trouble.stream))
            self.arrive(*(f"{key}/{SERVICE}" for key in trouble.alerts), since=since)
            self.show(*keys)

    def wait_for_calm(self, *keys: str) -> None:
        """Wait until no panel shows an alert, and what was delivered of it before is over."""
        wait_for(lambda: self._calm(keys), within=CALM_SECONDS, what="calm", pause=1)

    def arrive(self, *alerts: str, since: float) -> None:
        """Wait until alerts, called name/scope/service, are at the inbox."""
        missing = set(alerts)

        def all_there() -> bool:
            there = {alert for alert in missing if self.found(alert, "firing", since)}
            self.delivered.update(dict.fromkeys(there, since))
            missing.difference_update(there)
            assert not missing, f"not at the inbox: {sorted(missing)}"
            return True

        wait_for(all_there, within=FIRES_SECONDS, what="alerts at the inbox", pause=1)

    def show(self, *keys: str) -> None:
        """Wait until the panel that each alert names shows it."""
        missing = set(keys)

        def all_shown() -> bool:
            missing.difference_update({key for key in missing if self._shown(key)})
            assert not missing, f"not to be seen: {sorted(missing)}"
            return True

        wait_for(all_shown, within=FIRES_SECONDS, what="panels show what is wrong", pause=1)

    def found(self, alert: str, status: str, since: float) -> bool:
        """Return whether an alert has been delivered."""
        name, scope, service = alert.split("/")
        return any(
            entry["labels"]["scope"] == scope and entry["labels"]["service"] == service
            for entry in self.inbox.alerts(name, status, since)
        )

    def all_over(self) -> bool:
        """Return whether the end of each alert that was delivered was delivered too.

        Raises:
            AssertionError: if not, with those whose end is missing.
        """
        on = {a for a, since in self.delivered.items() if not self.found(a, "resolved", since)}
        assert not on, f"no end at the inbox: {sorted(on)}"
        return True

    def _calm(self, keys: tuple[str, ...]) -> bool:
        shown = [key for key in keys if key not in _NEVER_CALM and self._shown(key)]
        assert not shown, f"to be seen already: {shown}"
        for key in keys:
            alert = f"{key}/{SERVICE}"
            before = self.delivered.get(alert)
            assert before is None or self.found(alert, "resolved", before), f"{alert} goes on"
        return True

    def _shown(self, key: str) -> bool:
        return shows(self.sources, key, scale=self.scale, service=SERVICE)
