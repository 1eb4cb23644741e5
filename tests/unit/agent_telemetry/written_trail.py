"""A trail of some requests of two tenants, written, read and tampered with by tests."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from agent_telemetry import Settings, correlation, create_observability_stack

COUNT = 12


def write(folder: Path, count: int = COUNT, **options: int) -> None:
    """Write records by one process, from its start to its end."""
    stack = create_observability_stack(
        settings=Settings(
            service_name="a", log_dir=folder, log_stdout=False, strict=True, **options
        )
    )
    for number in range(1, count + 1):
        context = correlation.RequestContext(
            tenant_id=("acme", "umbrella")[number % 2], user_id=f"u-{number % 3}"
        )
        token = correlation.enter(context)
        stack.audit(("refund", "login")[number % 2], f"number {number}", number=number)
        correlation.leave(token)
    stack.shutdown()


def copied(trail: Path, folder: Path) -> Path:
    """Copy a trail to where it may be tampered with."""
    for path in trail.glob("audit*"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def numbers(found: Iterable[dict[str, Any]]) -> list[int]:
    """Return which records were found."""
    return [record["extra"]["number"] for record in found]


def lines(folder: Path) -> list[bytes]:
    """Return the lines of the file in use."""
    return (folder / "audit.jsonl").read_bytes().splitlines(keepends=True)


def put(folder: Path, changed: list[bytes]) -> None:
    """Write the file in use anew."""
    (folder / "audit.jsonl").write_bytes(b"".join(changed))
