"""The public types, as a type checker sees them."""

from pathlib import Path

from mypy import api

TREE = Path(__file__).parents[3]


def test_decorated_functions_keep_their_types() -> None:
    """The file of typed uses passes mypy in strict mode, its two wrong calls are found."""
    said, trouble, status = api.run(
        [
            "--config-file",
            str(TREE / "pyproject.toml"),
            "--warn-unused-ignores",
            str(TREE / "tests" / "typing" / "decorated.py"),
        ]
    )
    assert status == 0, said + trouble
