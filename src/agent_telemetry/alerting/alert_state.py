"""The states of one alert: pending, firing, resolved; and when people are told."""

import math
from typing import Literal

State = Literal["inactive", "pending", "firing", "resolved"]


class AlertState:
    """One alert's state. It is stepped with every evaluation and has no clock of its own.

    An alert that comes and goes is told of once in a cooldown. Its end is told when its beginning
    was, and only then.

    Args:
        for_seconds: how long the condition must hold before it fires.
        cooldown_seconds: least time between two notifications that it fires.

    Attributes:
        state: where it is.
        since: steady time at which it came there.
    """

    __slots__ = ("_cooldown", "_hold", "_last_told", "_told", "since", "state")

    def __init__(self, for_seconds: float, cooldown_seconds: float) -> None:
        self._hold = for_seconds
        self._cooldown = cooldown_seconds
        self._told = False
        self._last_told = -math.inf
        self.state: State = "inactive"
        self.since = 0.0

    def follow(self, for_seconds: float, cooldown_seconds: float) -> None:
        """Take over the times of a rule that replaced the one before."""
        self._hold, self._cooldown = for_seconds, cooldown_seconds

    def step(self, now: float, *, holds: bool) -> tuple[bool, bool]:
        """Go on.

        Args:
            now: steady time in seconds.
            holds: whether the condition holds.

        Returns:
            Whether it has just begun to fire or has just been resolved; and whether people are to
            be told of the state that it is in now.
        """
        return self._holds(now) if holds else self._is_over(now)

    def _holds(self, now: float) -> tuple[bool, bool]:
        changed = False
        if self.state in {"inactive", "resolved"}:
            self.state, self.since = "pending", now
        if self.state == "pending" and now - self.since >= self._hold:
            self.state, self.since, self._told = "firing", now, False
            changed = True
        tell = self.state == "firing" and not self._told and now - self._last_told >= self._cooldown
        if tell:
            self._told, self._last_told = True, now
        return changed, tell

    def _is_over(self, now: float) -> tuple[bool, bool]:
        if self.state == "firing":
            self.state, self.since = "resolved", now
            tell, self._told = self._told, False
            return True, tell
        if self.state == "pending":
            self.state, self.since = "inactive", now
        return False, False
