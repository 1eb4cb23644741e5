"""The console in an app that is not ours: one line, reading only, for whom it is meant."""

import base64
import importlib.util

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from agent_telemetry import ConfigurationError
from agent_telemetry.console.access import basic_access, token_access
from agent_telemetry.console.missing_extra import MissingExtraError
from agent_telemetry.console.page_frame import PAGES
from tests.console_page import ConsolePage
from tests.polling import wait_for

TRACE = "0af7651916cd43dd8448eb211c80319c"
PATHS = [page.path.replace("{trace_id}", TRACE) for page in PAGES]


async def hello(_request: Request):
    """Answer."""
    return PlainTextResponse("hello")


def fastapi_app():
    """A plain FastAPI app."""
    app = FastAPI()
    app.add_api_route("/hello", hello)
    return app


def starlette_app():
    """A plain Starlette app."""
    return Starlette(routes=[Route("/hello", hello)])


APPS = pytest.mark.parametrize("make_app", [fastapi_app, starlette_app])


@pytest.fixture
def served(make_stack):
    """Serve an app with a console; returns the client and the stack."""
    clients = []

    def serve(app, **options):
        stack = make_stack()
        stack.console(app, **options)
        stack.instrument(app)
        client = TestClient(app)
        clients.append(client.__enter__())
        return client, stack

    yield serve
    for client in clients:
        client.__exit__(None, None, None)


@APPS
def test_one_line_mounts_it(served, make_app):
    """A request to a plain app is on the console's pages a moment later."""
    client, _stack = served(make_app())
    assert client.get("/hello").text == "hello"

    def seen():
        page = ConsolePage.of(client.get("/console/").text)
        return page.number("requests") == 1

    wait_for(seen, within=10, what="the request on the overview", pause=0.1)


@APPS
def test_every_page_is_drawn(served, make_app):
    """Each page is drawn without a fault, when nothing has happened yet."""
    client, _stack = served(make_app())
    for path in PATHS:
        answer = client.get(f"/console{path}")
        page = ConsolePage.of(answer.text)
        assert (answer.status_code, page.all("fault")) == (200, []), path
        assert page.all("menu"), path


def test_it_works_below_another_path(served):
    """Below a path of several parts every link stays below it, and no request of it is counted."""
    client, stack = served(fastapi_app(), path="/ops/console")
    page = ConsolePage.of(client.get("/ops/console/").text)
    links = [part.attributes["href"] for part in page.all("menu-traces")]
    assert links == ["/ops/console/traces"]
    assert ConsolePage.of(client.get("/ops/console/traces").text).all("empty")
    assert stack.recent.requests(60) == {}


def test_a_proxys_prefix_is_in_links(served):
    """Behind a proxy that takes a prefix off, links carry it; a strange prefix is left out."""
    client, _stack = served(fastapi_app())
    for prefix, link in (("/team", "/team/console/logs"), ('//x"><script>', "/console/logs")):
        answer = client.get("/console/", headers={"x-forwarded-prefix": prefix})
        assert ConsolePage.of(answer.text).one("menu-logs").attributes["href"] == link


@APPS
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_it_only_reads(served, make_app, method):
    """No page takes anything but GET and HEAD."""
    client, _stack = served(make_app())
    for path in (*PATHS, "/_nicegui_ws/socket.io/"):
        answer = client.request(method, f"/console{path}")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD"), path


def test_two_stacks_have_two_consoles(make_stack):
    """Each of two stacks in one process shows its own runs, and none of the other's."""
    app = fastapi_app()
    first, second = make_stack(service_name="first"), make_stack(service_name="second")
    first.console(app, path="/first")
    second.console(app, path="/second")
    with TestClient(app) as client:
        for stack, runs in ((first, 1), (second, 2)):
            for _ in range(runs):
                with stack.agent("support"):
                    pass

        def rows(path):
            return len(ConsolePage.of(client.get(f"{path}/traces").text).all("trace-row"))

        wait_for(lambda: (rows("/first"), rows("/second")) == (1, 2), within=10, what="runs",
                 pause=0.1)  # fmt: skip
        assert "second" not in ConsolePage.of(client.get("/first/").text).one("brand").text


