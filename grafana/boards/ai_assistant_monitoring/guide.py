"""The verdict about the assistant, and the panels that the guide names."""

from grafana import promql
from grafana.alert_limits import GOOD_ERROR_RATIO, hold, limit, percent
from grafana.board import Row
from grafana.links import label, to_dashboard, to_log_lines
from grafana.panel_ids import PANEL_IDS
from grafana.panel_kinds import Query, Words, dial, graph, number, rising
from grafana.promql import NO_TRAFFIC, OF_MODEL, SERVICE

ID = PANEL_IDS["ai-assistant-monitoring"]
NO_CALLS = "no model calls"
_SLOW = limit("SlowResponse/http")
_FAILING = limit("HighErrorRate/http")
_PAGES = limit("HighErrorRate/request")
_CPU = limit("HighCPUUsage/system")
_MEMORY = limit("HighMemoryUsage/system")
_P95 = promql.quantile(0.95, "http_request_duration_seconds", SERVICE, "endpoint")
_ERRORS = promql.ratio(
    promql.per_second("http_requests_total", f'{SERVICE}, status=~"5.."', "service"),
    promql.per_second("http_requests_total", SERVICE, "service"),
)
_MODELS = to_dashboard("Models and providers", "models-and-providers")


def verdict() -> Row:
    """Return the row of single numbers."""
    return Row(
        "Does the assistant answer?",
        (
            number(
                ID["up"],
                Words("Assistant", "Whether Prometheus reaches it. Good: UP.", "no target"),
                Query(f"min(up{{{SERVICE}}})"),
                "none",
                steps=((None, "red"), (1, "green")),
                texts={"0": ("DOWN", "red"), "1": ("UP", "green")},
            ),
            number(
                ID["rate_now"],
                Words("Requests", "HTTP requests a second over 5 m, of any route.", NO_TRAFFIC),
                Query(promql.per_second("http_requests_total", SERVICE)),
                "reqps",
            ),
            number(
                ID["error_rate_now"],
                Words(
                    "Failed share",
                    "Share of the HTTP requests of 5 m that ended in 5xx. Good: below "
                    f"{percent(GOOD_ERROR_RATIO)}.",
                    NO_TRAFFIC,
                ),
                Query(f"max({_ERRORS})"),
                "percentunit",
                steps=rising(_PAGES, doubtful=GOOD_ERROR_RATIO),
            ),
            number(
                ID["p95_now"],
                Words(
                    "P95",
                    "95 % of the HTTP requests over 5 m were faster. Good: well below "
                    f"{_SLOW:g} s, where SlowResponse warns.",
                    NO_TRAFFIC,
                ),
                Query(f"max(service:http_request_duration_seconds:p95_rate5m{{{SERVICE}}})"),
                "s",
                steps=rising(_SLOW, doubtful=_SLOW / 2),
                links=(to_dashboard("What is slow", "performance"),),
            ),
            number(
                ID["model_time_now"],
                Words(
                    "Model time",
                    "Mean time of a model call over 5 m. Good: what the model's provider promises.",
                    NO_CALLS,
                ),
                Query(promql.mean("ai_model_duration_seconds", OF_MODEL)),
                "s",
                links=(_MODELS,),
            ),
            dial(
                ID["cpu"],
                Words(
                    "CPU",
                    f"Good: below {_CPU:g} %, where HighCPUUsage warns after "
                    f"{hold('HighCPUUsage/system')}.",
                    "no agent",
                ),
                Query(f"max(system_cpu_usage_percent{{{SERVICE}}})"),
                steps=rising(_CPU, doubtful=_CPU - 20),
                percent=True,
            ),
            dial(
                ID["memory"],
                Words(
                    "Memory",
                    f"Of the machine or container. Good: below {_MEMORY:g} %, where "
                    f"HighMemoryUsage pages after {hold('HighMemoryUsage/system')}.",
                    "no agent",
                ),
                Query(f"max(system_memory_usage_percent{{{SERVICE}}})"),
                steps=rising(_MEMORY, doubtful=_MEMORY - 15),
                percent=True,
            ),
            number(
                ID["sessions"],
                Words("Sessions", "Sessions that have not expired.", "no agent"),
                Query(f"sum(active_sessions{{{SERVICE}}})"),
                "none",
            ),
        ),
    )


def guide() -> Row:
    """Return the guide's graphs."""
    lines = to_log_lines(
        "Log lines of this error",
        f'{{service_name=~"${{service:regex}}"}} | error_type="{label("error_type")}"',
    )
    return Row(
        "Requests, errors, response times",
        (
            graph(
                ID["request_rate"],
                Words(
                    "Request rate",
                    "HTTP requests a second of each route over 5 m, probes and pages too.",
                    NO_TRAFFIC,
                ),
                (
                    Query(
                        promql.per_second("http_requests_total", SERVICE, "endpoint"),
                        "{{endpoint}}",
                    ),
                ),
                "reqps",
                stacked=True,
            ),
            graph(
                ID["p95"],
                Words(
                    "P95 response time",
                    "Of each route over 5 m. SlowResponse warns when all routes together are above "
                    "the line. Dots lead to traces.",
                    NO_TRAFFIC,
                ),
                (Query(_P95, "{{endpoint}}", exemplars=True),),
                "s",
                limit=_SLOW,
                links=(to_dashboard("What is slow", "performance"),),
            ),
            graph(
                ID["error_rate"],
                Words(
                    "Error rate",
                    "Failed requests a second by type over 5 m. HighErrorRate warns when their sum "
                    "is above the line. Good: none.",
                    "no errors yet",
                ),
                (
                    Query(
                        promql.per_second("errors_total", SERVICE, "error_type"), "{{error_type}}"
                    ),
                ),
                "suffix:/s",
                limit=_FAILING,
                links=(lines,),
            ),
            graph(
                ID["model_time"],
                Words(
                    "AI model response time",
                    "Mean time of a call of each model over 5 m: sum divided by count. Good: "
                    "steady; a jump is the provider's.",
                    NO_CALLS,
                ),
                (Query(promql.mean("ai_model_duration_seconds", OF_MODEL, "model"), "{{model}}"),),
                "s",
                links=(_MODELS,),
            ),
        ),
    )
