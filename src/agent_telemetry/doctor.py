"""``python -m agent_telemetry.doctor``: is this environment set up so that telemetry arrives?

It reads the same variables as the library, tries each thing that they name, and says what to do
about what does not work. It changes nothing but a probe file that it removes again.
"""

import argparse
import importlib.metadata
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from agent_telemetry.exceptions import ConfigurationError
from agent_telemetry.prices.pricing import PriceTable
from agent_telemetry.settings import Settings
from agent_telemetry.workers.multiprocess_folder import VARIABLE, writable
from agent_telemetry.workers.owner import owner_of

_TIMEOUT_SECONDS = 3
_OK = range(200, 300)
_CLIENTS = ("openai", "anthropic", "google-genai", "langchain-core")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: what.
        verdict: ``ok``, ``note`` (works, but know this) or ``problem``.
        detail: what was seen, and what to do about it.
    """

    subject: str
    verdict: str
    detail: str


def examine(env: Mapping[str, str] | None = None) -> list[Finding]:
    """Look at everything that the environment names.

    Args:
        env: the variables, ``os.environ`` by default.
    """
    variables = os.environ if env is None else env
    try:
        settings = Settings.from_env("agent", variables)
    except ConfigurationError as error:
        return [Finding("settings", "problem", str(error))]
    checks: list[Callable[[], Finding]] = [
        lambda: Finding("settings", "ok", f"service {settings.service_name}"),
        lambda: _traces(settings.otlp_traces_endpoint),
        lambda: _folder("log files", settings.log_dir, "AGENT_TELEMETRY_LOG_DIR"),
        lambda: _folder("state", settings.state_dir, "AGENT_TELEMETRY_STATE_DIR"),
        lambda: _prices(settings.prices_file),
        lambda: _workers(variables.get(VARIABLE)),
        _clients,
    ]
    return [check() for check in checks]


def _traces(endpoint: str | None) -> Finding:
    if endpoint is None:
        detail = "nothing is exported; set OTEL_EXPORTER_OTLP_ENDPOINT to send spans"
        return Finding("traces", "note", detail)
    try:
        answer = requests.post(
            endpoint,
            data=ExportTraceServiceRequest().SerializeToString(),
            headers={"content-type": "application/x-protobuf"},
            timeout=_TIMEOUT_SECONDS,
        )
    except requests.RequestException as error:
        why = f"{endpoint} does not answer ({type(error).__name__}); is the collector up?"
        return Finding("traces", "problem", why)
    if answer.status_code not in _OK:
        why = f"{endpoint} answers {answer.status_code}; the path usually ends in /v1/traces"
        return Finding("traces", "problem", why)
    return Finding("traces", "ok", f"{endpoint} takes spans")


def _folder(subject: str, folder: Path | None, variable: str) -> Finding:
    if folder is None:
        return Finding(subject, "note", f"kept nowhere; set {variable} to keep them")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding(subject, "problem", f"{variable}: {folder} cannot be written ({error})")
    return Finding(subject, "ok", f"{folder} can be written")


def _prices(file: Path | None) -> Finding:
    try:
        table = PriceTable.load(file)
    except ConfigurationError as error:
        return Finding("prices", "problem", str(error))
    own = f", {file} over it" if file is not None else ""
    return Finding("prices", "ok", f"{len(table.models)} models in the table{own}")


def _workers(folder: str | None) -> Finding:
    if folder is None:
        detail = f"one worker; with several set {VARIABLE} before the process starts"
        return Finding("workers", "ok", detail)
    try:
        path = writable(folder)
    except ConfigurationError as error:
        return Finding("workers", "problem", str(error))
    detail = "several workers share /metrics; exemplars are lost in this mode"
    owner, lives = owner_of(path)
    if owner is not None and lives:
        detail += (
            f"; service {owner.service} (process {owner.first_pid}) is at work there: nothing else "
            "can start in this folder"
        )
    elif any(path.glob("*.db")):
        detail += "; what a dead instance left there is cleared at the start"
    return Finding("workers", "note", detail)


def _clients() -> Finding:
    found = []
    for name in _CLIENTS:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return Finding("clients", "ok", ", ".join(found) or "none of the known packages")


def main(arguments: list[str] | None = None) -> int:
    """Print the findings; 1 when there is a problem."""
    parser = argparse.ArgumentParser("agent_telemetry.doctor", description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    asked = parser.parse_args(arguments)
    findings = examine()
    if asked.json:
        print(json.dumps([asdict(each) for each in findings], indent=2))  # noqa: T201
    else:
        marks = {"ok": "✓", "note": "i", "problem": "✗"}
        for each in findings:
            print(f"{marks[each.verdict]} {each.subject:10} {each.detail}")  # noqa: T201
    return int(any(each.verdict == "problem" for each in findings))


if __name__ == "__main__":
    sys.exit(main())
