"""Filters, my quantity and the order are one form: whichever button is pressed, all that was typed and ticked is sent."""

from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from marketplace.catalogue.models import AttributeKind
from tests.factories.catalogue import make_attribute, make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page

Fields = MultiDict[str, str]


class _Forms(HTMLParser):
    """What each form of a page sends, by the name that its buttons know it by: its id, or its place."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sent: dict[str, Fields] = {}
        self.buttons: list[str] = []
        self.here = self.select = ""
        self.owner = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        owner = found.get("form", self.here)
        if tag == "form":
            self.here = found.get("id") or f"form {len(self.sent)}"
            self.sent.setdefault(self.here, MultiDict())
        elif tag == "input" and "name" in found and (found.get("type") != "checkbox" or "checked" in found):
            self.sent.setdefault(owner, MultiDict()).add(found["name"], found.get("value", "on"))
        elif tag == "select":
            self.select, self.owner = found.get("name", ""), owner
        elif tag == "option" and self.select and "selected" in found:
            self.sent.setdefault(self.owner, MultiDict()).add(self.select, found["value"])
        elif tag == "button" and found.get("type", "submit") == "submit":
            self.buttons.append(owner)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.here = ""
        elif tag == "select":
            self.select = ""


@pytest.mark.parametrize("address", ["/search", "/search/table", "/categories/hex-bolts", "/categories/hex-bolts/table"])
def test_filters_quantity_and_order_are_sent_together_and_once(client: FlaskClient, index_now: IndexNow, address: str) -> None:
    vendor, category = make_vendor(), make_category(slug="hex-bolts")
    make_attribute(category, code="length", kind=AttributeKind.NUMBER, unit="mm", name="Length")
    make_attribute(category, code="hidden", name="Hidden", is_facet=False)
    values = {"length": {"v": 20, "unit": "mm"}, "hidden": {"v": "x"}}
    index_now(make_product(vendor, category=category, brand="Norrvik", attributes=values))
    asked = {
        "q": "bolt", "a.length": "20", "a.length.from": "10", "a.hidden": "x", "maker": "Norrvik", "stock": "1", "price_from": "0.01",
        "every": "1", "quantity": "500", "sort": "price", "lang": "en",
    }  # fmt: skip

    forms = _Forms(page(client, f"{address}?" + "&".join(f"{name}={value}" for name, value in asked.items()) + "&page=1"))
    sent = forms.sent["facets"]

    assert {name: sent.getlist(name) for name in asked} == {name: [value] for name, value in asked.items()}
    assert "page" not in sent
    assert forms.buttons.count("facets") == 2, "both buttons, that of the filters and that of the quantity, send the same"
    assert not [owner for owner, fields in forms.sent.items() if "price_from" in fields and owner != "facets"]


def test_where_there_is_nothing_to_filter_the_quantity_has_a_form_of_its_own(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor()))

    forms = _Forms(page(client, "/search?q=qqqqqq&exact=1&lang=en"))

    [sent] = [fields for fields in forms.sent.values() if "quantity" in fields]
    assert (sent["q"], sent["exact"], sent["lang"]) == ("qqqqqq", "1", "en")
    assert "facets" not in forms.sent


def test_an_emptied_quantity_is_forgotten(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), sku="QZ-1"))
    field = 'inputmode="decimal" value="%s"'

    assert field % "1,000" in page(client, "/search?q=bolt&quantity=1000")
    assert field % "1,000" in page(client, "/search?q=bolt"), "it is remembered"
    assert field % "" in page(client, "/search?q=bolt&quantity=")
    assert field % "" in page(client, "/search?q=bolt")
