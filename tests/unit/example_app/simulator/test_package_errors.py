"""What every vendor's package makes of a simulator that refuses, is silent or is not there."""

import pytest

from tests.unit.example_app.simulator.package_clients import ANTHROPIC, OPENAI, ordered


@pytest.fixture(params=[OPENAI, ANTHROPIC], ids=["openai", "anthropic"])
def vendor(request):
    """A vendor's package."""
    return request.param


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def calls(request, vendor, client):
    """Its sync client, then its async client."""
    return vendor.calls(client.root, is_async=request.param)


def test_a_refused_key_is_an_authentication_error(vendor, calls):
    """The one key that the simulator refuses gives what a wrong key gives."""
    with pytest.raises(vendor.package.AuthenticationError) as raised:
        calls.call(vendor.ask(), api_key="invalid")
    if vendor is ANTHROPIC:
        assert raised.value.type == "authentication_error"


def test_no_answer_in_time_is_a_timeout(vendor, calls):
    """A held call runs into the package's own time-out."""
    with pytest.raises(vendor.package.APITimeoutError):
        calls.call(vendor.ask(timeout=0.2, **ordered("provider_timeout;hold_seconds=60")))


def test_nobody_there_is_a_connection_error(vendor, calls):
    """Where nothing listens the package says so."""
    with pytest.raises(vendor.package.APIConnectionError):
        calls.call(vendor.ask(), base_url=f"http://127.0.0.1:9{vendor.path}")


def test_the_package_comes_back_after_the_time_told(vendor, client, monkeypatch):
    """With retries on, the package waits for as long as Retry-After says, and then succeeds."""
    client.put_fault("provider_429", retry_after_seconds=7)
    waits = []

    def wait(seconds):
        waits.append(seconds)
        client.delete_faults()

    monkeypatch.setattr(f"{vendor.package.__name__}._base_client.time.sleep", wait)
    answer = vendor.calls(client.root, is_async=False).call(vendor.ask(), max_retries=1)
    assert answer.usage
    assert waits == [7]
