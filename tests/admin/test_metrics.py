"""Figures for Prometheus: counted, and only for those who may read them."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.core import metrics


@pytest.fixture
def token(app: Flask) -> str:
    """Production asks for a token."""
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], metrics_token="a-long-token")
    return "a-long-token"


@pytest.fixture(autouse=True)
def settings_stay(app: Flask) -> object:
    before = app.config["SETTINGS"]
    yield
    app.config["SETTINGS"] = before


def test_requests_and_queues_are_counted(client: FlaskClient) -> None:
    client.get("/healthz")

    text = client.get("/metrics").get_data(as_text=True)

    assert 'millgate_request_seconds_count{endpoint="health.healthz",method="GET",status="200"}' in text
    assert "millgate_index_waiting" in text
    assert 'millgate_part_ready{of="database"} 1.0' in text


def test_a_strangers_address_makes_no_name(client: FlaskClient) -> None:
    client.get("/no-such-page-of-ours")

    text = client.get("/metrics").get_data(as_text=True)

    assert "no-such-page" not in text
    assert 'endpoint="none"' in text


def test_with_a_token_only_its_holder_reads(client: FlaskClient, token: str) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_another_machine_reads_nothing_without_a_token(client: FlaskClient) -> None:
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.7"}).status_code == 404


def test_a_call_outside_is_counted_with_its_outcome(client: FlaskClient) -> None:
    with metrics.outside_call("stripe"):
        pass
    with pytest.raises(TimeoutError), metrics.outside_call("stripe"):
        raise TimeoutError

    text = client.get("/metrics").get_data(as_text=True)

    assert 'millgate_outside_seconds_count{outcome="ok",system="stripe"}' in text
    assert 'millgate_outside_seconds_count{outcome="TimeoutError",system="stripe"}' in text
