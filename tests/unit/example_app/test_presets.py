"""Presets: what each sets up, what wins over it, and what a wrong one says."""

from pathlib import Path

import pytest

from agent_telemetry import ConfigurationError
from example_app.presets import PRESETS, Preset
from example_app.settings import AppSettings
from example_app.tenants import TENANTS

NAMES = sorted(path.stem for path in PRESETS.glob("*.toml"))


def test_both_case_studies_are_there() -> None:
    """The shop and the bank each have a preset that can be read."""
    assert NAMES == ["ecommerce-support", "finance-research"]
    for name in NAMES:
        assert Preset.load(name).tenants


def test_no_preset_is_the_demo() -> None:
    """Without a preset everything is as the demo has it."""
    demo = Preset.load("")
    assert demo.default_template == "support"
    assert demo.who_may_ask().ids == ["public", *TENANTS]
    assert AppSettings.load(preset="") == AppSettings.load()


def test_finance_is_strict(make_client) -> None:
    """The finance preset wants a key, answers as the research agent, and blocks promises."""
    client = make_client(preset="finance-research")
    assert client.chat().status_code == 401
    headers = {"x-api-key": "demo-key-initech"}

    def ask(message: str):
        return client.request("POST", "/chat", json={"message": message}, headers=headers)

    answer = ask("What was the price of ACME over 5 days?").json()
    assert (answer["template"], answer["cached"]) == ("research", False)
    assert ask("Name me a guaranteed return").json()["error"]["code"] == "blocked_by_policy"
    wrong = client.request(
        "POST", "/chat", json={"message": "x"}, headers={"x-api-key": "demo-key-acme"}
    )
    assert wrong.status_code == 401


def test_shop_answers_without_a_key(make_client) -> None:
    """The shop's preset serves support, and its answers come from the cache for hours."""
    client = make_client(preset="ecommerce-support")
    assert client.chat().json()["template"] == "support"
    assert AppSettings.load(preset="ecommerce-support").cache_ttl_seconds == 4 * 3600


def test_limits_are_those_of_the_preset(make_client) -> None:
    """Tenants that a preset does not name share its limit for others."""
    client = make_client(preset="finance-research", auth_required=False)
    codes = [client.chat(f"hello {n}", tenant_id="guest").status_code for n in range(62)]
    assert codes.count(429) == 2


def test_own_variable_wins(monkeypatch) -> None:
    """What the operator sets by itself is stronger than the preset, the preset than a default."""
    monkeypatch.setenv("PRESET", "finance-research")
    monkeypatch.setenv("CACHE_TTL_SECONDS", "7")
    settings = AppSettings.load()
    assert (settings.cache_ttl_seconds, settings.auth_required) == (7, True)
    assert AppSettings.load(auth_required=False).auth_required is False


def test_own_key_takes_the_place_of_the_demos(make_client, monkeypatch) -> None:
    """A key in the environment is the tenant's only key; the documented one is void."""
    monkeypatch.setenv("TENANT_KEY_ACME", "a-real-key")
    client = make_client()

    def status(key: str) -> int:
        sent = {"json": {"message": "hello"}, "headers": {"x-api-key": key}}
        return client.request("POST", "/chat", **sent).status_code

    assert (status("a-real-key"), status("demo-key-acme")) == (200, 401)
    assert status("demo-key-globex") == 200


@pytest.mark.parametrize("name", ["shop", "../ecommerce-support", "ecommerce-support.toml", "é"])
def test_unknown_preset_stops_the_start(monkeypatch, name: str) -> None:
    """The message names PRESET and the presets that there are; no path leads elsewhere."""
    monkeypatch.setenv("PRESET", name)
    with pytest.raises(ConfigurationError) as caught:
        AppSettings.load()
    assert "PRESET" in str(caught.value)
    assert all(known in str(caught.value) for known in NAMES)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("default_template = ", "TOML"),
        ('default_template = "poet"', "default_template"),
        ('colour = "red"', "colour"),
        ("[settings]\nport = 1", "settings.port"),
        ('[[tenant]]\ntenant_id = "A B"', "tenant_id"),
        ('[[tenant]]\ntenant_id = "a"\nrequests_per_minute = 0', "requests_per_minute"),
        ('[[tenant]]\ntenant_id = "a"\n[[tenant]]\ntenant_id = "a"', "twice"),
        ('[[tenant]]\ntenant_id = "benchmark"', "reserved"),
        ('sensitive_words = "none.toml"', "none.toml"),
        ('sensitive_words = "../x.toml"', "sensitive_words"),
    ],
)
def test_bad_file_says_what_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    """A mistake in the file stops the start and is named, with PRESET."""
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        Preset.load("own", tmp_path)
    assert "PRESET" in str(caught.value)
    assert told in str(caught.value)


def test_bad_setting_of_a_preset_names_its_variable(tmp_path: Path, monkeypatch) -> None:
    """A value out of bounds is refused as if it had been set by its variable."""
    (tmp_path / "own.toml").write_text("[settings]\ncache_ttl_seconds = 0")
    monkeypatch.setattr("example_app.presets.PRESETS", tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        AppSettings.load(preset="own")
    assert "CACHE_TTL_SECONDS" in str(caught.value)
