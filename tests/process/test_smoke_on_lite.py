"""`make smoke-test` where nothing runs and no Docker engine answers."""

from tests.smoke_run import run_smoke_test

# What is proven without any server; the rest is told as left out, each with its reason.
PROVEN_ON_LITE = {
    "test_ready::test_app_becomes_ready",
    "test_ready::test_health_answers_ok",
    "test_canary::test_canary_answers_with_every_field",
    "test_canary::test_canary_used_its_tool",
    "test_canary::test_cost_is_tokens_times_price",
    "test_metrics::test_key_series_rise_at_the_app",
    "test_logs::test_canary_line_is_in_the_file_once",
    "test_correlation::test_exemplar_leads_to_the_log_file",
    "test_fault::test_fault_shows_in_metrics_and_ends",
}


def test_smoke_test_starts_lite_and_passes(tmp_path, free_port):
    """With nothing running the smoke test starts lite, passes, says what it left out, stops it."""
    run = run_smoke_test(
        tmp_path / "smoke.xml",
        DOCKER_HOST="unix:///nonexistent/docker.sock",
        APP_PORT=str(free_port),
        REQUIRE_STACK=None,  # what a server is needed for is left out here on purpose
    )
    assert run.exit_code == 0, run.output[-6000:]
    assert not run.failed
    assert run.passed >= PROVEN_ON_LITE
    assert any(name.startswith("test_bad_input::") for name in run.passed)
    assert run.left_out
    assert all("lite" in reason for reason in run.left_out.values())
    for reason in run.left_out.values():
        assert reason in run.output
