"""What the dashboards are made with places, links and refuses as it says."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.config.dashboard_files import dashboards
from tests.config.grafana_builders import (
    Board,
    Row,
    alert_limits,
    all_boards,
    as_grafana_reads,
    generate,
    links,
    panel_kinds,
    promql,
    variables,
)

WORDS = panel_kinds.Words("Requests", "A second.", "no traffic")
QUERY = panel_kinds.Query("up")


def _number(panel_id=1, *, wide=3, high=5):
    return panel_kinds.number(panel_id, WORDS, QUERY, "none").span(wide).height(high)


def _board(*rows):
    return Board(title="A page", question="Is it?", rows=rows, variables=()).build()


@given(st.lists(st.tuples(st.integers(1, 24), st.integers(1, 20)), min_size=1, max_size=30))
def test_panels_never_overlap_and_never_leave_the_page(sizes):
    """Whatever the sizes, each panel has its own cells within 24 columns, in the given order."""
    panels = [_number(i + 1, wide=w, high=h) for i, (w, h) in enumerate(sizes)]
    placed = _board(Row("One", panels)).panels[1:]
    taken = set()
    for panel in placed:
        at = panel.grid_pos
        cells = {(x, y) for x in range(at.x, at.x + at.w) for y in range(at.y, at.y + at.h)}
        assert at.x + at.w <= 24
        assert not cells & taken
        taken |= cells
    assert [panel.id_val for panel in placed] == list(range(1, len(sizes) + 1))


def test_a_closed_row_holds_its_panels_and_takes_one_line():
    """Grafana drops panels that stand beside a closed row, and moves up what is below."""
    built = _board(Row("Closed", [_number()], collapsed=True), Row("Open", [_number(2)]))
    closed, opened, below = built.panels

    assert [panel.id_val for panel in closed.panels] == [1]
    assert (closed.grid_pos.y, opened.grid_pos.y, below.grid_pos.y) == (0, 1, 2)


def test_a_link_keeps_time_and_variables_and_escapes_all_but_the_templates():
    """What Grafana fills in stays as it is; the rest of the address can be parsed."""
    page = links.to_dashboard("T", "cost", keep=("service",), tenant=links.label("tenant_id"))
    trace = links.to_trace(links.cell("trace_id"))
    pane = json.loads(parse_qs(urlsplit(trace.url).query)["panes"][0])["a"]

    assert page.url == (
        "/d/cost?${__url_time_range}&${prometheus_datasource:queryparam}"
        "&${service:queryparam}&var-tenant=${__field.labels.tenant_id}"
    )
    assert pane["queries"][0]["query"] == "${__data.fields.trace_id}"
    assert pane["range"] == {"from": "${__from}", "to": "${__to}"}
    assert "%22" in trace.url
    assert "%24%7B" not in trace.url


@pytest.mark.parametrize(
    ("queries", "told"),
    [((), "1 to 8"), ((QUERY,) * 9, "1 to 8"), ((QUERY, panel_kinds.LogQuery("{}")), "one data")],
)
def test_a_panel_that_cannot_be_drawn_is_refused_by_its_title(queries, told):
    """No query, too many, or two data sources: the generator stops and names the panel."""
    with pytest.raises(ValueError, match=rf"Requests.*{told}"):
        panel_kinds.graph(1, WORDS, queries, "none")


def test_a_graph_has_a_limit_or_a_floor():
    """Two dashed lines of opposite meaning could not be told apart."""
    with pytest.raises(ValueError, match="limit or a floor"):
        panel_kinds.graph(1, WORDS, (QUERY,), "none", limit=1, floor=2)


def test_a_choice_must_be_among_its_values():
    """A misspelt default would show an empty dashboard."""
    with pytest.raises(ValueError, match="3 is not one of 1, 2"):
        variables.fixed_choice("x", "X", ("1", "2"), "3", "What it does.")


def test_limits_are_those_of_the_alerts():
    """A limit is found by name and scope; one that is not there stops the generator."""
    assert alert_limits.limit("HighErrorRate/request") == 0.05
    assert alert_limits.hold("HighErrorRate/request") == "5 m"
    assert alert_limits.percent(0.05) == "5 %"
    with pytest.raises(KeyError):
        alert_limits.limit("HighErrorRate/nowhere")


def test_a_share_of_nothing_is_nothing():
    """No traffic gives no value instead of NaN, and no failure gives 0."""
    assert promql.ratio("part", "whole") == "(part or whole * 0) / (whole > 0)"


def test_generating_twice_gives_the_same_files():
    """The committed files change only when a dashboard does."""
    assert generate.files() == generate.files()
    assert {path.stem for path in generate.files()} == {*all_boards(), "dashboards"}


def _without_placement(node):
    if isinstance(node, dict):
        kept = {k: v for k, v in node.items() if v != "inControlsMenu"}
        return {k: _without_placement(v) for k, v in kept.items()}
    return [_without_placement(one) for one in node] if isinstance(node, list) else node


@pytest.mark.parametrize("uid", sorted(dashboards()))
def test_a_dashboard_is_of_the_shape_that_grafana_knows(uid):
    """Read by the SDK's model and written again, nothing is lost and nothing renamed."""
    text = (generate.DASHBOARDS / f"{uid}.json").read_text("utf-8")

    # `placement` is a default that the model adds: it moves links and marks into a menu.
    assert _without_placement(as_grafana_reads(text)) == json.loads(text)
