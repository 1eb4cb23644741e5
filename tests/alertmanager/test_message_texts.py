"""What people read in Slack, in a mail and on a page, word for word."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.alertmanager.rendering import LINKS, one_alert, rendered

MESSAGES = Path(__file__).with_name("messages")
GROUPS = {
    "one": [one_alert()],
    "several": [one_alert(), one_alert(description="9 % of others.", logs_url="")],
    "resolved": [one_alert(status="resolved")],
}
HOSTILE = "<script>alert(1)</script><!channel>&\"'{{ .Alerts }}"


def _setting(committed, receiver, kind, *keys):
    value = next(one for one in committed["receivers"] if one["name"] == receiver)[kind][0]
    for key in keys:
        value = value[key]
    return value


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize(
    ("form", "setting"),
    [
        ("slack", ("slack_configs", "text")),
        ("mail.txt", ("email_configs", "text")),
        ("mail.html", ("email_configs", "html")),
    ],
)
def test_a_message_reads_as_it_was_written_down(form, setting, group, committed, tmp_path):
    """Summary, description, times and links of every alert, for one, several and resolved."""
    name, _, ending = form.partition(".")
    text = rendered(
        _setting(committed, "alerts", *setting), GROUPS[group], tmp_path,
        kind="html" if ending == "html" else "text",
    )  # fmt: skip

    expected = (MESSAGES / f"{name}-{group}.{ending or 'txt'}").read_text("utf-8")
    assert [line.rstrip() for line in text.splitlines()] == expected.splitlines()


@pytest.mark.parametrize(
    ("receiver", "status", "title"),
    [
        ("alerts", "firing", "Agent Alert: HighErrorRate (shop)"),
        ("warnings", "firing", "Agent Warning: HighErrorRate (shop)"),
        ("alerts", "resolved", "Agent Alert: HighErrorRate (shop) is resolved"),
    ],
)
def test_slack_titles(receiver, status, title, committed, tmp_path):
    """The two channels' titles begin with the promised words and name the alert."""
    for key in ("title", "fallback"):
        given = _setting(committed, receiver, "slack_configs", key)
        assert rendered(given, [one_alert(status=status)], tmp_path) == title


@pytest.mark.parametrize(
    ("status", "severity", "color"),
    [
        ("firing", "critical", "#ff0000"),
        ("firing", "warning", "#ffa500"),
        ("firing", "info", "#00ff00"),
        ("firing", "odd", "#000000"),
        ("resolved", "critical", "#00ff00"),
    ],
)
def test_slack_colours_tell_the_severity(status, severity, color, committed, tmp_path):
    """Red, orange, green for an information or when it is over, black when nobody knows."""
    given = _setting(committed, "alerts", "slack_configs", "color")

    assert rendered(given, [one_alert(status=status, severity=severity)], tmp_path) == color


@pytest.mark.parametrize(
    ("status", "subject"),
    [
        ("firing", "[ALERT] HighErrorRate critical on shop"),
        ("resolved", "[ALERT] resolved: HighErrorRate critical on shop"),
    ],
)
def test_mail_subjects_can_be_filtered(status, subject, committed, tmp_path):
    """Every mail's subject begins with [ALERT] and says whether it is over."""
    given = _setting(committed, "alerts", "email_configs", "headers", "Subject")

    assert rendered(given, [one_alert(status=status)], tmp_path) == subject


def test_both_mail_servers_get_the_same_message(committed):
    """The inbox of the profile shows what the real mail would be."""
    real, inbox = next(r for r in committed["receivers"] if r["name"] == "alerts")["email_configs"]
    for key in ("to", "from", "headers", "text", "html", "send_resolved"):
        assert real[key] == inbox[key]


def test_pagerduty_gets_a_title_and_links(committed, tmp_path):
    """The page names the alert and leads to its runbook and its dashboard."""
    title = _setting(committed, "pagerduty", "pagerduty_configs", "description")
    links = _setting(committed, "pagerduty", "pagerduty_configs", "links")

    assert rendered(title, GROUPS["several"], tmp_path) == "HighErrorRate (shop)"
    assert [rendered(link["href"], GROUPS["several"], tmp_path) for link in links] == [
        LINKS["runbook_url"], LINKS["dashboard_url"],
    ]  # fmt: skip


class _Elements(HTMLParser):
    """Collects the elements and the addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.addresses += [value or "" for key, value in attrs if key in {"href", "src"}]
        assert not any(key.startswith("on") for key, _ in attrs)

    def handle_data(self, data):
        self.text += data


def test_hostile_labels_stay_text_in_a_mail(committed, tmp_path):
    """A label that holds HTML is shown and not run; an address that is a script is disarmed."""
    alert = one_alert(
        description=HOSTILE, severity=HOSTILE, summary=HOSTILE, runbook_url="javascript:alert(1)"
    )
    html = rendered(
        _setting(committed, "alerts", "email_configs", "html"), [alert], tmp_path, kind="html"
    )

    page = _Elements()
    page.feed(html)
    assert page.names <= {"html", "body", "div", "h3", "p", "a"}
    assert page.text.count("<script>alert(1)</script>") == 3
    assert not any("javascript" in address for address in page.addresses)


@pytest.mark.parametrize("key", ["text", "title", "fallback"])
def test_hostile_labels_call_nobody_in_slack(key, committed, tmp_path):
    """A label can neither call a channel nor dress up an address."""
    alert = one_alert(
        description=HOSTILE, severity=HOSTILE, summary=HOSTILE, service=HOSTILE,
        runbook_url="http://h/<!channel>|Runbook",
    )  # fmt: skip
    text = rendered(_setting(committed, "alerts", "slack_configs", key), [alert], tmp_path)

    for link in LINKS.values():
        text = text.replace(f"<{link.replace('&', '&amp;')}|", "[")
    assert "<!" not in text
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert text.count("<") <= 1  # the runbook's own, whose address holds no second bar
    assert "|Runbook|" not in text


def test_an_alert_without_any_of_our_labels_can_be_told(committed, tmp_path):
    """What somebody else sends has neither texts nor links, and is sent all the same."""
    alert = {**one_alert(), "labels": {"job": "x"}, "annotations": {}}
    data = [{**alert, "labels": {**alert["labels"], "alertname": ""}}]
    for receiver, kind, keys in (
        ("alerts", "slack_configs", ("title",)),
        ("alerts", "slack_configs", ("text",)),
        ("alerts", "slack_configs", ("title_link",)),
        ("alerts", "email_configs", ("headers", "Subject")),
        ("alerts", "email_configs", ("text",)),
        ("pagerduty", "pagerduty_configs", ("description",)),
    ):
        rendered(_setting(committed, receiver, kind, *keys), data, tmp_path)
