"""Why a chat is not answered, whatever was asked."""

from example_app.refusal import Refusal

CLIENT_CLOSED = Refusal(499, "client_closed", "The client closed the connection.")

BUDGET_SPENT = Refusal(
    429, "budget_exceeded", "The budget for answers is spent; ask whoever runs this service."
)

SHUTTING_DOWN = Refusal(
    503, "shutting_down", "The service is being restarted; try again.", headers={"retry-after": "5"}
)


def pool_full(why: str) -> Refusal:
    """Return the refusal of a chat for which there is no agent."""
    return Refusal(
        503,
        "pool_full",
        f"All agents are busy and {why}; try again in a moment.",
        headers={"retry-after": "5"},
    )
