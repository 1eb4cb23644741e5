"""Variables from the environment and from `.env`."""

import pytest

from commands import environment


@pytest.fixture(autouse=True)
def checkout(tmp_path, monkeypatch):
    """A checkout whose `.env` the test writes."""
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.delenv("APP_PORT", raising=False)
    return tmp_path


def test_environment_wins_over_the_file(checkout, monkeypatch):
    """A variable of the shell is laid over the one of `.env`, as compose does it."""
    (checkout / ".env").write_text('APP_PORT=8001 # mine\nPUBLIC_HOST="box"\n')
    assert environment.port("APP_PORT", 8000) == 8001
    assert environment.variables()["PUBLIC_HOST"] == "box"
    monkeypatch.setenv("APP_PORT", "8002")
    assert environment.port("APP_PORT", 8000) == 8002


def test_unset_and_empty_mean_the_default(monkeypatch):
    """An unset or empty port variable means the default."""
    assert environment.port("APP_PORT", 8000) == 8000
    monkeypatch.setenv("APP_PORT", "")
    assert environment.port("APP_PORT", 8000) == 8000


@pytest.mark.parametrize("value", ["eighty", "0", "65536", "-1", "80.5", "8000/tcp"])
def test_bad_port_names_variable_and_accepted_values(monkeypatch, value):
    """A port that is none is refused with the variable's name and what is accepted."""
    monkeypatch.setenv("APP_PORT", value)
    with pytest.raises(environment.BadVariableError, match=r"APP_PORT.*1 to 65535"):
        environment.port("APP_PORT", 8000)


@pytest.mark.parametrize(
    ("value", "meaning"),
    [("1", True), ("true", True), ("YES", True), ("0", False), ("no", False), ("", False)],
)
def test_flags(monkeypatch, value, meaning):
    """A flag understands the usual words; empty means the default."""
    monkeypatch.setenv("VOLUMES", value)
    assert environment.flag("VOLUMES") is meaning


def test_bad_flag_is_refused(monkeypatch):
    """A flag with another word is refused by name: data is not deleted by a typing error."""
    monkeypatch.setenv("VOLUMES", "yess")
    with pytest.raises(environment.BadVariableError, match=r"VOLUMES.*yess.*accepted"):
        environment.flag("VOLUMES")
