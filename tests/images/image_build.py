"""Puts images together and hands them to the engine under the names that compose uses."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tempfile
from pathlib import Path

from tests.images import base_image, host_certificates, image_tree
from tests.images.bundles import bundle, bundle_fingerprint
from tests.images.cache import log_file, scratch_directory
from tests.images.catalogue import Bootstrap, Image
from tests.images.compose_images import COMPOSE_FILE, WantedImage
from tests.images.image_check import check_image
from tests.images.programs import BuildError, run, run_logged
from tests.images.progress import step

LABEL = "agent-monitoring-stack.recipe"


def recipe_of(image: Image, tag: str) -> str:
    """Changes when the image would come out differently; it is kept as a label."""
    shaped_by = [Path(module.__file__ or "").read_text() for module in (image_tree, base_image)]
    facts = [
        dataclasses.asdict(image), bundle_fingerprint(image), tag, host_certificates.fingerprint(),
        *shaped_by,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=dict).encode()).hexdigest()[:16]


def state_of(wanted: WantedImage, image: Image) -> str:
    """What the engine has under this name: 'missing', 'outdated', 'pulled' or 'built'."""
    try:
        labels = json.loads(run(["docker", "image", "inspect", wanted.name]))[0]["Config"]["Labels"]
    except BuildError:
        return "missing"
    if LABEL not in (labels or {}):
        return "pulled"
    return "built" if labels[LABEL] == recipe_of(image, wanted.tag) else "outdated"


def build_image(wanted: WantedImage, image: Image) -> None:
    """Make the image under its name, which an older one loses, and check the result."""
    files = bundle(image, image.built_version or wanted.version)
    with step(f"{wanted.name}: putting the image together"):
        with tempfile.TemporaryDirectory(dir=scratch_directory()) as name:
            work = Path(name)
            environment = dict(image.environment)
            if any(isinstance(source, Bootstrap) for source in image.sources):
                system = work / "system"
                run(["cp", "-a", files, system])
                base_image.add_outside(system, image)
                environment |= base_image.trust_the_same(system)
                run(["tar", "-C", system, "-cf", work / "image.tar", "."])
            else:
                image_tree.write_image_tree(image, files, work / "image.tar", work)
            _import(wanted, image, environment, work / "image.tar")
        check_image(wanted, image)


def build_own_image(wanted: WantedImage) -> None:
    """Let compose build an image from our Dockerfile; its own cache knows what has changed."""
    run_logged(
        ["docker", "compose", "-f", COMPOSE_FILE, "--profile", "*", "build", wanted.service],
        title=f"{wanted.name}: docker compose build {wanted.service}",
        log=log_file(wanted.repository),
    )


def remove_replaced_images() -> None:
    """Remove the images that lost their name to a newer one and that no container uses."""
    run(["docker", "image", "prune", "--force", "--filter", f"label={LABEL}"])


def _import(wanted: WantedImage, image: Image, environment: dict[str, str], tar: Path) -> None:
    changes = [f"LABEL {LABEL}={recipe_of(image, wanted.tag)}", f"WORKDIR {image.workdir}"]
    changes += [f"ENV {name}={value}" for name, value in environment.items()]
    changes += [f"EXPOSE {port}" for port in image.ports]
    changes += [f"USER {image.user}"] if image.user else []
    changes += [f"VOLUME {json.dumps(image.volumes)}"] if image.volumes else []
    changes += [f"ENTRYPOINT {json.dumps(image.entrypoint)}"] if image.entrypoint else []
    changes += [f"CMD {json.dumps(image.command)}"] if image.command else []
    options = [word for change in changes for word in ("--change", change)]
    run(["docker", "import", *options, "-", wanted.name], stdin=tar)
