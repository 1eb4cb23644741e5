"""Write the Alertmanager configuration that fits the secrets and variables which are there.

Alertmanager expands no environment variables, and it notices a missing secret file only when it
sends. So the `init` job runs this over ``alertmanager.yml``, whose comments say what depends on
what: ``# only with FILE``, ``# if there is FILE`` and ``# only when NAME`` above a block,
``# from NAME`` at the end of a line. Only the standard library is used: it runs in the
application's image.
"""

import argparse
import json
import os
import re
import stat
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from variable_checks import BadValueError, check

_MARK = re.compile(
    r"^(?P<indent> *)# (?P<kind>only with|if there is|only when) (?P<name>[\w.-]+)\s*$"
)
_FROM_VARIABLE = re.compile(r"^(?P<key>.*?: )(?P<value>.*?) # from (?P<name>[A-Z_]+)\s*$")
#: The user that Alertmanager runs as; a secret it cannot read is no better than a missing one.
ALERTMANAGER_UID = 65534


@dataclass
class Effective:
    """A configuration that fits what is there.

    Attributes:
        text: the configuration.
        left_out: one sentence for each receiver's block that lacks its secret.
        switched_on: variables whose blocks are in.
    """

    text: str = ""
    left_out: list[str] = field(default_factory=list)
    switched_on: list[str] = field(default_factory=list)


def unusable(secret: Path) -> str | None:
    """Return why Alertmanager cannot use a secret file, or None if it can."""
    if not secret.is_file():
        return "is not there"
    found = secret.stat()
    owned = found.st_uid == ALERTMANAGER_UID and found.st_mode & stat.S_IRUSR
    if not (owned or found.st_mode & stat.S_IROTH):
        return f"cannot be read by Alertmanager's user {ALERTMANAGER_UID} (chmod o+r)"
    return None if secret.read_bytes().strip() else "is empty"


def effective(text: str, secrets: Path, variables: Mapping[str, str]) -> Effective:
    """Return the configuration without what lacks its secret or its variable.

    Args:
        text: ``alertmanager.yml`` as committed.
        secrets: directory of the secret files.
        variables: the environment; an empty value counts as unset.
    """
    found = Effective()
    kept: list[str] = []
    skipping: int | None = None  # indent of the block that is being left out
    at_block_start = False
    for line in text.splitlines():
        if skipping is not None:
            deeper = not line.strip() or _indent(line) > skipping
            if at_block_start or deeper:
                at_block_start = False
                continue
            skipping = None
        mark = _MARK.match(line)
        if mark is None:
            kept.append(_with_variable(line, variables))
        elif not _wanted(mark["kind"], mark["name"], secrets, variables, found):
            skipping, at_block_start = len(mark["indent"]), True
    found.text = "\n".join(kept) + "\n"
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _wanted(
    kind: str, name: str, secrets: Path, variables: Mapping[str, str], found: Effective
) -> bool:
    """Return whether a marked block stays, and note it."""
    if kind == "only when":
        given = bool(variables.get(name, "").strip())
        found.switched_on += [name] if given else []
        return given
    reason = unusable(secrets / name)
    # An optional file is worth a word only if it is there and no good.
    if reason and (kind == "only with" or reason != "is not there"):
        found.left_out.append(f"secrets/{name} {reason}")
    return reason is None


def _with_variable(line: str, variables: Mapping[str, str]) -> str:
    found = _FROM_VARIABLE.match(line)
    if not found:
        return line
    given = variables.get(found["name"], "").strip()
    return found["key"] + (_quoted(given) if given else found["value"])


def _quoted(value: str) -> str:
    """Return a value as YAML text that cannot break out of its line."""
    # JSON's quoting is YAML's but for characters beyond 16 bits, which JSON writes as two.
    text = json.dumps(value, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in text)


def reload(alertmanager: str) -> bool:
    """Let a running Alertmanager read its file again; return whether there was one.

    Raises:
        urllib.error.HTTPError: if it refuses the file.
    """
    request = urllib.request.Request(f"{alertmanager}/-/reload", method="POST")  # noqa: S310
    try:
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 -- our own address
    except urllib.error.HTTPError:
        raise
    except OSError:
        return False  # not started yet: it reads the file when it starts
    return True


def main() -> int:
    """Write the file and say what was left out; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--secrets", type=Path, required=True, help="directory of secret files")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    parser.add_argument("--reload", help="address of an Alertmanager that may run already")
    given = parser.parse_args()
    try:
        check(os.environ)
    except BadValueError as problem:
        print(f"alertmanager: {problem}", file=sys.stderr)
        return 1
    found = effective(given.config.read_text("utf-8"), given.secrets, os.environ)
    # Replaced as a whole: Alertmanager never reads half a file.
    unfinished = given.out.with_suffix(".new")
    unfinished.write_text(
        "# Written by effective_config.py at start. DO NOT EDIT.\n" + found.text, "utf-8"
    )
    unfinished.chmod(0o644)
    unfinished.replace(given.out)
    for sentence in sorted(set(found.left_out)):
        print(f"alertmanager: receiver left out: {sentence}")
    for name in sorted(set(found.switched_on)):
        print(f"alertmanager: {name} is set: {os.environ[name].strip()}")
    print("alertmanager: every alert reaches the inbox at http://logger:8080/alerts")
    if given.reload:
        try:
            reload(given.reload)
        except urllib.error.HTTPError as refused:
            print(f"alertmanager: refused the file: {refused.read()[:500]!r}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
