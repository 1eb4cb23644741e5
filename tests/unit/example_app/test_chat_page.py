"""The chat page: escaped, self-contained, with links only where something answers."""

import base64
import hashlib
import html
import json
import re


def settings_of(page: str) -> dict[str, object]:
    """Read what the page was told."""
    found = re.search(r'<meta name="settings" content="([^"]*)">', page)
    assert found
    return json.loads(html.unescape(found[1]))


def test_page_links_to_the_stack(make_client) -> None:
    """With the stack the page knows where Grafana, Jaeger and the inbox are, by PUBLIC_HOST."""
    client = make_client(stack_links=True, public_host="monitor.example", jaeger_port=26686)
    told = settings_of(client.request("GET", "/").text)
    assert told["jaeger"] == "http://monitor.example:26686"
    assert told["grafana"] == "http://monitor.example:3000"


def test_page_alone_links_to_nothing_that_is_not_there(client) -> None:
    """In lite there is no Grafana and no Jaeger to link to."""
    told = settings_of(client.request("GET", "/").text)
    assert (told["grafana"], told["jaeger"], told["inbox"]) == (None, None, None)


def test_page_fetches_nothing_from_elsewhere(client) -> None:
    """No address of another server stands in the page, so it works without a network."""
    page = client.request("GET", "/").text
    assert not re.findall(r"""(?:src|href)=["']?https?:|@import|url\(""", page)


def test_only_the_pages_own_script_may_run(client) -> None:
    """The policy names the script by its digest: an injected one would not run."""
    response = client.request("GET", "/")
    (script,) = re.findall(r"<script>(.*?)</script>", response.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = response.headers["content-security-policy"]
    assert f"script-src 'sha256-{digest}'" in policy
    assert "innerHTML" not in script


def test_page_asks_for_a_key_where_one_is_needed(make_client) -> None:
    """Where people need their tenant's key the page has a field for it, and the right agent."""
    told = settings_of(make_client(preset="finance-research").request("GET", "/").text)
    assert (told["key"], told["template"]) == (True, "research")
    told = settings_of(make_client().request("GET", "/").text)
    assert (told["key"], told["template"]) == (False, "support")


def test_hostile_public_host_stays_text(make_client) -> None:
    """A host name with markup in it ends in the attribute, escaped."""
    client = make_client(stack_links=True, public_host='"><script>x</script>')
    page = client.request("GET", "/").text
    assert page.count("<script>") == 1


def test_page_is_in_no_agent_metric(client) -> None:
    """Looking at the page is no request to the agent."""
    client.request("GET", "/")
    assert not [
        sample
        for family in client.stack.registry.collect()
        for sample in family.samples
        if family.name == "agent_requests" and sample.labels.get("endpoint") == "/"
    ]
