"""Give each named volume to the user of the server that writes to it.

Run by the `init` job as root before anything else starts. A new volume belongs to root, and the
servers do not run as root; some of their images lack the directory from which Docker would copy
the owner.
"""

import os
import sys
from pathlib import Path

VOLUMES = Path("/volumes")
#: Volume → user and group that own it: the ones that the server's image runs as.
OWNERS = {
    "agent-logs": (10001, 10001),
    "agent-state": (10001, 10001),
    "alertmanager-config": (65534, 65534),
    "alertmanager-data": (65534, 65534),
    "collector-queue": (10001, 10001),
    "elasticsearch-data": (1000, 0),
    "grafana-data": (472, 0),
    "inbox-data": (10001, 10001),
    "jaeger-data": (10001, 10001),
    "loki-data": (10001, 10001),
    "prometheus-data": (65534, 65534),
    "promtail-positions": (10001, 10001),
    "pushgateway-data": (65534, 65534),
}


def hand_over(directory: Path, uid: int, gid: int) -> bool:
    """Give a directory and all below it to a user, unless the directory is theirs already.

    Returns:
        Whether something was changed.
    """
    found = directory.stat()
    if (found.st_uid, found.st_gid) == (uid, gid):
        return False
    for parent, directories, files in os.walk(directory):
        for name in (*directories, *files):
            os.chown(Path(parent) / name, uid, gid, follow_symlinks=False)
    os.chown(directory, uid, gid)
    return True


def main(root: Path = VOLUMES) -> int:
    """Prepare every volume; return the exit code."""
    for name, (uid, gid) in OWNERS.items():
        if not (root / name).is_dir():
            print(f"init: volume {name} is not mounted at {root / name}", file=sys.stderr)
            return 1
        if hand_over(root / name, uid, gid):
            print(f"init: volume {name} now belongs to {uid}:{gid}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
