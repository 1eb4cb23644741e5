"""What the files say is what Prometheus evaluates."""

import yaml

from commands.checkout import ROOT

FOLDERS = ("prometheus/alerts", "prometheus/recording")


def test_loaded_rules_are_the_files_rules(prometheus):
    """The loaded rules are the files' rules, and none is broken."""
    in_files = {
        (group["name"], rule.get("alert") or rule["record"])
        for folder in FOLDERS
        for file in sorted((ROOT / folder).glob("*.yml"))
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    }
    groups = prometheus.get("rules")["groups"]
    loaded = {(group["name"], rule["name"]) for group in groups for rule in group["rules"]}
    assert in_files
    assert loaded == in_files
    broken = {r["name"]: r["lastError"] for g in groups for r in g["rules"] if r["health"] == "err"}
    assert not broken


def test_watchdog_beats_at_the_inbox(inbox, poll):
    """Watchdog, which always fires, beats at the inbox."""
    poll(lambda: inbox.last_beat_seconds() < 180, within=180, what="Watchdog at the inbox")
