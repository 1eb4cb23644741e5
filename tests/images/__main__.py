"""`make images`: builds every image that compose needs, where no image registry answers.

Run from anywhere in the repository as `python -m tests.images`; it needs Python's standard
library alone, since it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import signal
import sys

from tests.images.bundles import tool
from tests.images.cache import only_one_at_a_time
from tests.images.catalogue import CatalogueError, Image, load_catalogue
from tests.images.compose_images import WantedImage, versions_by_repository, wanted_images
from tests.images.engine import ensure_engine
from tests.images.image_build import (
    build_image,
    build_own_image,
    remove_replaced_images,
    state_of,
)
from tests.images.programs import BuildError
from tests.images.progress import elapsed, say


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code (0 done, 1 could not, 2 wrong use)."""
    options = _parse(arguments)
    # An orderly end, so that a long build does not go on without anybody waiting for it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if options.tool:
            print(tool(options.tool, versions_by_repository()))
            return 0
        with only_one_at_a_time():
            if not options.list:
                ensure_engine()
            if not options.engine_only:
                _make_all(options)
    except (BuildError, CatalogueError, OSError) as error:
        say(f"ERROR: {error}")
        return 1
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.images",
        description="Builds the images that docker-compose.yml needs from package registries.",
    )
    parser.add_argument("--list", action="store_true", help="say what would be done, do nothing")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="NAME",
        help="only these: prom/prometheus, prometheus, or with the tag",
    )  # fmt: skip
    parser.add_argument(
        "--force",
        action="store_true",
        help="put existing images together anew (programs stay cached)",
    )
    parser.add_argument("--engine-only", action="store_true", help="only make Docker answer")
    parser.add_argument(
        "--tool", metavar="NAME",
        help="print the path of promtool, amtool, loki … for this machine; needs no Docker",
    )  # fmt: skip
    return parser.parse_args(arguments)


def _make_all(options: argparse.Namespace) -> None:
    catalogue = load_catalogue()
    wanted = [image for image in wanted_images() if _is_chosen(image, options.only)]
    if options.only and not wanted:
        raise BuildError(f"compose uses no image called {' or '.join(options.only)}")
    not_to_be_had, without_row = [], []
    # Seconds first, minutes after: whoever watches can use what is there already.
    order = {repository: number for number, repository in enumerate(catalogue)}
    for image in sorted(wanted, key=lambda one: (bool(one.service), order.get(one.repository, 0))):
        if image.service:
            _make_own(image, options)
            continue
        row = catalogue.get(image.repository)
        if row is None:
            without_row.append(image.name)
        elif row.unavailable:
            not_to_be_had.append(f"{image.name}: not to be had here ({row.unavailable})")
        else:
            _make(image, row, options)
    if not options.list:
        remove_replaced_images()
    for line in not_to_be_had:
        say(line)
    say(f"total: {elapsed():.0f} s")
    if without_row:
        # Last, so that one new name in the compose file costs nobody all other images.
        raise BuildError(
            f"compose uses {', '.join(without_row)} without a row in tests/images/catalogue.toml: "
            "add one with a source, or with the reason why it is unavailable"
        )


def _make(image: WantedImage, row: Image, options: argparse.Namespace) -> None:
    state = state_of(image, row)
    if state in {"built", "pulled"} and not options.force:
        say(f"{image.name}: there already ({state})")
    elif options.list:
        say(f"{image.name}: {state}, to be built")
    else:
        build_image(image, row)


def _make_own(image: WantedImage, options: argparse.Namespace) -> None:
    if options.list:
        say(f"{image.name}: built by compose from our Dockerfile (service {image.service})")
    else:
        build_own_image(image)


def _is_chosen(image: WantedImage, names: list[str]) -> bool:
    return not names or bool(
        {image.name, image.repository, image.repository.rpartition("/")[2]} & set(names)
    )


if __name__ == "__main__":
    sys.exit(main())
