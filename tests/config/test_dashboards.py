"""Every dashboard can be understood, linked to and loaded."""

import re

import pytest
import yaml

from grafana.panel_ids import PANEL_IDS
from tests.config.compose_files import ROOT, services
from tests.config.dashboard_files import dashboards, panel_name, panels

PROVISIONING = ROOT / "grafana" / "provisioning"
every_panel = pytest.mark.parametrize("given", list(panels()), ids=panel_name)
every_dashboard = pytest.mark.parametrize("uid", sorted(dashboards()))


def _sources() -> dict[str, dict]:
    text = (PROVISIONING / "datasources" / "servers.yml").read_text("utf-8")
    return {one["uid"]: one for one in yaml.safe_load(text)["datasources"]}


@every_panel
def test_every_panel_explains_itself(given):
    """Title, description, unit and a text for "no data": nobody has to ask what is shown."""
    _, panel = given
    defaults = panel["fieldConfig"]["defaults"]

    assert panel["title"]
    assert re.search(r"[.!]$", panel["description"])
    assert defaults["unit"]
    assert defaults["noValue"]


@every_panel
def test_every_query_has_a_source_and_a_name(given):
    """Links to a panel and overrides of a query need stable names."""
    _, panel = given
    ids = [target["refId"] for target in panel["targets"]]

    assert ids
    assert len(set(ids)) == len(ids)
    assert all(target["expr"] for target in panel["targets"])


@every_panel
def test_every_panel_reads_a_data_source_that_is_provisioned(given):
    """Sources are chosen by variables whose first choice is a provisioned uid."""
    uid, panel = given
    chosen = {
        "${" + one["name"] + "}": one["current"]["value"]
        for one in dashboards()[uid]["templating"]["list"]
        if one["type"] == "datasource"
    }
    for target in panel["targets"]:
        named = chosen[target["datasource"]["uid"]]
        assert _sources()[named]["type"] == target["datasource"]["type"]


@every_dashboard
def test_panel_ids_are_unique_and_the_ones_that_are_linked(uid):
    """An alert's link opens the same panel in every version."""
    ids = [panel["id"] for found, panel in panels(rows=True) if found == uid]
    shown = {panel["id"] for found, panel in panels() if found == uid}

    assert len(set(ids)) == len(ids)
    assert shown == set(PANEL_IDS[uid].values())


@every_dashboard
def test_a_dashboard_is_found_refreshes_and_is_not_edited_in_the_browser(uid):
    """Tag, refresh, shared cross-hair, classic format for files, marks of alerts."""
    dashboard = dashboards()[uid]

    assert dashboard["tags"]
    assert dashboard["editable"] is False
    assert dashboard["refresh"]
    assert dashboard["graphTooltip"] == 1
    assert isinstance(dashboard["schemaVersion"], int)
    assert {"service", "tenant"} <= {v["name"] for v in dashboard["templating"]["list"]}
    assert any("ALERTS" in one["expr"] for one in dashboard["annotations"]["list"])


def test_the_agent_performance_monitor_has_the_promised_panels():
    """QPS by tenant, P95, error rate, cache hit rate as a gauge, the cost of the last day."""
    found = {p["title"]: p for uid, p in panels() if uid == "agent-performance-monitor"}

    assert found["QPS by tenant"]["fieldConfig"]["defaults"]["unit"] == "reqps"
    assert "0.95" in found["P95 response time"]["targets"][0]["expr"]
    assert found["P95 response time"]["targets"][0]["exemplar"] is True
    assert found["Error rate"]["fieldConfig"]["defaults"]["unit"] == "percentunit"
    assert found["Cache hit rate"]["type"] == "gauge"
    cost = found["API cost, last 24 h"]
    assert (cost["type"], cost["fieldConfig"]["defaults"]["unit"]) == ("stat", "currencyUSD")
    assert "[24h]" in cost["targets"][0]["expr"]


def test_the_home_dashboard_exists_where_grafana_looks_for_it():
    """The first page after the login is a dashboard of this stack."""
    grafana = services()["grafana"]
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    mounts = {v.split(":")[1]: v.split(":")[0] for v in grafana["volumes"]}
    folder, _, name = home.rpartition("/")
    text = (PROVISIONING / "dashboards" / "dashboards.yml").read_text("utf-8")

    assert (ROOT / mounts[folder] / name).is_file()
    assert yaml.safe_load(text)["providers"][0]["options"]["path"] == folder


def test_data_sources_point_at_services_of_compose():
    """Each source is a server that runs, on the port that it listens on."""
    for source in _sources().values():
        host, port = re.fullmatch(r"http://([\w-]+):(\d+)", source["url"]).groups()
        assert any(one.endswith(f":{port}") for one in services()[host]["ports"])


def test_signals_are_linked_in_every_direction():
    """Exemplar → trace, log line → trace, span → logs, span → metrics, all by existing uids."""
    sources = _sources()
    exemplar = sources["prometheus"]["jsonData"]["exemplarTraceIdDestinations"][0]
    line = sources["loki"]["jsonData"]["derivedFields"][0]
    span = sources["jaeger"]["jsonData"]

    assert sources.keys() == {"prometheus", "loki", "jaeger", "alertmanager"}
    assert (exemplar["name"], exemplar["datasourceUid"]) == ("trace_id", "jaeger")
    assert (line["matcherType"], line["matcherRegex"]) == ("label", "trace_id")
    assert (line["datasourceUid"], line["url"]) == ("jaeger", "$${__value.raw}")
    assert span["tracesToLogsV2"]["datasourceUid"] == "loki"
    assert span["tracesToLogsV2"]["query"] == '{$${__tags}} | trace_id = "$${__trace.traceId}"'
    assert span["tracesToMetrics"]["datasourceUid"] == "prometheus"


def test_grafana_fetches_nothing_and_lets_nobody_sign_up():
    """It starts without internet, tells nobody that it runs, and has one known login."""
    given = services()["grafana"]["environment"]

    assert given["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"
    assert {given[k] for k in given if "ANALYTICS" in k or "NEWS" in k} == {"false"}
    assert given["GF_USERS_ALLOW_SIGN_UP"] == "false"
    assert given["GF_SECURITY_ADMIN_PASSWORD"] == "admin"
