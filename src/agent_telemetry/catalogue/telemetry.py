"""Families about the telemetry itself."""

from agent_telemetry.metrics.family import Family

TELEMETRY = (
    Family(
        "telemetry_dropped_total", "counter", "Telemetry that was given up, by reason.",
        ("signal", "reason"),
        closed={
            "signal": (
                "traces", "logs", "audit", "ledger", "trace_views", "budget_warnings", "alerts",
                "console", "elasticsearch", "zipkin",
            ),
            "reason": (
                "queue_full", "rejected", "shutdown", "write_failed", "sampled", "exporter_failed",
            ),
        },
    ),
    Family(
        "telemetry_exported_total", "counter", "Telemetry that a backend took.", ("signal",),
        closed={"signal": ("traces", "metrics", "alerts", "elasticsearch", "zipkin")},
    ),
    Family(
        "telemetry_export_failures_total", "counter", "Exports that failed and are tried again.",
        ("signal",), closed={"signal": ("traces", "metrics", "alerts", "elasticsearch", "zipkin")},
    ),
    Family("telemetry_spans_ended_total", "counter", "Sampled spans that ended."),
    Family("telemetry_queue_depth", "gauge", "Records that wait for export.", ("signal",)),
    Family("telemetry_queue_capacity", "gauge", "Most records that may wait.", ("signal",)),
    Family(
        "telemetry_last_export_timestamp_seconds", "gauge", "When a backend last took telemetry.",
        ("signal",), "seconds since 1970", workers="max",
    ),
    Family("telemetry_faults_total", "counter", "Faults of the library, swallowed.", ("where",)),
    Family(
        "telemetry_label_overflow_total", "counter",
        "Label values that fell into `other` because their label was full.", ("label",),
    ),
    Family(
        "telemetry_audit_records_total", "counter", "Audit records written to the trail.",
    ),
    Family(
        "telemetry_overhead_seconds", "histogram",
        "Time that telemetry itself took in the caller, at the start and end of an operation.",
        ("phase",), "seconds",
        (0.000001, 0.000003, 0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01),
        closed={"phase": ("start", "finish")},
    ),
    Family(
        "telemetry_price_table_age_seconds", "gauge",
        "Time since the price table was last compared with the providers' pages.", (), "seconds",
        scraped=True,
    ),
)  # fmt: skip
