"""Write the Alertmanager configuration that fits the secrets and variables which are there.

Alertmanager expands no environment variables, and it notices a missing secret file only when it
sends. So the `init` job runs this over ``alertmanager.yml``, whose comments say what depends on
what: ``# only with FILE`` above a block, ``# from NAME`` at the end of a line. Only the standard
library is used: it runs in the application's image.
"""

import argparse
import json
import os
import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

ONLY_WITH = re.compile(r"^(?P<indent> *)# only with (?P<file>[\w.-]+)\s*$")
FROM_VARIABLE = re.compile(r"^(?P<key>.*?: )(?P<value>.*?) # from (?P<name>[A-Z_]+)\s*$")
#: The user that Alertmanager runs as; a secret it cannot read is no better than a missing one.
ALERTMANAGER_UID = 65534


def unusable(secret: Path) -> str | None:
    """Return why Alertmanager cannot use a secret file, or None if it can."""
    if not secret.is_file():
        return "is not there"
    found = secret.stat()
    owned = found.st_uid == ALERTMANAGER_UID and found.st_mode & stat.S_IRUSR
    if not (owned or found.st_mode & stat.S_IROTH):
        return f"cannot be read by Alertmanager's user {ALERTMANAGER_UID} (chmod o+r)"
    return None if secret.read_bytes().strip() else "is empty"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def effective(text: str, secrets: Path, variables: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the configuration without what lacks its secret, and what was left out.

    Args:
        text: ``alertmanager.yml`` as committed.
        secrets: directory of the secret files.
        variables: the environment; an empty value counts as unset.

    Returns:
        The new text and one sentence for each block that was left out.
    """
    kept: list[str] = []
    left_out: list[str] = []
    skipping: int | None = None  # indent of the block that is being left out
    at_block_start = False
    for line in text.splitlines():
        if skipping is not None:
            deeper = not line.strip() or _indent(line) > skipping
            if at_block_start or deeper:
                at_block_start = False
                continue
            skipping = None
        mark = ONLY_WITH.match(line)
        if mark:
            reason = unusable(secrets / mark["file"])
            if reason:
                skipping, at_block_start = len(mark["indent"]), True
                left_out.append(f"secrets/{mark['file']} {reason}")
            continue
        kept.append(_with_variable(line, variables))
    return "\n".join(kept) + "\n", left_out


def _with_variable(line: str, variables: Mapping[str, str]) -> str:
    found = FROM_VARIABLE.match(line)
    if not found:
        return line
    given = variables.get(found["name"], "").strip()
    # JSON's quoting is YAML's: a value cannot break out of its line.
    return found["key"] + (json.dumps(given) if given else found["value"])


def main() -> int:
    """Write the file and say what was left out; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--secrets", type=Path, required=True, help="directory of secret files")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    given = parser.parse_args()
    text, left_out = effective(given.config.read_text("utf-8"), given.secrets, os.environ)
    given.out.write_text(
        "# Written by effective_config.py at start. DO NOT EDIT.\n" + text, "utf-8"
    )
    given.out.chmod(0o644)
    for sentence in sorted(set(left_out)):
        print(f"alertmanager: receiver left out: {sentence}")
    print("alertmanager: every alert reaches the inbox at http://logger:8080/alerts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
