"""Grafana finds its dashboards and starts without the internet."""

import yaml

from tests.config.compose_files import ROOT, services
from tests.config.dashboard_files import dashboards, panels_of
from tests.config.profile_dashboards import PROFILE_OF, without_data

PROVISIONING = ROOT / "grafana" / "provisioning"


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


def test_grafana_fetches_nothing_and_lets_nobody_sign_up():
    """It starts without internet, tells nobody that it runs, and has one known login."""
    given = services()["grafana"]["environment"]

    assert given["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"
    assert {given[k] for k in given if "ANALYTICS" in k or "NEWS" in k} == {"false"}
    assert given["GF_USERS_ALLOW_SIGN_UP"] == "false"
    assert given["GF_SECURITY_ADMIN_PASSWORD"] == "admin"


def test_a_dashboard_of_a_profile_tells_how_to_fill_it():
    """Without node-exporter, every panel of `host` says which profile starts it."""
    assert without_data({"elk", "zipkin"}) == {"host"}
    assert without_data({"host"}) == set()
    for uid, profile in PROFILE_OF.items():
        assert f"`{profile}`" in dashboards()[uid]["description"]
        for panel in panels_of(dashboards()[uid]):
            text = panel["fieldConfig"]["defaults"]["noValue"]
            assert f"PROFILES={profile}" in text, panel["title"]
