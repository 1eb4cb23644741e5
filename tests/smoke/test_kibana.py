"""With the profile `elk`: Kibana has what was imported."""

from elk.saved_objects import saved_objects


def test_kibana_has_the_dashboard_and_its_searches(kibana, poll):
    """The data view, the saved searches and the dashboard are in Kibana."""

    def imported():
        for each in saved_objects("http://localhost:16686"):
            path = f"/api/saved_objects/{each['type']}/{each['id']}"
            assert kibana.get(path, headers={"kbn-xsrf": "true"}).status_code == 200, path
        return True

    poll(imported, within=180, what="Kibana has its objects")
