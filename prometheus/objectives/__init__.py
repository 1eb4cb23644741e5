"""Objectives of service (SLOs) over seven days, and how fast their error budgets are used up.

The table of objectives is in thresholds.yml. Here are what counts as a bad event of each, the
recorded series made of it, and the pairs of windows over which the alerts look at them.
"""

from prometheus.objectives.burn_pair import PAIRS, PERIOD, BurnPair
from prometheus.objectives.objective import Objective, read
from prometheus.objectives.placeholders import placeholders
from prometheus.objectives.recorded_groups import EVALUATION, groups

__all__ = [
    "EVALUATION",
    "PAIRS",
    "PERIOD",
    "BurnPair",
    "Objective",
    "groups",
    "placeholders",
    "read",
]
