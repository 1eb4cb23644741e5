"""Which files are read: rotated ones, compressed ones, each once, and no copies."""

import gzip
from pathlib import Path

import pytest

from agent_telemetry.log_analysis.log_files import LogFiles, paths_of
from tests.unit.agent_telemetry.log_analysis.written_logs import analyzer, request, write


def compress(path):
    """Compress a file as a rotation does; return the new one."""
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    return packed


def test_rotated_and_compressed_files_are_read(tmp_path):
    """A file's name stands for what was rotated out of it too, plain or compressed."""
    write(tmp_path / "app-1.jsonl", request())
    write(tmp_path / "app-1.jsonl.1", request(), request())
    compress(write(tmp_path / "app-1.jsonl.2", request(), request(), request()))
    compress(write(tmp_path / "app-1.jsonl.2026-02-28", request()))
    write(tmp_path / "app-12.jsonl", request(endpoint="/of/another/process"))
    found = analyzer(tmp_path / "app-1.jsonl").get_request_stats()
    assert (found["total_requests"], found["files"]) == (7, 4)
    assert list(found["endpoints"]) == ["/chat"]
    assert analyzer(tmp_path).get_request_stats()["total_requests"] == 8
    some = analyzer(tmp_path / "app-*.jsonl").get_request_stats()
    assert (some["total_requests"], some["files"]) == (2, 2)


def test_copies_are_not_counted_twice(tmp_path):
    """Not read in a folder: the copy of errors, the trail, the link, a gzip beside its file."""
    own = write(tmp_path / "app-1.jsonl", request())
    write(tmp_path / "error.jsonl", request())
    write(tmp_path / "audit.jsonl", request())
    write(tmp_path / "audit-000000000001.jsonl", request())
    (tmp_path / "app.log").symlink_to(own.name)
    (tmp_path / "app-1.jsonl.gz").write_bytes(gzip.compress(own.read_bytes()))
    assert analyzer(tmp_path).get_request_stats()["total_requests"] == 1


def test_link_of_the_library_means_the_service(tmp_path):
    """`app.log` shows one process's file; who analyses it means those of all processes."""
    write(tmp_path / "app-1.jsonl", request())
    write(tmp_path / "app-2.jsonl", request())
    (tmp_path / "app.log").symlink_to("app-2.jsonl")
    assert analyzer(tmp_path / "app.log").get_request_stats()["total_requests"] == 2


def test_files_of_other_programs(tmp_path):
    """A folder without files of the library is read too: what ends in .log or .jsonl."""
    write(tmp_path / "service.log", request())
    write(tmp_path / "notes.txt", request())
    assert [each.name for each in paths_of(tmp_path)] == ["service.log"]


def test_open_files_survive_a_rotation(tmp_path):
    """Files renamed and deleted after the look are read all the same, each once."""
    write(tmp_path / "app-1.jsonl", request())
    write(tmp_path / "app-1.jsonl.1", request())
    with LogFiles.of(tmp_path) as files:
        (tmp_path / "app-1.jsonl.1").unlink()
        (tmp_path / "app-1.jsonl").rename(tmp_path / "app-1.jsonl.1")
        write(tmp_path / "app-1.jsonl", request())
        found = [Path(entry).read_bytes().count(b"\n") for entry in files.plain]
    assert found == [1, 1]


@pytest.mark.parametrize("damage", [b"\x1f\x8b no gzip", None], ids=["no gzip", "cut off"])
def test_damaged_gzip_is_named_and_the_rest_is_read(tmp_path, damage):
    """A compressed file that is damaged or cut off is named; the others are read."""
    write(tmp_path / "app-1.jsonl", request())
    packed = compress(write(tmp_path / "app-2.jsonl", *[request(n) for n in range(500)]))
    packed.write_bytes(damage or packed.read_bytes()[:200])
    found = analyzer(tmp_path).get_request_stats()
    assert found["total_requests"] == 1
    assert list(found["unreadable_files"]) == [str(packed)]


def test_more_files_than_are_held_open(tmp_path):
    """Hundreds of files, also with letters in their names that stand for others, are all read."""
    for number in range(300):
        write(tmp_path / f"app-1.jsonl.{number}", request())
    for name in ("service[1].log", "service*.log"):
        write(tmp_path / "odd" / name, request())
    assert analyzer(tmp_path).get_request_stats()["total_requests"] == 300
    assert analyzer(tmp_path / "odd").get_request_stats()["total_requests"] == 2
