"""Each way of starting a profile starts the same: --profile, COMPOSE_PROFILES in .env, make up."""

import json
import os
import subprocess

import pytest

from commands import profiles
from commands.compose_project import ComposeProject
from commands.engine import Engine
from tests.config.compose_files import ROOT, services
from tests.config.server_programs import leave_out

#: What each profile adds to the services that always run.
ADDED = {
    "elk": {"elasticsearch", "kibana", "elk-setup", "elk-keeper"},
    "zipkin": {"zipkin"},
    "promtail": {"promtail"},
    "mail": {"mailpit", "mail-receiver"},
    "push": {"pushgateway"},
    "host": {"node-exporter"},
}
_COMPOSE = ("docker", "compose")


def _config(words, env_file, **variables):
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    command = [*words, "--env-file", str(env_file), "config", "--format", "json"]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**kept, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        leave_out("there is no docker command")
    if "unknown flag" in done.stderr or "is not a docker command" in done.stderr:
        leave_out("docker has no compose plugin")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)["services"]


def test_every_profile_is_known_here():
    """A profile that is added to compose gets its tests."""
    assert {p for one in services().values() for p in one.get("profiles", [])} == ADDED.keys()


@pytest.mark.parametrize("profile", ADDED)
def test_three_ways_start_the_same(profile, tmp_path):
    """The services of the profile are added, the same and in the same form, by each way."""
    nothing, dotenv = tmp_path / "empty.env", tmp_path / "dot.env"
    nothing.touch()
    shipper = profiles.settings_for([profile])
    set_there = {"COMPOSE_PROFILES": profile, **shipper}
    dotenv.write_text("".join(f"{name}={value}\n" for name, value in set_there.items()))
    made = ComposeProject(Engine("1", _COMPOSE, "2"), (profile,), shipper)

    by_option = _config((*_COMPOSE, "--profile", profile), nothing, **shipper)
    by_file = _config(_COMPOSE, dotenv)
    by_make = _config(made.command(), nothing, **made.extra_environment)

    assert by_option == by_file == by_make
    always = {name for name, one in services().items() if not one.get("profiles")}
    assert by_option.keys() - always == ADDED[profile]


def test_all_profiles_at_once(tmp_path):
    """Together they are one configuration, in which no host port is taken twice."""
    nothing = tmp_path / "empty.env"
    nothing.touch()
    words = [*_COMPOSE, *(word for profile in ADDED for word in ("--profile", profile))]

    config = _config(words, nothing)

    ports = [p["published"] for one in config.values() for p in one.get("ports", [])]
    assert config.keys() == services().keys()
    assert len(ports) == len(set(ports))


def test_log_files_have_exactly_one_shipper(tmp_path):
    """The variable that starts Promtail's work is the one that ends the collector's."""
    for shipper in ("collector", "promtail"):
        file = tmp_path / f"{shipper}.env"
        file.write_text(f"LOG_SHIPPER={shipper}\n")
        config = _config((*_COMPOSE, "--profile", "promtail"), file)
        assert config["otel-collector"]["command"][-1].endswith(f"log-shipper-{shipper}.yml")
        assert config["promtail"]["environment"]["LOG_SHIPPER"] == shipper
