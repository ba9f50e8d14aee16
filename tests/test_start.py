"""The house stands: a first look at the service on the loaded demo."""

from flask.testing import FlaskClient

from tests.factories import Factory


def test_home_names_the_district(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Accept-Language": "nl"})
    assert answer.status_code == 200
    assert "Zuidoost" in answer.text


def test_a_service_sees_what_the_test_made(own_client: FlaskClient, make: Factory) -> None:
    asset = make.asset(name="Bank bij de brug")
    assert own_client.get(f"/api/v1/assets/{asset.code}").json["name"] == "Bank bij de brug"  # type: ignore[index]
