"""On the path of a process, it keeps that process at home: no socket leads off this machine.

What is tried all the same is refused and noted in the file that OFFLINE_NOTES names.
"""

import ipaddress
import os
import sys
from pathlib import Path
from typing import Any

_NOTES = Path(os.environ["OFFLINE_NOTES"])
_EVENTS = {"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"}


def _is_here(host: Any) -> bool:
    if host in (None, "", b"", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _watch(event: str, details: tuple[Any, ...]) -> None:
    if event not in _EVENTS:
        return
    address = details[1] if event in {"socket.connect", "socket.sendto"} else details[0]
    if isinstance(address, str | bytes) and event in {"socket.connect", "socket.sendto"}:
        return  # a socket of this machine's file system
    host = address[0] if isinstance(address, tuple) else address
    with _NOTES.open("a", encoding="utf-8") as notes:
        notes.write(f"{'here' if _is_here(host) else 'OUTSIDE'} {event} {host}\n")
    if not _is_here(host):
        raise OSError(f"{host} is not this machine")


sys.addaudithook(_watch)
