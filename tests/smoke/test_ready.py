"""Everything is up before anything else is asked."""


def test_app_becomes_ready(app, poll):
    """The sample agent is ready."""

    def ready() -> bool:
        response = app.get("/ready")
        assert response.status_code == 200, f"/ready {response.status_code}: {response.text}"
        return True

    poll(ready, within=90, what="/ready answers 200")


def test_every_container_becomes_healthy(full, poll):
    """Every container is healthy."""

    def healthy() -> bool:
        running = [c for c in full.project.containers() if c.state == "running"]
        late = [f"{c.service} is {c.health}" for c in running if c.health not in {"healthy", ""}]
        assert not late, ", ".join(late)
        return bool(running)

    poll(healthy, within=180, what="all containers are healthy")


def test_health_answers_ok(app):
    """The probe answers OK, the chat page is a page."""
    assert app.get("/health").text == "OK"
    assert "text/html" in app.get("/").headers["content-type"]
