"""What a recording rule is, and the windows that the names of recorded series carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field

#: What most recorded series look back over. A scaled run shrinks windows, never names.
RATE_WINDOW = "5m"
HOUR = "1h"
DAY = "1d"
#: How long a gauge is believed after scrapes began to fail; without it one lost scrape would start
#: the `for` of an alert anew.
GAP = "1m"


@dataclass(frozen=True, slots=True)
class Record:
    """One recording rule.

    Attributes:
        name: of the series, `level:metric:operations`.
        expr: its PromQL.
        labels: labels that it gets besides those of its result.
    """

    name: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)
