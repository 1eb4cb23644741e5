"""What the shipped compose file promises: it starts anywhere and is closed to strangers."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.config.compose_files import (
    ROOT,
    long_running,
    mounts,
    paths,
    services,
    services_of,
    variables,
)
from tests.config.server_programs import leave_out

HERE = Path(__file__).parent
NAMES = {
    "init", "example-app", "llm-simulator", "traffic", "logger", "prometheus", "alertmanager",
    "loki", "otel-collector", "jaeger", "grafana",
}  # fmt: skip
#: Containers that may do what the others may not, and why.
ROOT_USER = {"init": "changes the owner of new volumes, without network, and ends"}
WRITABLE_ROOT = {
    "grafana": "its image could not be tried with a read-only root",
    "kibana": "its image could not be tried with a read-only root",
    "elasticsearch": "it writes its keystore into its directory of configuration",
}
ADDED_CAPABILITIES = {"init": {"CHOWN", "DAC_OVERRIDE", "FOWNER"}}
PORTS = {
    "APP_PORT": "8000", "GRAFANA_PORT": "3000", "PROMETHEUS_PORT": "9090",
    "ALERTMANAGER_PORT": "9093", "LOKI_PORT": "3100", "JAEGER_PORT": "16686",
    "INBOX_PORT": "8080", "MAIL_PORT": "8025", "OTLP_GRPC_PORT": "4317", "OTLP_HTTP_PORT": "4318",
    "ELASTICSEARCH_PORT": "9200", "KIBANA_PORT": "5601", "ZIPKIN_PORT": "9411",
    "PUSHGATEWAY_PORT": "9091",
}  # fmt: skip

every_service = pytest.mark.parametrize("name", sorted(services()))
every_long_running = pytest.mark.parametrize("name", sorted(long_running()))


def _raw() -> str:
    return "\n".join(path.read_text("utf-8") for path in paths())


def test_the_core_services_are_there():
    """Other files, runbooks and commands know the services by these names."""
    assert services().keys() >= NAMES


def test_compose_accepts_the_files_with_an_empty_environment(tmp_path):
    """`docker compose up` works on a fresh clone: no variable and no .env file is needed."""
    if not shutil.which("docker"):
        leave_out("there is no docker command")
    bare = {key: os.environ[key] for key in ("PATH", "HOME", "DOCKER_CONFIG") if key in os.environ}
    nothing = tmp_path / "empty.env"
    nothing.touch()
    command = ["docker", "compose", "--env-file", str(nothing), "-f", "docker-compose.yml"]
    asked = {"cwd": ROOT, "capture_output": True, "text": True, "env": bare}
    if subprocess.run([*command[:2], "version"], check=False, **asked).returncode:
        leave_out("docker has no compose plugin")

    result = subprocess.run([*command, "config", "--format", "json"], check=False, **asked)

    assert result.returncode == 0, result.stderr
    assert "variable is not set" not in result.stderr
    config = json.loads(result.stdout)
    assert config["name"] == "agent-monitoring-stack"
    assert config["services"].keys() >= NAMES


def test_no_variable_is_mandatory_and_each_has_one_default():
    """An empty environment is enough, and two places never disagree about a default."""
    assert not re.search(r"\$\{\w+:?\?", _raw())
    several = {
        name: defaults - {""}
        for name, defaults in variables().items()
        if len({d for d in defaults if d and not d.startswith("-")}) > 1
    }
    assert several == {}


def test_env_example_lists_every_variable_as_a_comment_with_the_default_in_force():
    """Whoever reads .env.example sees all there is to set; copying it changes nothing."""
    text = (ROOT / ".env.example").read_text("utf-8")
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == []
    listed = dict(re.findall(r"(?m)^#([A-Z_]+)=(.*)$", text))

    assert listed.keys() == variables().keys()
    for name, defaults in variables().items():
        if default := max(defaults - {f"-${{{name}:-}}"}, default="", key=len):
            assert listed[name] == default


@every_service
def test_every_image_is_a_known_public_tag(name):
    """No image is asked for that nobody has seen, and none floats."""
    rows = tomllib.loads((HERE / "known_images.toml").read_text("utf-8"))["image"]
    known = {f"{row['name']}:{row['tag']}": row for row in rows}
    image = services()[name]["image"]

    assert image in known
    assert known[image]["source"]
    assert known[image]["date"]


def test_no_row_of_the_known_images_is_left_over():
    """The table is the list of what is shipped."""
    rows = tomllib.loads((HERE / "known_images.toml").read_text("utf-8"))["image"]

    assert {f"{r['name']}:{r['tag']}" for r in rows} == {s["image"] for s in services().values()}


def test_versions_are_inline_defaults():
    """A version can be changed by a variable and needs none."""
    servers = {s["image"].rpartition(":")[0] for s in services().values() if "build" not in s}
    for image in servers:
        assert re.search(rf"image: {re.escape(image)}:\$\{{\w+_VERSION:-[\w.]+\}}", _raw())


def test_our_own_image_is_built_from_this_repository():
    """Every service of our own image can build it, so that any of them may be started alone."""
    ours = [s for s in services().values() if s["image"].startswith("agent-monitoring-stack/")]

    assert len(ours) >= 5
    for service in ours:
        assert service["build"] == {"context": ".", "dockerfile": "example_app/Dockerfile"}
        assert service["pull_policy"] == "never"


@every_service
def test_published_ports_are_on_the_loopback_interface_and_can_be_moved(name):
    """Nothing can be reached from outside by default, and each port has its variable."""
    for port in services()[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)


def test_the_ports_are_the_ones_that_people_know():
    """Addresses in documents and links are right without any setting."""
    ports = re.findall(r"\$\{BIND_ADDRESS:-127\.0\.0\.1\}:\$\{(\w+):-(\d+)\}:(\d+)", _raw())

    assert {variable: default for variable, default, _ in ports} == PORTS
    assert all(default == inside for _, default, inside in ports)


def test_only_the_collector_takes_telemetry_from_outside():
    """There is one way in."""
    takers = {n for n, s in services().items() for p in s.get("ports", []) if ":431" in p}

    assert takers == {"otel-collector"}


@every_long_running
def test_every_long_running_service_has_a_health_check(name):
    """`--wait` waits for what really works; no check needs a shell that its image may lack."""
    check = services()[name]["healthcheck"]

    assert check["test"][0] == "CMD"
    assert "localhost" not in " ".join(check["test"])
    assert check["retries"] >= 3


@every_long_running
def test_every_one_shot_dependency_is_waited_for_to_succeed(name):
    """`docker compose up --wait` fails on a job that ends unless somebody waits for its success."""
    for other, how in services()[name].get("depends_on", {}).items():
        if other not in long_running():
            assert how["condition"] == "service_completed_successfully"


def test_the_agent_waits_for_no_monitoring_server():
    """The agent starts and answers with every backend dead."""
    assert services()["example-app"]["depends_on"].keys() == {"init", "llm-simulator"}


@every_service
def test_every_container_is_hardened(name):
    """No capability, no new privileges, no root, a read-only root; exceptions are listed."""
    service = services()[name]

    assert service["cap_drop"] == ["ALL"]
    assert set(service.get("cap_add", [])) == ADDED_CAPABILITIES.get(name, set())
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert (service["user"].split(":")[0] == "0") == (name in ROOT_USER)
    assert service.get("read_only", False) != (name in WRITABLE_ROOT)


@every_service
def test_every_container_has_bounded_memory_and_logs(name):
    """A leak or a chatty server fills neither the memory nor the disk of the host."""
    service = services()[name]

    assert re.fullmatch(r"\d+m", service["mem_limit"])
    assert service["logging"]["driver"] == "json-file"
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@every_service
def test_no_container_gets_the_docker_socket_or_writes_to_the_repository(name):
    """Whoever takes over a container does not take over the host."""
    for source, read_only in mounts(services()[name]):
        assert "docker.sock" not in source
        assert read_only or not source.startswith((".", "/"))


def test_every_named_volume_is_prepared_by_init():
    """No server meets a volume that belongs to root."""
    mounted = {v.partition(":")[0] for v in services()["init"]["volumes"] if not v.startswith(".")}
    used = {
        source
        for name, service in services().items()
        for source, _ in mounts(service)
        if not source.startswith((".", "/")) and name != "init"
    }

    assert mounted >= used
    assert used


def test_a_second_copy_can_run_beside_the_first():
    """Fixed container names would clash."""
    assert "container_name" not in _raw()


@pytest.mark.parametrize(
    ("variables_set", "directory"),
    [
        ({}, "prometheus"),
        ({"PRESET": "finance-research"}, "prometheus/presets/finance-research"),
        ({"PRESET": "finance-research", "PROMETHEUS_RULES": "./mine"}, "mine"),
    ],
)
def test_prometheus_loads_the_rules_of_the_preset_unless_told_otherwise(variables_set, directory):
    """One variable sets the agent and its alerts up; a live test brings rules of its own."""
    volumes = services_of(variables_set)["prometheus"]["volumes"]
    over = {one["target"]: one["source"] for one in volumes if isinstance(one, dict)}

    assert over == {
        f"/etc/prometheus/{kind}": f"./{directory}/{kind}" for kind in ("alerts", "recording")
    }
