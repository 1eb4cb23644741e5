"""Conditions about what Prometheus scrapes, but for the agent itself, and about the disk."""

from prometheus.conditions.condition import Condition, condition
from prometheus.durations import TimeScale
from prometheus.recorded.record import GAP
from prometheus.thresholds import Alert


@condition("TargetDown", "target", "agent_job")
def _target_down(alert: Alert, _scale: TimeScale) -> Condition:
    others = f'up{{job!="{alert.settings["agent_job"]}"}}'
    return Condition(f"sum by (service, job, instance) ({others}) == 0", agent=False)


@condition("TargetVanished", "target", "agent_job", "jobs", "window")
def _target_vanished(alert: Alert, scale: TimeScale) -> Condition:
    window = scale.window(alert.settings["window"])
    others = f'job!="{alert.settings["agent_job"]}"'
    # Those of a profile are known only while they run: gone is what answered not long ago.
    gone = (
        f"group by (service, job) (max_over_time(up{{{others}}}[{window}]) == 1)\n"
        "unless on (service, job)\nup"
    )
    # Those that are always there must be known from the start; `job` and `service` are the same.
    never = [
        f'group by (service, job) (absent(up{{job="{job}", service="{job}"}}))'
        for job in str(alert.settings["jobs"]).split()
    ]
    return Condition("\nor\n".join([f"({gone})", *never]), agent=False)


@condition("DiskFilling", "system", "limit")
def _disk_filling(alert: Alert, scale: TimeScale) -> Condition:
    used = f"max by (service) (last_over_time(system_disk_usage_percent[{scale.window(GAP)}]))"
    return Condition(f"{used} > {alert.settings['limit']}", failures=False)
