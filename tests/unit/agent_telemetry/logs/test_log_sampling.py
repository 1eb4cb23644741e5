"""Sampling and levels of logs: what is left out is counted, what matters is never left out."""

import logging

import pytest

from agent_telemetry import ConfigurationError, Settings, correlation
from agent_telemetry.correlation import RequestContext
from agent_telemetry.logs.sampling import SamplingRule

FLOOD = SamplingRule.parse("first-100-then-1-in-100")
SHARE = SamplingRule.parse("0-percent-of-successful")
HOST = logging.getLogger("host")


def left_out(stack) -> float:
    """Read how many records were left out."""
    labels = {"signal": "logs", "reason": "sampled"}
    return stack.registry.get_sample_value("telemetry_dropped_total", labels)


def messages(log_lines) -> list[str]:
    """Return the messages of the shipped file."""
    return [line["message"] for line in log_lines()]


class Request:
    """A request with lines of its own, ended as asked for."""

    def __init__(self, name: str | None) -> None:
        self._context = RequestContext(request_id=name)

    def __enter__(self) -> None:
        self._token = correlation.enter(self._context)

    def __exit__(self, *_: object) -> None:
        correlation.leave(self._token)


def end(status: str = "success", level: int = logging.INFO) -> None:
    """Write the line that ends a request."""
    HOST.log(level, "end", extra={"event": "request_end", "status": status})


def test_off_keeps_all(make_stack, log_lines) -> None:
    """Without a setting nothing is left out."""
    stack = make_stack()
    for _ in range(300):
        HOST.info("same")
    assert len(log_lines()) == 300
    assert left_out(stack) == 0


def test_flood_of_equal_lines(make_stack, log_lines) -> None:
    """10 000 equal lines in a second leave 100 + 99; the rest is counted."""
    stack = make_stack(log_sampling=FLOOD)
    for number in range(10_000):
        HOST.info("same %d", number)
    assert len(log_lines()) == 199
    assert left_out(stack) == 9801


def test_flood_counts_by_level_message_and_second(make_stack, log_lines, clock) -> None:
    """Another message, another level and another second have counts of their own."""
    stack = make_stack(log_sampling=SamplingRule(first=1, one_in=1000), log_level="DEBUG")
    for _ in range(3):
        HOST.info("one")
        HOST.info("two")
        HOST.debug("one")
    clock.advance(1)
    HOST.info("one")
    assert sorted(messages(log_lines)) == ["one", "one", "one", "two"]
    assert left_out(stack) == 6


@pytest.mark.parametrize("rule", [SamplingRule(first=1, one_in=10**6), SHARE])
def test_what_matters_is_never_left_out(make_stack, log_lines, rule) -> None:
    """Warnings and above, cost, and the ends of requests stay, every one of them."""
    stack = make_stack(log_sampling=rule)
    with Request("r-1"):
        for _ in range(50):
            HOST.info("call", extra={"cost_usd": 0.1})
            HOST.info("run", extra={"run_cost_usd": 0.0})
            end()
            HOST.warning("careful")
            HOST.error("broken")
            end("error", logging.ERROR)
    assert len(log_lines()) == 300
    assert left_out(stack) == 0


def test_flood_of_different_messages_is_one_flood(make_stack, log_lines) -> None:
    """Messages that never repeat do not fill the memory: beyond 10 000 they count as one."""
    stack = make_stack(log_sampling=FLOOD)
    for number in range(10_300):
        HOST.info(f"message {number}")
    assert len(log_lines()) == 10_000 + 100 + 2
    assert left_out(stack) == 198


def test_lines_of_successful_requests(make_stack, log_lines) -> None:
    """A request that is not chosen leaves its end line only; the others are counted."""
    stack = make_stack(log_sampling=SHARE)
    with Request("r-1"):
        HOST.info("start")
        HOST.info("middle")
        end()
    with Request(None):
        HOST.info("outside")
    assert messages(log_lines) == ["end", "outside"]
    assert left_out(stack) == 2


