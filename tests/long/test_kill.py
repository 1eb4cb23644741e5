"""Killed in the middle of its work, the agent starts again on what is left."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.smoke.chat_requests import ask, new_question

ROUNDS = 10


def test_log_survives_kills(start):
    """After each kill it starts again on the same folders, and every log line is whole."""
    for turn in range(ROUNDS):
        lite = start()
        with ThreadPoolExecutor(4) as pool:
            sent = [
                pool.submit(ask, lite.http, new_question(), f"kill-{turn}-{n}") for n in range(8)
            ]
            sent[0].result()
            lite.child.kill()
            lite.child.wait(timeout=10)
            for one in sent[1:]:
                # Cut off, or answered before.
                assert one.exception() is None or isinstance(one.exception(), httpx.HTTPError)
        for file in (lite.directory / "logs").glob("*.jsonl"):
            for line in file.read_text(encoding="utf-8").splitlines():
                assert json.loads(line)["timestamp"]
