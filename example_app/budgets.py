"""The sample agent's budgets, unless a file names others: they warn and refuse nothing."""

from agent_telemetry import ObservabilityStack


def set_budgets(stack: ObservabilityStack) -> None:
    """Put the demo's budgets in force where `AGENT_TELEMETRY_BUDGETS_FILE` names none.

    The demo's traffic spends a few dollars a day, so all stay far below; a cost spike warns.
    """
    if stack.settings.budgets_file is not None:
        return
    stack.budget("service-day", limit_usd=25)
    stack.budget("service-month", limit_usd=500, window="month")
    stack.budget("tenant-day", limit_usd=10, scope="tenant")
    stack.budget("one-run", limit_usd=1, scope="run")
