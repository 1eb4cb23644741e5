"""The command `make incident`: names, numbers, and what it says where it cannot begin."""

import signal
from types import SimpleNamespace

import pytest

from commands import incident
from commands.addresses import APP
from commands.incident import BAD_NAME, main, parts_of
from commands.running import Running
from example_app.incidents import load_incidents


@pytest.fixture(autouse=True)
def _variables(monkeypatch):
    """None of the machine's own."""
    for name in ("NAME", "SECONDS", "TIMEOUT", "QUICK"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_name_the_names_are_listed(capsys):
    """Each incident is one line with what it breaks; that is no failure."""
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    for each in load_incidents().values():
        (line,) = [line for line in lines if line.split()[:1] == [each.name]]
        assert each.what_breaks in line


def test_unknown_name_is_told_with_the_names(capsys):
    """A name that is not there is repeated, as text, with those that are; exit code 2."""
    assert main(["[bold]earthquake"]) == BAD_NAME
    out = capsys.readouterr().out
    assert "[bold]earthquake" in out
    assert "tool_failure" in out


def test_name_comes_from_the_environment_too(capsys, monkeypatch):
    """`make incident NAME=…` hands the name over as a variable."""
    monkeypatch.setenv("NAME", " earthquake ")
    assert main([]) == BAD_NAME
    assert "'earthquake'" in capsys.readouterr().out


@pytest.mark.parametrize("variable", ["SECONDS", "TIMEOUT"])
@pytest.mark.parametrize("value", ["0", "-5", "soon", "nan", "86401", "inf"])
def test_bad_number_is_refused_by_its_variable(capsys, monkeypatch, variable, value):
    """A number that is none stops it before anything is broken, naming variable and bounds."""
    monkeypatch.setenv(variable, value)
    assert main(["tool_failure"]) == BAD_NAME
    assert f"{variable}={value!r}: accepted are 1 to 86400 seconds" in capsys.readouterr().err


def test_nothing_runs_is_said(capsys, monkeypatch):
    """Where nothing runs the command says how to start something, and fails."""
    monkeypatch.setattr(incident, "find_running", lambda: None)
    assert main(["tool_failure"]) == 1
    assert capsys.readouterr().err == "tool_failure: nothing runs here: make up, or make lite\n"


def test_agent_that_does_not_answer_is_said(capsys, monkeypatch, unused_port):
    """An agent that is away is one sentence, no traceback."""
    away = Running("lite", {APP: f"http://127.0.0.1:{unused_port}"})
    monkeypatch.setattr(incident, "find_running", lambda: away)
    assert main(["tool_failure"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("tool_failure: ")
    assert len(told.splitlines()) == 1


def test_people_get_public_addresses_of_what_runs(monkeypatch):
    """Links carry PUBLIC_HOST and the published ports; a part that does not run has none."""
    monkeypatch.setenv("PUBLIC_HOST", "box.example")

    def published(target: int, port: int) -> dict[str, object]:
        return {"ports": [{"host_ip": "127.0.0.1", "target": target, "published": str(port)}]}

    config = {
        "services": {
            APP: published(8000, 8001),
            "grafana": published(3000, 3001),
            "loki": published(3100, 3100),
        }
    }
    running = Running(
        "full",
        {APP: "http://127.0.0.1:8001"},
        project=SimpleNamespace(config=config),
        services=frozenset({APP, "loki"}),
    )
    assert parts_of(running).urls == {
        APP: "http://box.example:8001",
        "loki": "http://box.example:3100",
    }


def test_sigterm_is_ctrl_c_only_while_it_runs(monkeypatch):
    """While an incident runs SIGTERM stops its fault as Ctrl-C does; afterwards it is as before."""
    before = signal.getsignal(signal.SIGTERM)

    def ended() -> Running:
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError("not interrupted")

    monkeypatch.setattr(incident, "find_running", ended)
    assert main(["tool_failure"]) == 130
    assert signal.getsignal(signal.SIGTERM) is before
