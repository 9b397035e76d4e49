"""Liveness and readiness."""

from datetime import timedelta

from flask.testing import FlaskClient

from marketplace.core import changes, clock
from marketplace.core.ids import new_id


def test_readiness_names_every_part(client: FlaskClient) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["parts"]["database"] == "ok"


def index_queue(client: FlaskClient, seconds: int = 0) -> str:
    """What readiness says of the queue after some seconds."""
    with clock.at(clock.now() + timedelta(seconds=seconds)):
        answer = client.get("/readyz")
    assert answer.json is not None
    return str(answer.json["parts"]["index queue"])


def test_an_indexer_that_hangs_is_said_although_little_waits(client: FlaskClient) -> None:
    changes.mark("product", [new_id()])
    assert index_queue(client) == "ok"
    assert index_queue(client, 50) == "ok"

    assert index_queue(client, 70).startswith("a change has waited to be indexed for 70 s")

    changes.settle(changes.read_marked(10))
    changes.mark("product", [new_id()])
    assert index_queue(client, 80) == "ok", "another one, which has only come"


def test_liveness_needs_no_session(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_an_unknown_address_is_a_page_people_understand(client: FlaskClient) -> None:
    answer = client.get("/nothing-here", headers={"Accept": "text/html"})

    assert answer.status_code == 404
