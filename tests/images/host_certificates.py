"""The certificate authorities that this machine trusts, for images that reach out from it.

Behind a proxy with an authority of its own, a container reaches PyPI only if it trusts the same.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
LOCAL_DIRECTORY = Path("/usr/local/share/ca-certificates")


def bundle() -> Path | None:
    """The file with every authority that programs on this machine trust, if there is one."""
    chosen = Path(os.environ.get("SSL_CERT_FILE") or SYSTEM_BUNDLE)
    return next((path for path in (chosen, SYSTEM_BUNDLE) if path.is_file()), None)


def own_authorities() -> list[Path]:
    """The authorities that somebody added to this machine."""
    return sorted(LOCAL_DIRECTORY.glob("**/*.crt"))


def has_own_authority() -> bool:
    """Whether the machine trusts more than its distribution does."""
    return bool(own_authorities()) or bundle() not in {None, SYSTEM_BUNDLE}


def fingerprint() -> str:
    """Changes when the trusted authorities do, so that images are made anew then."""
    file = bundle()
    return hashlib.sha256(file.read_bytes()).hexdigest() if file else "none"
