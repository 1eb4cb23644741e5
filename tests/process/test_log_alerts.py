"""The alerts that are counted from log lines, on a real Loki with the shipped rules."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.polling import wait_for
from tests.process.loki_ruler import LINKS, LokiRuler, a_loki_ruler

_FIRING_WITHIN = 120
#: Shapes of secrets, put together here so that no scanner takes this file for a leak.
SECRETS = {
    "openai": "sk-" + "proj-" + "a1B2c3D4" * 4,
    "aws": "AKIA" + "ABCDEFGH12345678",
    "bearer": "Authorization: Bearer " + "q9W8e7R6t5Y4u3I2o1P0",
    "github": "ghp_" + "a1B2c3D4e5" * 4,
    "password in an address": "postgres://app:" + "hunter2@db:5432/orders",
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
}
ORDINARY = (
    "POST /chat 200 in 0.004 s",
    "Bearer of bad news: the risk-assessment-of-this-order-is-done",
    "Authorization: Bearer [redacted:bearer_token]",
    "key [redacted:api_key] and postgres://app:[redacted:url_password]@db:5432/orders",
    "asked http://llm-simulator:8090/v1 for sk-ip",
)
_TRACEBACK = 'Traceback (most recent call last):\n  File "app.py", line 3, in chat\nKeyError: 1'


@pytest.fixture(scope="module")
def loki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LokiRuler]:
    """A Loki with the shipped file, whose rules look back over shorter times."""
    with a_loki_ruler(tmp_path_factory.mktemp("loki")) as ruler:
        yield ruler


def test_ordinary_lines_alert_nobody(loki):
    """Rules evaluate without an error, and plain, redacted and a few failed lines start nothing."""
    loki.push("calm", *ORDINARY * 5, answer_hash="0f" * 32, exception_traceback="")
    loki.push("calm", *[f"failure {n}" for n in range(15)], level="ERROR")
    loki.push("calm", _TRACEBACK, level="ERROR", exception_traceback=_TRACEBACK)
    stored = datetime.now(UTC).isoformat()
    wait_for(lambda: loki.evaluated_after(stored), within=60, what="the lines were looked at")

    rules = {rule["name"]: rule for rule in loki.rules()}
    assert rules.keys() == {"HighLogErrorRate", "TracebackBurst", "LeakedSecret"}
    assert {rule["health"] for rule in rules.values()} == {"ok"}
    begun = [alert for rule in rules.values() for alert in rule.get("alerts") or []]
    assert [alert for alert in begun if alert["labels"]["service"] == "calm"] == []
    sent = [alert["labels"]["service"] for alert in loki.taker.alerts]
    assert "calm" not in sent


def test_many_errors_of_a_service_alert(loki):
    """More error lines than the limit fire, for the service that wrote them, and are delivered."""

    def firing() -> dict:
        loki.push("shop", *[f"failure {n}" for n in range(8)], level="ERROR", model="gpt-4o")
        return loki.firing("HighLogErrorRate").get("shop", {})

    alert = wait_for(firing, within=_FIRING_WITHIN, what="HighLogErrorRate fires", pause=2)

    assert alert["labels"] | {"severity": "warning", "scope": "logs"} == alert["labels"]
    assert alert["annotations"]["summary"] == "A service logs many errors."
    assert alert["annotations"]["description"].startswith("shop logged ")
    wait_for(lambda: _delivered(loki, "HighLogErrorRate"), within=60, what="it is delivered")
    sent = _delivered(loki, "HighLogErrorRate")
    assert sent["labels"] == {
        "alertname": "HighLogErrorRate", "service": "shop", "severity": "warning", "scope": "logs",
    }  # fmt: skip
    for link, place in {
        "runbook_url": LINKS["LINK_INBOX"] + "/runbooks/HighLogErrorRate",
        "dashboard_url": LINKS["LINK_GRAFANA"] + "/d/logs?var-service=shop&",
        "logs_url": LINKS["LINK_GRAFANA"] + "/explore?",
        "traces_url": LINKS["LINK_JAEGER"] + "/search?service=shop&",
    }.items():
        assert sent["annotations"][link].startswith(place)


@pytest.mark.parametrize("where", ["field", "text"])
def test_tracebacks_one_after_another_alert(loki, where):
    """Tracebacks count in the field of a record and in the text of a line that is no record."""
    service = f"shop-{where}"

    def firing() -> bool:
        for _ in range(4):
            if where == "field":
                loki.push(service, "it failed", exception_traceback=_TRACEBACK)
            else:
                loki.push(service, _TRACEBACK)
        return service in loki.firing("TracebackBurst")

    assert wait_for(firing, within=_FIRING_WITHIN, what="TracebackBurst fires", pause=2)


def test_one_line_with_a_secret_alerts(loki):
    """Each shape is found wherever it stands, and no alert repeats it."""
    services = set()
    for number, secret in enumerate(SECRETS.values()):
        loki.push(f"text-{number}", f"the call failed with {secret} at the end")
        loki.push(f"field-{number}", "the call failed", extra_answer=secret)
        services |= {f"text-{number}", f"field-{number}"}

    def missed() -> set[str]:
        return {each for each in services if not _delivered(loki, "LeakedSecret", each)}

    wait_for(lambda: not missed(), within=_FIRING_WITHIN, what="LeakedSecret fires for every shape")
    assert not [secret for secret in SECRETS.values() if secret in str(loki.taker.alerts)]


def test_an_alert_resolves_when_the_lines_stop(loki):
    """A leak that does not go on is over when the window has passed."""
    loki.push("once", f"key {SECRETS['aws']}")
    wait_for(
        lambda: "once" in loki.firing("LeakedSecret"),
        within=_FIRING_WITHIN,
        what="LeakedSecret fires",
    )

    wait_for(
        lambda: "once" not in loki.firing("LeakedSecret"),
        within=_FIRING_WITHIN,
        what="LeakedSecret is over",
    )


def _delivered(loki: LokiRuler, name: str, service: str = "") -> dict:
    """Return the first alert of a name, and of a service, that arrived; empty if none did."""
    for alert in loki.taker.alerts:
        labels = alert["labels"]
        if labels["alertname"] == name and service in {"", labels["service"]}:
            return alert
    return {}
