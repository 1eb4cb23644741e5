"""`make secrets`: random values in `.env` for what is well known by default, e.g. admin/admin.

Only what a container reads from its environment is here: Grafana's password and the tenants' keys.
What Alertmanager sends with belongs to somebody's account and cannot be made up; see
docs/guides/alert-receivers.md for those files in secrets/.
"""

import os
import re
import secrets
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from commands.checkout import ROOT
from commands.environment import variables

_WELL_KNOWN = re.compile(r"(?m)^#(GRAFANA_ADMIN_PASSWORD|TENANT_KEY_[A-Z]+)=")
_BYTES = 24
_OWNER_ONLY = 0o600


def well_known(example: str) -> list[str]:
    """Return the variables whose defaults anybody can read, named in the text of `.env.example`."""
    return _WELL_KNOWN.findall(example)


def missing(names: Iterable[str], given: Mapping[str, str]) -> list[str]:
    """Return the variables that have no value yet: what is set is never changed."""
    return [name for name in names if not given.get(name, "").strip()]


def append(file: Path, values: Mapping[str, str]) -> None:
    """Add values to a `.env` file, which nobody but its owner may read afterwards."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, _OWNER_ONLY)
    with os.fdopen(descriptor, "a+", encoding="utf-8") as text:
        os.fchmod(text.fileno(), _OWNER_ONLY)
        text.seek(0)
        before = text.read()
        text.write("\n" if before and not before.endswith("\n") else "")
        text.writelines(f"{name}={value}\n" for name, value in values.items())


def main(root: Path = ROOT) -> int:
    """Write what is missing and say where; no value is printed. Return the exit code."""
    file = root / ".env"
    names = missing(well_known((root / ".env.example").read_text("utf-8")), variables())
    if not names:
        print(f"Nothing to do: every one of them is set already ({file.name} or the environment).")
        return 0
    append(file, {name: secrets.token_urlsafe(_BYTES) for name in names})
    print(f"Random values are in {file.name} now, which only you can read: {', '.join(names)}")
    if "GRAFANA_ADMIN_PASSWORD" in names:
        print("Grafana takes its password at its very first start. Where it ran before:")
        print("  docker compose exec grafana grafana cli admin reset-admin-password NEW")
    print("They take effect with the next make up.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
