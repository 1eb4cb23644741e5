"""Conditions about log lines, in LogQL: Loki's ruler has them and sends the alerts.

A line is its text and the fields beside it. `service_name` gets the name that every alert has.
"""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.thresholds import Alert

#: The group whose alerts go to Loki.
GROUP = "logs"
_EVERY = '{service_name=~".+"}'
#: What a redactor must have taken out: keys by the shape that their makers give them (AWS, GitHub,
#: GitLab, Google, Hugging Face, npm, OpenAI, Anthropic, Slack, Stripe), tokens, private keys, and
#: passwords in addresses. `[` begins what the library writes instead: `[redacted:…]`.
UNREDACTED = (
    "(?:^|[^A-Za-z0-9])(?:"
    "sk-[A-Za-z0-9_-]{20}|[srp]k_(?:live|test)_[A-Za-z0-9]{10}|gh[opsur]_[A-Za-z0-9]{30}"
    r"|github_pat_\w{20}|glpat-[\w-]{20}|xox[a-z]-[A-Za-z0-9-]{10}|AIza[\w-]{35}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}|(?:hf|npm)_[A-Za-z0-9]{30}|eyJ[\w-]{9,}[.]eyJ[\w-]{4}"
    r"|(?i:bearer)\s+[\w.~+/=-]{18}"
    r")|://[^\s/:@?#]+:[^\s/?#@\[]+@|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
#: Filters that find a traceback: in the field of a record of ours, or in the text of a line that is
#: no record. The dashboard "Logs" counts by the same.
TRACEBACK = (
    '| line_format "{{ __line__ }} {{ .exception_traceback }}" '
    '|= "Traceback (most recent call last)"'
)
#: Filters that find a secret; `.` is every field at once.
SECRET = f'| line_format "{{{{ __line__ }}}} {{{{ . }}}}" |~ `{UNREDACTED}`'


def _lines(alert: Alert, scale: TimeScale, query: str) -> str:
    window = scale.window(alert.settings["window"])
    counted = f"count_over_time({query} | label_format service=service_name [{window}])"
    return f"sum by (service) ({counted}) > {alert.settings.get('limit', 0)}"


@condition("HighLogErrorRate", "logs", "limit", "window")
def _high_log_error_rate(alert: Alert, scale: TimeScale) -> Condition:
    errors = '{service_name=~".+", level=~"ERROR|FATAL"}'
    return Condition(_lines(alert, scale, errors))


@condition("TracebackBurst", "logs", "limit", "window")
def _traceback_burst(alert: Alert, scale: TimeScale) -> Condition:
    return Condition(_lines(alert, scale, f"{_EVERY} {TRACEBACK}"))


@condition("LeakedSecret", "logs", "window")
def _leaked_secret(alert: Alert, scale: TimeScale) -> Condition:
    return Condition(_lines(alert, scale, f"{_EVERY} {SECRET}"))
