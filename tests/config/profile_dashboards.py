"""Dashboards whose data exist only while a profile of compose is on."""

from tests.config.compose_files import services
from tests.config.dashboard_files import dashboards

#: Dashboard → the profile that fills it; without it every panel rightly says how to start it.
PROFILE_OF = {"host": "host"}


def without_data(profiles: set[str]) -> set[str]:
    """Return the dashboards that are empty while only these profiles are on.

    Raises:
        ValueError: if the table names a dashboard or profile that there is not.
    """
    there = {name for one in services().values() for name in one.get("profiles", [])}
    if wrong := (PROFILE_OF.keys() - dashboards().keys()) | (set(PROFILE_OF.values()) - there):
        raise ValueError(f"no such dashboard or profile: {', '.join(sorted(wrong))}")
    return {uid for uid, profile in PROFILE_OF.items() if profile not in profiles}
