"""What makes each metric family move; whatever is not named here moves by the demo's traffic.

A new family of the catalogue has to move by the traffic, or gets a row here with its reason.
"""

from agent_telemetry.catalogue import FAMILIES

#: Gauges that may stand still for a while, and have a value above 0 all the same.
STEADY = {
    "agent_budget_limit_usd": "a setting",
    "agent_pool_max_size": "a setting",
    "agent_pool_size": "the pool grows once and keeps its agents",
    "agent_daily_active_users": "everybody may have come already",
    "agent_monthly_active_users": "everybody may have come already",
    "agent_active_tenants": "all tenants come within five minutes",
    "agent_concurrent_users": "it may be the same number at each look",
    "agent_data_accuracy_ratio": "the agent answers the benchmark as well as before",
    "agent_cache_hit_rate": "it may be the same share at each look",
    "agent_success_rate": "every run ends well",
    "system_memory_usage_percent": "the machine's, not the agent's",
    "system_disk_usage_percent": "the machine's, not the agent's",
    "system_disk_read_bytes_total": "the machine may read from its cache alone",
    "system_disk_written_bytes_total": "the machine writes when it likes to",
    "telemetry_queue_capacity": "a setting",
    "telemetry_price_table_age_seconds": "one day to the next",
}

#: What only moves when something goes wrong → the fault that moves it here.
BY_FAULT = {
    "agent_errors_total": "provider_500",
    "errors_total": "provider_500",
    "agent_model_retries_total": "provider_500",
    "agent_model_fallbacks_total": "provider_500",
    "agent_rate_limit_wait_seconds_total": "provider_429",
    "tool_errors_total": "tool_failure",
    "agent_loop_suspected_total": "tool_loop",
    "agent_queue_length": "slow_first_token",
    "agent_budget_blocked_total": "a budget that is spent",
    "agent_budget_warnings_total": "a budget that is spent",
}

#: What stays at 0, or has no series, in every run of the sample agent, and where it is proven.
SILENT = {
    "agent_unpriced_calls_total": "every model of the demo has a price; test_pricing.py",
    "agent_usage_missing_total": "the simulator always tells its usage; test_model_call.py",
    "telemetry_dropped_total": "nothing is lost",
    "telemetry_export_failures_total": "the backend takes everything; test_dead_backend.py",
    "telemetry_faults_total": "the library has no fault",
    "telemetry_label_overflow_total": "the demo has few label values; test_metrics.py",
}

#: At 0 whenever nothing goes wrong, although they have a number at each look.
MAY_BE_ZERO = {
    "telemetry_queue_depth": "the queue may be empty at each look",
}

NAMED = {*STEADY, *BY_FAULT, *SILENT, *MAY_BE_ZERO}
BY_TRAFFIC = frozenset(FAMILIES) - NAMED
