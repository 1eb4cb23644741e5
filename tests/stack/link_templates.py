"""The links of dashboards, and how Grafana fills them for one point, bar or row."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.config.dashboard_files import panels_of
from tests.stack.grafana_variables import defaults

_FIELD = re.compile(r"\$\{__(?:field\.labels|data\.fields)\.(?P<name>\w+)\}")
_TEMPLATE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<format>\w+))?\}")


@dataclass(frozen=True)
class LinkTemplate:
    """One link of a dashboard.

    Attributes:
        dashboard: uid.
        panel_id: of the panel whose point, bar or row is clicked; 0 for one at the top.
        title: what it says.
        url: with templates.
    """

    dashboard: str
    panel_id: int
    title: str
    url: str

    @property
    def name(self) -> str:
        """Return what it is called in a test's id."""
        return f"{self.dashboard}-{self.panel_id}-{self.title}"

    @property
    def fields(self) -> frozenset[str]:
        """Return which labels or columns of what is clicked it carries."""
        return frozenset(found["name"] for found in _FIELD.finditer(self.url))


@dataclass(frozen=True)
class Target:
    """Where a filled link leads.

    Attributes:
        path: of Grafana, such as ``/d/cost``.
        params: of the address.
    """

    path: str
    params: tuple[tuple[str, str], ...]

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables that go along."""
        return {k.removeprefix("var-"): v for k, v in self.params if k.startswith("var-")}

    @property
    def explored(self) -> dict[str, Any]:
        """Return the one query that Explore opens with."""
        (pane,) = json.loads(dict(self.params)["panes"]).values()
        (query,) = pane["queries"]
        return dict(query)


def links(dashboard: Mapping[str, Any]) -> Iterator[LinkTemplate]:
    """Yield every link of a dashboard: at its top, of its panels, points and columns."""
    uid = dashboard["uid"]
    for link in dashboard.get("links", []):
        if link["type"] == "link":
            yield LinkTemplate(uid, 0, link["title"], link["url"])
    for panel in panels_of(dict(dashboard), rows=True):
        config = panel.get("fieldConfig", {"defaults": {}, "overrides": []})
        columns = [
            one
            for override in config["overrides"]
            for each in override["properties"]
            if each["id"] == "links"
            for one in each["value"]
        ]
        for link in (*panel.get("links", []), *config["defaults"].get("links", []), *columns):
            yield LinkTemplate(uid, panel["id"], link["title"], link["url"])


def filled(
    link: LinkTemplate, dashboard: Mapping[str, Any], clicked: Mapping[str, str], now: float
) -> Target:
    """Return where a link leads.

    Args:
        link: to be filled.
        dashboard: on which it is.
        clicked: label or column → value of what is clicked.
        now: seconds since 1970, the end of the time that the dashboard shows.

    Raises:
        KeyError: if it names a label, column or variable that is not there.
    """
    chosen = defaults(dashboard)
    since, until = str(int((now - 3600) * 1000)), str(int(now * 1000))
    own = {"__url_time_range": f"from={since}&to={until}", "__from": since, "__to": until}

    def value(found: re.Match[str]) -> str:
        name = found["name"]
        if name in own:
            return own[name]
        if found["format"] == "queryparam":
            return f"var-{name}={chosen[name]}"
        return chosen[name]

    url = _FIELD.sub(lambda found: clicked[found["name"]], link.url)
    return target(_TEMPLATE.sub(value, url))


def target(url: str) -> Target:
    """Return the parts of an address in which nothing is left to be filled.

    Raises:
        ValueError: if a template is left.
    """
    if "${" in unquote(url) or "{{" in unquote(url):
        raise ValueError(f"nobody fills {url}")
    parts = urlsplit(url)
    # A `+` of PromQL or LogQL is escaped, an unescaped one stands for itself in what Grafana fills.
    params = parse_qsl(parts.query.replace("+", "%2B"), keep_blank_values=True)
    return Target(parts.path, tuple(params))


def about_failures(target: Target) -> bool:
    """Return whether what a link to Explore looks for are failures, of which there may be none."""
    expr = target.explored.get("expr", "")
    return "error_type" in expr or "WARN" in expr or "ERROR" in expr
