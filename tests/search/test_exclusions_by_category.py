"""What a query leaves out by the category in which goods stand: all goods of one kind, and none for what a name of several kinds says."""

import pytest
from flask.testing import FlaskClient

from tests.factories.catalogue import make_category, make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page, skus

GOODS = (
    ("Printers, scanners and fax", "P", "Laser printer, black"),
    ("Printers, scanners and fax", "F", "Laser printer with fax, black"),
    ("Toner cartridges", "T", "12A cartridge, black"),
    ("Drums / toner", "D", "Drum cartridge, black"),
    ("Ink cartridges", "I", "80 cartridge, black"),
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("printer -fax", "P"),
        ('printer -"fax"', "P"),
        ("black -scanner", "DFIPT"),
        ("cartridge -toner", "DI"),
        ("black -六角螺栓", ""),
        ("cartridge -toner -ink", "D"),
        ('cartridge -"ink cartridge"', "DT"),
    ],
)
def test_a_category_of_one_kind_leaves_its_goods_out(client: FlaskClient, index_now: IndexNow, query: str, expected: str) -> None:
    vendor = make_vendor()
    categories = {name: make_category(name=name) for name, _, _ in GOODS}
    index_now(*(make_product(vendor, category=categories[name], sku=sku, title=title) for name, sku, title in GOODS))

    found = "".join(sorted(skus(page(client, f"/search?q={query}"))))

    assert found == expected
