"""Programs built from published Go modules: static, stripped, with the tag's version in them.

A module is built in a copy of its own directory, so that the versions are exactly those that its
own go.mod and go.sum name; Go checks each download against those sums.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from tests.images.cache import log_file
from tests.images.catalogue import (
    MANIFESTS,
    CollectorBuild,
    GoModule,
    GoModuleWithPage,
    fill_in,
)
from tests.images.programs import BuildError, run, run_logged

COLLECTOR_BUILDER = "go.opentelemetry.io/collector/cmd/builder"
# In its go.mod the number of the collector's stable modules can be read.
COLLECTOR_CORE = "go.opentelemetry.io/collector/otelcol"
STABLE_MODULE = "go.opentelemetry.io/collector/confmap"

ENVIRONMENT = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-buildvcs=false",
    # A module may ask for a newer Go than the one installed: let Go fetch it.
    "GOTOOLCHAIN": "auto",
    "GOWORK": "off",
}


def build_module(source: GoModule, version: str, into: Path, work: Path) -> None:
    """Build the programs of one module and lay them out below `into` as in the image."""
    number = fill_in(source.module_version, version, minor_offset=source.minor_offset)
    tree = work / "module"
    shutil.copytree(_module_directory(f"{source.module}@{number}"), tree, symlinks=True)
    run(["chmod", "-R", "u+w", tree])
    for path, text in source.write.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    if isinstance(source, GoModuleWithPage):
        _build_web_page(source, tree)
    arguments = ["-trimpath", f"-tags={','.join(source.build_tags)}"]
    if _drop_local_replacements(tree):
        # The published stand-ins are not in the module's go.sum; Go's checksum database has them.
        arguments.append("-mod=mod")
    values = [f"-X {name}={fill_in(value, version)}" for name, value in source.link.items()]
    for package, path in source.programs.items():
        run_logged(
            [_go(), "build", *arguments, "-ldflags", " ".join(["-s -w", *values]),
             "-o", into / path.lstrip("/"), f"./{package}"],
            title=f"compiling {source.module} {number} {package}",
            log=log_file(source.module), cwd=tree, env=ENVIRONMENT,
        )  # fmt: skip
    for inside, path in source.files.items():
        target = into / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tree / inside, target)


def build_collector(source: CollectorBuild, version: str, into: Path, work: Path) -> None:
    """Let the collector's builder put the collector of the manifest together, below `into`."""
    run_logged(
        [_go(), "install", f"{COLLECTOR_BUILDER}@v{version}"],
        title=f"compiling the collector's builder {version}",
        log=log_file("collector"), env={**ENVIRONMENT, "GOBIN": str(work)},
    )  # fmt: skip
    manifest = work / "manifest.yaml"
    manifest.write_text(
        fill_in(
            (MANIFESTS / source.manifest).read_text(),
            version,
            stable_version=_stable_version(version),
            output=str(work / "collector"),
        )
    )
    run_logged(
        [work / "builder", f"--config={manifest}"],
        title=f"compiling the collector {version}", log=log_file("collector"), cwd=work,
        env={**ENVIRONMENT, "GOFLAGS": "-buildvcs=false -trimpath", "PATH": _path_with_go()},
    )  # fmt: skip
    target = into / source.program.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(work / "collector" / "otelcol-contrib", target)


def _build_web_page(source: GoModuleWithPage, tree: Path) -> None:
    """Run the module's own npm script; npm checks each download against its package-lock.json."""
    npm = shutil.which("npm")
    if npm is None:
        raise BuildError(f"npm is not installed here: {source.module} needs it for its web page")
    for words in (["ci", "--no-audit", "--no-fund"], ["run", source.npm_script]):
        run_logged(
            [npm, *words], title=f"{source.module}: npm {words[0]}",
            log=log_file(source.module), cwd=tree,
        )  # fmt: skip


def _go() -> str:
    """The Go command; its usual place is tried when it is not in PATH."""
    found = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if found is None:
        raise BuildError(
            "Go is not installed here: install Go 1.21 or newer (it fetches by itself the newer "
            "one that a module asks for), then try again"
        )
    return found


def _path_with_go() -> str:
    return f"{Path(_go()).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def _download(module: str) -> dict[str, str]:
    # Outside of any module, and with the answer of the module proxy checked by Go itself.
    answer = run([_go(), "mod", "download", "-json", module], cwd=Path(os.sep), env=ENVIRONMENT)
    described: dict[str, str] = json.loads(answer)
    return described


def _module_directory(module: str) -> Path:
    return Path(_download(module)["Dir"])


def _stable_version(version: str) -> str:
    """The number of the collector's stable modules in a release: 0.149.0 -> 1.55.0."""
    requirements = Path(_download(f"{COLLECTOR_CORE}@v{version}")["GoMod"]).read_text()
    found = re.search(rf"{re.escape(STABLE_MODULE)} v(\S+)", requirements)
    if found is None:
        raise BuildError(f"{COLLECTOR_CORE} v{version} no longer requires {STABLE_MODULE}")
    return found[1]


def _drop_local_replacements(tree: Path) -> bool:
    """Take out replacements by directories that a published module does not have."""
    module = json.loads(run([_go(), "mod", "edit", "-json"], cwd=tree, env=ENVIRONMENT))
    local = [
        replacement["Old"]["Path"]
        for replacement in module.get("Replace") or []
        if replacement["New"]["Path"].startswith(".")
    ]
    for path in local:
        run([_go(), "mod", "edit", f"-dropreplace={path}"], cwd=tree, env=ENVIRONMENT)
    return bool(local)
