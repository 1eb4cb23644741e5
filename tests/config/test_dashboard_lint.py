"""Every dashboard keeps every rule of tests/config/dashboard_lint."""

import pytest

from tests.config.dashboard_files import dashboards
from tests.config.dashboard_lint import RULES


@pytest.mark.parametrize("name", sorted(RULES))
@pytest.mark.parametrize("uid", sorted(dashboards()))
def test_a_dashboard_keeps_a_rule(uid, name):
    """Nothing is found that the rule forbids; the rule's docstring says why."""
    assert list(RULES[name](dashboards()[uid])) == []


def test_titles_and_uids_are_unique():
    """Provisioning refuses two dashboards of one title or uid in a folder."""
    titles = [one["title"] for one in dashboards().values()]

    assert len(set(titles)) == len(titles)
    assert len(titles) >= 9
