"""Finds a Chromium, or installs one where nothing may be left out."""

import os
import shutil
from functools import cache
from pathlib import Path

import pytest

from commands.environment import flag
from tests.images.debian_packages import is_debian
from tests.images.programs import BuildError, run

#: Programs that speak the protocol of Chromium's developer tools, by the names they have on a PATH.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: A page without any font is drawn without any letter.
_PACKAGES = ("chromium", "fonts-dejavu-core")
_UPDATE_SECONDS = 120
_INSTALL_SECONDS = 600

#: No sandbox, as root has none; nothing of the browser's own goes anywhere, whatever a page asks.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def chromium() -> str:
    """Return the path of a Chromium; leave the test out where there is none.

    ``CHROMIUM`` names one. With ``REQUIRE_STACK=1`` one is installed from Debian's packages.
    """
    path, reason = _find()
    if not path:
        pytest.skip(reason)
    return path


@cache
def _find() -> tuple[str, str]:
    """Return a path, or '' and the reason why there is none."""
    given = os.environ.get("CHROMIUM", "")
    if given:
        found = shutil.which(given) or ""
        return found, f"CHROMIUM={given} is no program"
    found = _on_path()
    if not found and flag("REQUIRE_STACK"):
        try:
            _install()
        except BuildError as error:
            return "", f"no Chromium, and none to be had: {error}"
        found = _on_path()
    return found, "no Chromium here: apt-get install chromium, or set CHROMIUM to its path"


def _on_path() -> str:
    return next((path for path in map(shutil.which, _NAMES) if path), "")


def _install() -> None:
    """Install it for the whole machine, within minutes or not at all.

    Raises:
        BuildError: this is no Debian, we are not root, or apt failed or took too long.
    """
    if os.geteuid() != 0 or not is_debian():
        raise BuildError("only root of a Debian can install it")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    # Others may be installing packages at this moment.
    patient = ("-o", "DPkg::Lock::Timeout=120", "-o", "APT::Update::Error-Mode=any")
    run(["apt-get", *patient, "update", "-qq"], env=quiet, within=_UPDATE_SECONDS)
    words = ["apt-get", *patient, "install", "-y", "-qq", "--no-install-recommends", *_PACKAGES]
    run(words, env=quiet, within=_INSTALL_SECONDS)


if __name__ == "__main__":
    if not _on_path():
        _install()
    print(Path(_on_path()))
