"""Makes sure that a Docker engine answers and that compose is new enough for our files.

Where no engine runs, and this is a Debian with root, one is taken from the packages of Debian's
stable suite, unpacked into the cache and started from there: nothing on the machine is replaced.
Only what must be installed is installed: runc, which has to fit the machine's C library, and
iptables.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from tests.images.cache import appears_whole, cache_directory
from tests.images.debian_packages import install_on_this_machine, is_debian, unpack_package
from tests.images.programs import BuildError, run, succeeds
from tests.images.progress import say, step

SUITE = "trixie"
PACKAGES = ("docker.io", "docker-cli", "containerd", "tini", "docker-compose", "docker-buildx")
PLUGINS = Path("/usr/local/lib/docker/cli-plugins")
COMPOSE_AT_LEAST = (2, 24)
# Written by the engine at its start; what an earlier one left behind can name a reused number.
PID_FILES = {
    Path("/var/run/docker.pid"): "dockerd",
    Path("/var/run/docker/containerd/containerd.pid"): "containerd",
}
SECONDS_TO_ANSWER = 60.0
HOW_TO_GO_ON = (
    "Install and start Docker with compose 2.24 or newer, then try again; or run this as root on "
    "Debian, where it takes both from Debian's packages."
)


def ensure_engine() -> None:
    """Return when an engine answers and compose works; install and start them if that is needed.

    Raises:
        BuildError: if they are missing and cannot be had here; the message says what to do.
    """
    running = succeeds(["docker", "info"])
    if not running or _compose_version() < COMPOSE_AT_LEAST:
        if os.geteuid() != 0 or not is_debian():
            what = "`docker compose` is older than 2.24" if running else "no Docker engine answers"
            raise BuildError(f"{what}. {HOW_TO_GO_ON}")
        programs = _unpacked_programs()
        _offer_client_and_plugins(programs)
        if not running:
            _start(programs)
    if _compose_version() < COMPOSE_AT_LEAST:
        raise BuildError(f"`docker compose` is older than 2.24. {HOW_TO_GO_ON}")
    compose = run(["docker", "compose", "version", "--short"]).strip()
    say(f"Docker engine {engine_version()}, compose {compose}")


def engine_version() -> str:
    """The version of the engine that answers."""
    return run(["docker", "version", "--format", "{{.Server.Version}}"]).strip()


def log_of_the_engine() -> Path:
    """Where an engine that was started here writes its log."""
    return cache_directory() / "engine" / "dockerd.log"


def _compose_version() -> tuple[int, ...]:
    try:
        said = run(["docker", "compose", "version", "--short"])
    except BuildError:
        return (0,)
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])


def _unpacked_programs() -> Path:
    """The directory with the engine's programs, unpacked now unless the cache has them."""
    final = cache_directory() / "engine" / SUITE
    if not final.is_dir():
        with (
            step(f"fetching the Docker engine of Debian {SUITE}"),
            appears_whole(final) as unfinished,
        ):
            for package in PACKAGES:
                unpack_package(package, SUITE, unfinished)
            # Links to programs of other packages; of runc, the machine's own is used.
            for name in ("usr/bin/runc", "usr/sbin/runc"):
                (unfinished / name).unlink(missing_ok=True)
    return final


def _offer_client_and_plugins(programs: Path) -> None:
    """Give the machine what it lacks of the docker command, compose and buildx."""
    if shutil.which("docker") is None:
        shutil.copy2(programs / "usr/bin/docker", "/usr/local/bin/docker")
    PLUGINS.mkdir(parents=True, exist_ok=True)
    for plugin in (programs / "usr/libexec/docker/cli-plugins").iterdir():
        works = succeeds(["docker", plugin.name.removeprefix("docker-"), "version"])
        if not works or (plugin.name == "docker-compose" and _compose_version() < COMPOSE_AT_LEAST):
            say(f"putting {plugin.name} into {PLUGINS}")
            shutil.copy2(plugin, PLUGINS / plugin.name)


def _start(programs: Path) -> None:
    """Start the engine in a session of its own, so that it outlives the calling shell."""
    missing = [name for name in ("runc", "iptables") if shutil.which(name) is None]
    if missing:
        install_on_this_machine(*missing)
    for file, program in PID_FILES.items():
        _remove_if_stale(file, program)
    path = f"{programs}/usr/sbin:{programs}/usr/bin:{os.environ.get('PATH', os.defpath)}"
    log = log_of_the_engine()
    with step("starting the Docker engine"):
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["dockerd"], env={**os.environ, "PATH": path}, cwd="/", start_new_session=True,
                executable=programs / "usr/sbin/dockerd", stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        (log.parent / "dockerd.pid").write_text(f"{process.pid}\n")
        _wait_until_it_answers(process, log)


def _wait_until_it_answers(process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + SECONDS_TO_ANSWER
    while not succeeds(["docker", "info"]):
        if process.poll() is not None or time.monotonic() > give_up:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise BuildError(f"the Docker engine did not start; the end of {log}:\n{last}")
        time.sleep(0.5)


def _remove_if_stale(file: Path, program: str) -> None:
    """Remove a pid file whose process is gone or has become another program."""
    try:
        name = Path(f"/proc/{int(file.read_text())}/comm").read_text().strip()
    except (OSError, ValueError):
        name = ""
    if name != program:
        file.unlink(missing_ok=True)
