"""Tools called with hostile arguments by a model that does whatever it is told."""

import json

import pytest

from tests.process.conftest import a_free_port, lites
from tests.process.hostile_input import MARK, RESEARCH_TOOL_CALLS, TOOL_CALLS
from tests.process.log_lines import records
from tests.process.obedient_model import ObedientModel

CALLS = {
    **{name: ("support", *call) for name, call in TOOL_CALLS.items()},
    **{name: ("research", *call) for name, call in RESEARCH_TOOL_CALLS.items()},
}
#: Whatever they are called with, nothing of this may come back.
SECRETS = ("root:", "SQLITE", "sqlite3", "Traceback", "site-packages", "/proc/", "uid=")


@pytest.fixture(scope="module")
def lite(tmp_path_factory):
    """A lite version whose model obeys."""
    directory = tmp_path_factory.mktemp("obedient")
    with ObedientModel() as model, lites(directory, a_free_port()) as start:
        yield start(LLM_BASE_URL=model.base_url, BENCHMARK_SECONDS="0")


def call(lite, template, *calls):
    """Have the model make tool calls; return the chat's answer."""
    answer = lite.http.post(
        "/chat",
        json={"message": json.dumps(calls), "template": template},
        headers={"Cache-Control": "no-cache"},
    )
    assert answer.status_code == 200, answer.text[:500]
    for secret in SECRETS:
        assert secret not in answer.text
    return answer.json()


@pytest.mark.parametrize("case", list(CALLS.values()), ids=list(CALLS))
def test_hostile_arguments_are_answered(lite, case):
    """The tool refuses or finds nothing; the chat goes on, and the order book is whole."""
    template, tool, arguments = case
    answer = call(lite, template, (tool, arguments))
    assert [each["status"] in {"success", "failed"} for each in answer["tools"]] == [True]
    assert MARK not in answer["tools"][0]["name"]
    order = call(lite, "support", ("lookup_order", '{"order_id": "1042"}'))
    assert "Trail running shoes" in order["reply"]


@pytest.mark.parametrize(
    "order_id", ["1042' OR '1'='1", "%", "' UNION SELECT 1 --", "\u0661\u0660\u0664\u0662"]
)
def test_sql_in_an_order_id_finds_no_order(lite, order_id):
    """An order id is compared as it stands."""
    answer = call(lite, "support", ("lookup_order", json.dumps({"order_id": order_id})))
    assert "there is no order of that number" in answer["reply"]
    assert "tracking_number" not in answer["reply"]


@pytest.mark.parametrize(
    "name", ["power tower", "power tower by carets", "names", "attributes", "comprehension", "text"]
)
def test_calculator_calculates_numbers_only(lite, name):
    """What is no short sum of numbers fails as a tool call, at once and harmlessly."""
    answer = call(lite, "research", RESEARCH_TOOL_CALLS[name])
    assert answer["tools"][0]["status"] == "failed"


def test_other_templates_tools_are_not_to_be_had(lite):
    """The research agent cannot be talked into the shop's refunds."""
    answer = call(lite, "research", ("request_refund", '{"order_id": "1042"}'))
    assert answer["tools"][0]["status"] == "failed"
    assert "R-" not in answer["reply"]


def test_echoed_markup_is_json_text(lite):
    """A model that repeats markup gives JSON, which no browser takes for a page."""
    message = f"<script>{MARK}</script>"
    answer = lite.http.post("/chat", json={"message": message})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["reply"] == message


def test_log_stays_whole(lite):
    """Every line is a JSON object, and no tool's name in it is a stranger's."""
    call(lite, "support", TOOL_CALLS["tool named by markup"])
    names = {record.get("tool_name") for record in records(lite.directory / "logs")}
    assert not [name for name in names if name and ("<" in name or "/" in name)]
