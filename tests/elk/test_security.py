"""With security on: nobody without a password, and a writer that can only add records."""

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from elasticsearch import AuthenticationException

from elk.connection import connect
from elk.index_template import NAME, index_template
from elk.set_up import set_up
from elk.users import ROLE, WRITER
from tests.elasticsearch_server import elasticsearch_home, elasticsearch_server
from tests.elk.conftest import AS_SHIPPED
from tests.process.elasticsearch_stacks import counted, stack_at

_PASSWORDS = {"elastic": "first-word", WRITER: "second-word"}


def _hashed(password):
    """Return a password in the form of Elasticsearch's file of users."""
    salt = b"salt" * 8
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 1000, 32)
    return "{PBKDF2}1000$" + "$".join(base64.b64encode(part).decode() for part in (salt, key))


@pytest.fixture(scope="module")
def secured():
    """A node with security on. This build cannot store users; the writer is in its files."""
    settings = {**AS_SHIPPED, "xpack.security.enabled": "true"}
    with (
        elasticsearch_home() as home,
        elasticsearch_server(home, settings, started=False) as node,
    ):
        node.add_secret("bootstrap.password", _PASSWORDS["elastic"])
        (node.config / "roles.yml").write_text(json.dumps({WRITER: ROLE}), "utf-8")
        (node.config / "users").write_text(f"{WRITER}:{_hashed(_PASSWORDS[WRITER])}\n", "utf-8")
        (node.config / "users_roles").write_text(f"{WRITER}:{WRITER}\n", "utf-8")
        node.start()
        yield node


def test_nobody_without_a_password(secured):
    """A request without a password, and one with a wrong one, are refused."""
    assert httpx.get(f"{secured.url}/_cluster/health").status_code == 401
    with (
        connect({"ELASTICSEARCH": secured.url, "ELASTIC_PASSWORD": "wrong"}) as client,
        pytest.raises(AuthenticationException),
    ):
        client.cluster.health()


def test_writer_adds_records_and_nothing_else(secured, tmp_path):
    """The agent stores its records as the writer, who can neither read nor change nor delete."""
    env = {"ELASTICSEARCH": secured.url, "ELASTIC_PASSWORD": _PASSWORDS["elastic"]}
    with connect(env) as client:
        set_up(client, env)
        url = secured.url.replace("://", f"://{WRITER}:{_PASSWORDS[WRITER]}@")
        login = (WRITER, _PASSWORDS[WRITER])
        with stack_at(url, tmp_path) as stack:
            assert stack.audit("refund_granted", "Refund", amount=12)
            assert stack.flush(60)
            assert counted(stack, "telemetry_dropped_total") == 0
        client.indices.refresh(index=f"{NAME}-*")
        (hit,) = [
            hit for hit in client.search(index=f"{NAME}-*")["hits"]["hits"]
            if hit["_source"].get("event") == "refund_granted"
        ]  # fmt: skip
        with httpx.Client(base_url=secured.url, auth=login) as writer:
            path = f"/{hit['_index']}"
            refused = [
                writer.get(f"{path}/_doc/{hit['_id']}"),
                writer.post(f"{path}/_update/{hit['_id']}", json={"doc": {"message": "no"}}),
                writer.delete(f"{path}/_doc/{hit['_id']}"),
                writer.delete(path),
                writer.put(f"/_index_template/{NAME}", json=index_template()),
                writer.post("/somebody-elses/_doc", json={}),
                writer.get("/_security/user"),
            ]
        assert {answer.status_code for answer in refused} == {403}


class _Asked(BaseHTTPRequestHandler):
    """Takes every request as Elasticsearch does, and keeps it."""

    server: "_Server"

    def _take(self):
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        self.server.asked[f"{self.command} {self.path}"] = body
        answer = b"{}"
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("x-elastic-product", "Elasticsearch")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_PUT = do_POST = do_GET = _take  # noqa: N815 -- the base class's names

    def log_message(self, *_):
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    asked: dict


def test_set_up_makes_the_users():
    """The writer gets its role and password and Kibana its own; without a password, neither."""
    server = _Server(("127.0.0.1", 0), _Asked)
    server.asked = {}
    serving = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    serving.start()
    env = {
        "ELASTICSEARCH": f"http://127.0.0.1:{server.server_port}",
        "ELASTIC_PASSWORD": "first-word",
    }
    passwords = {"ELASTIC_WRITER_PASSWORD": "second-word", "KIBANA_PASSWORD": "third-word"}
    try:
        with connect(env) as client:
            set_up(client, env)
            assert not [path for path in server.asked if "_security" in path]
            set_up(client, env | passwords)
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
    asked = {path: body for path, body in server.asked.items() if "_security" in path}
    assert asked == {
        f"PUT /_security/role/{WRITER}": ROLE,
        f"PUT /_security/user/{WRITER}": {"password": "second-word", "roles": [WRITER]},
        "PUT /_security/user/kibana_system/_password": {"password": "third-word"},
    }
