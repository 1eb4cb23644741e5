"""The order of tests that share what runs: shuffled, each run would be of something else."""

from collections.abc import Mapping
from pathlib import Path

import pytest


def keep_order(items: list[pytest.Item], folder: Path, places: Mapping[str, int]) -> None:
    """Put the tests of a folder in the order of its files, among the others where they are.

    Args:
        items: every test, which is sorted in place.
        folder: whose own tests keep their order.
        places: file without ``.py`` → its place among the files, 0 for those not named.
    """
    spots = [spot for spot, item in enumerate(items) if item.path.parent == folder]

    def order(item: pytest.Item) -> tuple[int, str, int, tuple[int, ...]]:
        given = getattr(item, "callspec", None)
        cases = tuple(given.indices.values()) if given else ()
        return places.get(item.path.stem, 0), item.path.stem, item.location[1] or 0, cases

    for spot, item in zip(spots, sorted((items[spot] for spot in spots), key=order), strict=True):
        items[spot] = item
