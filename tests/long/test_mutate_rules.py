"""Every rule changed wrongly, each change on its own."""

from tests.mutation.mutation_run import survivors, trials
from tests.mutation.survivors import known


def test_every_wrong_rule_is_noticed_or_explained(tmp_path):
    """No limit, comparison, window, `for` or matcher can be changed without a case that fails."""
    alive = {trial.key for trial, survives in survivors(list(trials()), tmp_path) if survives}

    assert alive == known().keys()
