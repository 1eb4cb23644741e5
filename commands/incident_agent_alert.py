"""Follows one alert where the agent itself evaluates its rules: asked of its `/alerts`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from commands.incident_alert import Rule


class AgentAlertWatch:
    """One alert by its name and, where several share it, its scope.

    Args:
        name: the alert.
        scope: the label that tells it from others of its name; None means any of them.
        agent: the sample agent.

    Attributes:
        rules_of: who has the rules, for people.
        receiver: where the alert arrives, for people.
    """

    rules_of = "the agent"
    receiver = "the agent's log"

    def __init__(self, name: str, scope: str | None, agent: httpx.Client) -> None:
        self.name = name
        self._scope = scope
        self._agent = agent

    def rule(self) -> Rule | None:
        """Return the rule, or None where the agent does not evaluate any of the name.

        Raises:
            httpx.HTTPError: the agent does not answer.
        """
        answer = self._agent.get("/alerts")
        if not answer.is_success:
            return None
        told = answer.json()
        found = [rule for rule in told["rules"] if self._is_ours(rule["name"], rule["scope"])]
        if not found or not told["evaluating"]:
            return None
        window = max(told["window_seconds"], told["cost_window_seconds"])
        return Rule(max(rule["for_seconds"] for rule in found), window)

    def state(self) -> str:
        """Return `firing`, `pending` or `inactive`.

        Raises:
            httpx.HTTPError: the agent does not answer.
        """
        states = {alert["state"] for alert in self._told()["alerts"] if self._is(alert)}
        return next((state for state in ("firing", "pending") if state in states), "inactive")

    def delivered(self, status: str, since: float) -> Mapping[str, Any] | None:
        """Return the alert as a notifier took it after a time, the newest, or None.

        Args:
            status: `firing` or `resolved`.
            since: seconds since 1970.

        Raises:
            httpx.HTTPError: the agent does not answer.
        """
        for entry in self._told()["history"]:
            when = datetime.fromisoformat(entry["timestamp"]).timestamp()
            wanted = self._is(entry) and entry["status"] == status and entry["delivered"]
            if wanted and when >= since:
                ends = entry["timestamp"] if status == "resolved" else None
                return {**entry, "ends_at": ends}
        return None

    def _told(self) -> Any:
        answer = self._agent.get("/alerts")
        answer.raise_for_status()
        return answer.json()

    def _is(self, alert: Mapping[str, Any]) -> bool:
        return self._is_ours(alert["name"], alert["labels"].get("scope"))

    def _is_ours(self, name: str, scope: str | None) -> bool:
        return name == self.name and self._scope in (None, scope)
