"""Rules about each panel: what it says, shows and asks."""

import re
from collections.abc import Iterator

from tests.config.dashboard_files import WITHOUT_QUERY, panels_of
from tests.config.dashboard_lint.rule import Dashboard, rule

#: Grafana's ids of units; one that is not here is misspelt, or to be looked up and added.
UNITS = {
    "none", "short", "percent", "percentunit", "s", "ms", "µs", "dateTimeAsLocal",
    "dateTimeFromNow", "dtdurations", "bytes", "decbytes", "Bps", "binBps", "reqps", "suffix:/s",
    "ops", "wps", "rps", "eps", "currencyUSD", "bool_on_off", "bool_yes_no", "string",
}  # fmt: skip
#: The kinds that Grafana 12.4 has and does not mean to remove.
TYPES = {
    "stat", "gauge", "timeseries", "table", "piechart", "bargauge", "heatmap", "logs", "alertlist",
    "dashlist", "text", "statetimeline", "state-timeline", "histogram", "barchart", "nodeGraph",
    "traces", "status-history",
}  # fmt: skip


def _named(panel: dict) -> str:
    return f"{panel.get('id')} {panel.get('title')}"


@rule
def panel_title_description(dashboard: Dashboard) -> Iterator[str]:
    """Every panel says what it shows and what is good, in sentences; no two have one title."""
    seen: set[str] = set()
    for panel in panels_of(dashboard):
        title = panel.get("title", "")
        if not title or title in seen:
            yield f"{_named(panel)}: has no title of its own"
        seen.add(title)
        if not re.search(r"[.!]$", panel.get("description", "")):
            yield f"{_named(panel)}: its description does not end with a sentence"


@rule
def panel_says_why_it_is_empty(dashboard: Dashboard) -> Iterator[str]:
    """`No data` says nothing; the panel's own words do. Grafana fills no variables in them."""
    for panel in panels_of(dashboard):
        text = panel["fieldConfig"]["defaults"].get("noValue")
        if not text or "$" in text:
            yield f"{_named(panel)}: has no text for no data, or one with a variable"


@rule
def panel_units(dashboard: Dashboard) -> Iterator[str]:
    """Every number has a unit that Grafana knows."""
    for panel in panels_of(dashboard):
        overrides = panel["fieldConfig"].get("overrides", [])
        units = [p["value"] for one in overrides for p in one["properties"] if p["id"] == "unit"]
        for unit in [panel["fieldConfig"]["defaults"].get("unit"), *units]:
            if unit not in UNITS:
                yield f"{_named(panel)}: {unit} is no known unit"


@rule
def panel_type(dashboard: Dashboard) -> Iterator[str]:
    """No kind of panel that newer Grafanas have taken away, such as graph or table-old."""
    for panel in panels_of(dashboard):
        if panel["type"] not in TYPES:
            yield f"{_named(panel)}: {panel['type']} is no kind of panel to use"


@rule
def panel_no_targets(dashboard: Dashboard) -> Iterator[str]:
    """Every panel asks something, each query under a letter of its own."""
    for panel in panels_of(dashboard):
        targets = panel.get("targets", [])
        letters = [target.get("refId") for target in targets]
        if not targets and panel["type"] not in WITHOUT_QUERY:
            yield f"{_named(panel)}: asks nothing"
        if len(set(letters)) < len(letters) or not all(letters):
            yield f"{_named(panel)}: two queries have one letter, or one has none"


@rule
def panel_datasource(dashboard: Dashboard) -> Iterator[str]:
    """A panel and its queries read what is chosen at the top."""
    chosen = {
        f"${{{one['name']}}}": one["query"]
        for one in dashboard["templating"]["list"]
        if one["type"] == "datasource"
    }
    for panel in panels_of(dashboard):
        if panel["type"] in WITHOUT_QUERY:
            continue
        for source in (panel.get("datasource"), *(t.get("datasource") for t in panel["targets"])):
            if not source or chosen.get(source["uid"]) != source["type"]:
                yield f"{_named(panel)}: reads {source}, which nobody chooses"


@rule
def graph_details(dashboard: Dashboard) -> Iterator[str]:
    """A graph has a legend with numbers and a tooltip with all series; zero is its floor."""
    for panel in panels_of(dashboard):
        if panel["type"] != "timeseries":
            continue
        legend, tooltip = panel["options"]["legend"], panel["options"]["tooltip"]
        if not (legend["showLegend"] and legend["displayMode"] == "table" and legend["calcs"]):
            yield f"{_named(panel)}: has no legend with numbers"
        if (tooltip["mode"], tooltip["sort"]) != ("multi", "desc"):
            yield f"{_named(panel)}: its tooltip does not show every series"
        below = "below 0" in panel["description"]
        if panel["fieldConfig"]["defaults"].get("min") != 0 and not below:
            yield f"{_named(panel)}: its axis does not begin at 0, and nobody says why"


@rule
def latency_has_exemplars(dashboard: Dashboard) -> Iterator[str]:
    """Quantiles of the agent's own histograms show single requests, which lead to their traces."""
    for panel in panels_of(dashboard):
        for target in panel.get("targets", []):
            expr = target.get("expr", "")
            asks = "histogram_quantile" in expr and not target.get("instant")
            timed = re.search(r"\{?(agent|ai|gen_ai|http)\w*(seconds|ms)_bucket", expr)
            if panel["type"] == "timeseries" and asks and timed and not target.get("exemplar"):
                yield f"{_named(panel)}: its query {target['refId']} shows no exemplars"


@rule
def thresholds_have_a_meaning(dashboard: Dashboard) -> Iterator[str]:
    """A line that is drawn is a limit, and the description says whose."""
    for panel in panels_of(dashboard):
        defaults = panel["fieldConfig"]["defaults"]
        drawn = defaults.get("custom", {}).get("thresholdsStyle", {}).get("mode", "off") != "off"
        if drawn and not re.search(r"line|alert|page|warn|Good", panel["description"]):
            yield f"{_named(panel)}: does not say what its line is"
        if drawn and len(defaults["thresholds"]["steps"]) < 2:
            yield f"{_named(panel)}: draws a line that it has not got"


@rule
def table_of_lines_has_one_time(dashboard: Dashboard) -> Iterator[str]:
    """Fields taken out of a log line stand beside its time, and bring no second one."""
    for panel in panels_of(dashboard):
        for one in panel.get("transformations", []):
            if one["id"] == "extractFields" and one["options"].get("keepTime") is not False:
                yield f"{_named(panel)}: shows the time twice"


@rule
def missing_cells_have_no_colour(dashboard: Dashboard) -> Iterator[str]:
    """A cell without a value is neither good nor bad, and does not speak for the whole table."""
    for panel in panels_of(dashboard):
        if panel["type"] != "table":
            continue
        every, *others = panel["fieldConfig"]["overrides"]
        if every["matcher"] != {"id": "byRegexp", "options": ".*"}:
            yield f"{_named(panel)}: says nothing of cells without a value"
        for one in [every, *others]:
            mappings = [p["value"] for p in one["properties"] if p["id"] == "mappings"]
            if any("null+nan" not in str(each) for each in mappings):
                yield f"{_named(panel)}: colours a cell without a value"
