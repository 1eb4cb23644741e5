"""Services whose image is not to be had."""

import pytest
import yaml

from commands import absent_images
from commands.absent_images import ImagesNotToBeHadError, built_services, get_images, leave_out


class FakeProject:
    """A project with given services, an engine with given images."""

    def __init__(self, tmp_path, images):
        self.config = {
            "services": {
                "app": {"image": "our/app:dev", "build": {"context": "."}},
                "traffic": {"image": "our/app:dev", "build": {"context": "."}},
                "grafana": {"image": "grafana/grafana:1"},
                "loki": {"image": "grafana/loki:1"},
            }
        }
        self.left_out_file = tmp_path / "run" / "left-out.yml"
        self.images = set(images)
        self.pulled = []

    def run(self, *words, **_):
        """Note what was pulled; no registry answers."""
        self.pulled.append(words)
        return 1


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """Makes a project whose engine has the given images."""

    def make(*images):
        project = FakeProject(tmp_path, images)
        monkeypatch.setattr(absent_images, "present", lambda image: image in project.images)
        return project

    return make


def test_nothing_is_pulled_when_all_is_here(engine):
    """With every image here no registry is asked."""
    project = engine("grafana/grafana:1", "grafana/loki:1")
    assert get_images(project) == []
    assert project.pulled == []


def test_grafana_may_be_left_out(engine):
    """Grafana's image alone missing: it is tried to pull, then left out."""
    project = engine("grafana/loki:1")
    assert get_images(project) == ["grafana"]
    assert "grafana" in project.pulled[0]
    assert "loki" not in project.pulled[0]


def test_needed_image_is_named(engine):
    """Another image missing is an error that names it and says what helps."""
    with pytest.raises(ImagesNotToBeHadError, match=r"(?s)loki: grafana/loki:1.*make images"):
        get_images(engine("grafana/grafana:1"))


class ComposeLoader(yaml.SafeLoader):
    """Reads compose's own tag, which says that a list takes another's place, as the list."""


ComposeLoader.add_constructor("!override", lambda loader, node: loader.construct_sequence(node))


def test_override_switches_services_off_and_goes_away(engine):
    """The override puts what is left out behind a profile; with nothing left out it is gone."""
    project = engine()
    leave_out(project, ["grafana"])
    written = yaml.load(project.left_out_file.read_text(), Loader=ComposeLoader)
    assert written["services"] == {"grafana": {"profiles": ["image-not-to-be-had"]}}
    leave_out(project, [])
    assert not project.left_out_file.exists()
    leave_out(project, [])


def test_an_image_is_built_once(engine):
    """Of several services with one image only the first is built."""
    assert built_services(engine().config["services"]) == ["app"]
