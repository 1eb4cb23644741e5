"""`make up`: starts the full stack, or the lite version where no Docker engine answers."""

import sys
import time

from commands import absent_images, profiles
from commands.addresses import Address, addresses, lite_address
from commands.compose_project import ComposeError, ComposeProject
from commands.dead_containers import dead_containers, obituary
from commands.engine import NoEngineError, find_engine
from commands.environment import BadVariableError, port, variables
from commands.host_ports import PortError, check_ports, port_variables, published_ports
from commands.lite_process import LiteError, find_lite, start_lite
from commands.url_table import WARNING, login_hint, print_urls

APP_PORT = 8000
IMAGES_NOT_TO_BE_HAD = 3
"""Exit code that tells this apart from a stack that failed to start."""


def main() -> int:
    """Start what can be started here; return 0 when it is ready."""
    try:
        return up()
    except KeyboardInterrupt:
        print("\nInterrupted: `make down` removes what was started so far.", file=sys.stderr)
        return 130


def up() -> int:
    """Start the full stack where an engine answers, else the lite version."""
    try:
        engine = find_engine()
    except NoEngineError as missing:
        print(f"The full stack needs Docker: {missing}.")
        print("Starting the lite version instead: one process, no server.", flush=True)
        return up_lite()
    try:
        return up_full(ComposeProject.of_this_checkout(engine))
    except absent_images.ImagesNotToBeHadError as problem:
        print(problem, file=sys.stderr)
        return IMAGES_NOT_TO_BE_HAD
    except (BadVariableError, PortError, ComposeError) as problem:
        print(problem, file=sys.stderr)
        return 1


def up_lite() -> int:
    """Start the lite version in the background, or say that it runs already."""
    try:
        lite = find_lite()
        if lite is not None:
            print(f"The lite version runs already (pid {lite.pid}).")
        else:
            lite = start_lite(port("APP_PORT", APP_PORT))
    except (BadVariableError, LiteError) as problem:
        print(problem, file=sys.stderr)
        return 1
    address = lite_address(lite.port, lite.url)
    parts = [
        address,
        Address("Faults", address.service, f"{address.url}/faults", address.local_url),
        Address("Metrics", address.service, f"{address.url}/metrics", address.local_url),
    ]
    notes = [
        f"Logs: {lite.logs}   Process: pid {lite.pid}",
        "Next: make smoke-test, make logs, make down",
    ]
    print_urls(parts, {address.service: "ready"}, {}, notes)
    return 0


def up_full(project: ComposeProject) -> int:
    """Start the compose project and wait until every container is healthy."""
    started = time.monotonic()
    for (_, inside), variable in port_variables().items():
        port(variable, inside)  # refuses nonsense by the variable's name; compose does not
    profiles.check_shipper(variables())
    profiles.check(project.named_profiles, project.known_profiles())
    ports = published_ports(project.config, port_variables())
    ours = {number for container in project.containers() for number in container.ports}
    check_ports(ports, ours)
    left_out = absent_images.get_images(project)
    absent_images.leave_out(project, left_out)
    for service in left_out:
        image = project.config["services"][service]["image"]
        print(f"Left out: {service}, its image {image} is neither here nor to be pulled.")
    overrides = [project.left_out_file] if left_out else []
    print(f"Starting {project.name} on Docker {project.engine.version} ...", flush=True)
    built = absent_images.built_services(project.config["services"])
    if built and project.run("build", *built) != 0:
        print("The image of the sample agent could not be built.", file=sys.stderr)
        return 1
    words = ("up", "--detach", "--wait", "--remove-orphans", "--pull", "never", "--no-build")
    if project.run(*words, overrides=overrides) != 0:
        return _explain(project)
    _print_table(project, left_out, time.monotonic() - started)
    return 0


def _explain(project: ComposeProject) -> int:
    """Say which containers died, and what they said last."""
    dead = dead_containers(project)
    for container in dead:
        print(f"\n{obituary(project, container)}", file=sys.stderr)
    if not dead:
        waiting = [f"{c.service} ({c.health or c.state})" for c in project.containers()]
        print(f"\nNot everything came up: {', '.join(waiting) or 'nothing'}", file=sys.stderr)
    print("\nThe stack did not start. `make logs` tells more, `make down` removes the rest.")
    return 1


def _print_table(project: ComposeProject, left_out: list[str], seconds: float) -> None:
    services = project.config["services"]
    found = addresses(published_ports(project.config, port_variables()))
    status = {c.service: c.health or c.state for c in project.containers()}
    status |= dict.fromkeys(left_out, "left out: no image here")
    hints, notes = {}, []
    if "grafana" in services and "grafana" not in left_out:
        hint, well_known = login_hint(services["grafana"].get("environment") or {})
        hints["grafana"] = hint
        notes += [f"Warning: {WARNING}."] if well_known else []
    known = project.known_profiles()
    if known:
        notes.append(f"More parts: make up PROFILES={','.join(known)} (any of them)")
    notes.append(f"Up after {seconds:.0f} s. Next: make smoke-test, make logs, make down")
    print_urls(found, status, hints, notes)


if __name__ == "__main__":
    sys.exit(main())
