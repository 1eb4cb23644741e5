"""PROFILES and COMPOSE_PROFILES."""

import pytest

from commands import profiles
from commands.environment import BadVariableError


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, []),
        ({"PROFILES": "elk"}, ["elk"]),
        ({"PROFILES": "elk,zipkin"}, ["elk", "zipkin"]),
        ({"PROFILES": " elk , zipkin "}, ["elk", "zipkin"]),
        ({"PROFILES": "elk zipkin,,elk"}, ["elk", "zipkin"]),
        ({"PROFILES": "elk", "COMPOSE_PROFILES": "zipkin,elk"}, ["elk", "zipkin"]),
        ({"COMPOSE_PROFILES": "mail"}, ["mail"]),
        ({"LOG_SHIPPER": "collector"}, []),
        ({"LOG_SHIPPER": "promtail", "PROFILES": "elk"}, ["elk", "promtail"]),
    ],
)
def test_profiles_of_both_variables_are_joined(variables, named):
    """Both variables count, in any spelling of a list, and a profile is named once."""
    assert profiles.asked_for(variables) == named


def test_unknown_profile_is_refused_with_the_known_ones():
    """A profile that the compose file lacks is refused by name, with those that there are."""
    with pytest.raises(BadVariableError, match=r"PROFILES.*'elc'.*elk, zipkin"):
        profiles.check(["elc"], ["zipkin", "elk"])


def test_promtail_switches_the_shipper():
    """The profile promtail brings the variable that selects it."""
    assert profiles.settings_for(["promtail"]) == {"LOG_SHIPPER": "promtail"}
    assert profiles.settings_for(["elk"]) == {}


@pytest.mark.parametrize("given", ["Promtail", "alloy", "../x"])
def test_a_shipper_that_there_is_not_is_refused(given):
    """A wrong LOG_SHIPPER is told by its name, with what is accepted."""
    with pytest.raises(BadVariableError, match=r"LOG_SHIPPER=.*collector and promtail"):
        profiles.check_shipper({"LOG_SHIPPER": given})


def test_known_shippers_are_accepted():
    """Unset and empty mean the collector."""
    for variables in ({}, {"LOG_SHIPPER": ""}, {"LOG_SHIPPER": "promtail"}):
        profiles.check_shipper(variables)


def test_profiles_that_run_are_known_by_their_services():
    """However a profile was started, its running services say that it is on."""
    services = {
        "app": {},
        "elasticsearch": {"profiles": ["elk"]},
        "zipkin": {"profiles": ["zipkin"]},
    }
    assert profiles.that_run(services, ["app", "elasticsearch", "somebody-elses"]) == ["elk"]
    assert profiles.that_run(services, []) == []
