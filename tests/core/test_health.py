"""Liveness and readiness."""

from flask.testing import FlaskClient


def test_readiness_names_every_part(client: FlaskClient) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["parts"]["database"] == "ok"


def test_liveness_needs_no_session(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_an_unknown_address_is_a_page_people_understand(client: FlaskClient) -> None:
    answer = client.get("/nothing-here", headers={"Accept": "text/html"})

    assert answer.status_code == 404
