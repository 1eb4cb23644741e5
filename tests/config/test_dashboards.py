"""Grafana finds its dashboards and data sources, and starts without the internet."""

import re

import yaml

from tests.config.compose_files import ROOT, services

PROVISIONING = ROOT / "grafana" / "provisioning"


def _sources() -> dict[str, dict]:
    text = (PROVISIONING / "datasources" / "servers.yml").read_text("utf-8")
    return {one["uid"]: one for one in yaml.safe_load(text)["datasources"]}


def test_the_home_dashboard_exists_where_grafana_looks_for_it():
    """The first page after the login is a dashboard of this stack."""
    grafana = services()["grafana"]
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    mounts = {v.split(":")[1]: v.split(":")[0] for v in grafana["volumes"]}
    folder, _, name = home.rpartition("/")
    text = (PROVISIONING / "dashboards" / "dashboards.yml").read_text("utf-8")

    assert (ROOT / mounts[folder] / name).is_file()
    assert name == "overview.json"
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
