"""`make up` and `make smoke-test` on the shipped compose file."""

from commands.environment import flag
from tests.left_out import read_list
from tests.smoke_run import run_smoke_test


def test_smoke_test_passes_on_the_full_stack(stack, stack_environment, tmp_path):
    """On the stack that `make up` started every check passes but what needs Grafana or Kibana."""
    run = run_smoke_test(tmp_path / "smoke.xml", **stack_environment)
    print(run.output)
    assert run.exit_code == 0, run.output[-8000:]
    assert not run.failed
    may_be_left_out = {test.rsplit("/", 1)[-1].replace(".py", "") for test in read_list()}
    if flag("SMOKE_QUICK"):
        may_be_left_out.add("test_alert_delivery::test_end_of_the_alert_reaches_the_inbox")
    if "grafana" not in stack.services:
        assert set(run.left_out) == may_be_left_out, run.left_out
    else:
        assert not run.left_out


def test_up_again_changes_nothing(project, command, stack_environment):
    """`make up` on a running stack keeps every container that runs."""
    before = _containers(project)
    again = command("up", **stack_environment)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "http://localhost:" + stack_environment["APP_PORT"] in again.stdout
    assert _containers(project) == before


def test_dead_container_ends_the_smoke_test_with_its_log(
    project, outage, stack_environment, tmp_path
):
    """A dead container ends the smoke test at once, naming it and showing its last lines."""
    outage.take("loki", how="kill")
    (last_line,) = project.log_lines("loki", 1)
    run = run_smoke_test(tmp_path / "smoke.xml", **stack_environment)
    assert run.exit_code == 1
    assert not run.passed
    assert "loki: exited (137). Its last lines:" in run.output
    assert last_line in run.output


def _containers(project):
    """Return the id of the running container of each service."""
    lines = project.output("ps", "--format", "{{.Service}} {{.ID}}").splitlines()
    return dict(line.split() for line in lines)
