"""Files of workers, as prometheus-client writes them."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector


def write(path: Path, values: Mapping[str, float], time: float = 0.0) -> None:
    """Write a file of metrics with one label, ``kind``: ``name/value of the label`` → number."""
    file = MmapedDict(str(path))
    for name, value in values.items():
        metric, _, kind = name.partition("/")
        labels, given = (["kind"], [kind]) if kind else ([], [])
        file.write_value(mmap_key(metric, metric, labels, given, "Help."), value, time)
    file.close()


def shown(folder: Path) -> dict[str, float]:
    """Return what prometheus-client shows of a folder: ``name/value of the label`` → number."""
    files = [str(path) for path in sorted(folder.glob("*.db"))]
    return {
        "/".join([sample.name, *sample.labels.values()]): sample.value
        for family in MultiProcessCollector.merge(files)
        for sample in family.samples
    }


@contextmanager
def another_program(code: str, *arguments: str, **variables: str) -> Iterator["subprocess.Popen"]:
    """Run Python code that prints ``ready`` and then waits for its standard input to end."""
    child = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={"PATH": os.environ["PATH"], **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout.readline() == "ready\n"
        yield child
    finally:
        child.kill()
        child.wait(10)
        child.stdin.close()
        child.stdout.close()
