"""A real Alertmanager as a process of its own, with the shipped configuration and quick times.

Debian's program reads its default templates from a fixed place, so it runs in a root directory of
its own that holds what its image holds; the paths in the configuration are then those of the
container.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.alertmanager.effective import effective_text
from tests.config.compose_files import ROOT
from tests.config.server_programs import leave_out, program
from tests.polling import wait_for
from tests.process.conftest import a_free_port

_CONFIG = "/etc/alertmanager/effective.yml"


@dataclass(frozen=True)
class LiveAlertmanager:
    """A running Alertmanager.

    Attributes:
        url: its address.
        root: the directory that is its root; the configuration and the secrets are below it.
        log: what it has said.
    """

    url: str
    root: Path
    log: Path

    def send(self, *labels: Mapping[str, str], resolved: bool = False, **annotations: str) -> None:
        """Send alerts as Prometheus does: firing for a while, or resolved just now."""
        now = datetime.now(UTC)
        times = {
            "startsAt": (now - timedelta(minutes=1)).isoformat(),
            "endsAt": (now + timedelta(minutes=-0.01 if resolved else 10)).isoformat(),
        }
        told = {"summary": "It broke.", "description": "All of it.", **annotations}
        body = [{"labels": dict(one), "annotations": told, **times} for one in labels]
        httpx.post(f"{self.url}/api/v2/alerts", json=body).raise_for_status()

    def alerts(self) -> list[dict[str, Any]]:
        """Return what it holds, muted or not."""
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/api/v2/alerts").json()
        return found

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of one of its own metrics over the series with these labels."""
        pattern = re.compile(rf"(?m)^{name}(?:\{{(?P<labels>.*)\}})? (?P<value>\S+)$")
        total = 0.0
        for found in pattern.finditer(httpx.get(f"{self.url}/metrics").text):
            if all(f'{key}="{value}"' in (found["labels"] or "") for key, value in labels.items()):
                total += float(found["value"])
        return total


@contextmanager
def live_alertmanager(
    directory: Path,
    *,
    secrets: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    replaced: Mapping[str, str] | None = None,
) -> Iterator[LiveAlertmanager]:
    """Run Alertmanager on the effective configuration until the block ends.

    Args:
        directory: for its files.
        secrets: content of the secret files by name.
        variables: what `.env` would set.
        replaced: texts of the configuration and what stands there instead, e.g. the address of the
            inbox. Groups wait and repeat in a second instead of ten in any case.
    """
    root = _image_root(directory)
    kept = root / "etc" / "alertmanager-secrets"
    kept.mkdir()
    for name, content in (secrets or {}).items():
        (kept / name).write_text(content, "utf-8")
    text = effective_text(kept, variables or {}).replace("_wait: 10s", "_wait: 1s")
    text = text.replace("group_interval: 10s", "group_interval: 1s")
    for old, new in (replaced or {}).items():
        assert old in text, f"the shipped configuration has no {old!r}"
        text = text.replace(old, new)
    (root / _CONFIG.lstrip("/")).write_text(text, "utf-8")
    port = a_free_port()
    words = [
        "/bin/alertmanager", f"--config.file={_CONFIG}", "--storage.path=/data",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    log = directory / "alertmanager.txt"
    with log.open("wb") as said:
        child = subprocess.Popen([*_in_root(root), *words], stdout=said, stderr=subprocess.STDOUT)
        try:
            live = LiveAlertmanager(f"http://127.0.0.1:{port}", root, log)
            wait_for(lambda: _is_ready(child, live), within=30, what="Alertmanager", pause=0.1)
            yield live
        finally:
            child.terminate()
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _is_ready(child: subprocess.Popen[bytes], live: LiveAlertmanager) -> bool:
    if child.poll() is not None:
        raise RuntimeError(f"Alertmanager ended: {live.log.read_text()[-2000:]}")
    return httpx.get(f"{live.url}/-/ready").is_success


def _image_root(directory: Path) -> Path:
    """Lay out a root directory with the program, its libraries and our templates."""
    program("amtool")  # of the same package, which is fetched in seconds where it is not there
    binary = Path(program("alertmanager"))
    root = directory / "root"
    if (binary.parents[1] / "etc" / "alertmanager").is_dir():  # laid out as in the image
        shutil.copytree(binary.parents[1], root, symlinks=True, copy_function=_link_or_copy)
    else:
        (root / "bin").mkdir(parents=True)
        shutil.copy2(binary, root / "bin" / "alertmanager")
    for path in ("data", "tmp", "etc/alertmanager"):
        (root / path).mkdir(parents=True, exist_ok=True)
    shutil.copytree(
        ROOT / "alertmanager" / "templates", root / "etc" / "alertmanager" / "templates"
    )
    return root


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system
        shutil.copy2(source, target, follow_symlinks=False)


def _in_root(root: Path) -> Sequence[str]:
    """Return the words that start a program with another root directory."""
    if os.geteuid() == 0:
        return ["chroot", str(root)]
    words = ["unshare", "--map-root-user", "--root", str(root)]
    tried = subprocess.run([*words, "/bin/amtool", "--version"], capture_output=True, check=False)
    if tried.returncode:
        leave_out("no user name space can be made here, which Alertmanager's own root needs")
    return words
