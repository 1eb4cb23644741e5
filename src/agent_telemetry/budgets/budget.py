"""A budget: who may spend how much in which time, and what happens at the limit."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Literal, cast, get_args

from agent_telemetry.correlation import RequestContext
from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.ledger.pending import ALL, Dimension, Key
from agent_telemetry.ledger.window import Window
from agent_telemetry.metrics.label_bounds import OTHER, clean
from agent_telemetry.prices.pricing import UNITS_PER_USD, usd

Scope = Literal["all", "tenant", "user", "agent", "run"]
BudgetWindow = Literal["run", "hour", "day", "month"]
Mode = Literal["observe", "warn", "block"]

#: Shares of a limit at which a budget warns, in percent.
PERCENTS = (50, 80, 95, 100)
#: A sum in the ledger ends at 9.2 million USD: no larger limit could ever be reached.
_MOST_USD = 9_000_000
_DIMENSIONS: dict[Scope, Dimension] = {
    "all": "all",
    "tenant": "tenant",
    "user": "user",
    "agent": "template",
}


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent on model calls.

    Attributes:
        name: in metrics and messages; unique, of few characters.
        limit_usd: most that may be spent in a window; a number or its text.
        scope: what has the budget: ``all`` (the whole service), each ``tenant``, each ``user``,
            each ``agent`` (by its template), each ``run`` of an agent.
        window: ``run``, or ``hour``, ``day``, ``month`` of the calendar in UTC; by default
            ``run`` for runs and ``day`` for everything else.
        mode: ``observe`` shows limit and spending, ``warn`` also warns at 50, 80, 95 and 100 %,
            ``block`` also refuses further model calls at 100 %.
        key: the one tenant, user or agent that has it; by default each has its own.
        limit_units: the limit in units of 1e-12 USD.

    Raises:
        ConfigurationError: a value is not accepted; the message names it.
    """

    name: str
    limit_usd: Decimal | float | str = field(kw_only=True)
    scope: Scope = field(default="all", kw_only=True)
    window: BudgetWindow | None = field(default=None, kw_only=True)
    mode: Mode = field(default="warn", kw_only=True)
    key: str | None = field(default=None, kw_only=True)
    limit_units: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise ConfigurationError("budget name", self.name, "a text that is not empty")
        self._one_of("scope", self.scope, get_args(Scope))
        self._one_of("mode", self.mode, get_args(Mode))
        window = self.window or ("run" if self.scope == "run" else "day")
        if self.scope == "run":
            self._one_of("window", window, ("run",))
        self._one_of("window", window, get_args(BudgetWindow))
        if self.key is not None and self.scope not in {"tenant", "user", "agent"}:
            raise self._wrong("key", self.key, "none, unless the scope is tenant, user or agent")
        if self.key is not None and (not isinstance(self.key, str) or not self.key):
            raise self._wrong("key", self.key, "a text that is not empty")
        object.__setattr__(self, "window", window)
        object.__setattr__(self, "limit_units", self._limit())

    @property
    def dimension(self) -> Dimension:
        """The ledger's dimension of the scope."""
        return _DIMENSIONS.get(self.scope, "all")

    @property
    def calendar(self) -> Window:
        """The window of a budget that is none of runs."""
        return cast("Window", self.window)

    def key_of(self, context: RequestContext) -> Key | None:
        """Return whose money a call would spend; None when the call is none of this budget's."""
        if self.scope in {"all", "run"}:
            return ALL
        value = {
            "tenant": context.tenant_id,
            "user": context.user_id,
            "agent": context.template_id,
        }[self.scope]
        if not value or (self.key is not None and value != self.key):
            return None
        return (self.dimension, clean(value))

    def covers(self, key: Key) -> bool:
        """Whether a sum of the ledger is one of this budget's; ``other`` is nobody's."""
        if key[0] != self.dimension:
            return False
        return key[1] != OTHER if self.key is None else clean(self.key) == key[1]

    @property
    def only_key(self) -> Key | None:
        """The one sum that counts, None when each key has the budget."""
        if self.dimension == "all":
            return ALL
        return (self.dimension, clean(self.key)) if self.key is not None else None

    def _limit(self) -> int:
        try:
            limit = Decimal(str(self.limit_usd))
        except InvalidOperation:
            limit = Decimal("NaN")
        within = limit.is_finite() and 0 < int(limit * UNITS_PER_USD) <= _MOST_USD * UNITS_PER_USD
        if isinstance(self.limit_usd, bool) or not within:
            raise self._wrong("limit_usd", self.limit_usd, f"a number above 0, to {_MOST_USD}")
        return int(limit * UNITS_PER_USD)

    def _one_of(self, what: str, value: object, accepted: tuple[str, ...]) -> None:
        if value not in accepted:
            raise self._wrong(what, value, ", ".join(accepted))

    def _wrong(self, what: str, value: object, accepted: str) -> ConfigurationError:
        return ConfigurationError(f"budget {self.name}: {what}", value, accepted)


@dataclass(frozen=True, slots=True)
class BudgetWarning:
    """One warning of a budget.

    Attributes:
        budget: the budget.
        key: the tenant, user or agent (template) whose money it is; empty for all and for runs.
        percent: the share that is reached: 50, 80, 95 or 100.
        spent_usd: spent in the window when it was noticed.
        limit_usd: the limit.
    """

    budget: Budget
    key: str
    percent: int
    spent_usd: float
    limit_usd: float


class BudgetExceeded(Exception):  # noqa: N818 -- the name is part of the public contract
    """A budget in mode ``block`` is spent: this model call was not made.

    The only exception that the library raises on purpose while the service runs.

    Attributes:
        code: ``budget_exceeded``, the error type in span, metrics and log.
        budget: the budget's name.
        scope: all, tenant, user, agent or run.
        window: run, hour, day or month.
        key: whose budget it is; empty for all and for runs.
        spent_usd: what is spent in the window.
        limit_usd: what may be.
    """

    code = "budget_exceeded"

    def __init__(self, budget: Budget, key: str, spent_units: int) -> None:
        self.budget = budget.name
        self.scope = budget.scope
        self.window = budget.window
        self.key = key
        self.spent_usd = usd(spent_units)
        self.limit_usd = usd(budget.limit_units)
        whose = f"{self.scope} {key}" if key else self.scope
        if self.window != self.scope:
            whose += f", {self.window}"
        super().__init__(
            f"budget {self.budget} ({whose}) is spent: {dollars(self.spent_usd)} of "
            f"{dollars(self.limit_usd)}; the model was not called"
        )


def dollars(amount: float) -> str:
    """Return an amount of USD for people: cents, and below a dollar all that counts."""
    return f"${amount:.2f}" if amount >= 1 else f"${amount:.6f}".rstrip("0").ljust(5, "0")