def test_wrong_name_or_password_is_refused(served):
    """Without the right password there is no page, no file and no websocket."""
    client, _stack = served(fastapi_app(), auth=basic_access("ops", "not-a-guess"))
    wrong = base64.b64encode(b"ops:guess").decode()
    for headers in ({}, {"authorization": f"Basic {wrong}"}, {"authorization": "Basic %%%"}):
        for path in (*PATHS, "/_nicegui/static/x.js"):
            answer = client.get(f"/console{path}", headers=headers)
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"].startswith("Basic ")
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect(
                "/console/_nicegui_ws/socket.io/?EIO=4&transport=websocket", headers=headers
            ),
        ):
            pass


def test_right_password_opens_and_a_cookie_keeps_open(served):
    """With the password the page is there; its cookie alone opens what the page then loads."""
    client, _stack = served(fastapi_app(), auth=basic_access("ops", "not-a-guess"))
    first = client.get("/console/", auth=("ops", "not-a-guess"))
    assert first.status_code == 200
    assert "HttpOnly" in first.headers["set-cookie"]
    assert client.get("/console/traces").status_code == 200
    client.cookies.set("agent_telemetry_console", "guess", path="/console")
    client.cookies.clear()
    assert client.get("/console/traces").status_code == 401


def test_token_opens(served):
    """A token opens, as a bearer or in the address; another one does not."""
    client, _stack = served(fastapi_app(), auth=token_access("t0ken"))
    bearer = {"authorization": "Bearer t0ken"}
    assert client.get("/console/", headers=bearer).status_code == 200
    client.cookies.clear()
    assert client.get("/console/?token=t0ken").status_code == 200
    client.cookies.clear()
    assert client.get("/console/?token=other").status_code == 401
    assert client.get("/console/", headers={"authorization": "Bearer "}).status_code == 401


def test_own_function_decides(served):
    """A function of the host decides, also one that waits; its refusal is 403."""

    async def ours(connection):
        return connection.headers.get("x-team") == "agents"

    client, _stack = served(fastapi_app(), auth=ours)
    assert client.get("/console/").status_code == 403
    assert client.get("/console/", headers={"x-team": "agents"}).status_code == 200


def test_a_page_of_another_site_gets_no_websocket(served):
    """A websocket that another site's page opens is refused."""
    client, _stack = served(fastapi_app())
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(
            "/console/_nicegui_ws/socket.io/?EIO=4&transport=websocket",
            headers={"origin": "http://elsewhere.example"},
        ),
    ):
        pass


def test_passwords_are_not_shown():
    """Neither password nor token is in what a debugger or a log shows."""
    assert "secret" not in repr(basic_access("ops", "secret")) + repr(token_access("secret"))


@pytest.mark.parametrize("empty", [("", "x"), ("x", "")])
def test_an_empty_password_is_none(empty):
    """Access by an empty name, password or token cannot be set up."""
    with pytest.raises(ValueError, match="not empty"):
        basic_access(*empty)
    with pytest.raises(ValueError, match="not empty"):
        token_access("")


@pytest.mark.parametrize("path", ["", "/", "console", "/a b", "//x", "/x/{y}", "/<b>"])
def test_a_path_that_is_none_is_refused(make_stack, path):
    """A path at which nothing can be mounted is refused with what is accepted."""
    with pytest.raises(ConfigurationError, match="/console"):
        make_stack().console(fastapi_app(), path=path)


def test_an_app_without_mounts_is_refused(make_stack):
    """A bare ASGI function is refused with what is accepted."""
    with pytest.raises(TypeError, match="FastAPI or Starlette"):
        make_stack().console(lambda scope, receive, send: None)  # noqa: ARG005


def test_without_the_extra_the_error_says_what_to_install(make_stack, monkeypatch):
    """Without NiceGUI the error names the command that helps."""
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "agent_telemetry.console.missing_extra.find_spec",
        lambda name: None if name == "nicegui" else real(name),
    )
    with pytest.raises(MissingExtraError, match=r"pip install agent-telemetry\[console\]"):
        make_stack().console(fastapi_app())
