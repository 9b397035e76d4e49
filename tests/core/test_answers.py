"""A page that answers a form says where the browser's history finds it again (static/app.js)."""

from flask.testing import FlaskClient

from tests.factories.orders import make_order
from tests.orders.browsing import as_vendor


def test_an_address_that_can_be_opened_stays(client: FlaskClient) -> None:
    refused = client.post("/log-in", data={"email": "nobody@elsewhere.example", "password": "not it at all"})

    assert refused.status_code == 422
    assert '<body data-answers="here">' in refused.get_data(as_text=True)
    assert "data-answers" not in client.get("/log-in").get_data(as_text=True)


def test_an_act_without_a_page_of_its_own_stands_as_the_page_before(client: FlaskClient) -> None:
    trade, order = make_order()
    as_vendor(client, trade)

    refused = client.post(f"/portal/orders/{order.number}/decline", data={"reason": ""})

    assert refused.status_code == 422
    assert '<body data-answers="before">' in refused.get_data(as_text=True)
