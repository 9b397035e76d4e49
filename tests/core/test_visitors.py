"""What a visitor leaves behind who only looks, and how pages look to him."""

from flask.testing import FlaskClient

from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor


def test_a_visitor_who_only_looks_gets_no_session(client: FlaskClient) -> None:
    product = make_product(make_vendor())

    for path in ("/", "/categories", "/search?q=bolt", f"/products/{product.slug}"):
        answer = client.get(path)

        assert answer.status_code == 200, path
        assert answer.headers.getlist("Set-Cookie") == [], path


def test_the_theme_is_remembered_and_leads_back(client: FlaskClient) -> None:
    chosen = client.get("/theme?theme=dark&next=/categories")

    assert (chosen.status_code, chosen.location) == (303, "/categories")
    assert 'data-theme="dark"' in client.get("/categories").get_data(as_text=True)

    client.get("/theme?theme=system&next=/categories")

    assert "data-theme" not in client.get("/categories").get_data(as_text=True).partition("<head>")[0]


def test_the_theme_leads_to_no_stranger(client: FlaskClient) -> None:
    assert client.get("/theme?theme=light&next=//evil.example").location == "/"