@pytest.mark.parametrize("status", ["error", "client_error", "rejected"])
def test_lines_of_failed_requests_are_all_kept(make_stack, log_lines, status) -> None:
    """What a request said before it failed is there, in order, with the ids of its time."""
    stack = make_stack(log_sampling=SHARE)
    with Request("r-1"):
        with stack.agent("support", tenant_id="acme"):
            HOST.info("start")
        HOST.info("middle")
        end(status)
    found = messages(log_lines)
    assert [message for message in found if "support" not in message] == ["start", "middle", "end"]
    start = next(line for line in log_lines() if line["message"] == "start")
    assert (start["request_id"], start["tenant_id"]) == ("r-1", "acme")
    assert left_out(stack) == 0


def test_warning_lets_the_lines_before_and_after_it_go(make_stack, log_lines) -> None:
    """Once something is odd in a request all of its lines are kept, at once and in order."""
    make_stack(log_sampling=SHARE)
    with Request("r-1"):
        HOST.info("before")
        HOST.warning("odd")
        assert messages(log_lines) == ["before", "odd"]
        HOST.info("after")
        end()
    assert messages(log_lines) == ["before", "odd", "after", "end"]


def test_share_of_requests(make_stack, log_lines) -> None:
    """About the share asked for is kept, and of a request all lines or none."""
    make_stack(log_sampling=SamplingRule(percent=10))
    for number in range(2000):
        with Request(f"request-{number}"):
            HOST.info("one")
            HOST.info("two")
            end()
    found = messages(log_lines)
    assert found.count("one") == found.count("two")
    assert 100 < found.count("one") < 320


def test_requests_without_end_are_written(make_stack, log_lines, clock) -> None:
    """Lines are held for five minutes at most, and what is held is written at the end."""
    stack = make_stack(log_sampling=SHARE)
    with Request("r-1"):
        HOST.info("old")
    clock.advance(301)
    with Request("r-2"):
        HOST.info("new")
    assert messages(log_lines) == ["old"]
    stack.shutdown()
    assert messages(log_lines) == ["old", "new"]


def test_held_lines_are_bounded(make_stack, log_lines) -> None:
    """A request of very many lines, and very many requests, are written instead of held."""
    stack = make_stack(log_sampling=SHARE)
    with Request("long"):
        for _ in range(500):
            HOST.info("line")
        end()
    assert messages(log_lines).count("line") == 500
    for number in range(10_050):
        with Request(f"r-{number}"):
            HOST.info("held")
    assert messages(log_lines).count("held") == 50
    stack.shutdown()
    assert messages(log_lines).count("held") == 10_050


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AGENT_TELEMETRY_LOG_SAMPLING", "sometimes"),
        ("AGENT_TELEMETRY_LOG_SAMPLING", "first-0-then-1-in-100"),
        ("AGENT_TELEMETRY_LOG_SAMPLING", "100-percent-of-successful"),
        ("AGENT_TELEMETRY_TENANT_LEVELS", "umbrella"),
        ("AGENT_TELEMETRY_TENANT_LEVELS", "umbrella=LOUD"),
        ("AGENT_TELEMETRY_TENANT_LEVELS", "=DEBUG"),
        ("AGENT_TELEMETRY_TOKEN_LIMIT", "many"),
        ("AGENT_TELEMETRY_REDACT", "perhaps"),
        ("AGENT_TELEMETRY_AUDIT_FILE_BYTES", "5"),
    ],
)
def test_wrong_setting_stops_the_start(variable: str, value: str) -> None:
    """A wrong value names its variable and what it accepts."""
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env("a", {variable: value})
    assert variable in str(caught.value)


def test_settings_are_read() -> None:
    """The documented values are accepted."""
    env = {
        "AGENT_TELEMETRY_LOG_SAMPLING": "first-100-then-1-in-100",
        "AGENT_TELEMETRY_TENANT_LEVELS": "umbrella=debug, acme=Warning",
    }
    read = Settings.from_env("a", env)
    assert read.log_sampling == SamplingRule(first=100, one_in=100)
    assert read.tenant_levels == {"umbrella": "DEBUG", "acme": "WARN"}
    assert Settings.from_env("a", {"AGENT_TELEMETRY_LOG_SAMPLING": "off"}).log_sampling == (
        SamplingRule()
    )
    share = Settings.from_env("a", {"AGENT_TELEMETRY_LOG_SAMPLING": "10-percent-of-successful"})
    assert share.log_sampling == SamplingRule(percent=10)
