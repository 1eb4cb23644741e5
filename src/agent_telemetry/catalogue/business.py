"""Families about users, money, budgets, compliance and quality."""

from agent_telemetry.metrics.family import Family

BUSINESS = (
    Family(
        "agent_daily_active_users", "gauge", "Distinct users since midnight UTC.", scraped=True
    ),
    Family(
        "agent_monthly_active_users", "gauge", "Distinct users of the last 30 days.", scraped=True
    ),
    Family(
        "agent_daily_cost_usd", "gauge",
        "Money spent since midnight UTC, by all workers of the service.", (), "USD", scraped=True,
    ),
    Family(
        "agent_cost_per_user_usd", "gauge",
        "Money spent since midnight UTC by the 50 dearest users (hashed); the rest is `other`.",
        ("user_id",), "USD", scraped=True,
    ),
    Family(
        "agent_conversions_total", "counter", "Chats that reached a goal of the business.",
        ("template_id", "outcome"),
    ),
    Family(
        "agent_user_actions_total", "counter", "What users did, such as feedback.",
        ("action",),
    ),
    Family(
        "agent_sensitive_word_hits_total", "counter",
        "Sensitive words and personal data found, and what was done.", ("category", "action"),
        closed={"action": ("pass", "mask", "block")},
    ),
    Family(
        "agent_data_accuracy_ratio", "gauge", "Share of right answers in a benchmark, 0 to 1.",
        ("benchmark",), "ratio", workers="mostrecent",
    ),
    Family(
        "agent_budget_limit_usd", "gauge", "What a budget allows in its window.",
        ("budget", "window"), "USD", scraped=True,
    ),
    Family(
        "agent_budget_spent_usd", "gauge",
        "What was spent in the current window, by the key that spent most.",
        ("budget", "window"), "USD", scraped=True,
    ),
    Family(
        "agent_budget_blocked_total", "counter", "Model calls that a budget refused.",
        ("budget", "window"),
    ),
    Family(
        "agent_budget_warnings_total", "counter", "Warnings at 50, 80, 95 and 100 % of a budget.",
        ("budget", "window", "percent"), closed={"percent": ("50", "80", "95", "100")},
    ),
)  # fmt: skip
