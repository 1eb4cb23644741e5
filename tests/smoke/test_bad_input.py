"""Bad input gets a clear error, never a crash."""

import pytest

_JSON = {"content-type": "application/json"}
_TEXT = {"content-type": "text/plain"}
_TOO_MUCH = b'{"message": "' + b"x" * 70_000 + b'"}'


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param(b"{}", _JSON, {400, 422}, id="no message"),
        pytest.param(b'{"message": ', _JSON, {400, 422}, id="broken JSON"),
        pytest.param(b'{"message": "  "}', _JSON, {400, 422}, id="an empty message"),
        pytest.param(b'{"message": [1]}', _JSON, {400, 422}, id="a message that is no text"),
        pytest.param(b'{"message": "hi"}', _TEXT, {415}, id="another content type"),
        pytest.param(_TOO_MUCH, _JSON, {413}, id="more than 64 KiB"),
    ],
)
def test_bad_input_is_refused(app, body, headers, status):
    """Bad input gets a 4xx with a JSON error."""
    response = app.post("/chat", content=body, headers=headers)
    assert response.status_code in status, f"{response.status_code} {response.text[:200]}"
    assert response.json()
    assert app.get("/health").status_code == 200
