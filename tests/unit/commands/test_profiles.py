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
