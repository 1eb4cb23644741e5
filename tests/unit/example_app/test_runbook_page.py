"""The runbooks of the agent itself: there without an inbox, escaped, in no metric."""

import pytest

from example_app.incidents import load_incidents
from example_app.runbook_page import runbook_page


def test_every_incident_has_its_runbook(client):
    """The link of each incident's alert ends at a page that tells what to do."""
    for incident in (each.in_lite() for each in load_incidents().values()):
        if incident.alert:
            page = client.request("GET", f"/runbooks/{incident.alert}")
            assert page.status_code == 200
            assert "<h2" in page.text
            assert "script-src 'sha256-" in page.headers["content-security-policy"]


def test_unknown_runbook_names_those_like_it(client):
    """A wrong name is 404 with the name that was meant; markup in it stays text."""
    page = client.request("GET", "/runbooks/APICallFailure")
    assert page.status_code == 404
    assert "/runbooks/APICallFailures" in page.text
    hostile = client.request("GET", "/runbooks/%3Cimg%20src=x%3E")
    assert hostile.status_code == 404
    assert "<img" not in hostile.text


@pytest.mark.parametrize("name", ["..", "%2e%2e%2fREADME", "..%5Csecret"])
def test_nothing_outside_the_folder_is_read(client, name):
    """No name leads out of the folder."""
    assert client.request("GET", f"/runbooks/{name}").status_code in {200, 404}
    assert "make up" not in client.request("GET", f"/runbooks/{name}").text


def test_stack_leaves_runbooks_to_the_inbox(make_client):
    """Beside the inbox the agent serves none."""
    client = make_client(stack_links=True)
    assert client.request("GET", "/runbooks/APICallFailures").status_code == 404


def test_page_is_in_no_agent_metric(client):
    """Reading a runbook is no request to the agent."""
    client.request("GET", "/runbooks/APICallFailures")
    assert client.sample("agent_requests_total", endpoint="/runbooks/{name}") == 0
    assert not client.log(event="request_end")


def test_empty_folder_is_said(client, tmp_path):
    """Without any runbook the list says so."""
    client.app.router.routes.clear()
    client.app.include_router(runbook_page(client.stack, tmp_path))
    assert "None are here." in client.request("GET", "/runbooks").text
