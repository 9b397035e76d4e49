"""Filters of a result page: what each of them lets through, and counts equal brute force over the rows of the database."""

import random
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from marketplace.catalogue.models import AttributeKind, Product, Supply
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.orders.models import VendorOrder
from search import filters
from search.index import engine
from search.queries import Judged, forget_judged, forget_vendors
from search.queries.vendors import seen_from
from search.query import In
from search.schemas import SearchInput
from tests.factories.catalogue import make_attribute, make_category, make_product
from tests.factories.reviews import make_delivered_line, make_review
from tests.factories.vendors import make_certificate, make_vendor
from tests.search.brute import read_goods
from tests.search.random_pages import Draw, wrong_on
from tests.search.reading import IndexNow, count_of, page, skus
from vendors.models import Vendor, VendorState

PAGES, SEED = 250, 41
EVERY_SORT_OF_TERMS: tuple[list[str], ...] = (["protected"], ["protected", "net30"], ["prepay"], [])


def test_terms_that_a_vendor_offers_are_a_filter_with_counts(client: FlaskClient, index_now: IndexNow) -> None:
    patient, strict = make_vendor(terms=["protected", "net30"]), make_vendor(terms=["protected"])
    index_now(make_product(patient, sku="NET-1"), make_product(strict, sku="NOW-1"), make_product(strict, sku="NOW-2"))

    text = page(client, "/search?terms=net30")

    assert skus(text) == ["NET-1"]
    assert (count_of(text, "terms", "net30"), count_of(text, "terms", "protected")) == (1, 3)
    assert "Net 30 days" in text
    assert len(skus(page(client, "/search?terms=net30&terms=protected"))) == 3


def test_a_band_of_prices_counts_at_my_quantity_and_bands_add_up(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    index_now(
        make_product(vendor, sku="CHEAP-1", tiers=[(1, 700_000), (100, 90_000)]),
        make_product(vendor, sku="DEAR-1", tiers=[(1, 7_000_000)]),
    )

    few, many = page(client, "/search?price=0.5-1&quantity=5"), page(client, "/search?price=-0.1&quantity=100")

    assert skus(few) == skus(many) == ["CHEAP-1"]
    assert (count_of(few, "price", "0.5-1"), count_of(few, "price", "5-10")) == (1, 1)
    assert len(skus(page(client, "/search?price=0.5-1&price=5-10&quantity=5"))) == 2
    assert skus(page(client, "/search?price=0.5-1&price_from=6&price_to=7&quantity=5")) == skus(page(client, "/search?quantity=5"))
    assert 'name="price" value="-0.1"' not in few, "a band that holds nothing is no choice"


def test_goods_by_the_piece_are_not_sold_in_halves(client: FlaskClient, index_now: IndexNow) -> None:
    index_now(make_product(make_vendor(), sku="PIECE-1", minimum=3, tiers=[(1, 9_000_000), (3, 2_000_000)]))

    # 2.5 pieces are 3 pieces: that is what the hit says, and what the filters count.
    text = page(client, "/search?quantity=2.5&moq=1&price=1-5")

    assert skus(text) == ["PIECE-1"]
    assert skus(page(client, "/search?quantity=2&moq=1")) == []


def test_goods_with_enough_reviews_are_found_by_their_rating(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    good, poor, new = (make_product(vendor, sku=sku) for sku in ("GOOD-1", "POOR-1", "NEW-1"))
    for product, stars, times in ((good, 5, 9), (poor, 2, 3), (new, 5, 2)):
        for _ in range(times):
            make_review(make_delivered_line(product=product), stars=stars)
    forget_judged()
    index_now(good, poor, new)

    text = page(client, "/search?rating=4")

    assert skus(text) == ["GOOD-1"]
    assert (count_of(text, "rating", "4"), count_of(text, "rating", "3")) == (1, 2), "two reviews are too few for a score"
    assert 'name="rating" value="4.5"' not in text, "a step that nothing has reached is no choice"
    assert set(skus(page(client, "/search?rating=4&rating=3"))) == {"GOOD-1", "POOR-1"}
    assert len(skus(page(client, "/search?rating=nonsense"))) == 3, "a wrong value is no wish"


def test_the_order_by_rating_is_that_of_the_scores_and_too_few_reviews_are_no_score(client: FlaskClient, index_now: IndexNow) -> None:
    vendor = make_vendor()
    new, poor, good = (make_product(vendor, sku=sku) for sku in ("NEW-1", "POOR-1", "GOOD-1"))
    for product, stars, times in ((good, 5, 9), (poor, 2, 3), (new, 5, 2)):
        for _ in range(times):
            make_review(make_delivered_line(product=product), stars=stars)
    forget_judged()
    index_now(good, poor, new)

    text = page(client, "/search?q=bolt&sort=rating")

    assert skus(text) == ["GOOD-1", "POOR-1", "NEW-1"]
    assert '<option value="rating" selected>' in text
    assert skus(page(client, "/search?sort=rating&rating=4")) == ["GOOD-1"]


def test_only_a_vendor_with_ten_judged_orders_has_an_on_time_share(client: FlaskClient, index_now: IndexNow) -> None:
    often, seldom = make_vendor(), make_vendor()
    products = [make_product(often, sku="OFTEN-1"), make_product(seldom, sku="SELDOM-1")]
    for vendor, product, orders in ((often, products[0], 10), (seldom, products[1], 9)):
        for _ in range(orders):
            line = make_delivered_line(vendor=vendor, product=product)
            line.first_promise_on = clock.now().date()
            db.session.get_one(VendorOrder, line.vendor_order_id).accepted_at = clock.now()
    db.session.flush()
    forget_judged()
    index_now(*products)

    text = page(client, "/search?ontime=95")

    assert skus(text) == ["OFTEN-1"]
    assert (count_of(text, "ontime", "95"), count_of(text, "ontime", "80")) == (1, 1)
    assert len(skus(page(client, "/search?ontime=nonsense"))) == 2, "a wrong value is no wish"


def test_a_ticked_category_that_has_others_below_says_how_many_there_are(client: FlaskClient, index_now: IndexNow) -> None:
    root = make_category(slug="steel", name="Steel", is_leaf=False)
    leaf = make_category(slug="steel-bolts", name="Steel bolts", parent=root)
    index_now(make_product(make_vendor(), category=leaf), make_product(make_vendor(), category=leaf), make_product(make_vendor()))

    text = page(client, "/search?cat=steel")

    assert (count_of(text, "cat", "steel"), count_of(text, "cat", "steel-bolts")) == (2, 2)


def test_a_ticked_value_says_how_many_there_are_however_rare_it_is(
    client: FlaskClient, index_now: IndexNow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "VALUE_LIMIT", 1)
    leaf, vendor = make_category(slug="rods", name="Rods"), make_vendor()
    make_attribute(leaf, code="length", kind=AttributeKind.NUMBER, unit="mm")
    make_attribute(leaf, code="finish", kind=AttributeKind.TEXT)
    often = {"length": {"v": 40, "unit": "mm"}, "finish": {"v": "raw"}}
    seldom = {"length": {"v": 12.5, "unit": "mm"}, "finish": {"v": "zinc"}}
    index_now(
        *(make_product(vendor, category=leaf, attributes=often, brand="Norrvik") for _ in range(3)),
        *(make_product(vendor, category=leaf, attributes=seldom, brand="Zalman") for _ in range(2)),
    )

    text = page(client, "/search?cat=rods&maker=Zalman&a.finish=zinc&a.length=12.50")

    assert (count_of(text, "maker", "Zalman"), count_of(text, "a.finish", "zinc"), count_of(text, "a.length", "12.5")) == (2, 2, 2)
    assert 'value="12.50"' not in text.split('class="facets"')[1].split("</form>")[0], (
        "the box of a number is the number, however it is written"
    )
    assert count_of(page(client, "/search?maker=Nobody"), "maker", "Nobody") == 0


def test_a_value_that_stands_with_other_spaces_is_found_by_its_box(client: FlaskClient, index_now: IndexNow) -> None:
    leaf = make_category(slug="rods", name="Rods")
    make_attribute(leaf, code="standard", kind=AttributeKind.TEXT)
    for written, brand in (("ISO\u00a04017  bis", "Norr\u00a0vik"), ("ISO 4017 bis", "Norr vik ")):
        product = make_product(make_vendor(), category=leaf, attributes={"standard": {"v": written}}, brand=brand)
        index_now(product)

    text = page(client, "/search?cat=rods&a.standard=ISO+4017+bis&maker=Norr+vik")

    assert len(skus(text)) == 2
    assert (count_of(text, "a.standard", "ISO 4017 bis"), count_of(text, "maker", "Norr vik")) == (2, 2)
    assert len(skus(page(client, "/search?cat=rods&a.standard=ISO%C2%A04017++bis"))) == 2, "an address may have the other spaces, too"


@pytest.mark.parametrize("limit", [filters.VALUE_LIMIT, 1])
def test_counts_equal_brute_force_over_the_rows_of_the_database(index_now: IndexNow, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(filters, "VALUE_LIMIT", limit)
    chance = random.Random(SEED)
    goods = _goods(chance)
    index_now(*goods)
    # A vendor's state is joined live: nothing of the index says that one has been stopped since.
    db.session.get_one(Vendor, goods[0].vendor_id).state = VendorState.SUSPENDED
    forget_judged()
    forget_vendors()
    db.session.commit()
    rows = read_goods(clock.now().date())
    draw = Draw(chance, rows)

    answers = [wrong_on(engine(), draw.page(), rows) for _ in range(PAGES)]

    assert len(rows) > 40
    assert [said for _, said in answers if said] == []
    assert sum(must > 0 for must, _ in answers) > PAGES / 3, "too many pages of nothing prove little"


def _goods(chance: random.Random) -> list[Product]:
    """Shops, categories and listings that differ in all that can be asked."""
    root = make_category(slug="steel", name="Steel", is_leaf=False)
    leaves = [make_category(slug=f"leaf-{n}", name=f"Leaf {n}", parent=root) for n in range(3)]
    for n, leaf in enumerate(leaves):
        make_attribute(leaf, code=f"length_{n}", kind=AttributeKind.NUMBER, unit="mm")
        make_attribute(leaf, code=f"finish_{n}", kind=AttributeKind.CHOICE, choices=("raw", "zinc"))
        make_attribute(leaf, code=f"sealed_{n}", kind=AttributeKind.BOOLEAN)
        make_attribute(leaf, code=f"norm_{n}", kind=AttributeKind.TEXT)
    vendors = [
        make_vendor(
            level=n % 4, country=("SE", "CN", "DE")[n % 3], currency="EUR", terms=EVERY_SORT_OF_TERMS[n % 4], with_shipping=n % 2 == 0
        )
        for n in range(8)
    ]
    for n, vendor in enumerate(vendors):
        make_certificate(vendor, scheme=("ISO 9001", "RoHS")[n % 2], valid_days=(n - 3) * 10)
    made = []
    for number in range(64):
        n = chance.randrange(3)
        values = {
            f"length_{n}": {"v": chance.choice((10, 12.5, 40, 60)), "unit": "mm"},
            f"finish_{n}": {"v": chance.choice(("raw", "zinc"))},
            f"sealed_{n}": {"v": chance.random() < 0.5},
            f"norm_{n}": {"v": chance.choice(("ISO 4017", "ISO\u00a04017", "DIN  933 "))},
        }
        first = chance.choice((1, 3, 100))
        price = chance.choice((40_000, 700_000, 4_000_000, 45_000_000))
        is_made = chance.random() < 0.3
        made.append(
            make_product(
                chance.choice(vendors),
                category=leaves[n],
                title=chance.choice(("Hex bolt M8", "Ball valve", "Steel cable")),
                attributes={code: value for code, value in values.items() if chance.random() < 0.8},
                visibility=chance.choice(
                    (["all"], ["all"], ["registered"], ["country:SE"], [f"company:{UUID(int=7)}"], ["country:DE", "country:FR"])
                ),
                sku=f"RND-{number}",
                brand=chance.choice((None, "Norrvik", "Qianzhu", "Zalman")),
                minimum=first,
                tiers=[(first, price), (first * 5, price * 4 // 5), (first * 50, price // 2)][: chance.randint(1, 3)],
                lead_time=chance.choice((((500, 1, 3), (None, 9, None)), ((None, 2, 7),), ())),
                supply=Supply.MADE_TO_ORDER if is_made else Supply.STOCK,
                stock=0 if is_made else chance.choice((0, 500)),
                sample=chance.choice((None, {"price_micro": 0, "credited": True})),
            )
        )
    return made


def test_sets_of_rated_products_are_made_once_for_all_pages() -> None:
    """Each page counts them: of thousands of products with a score, thousands of ids would be written for each."""
    good, fair = uuid4(), uuid4()
    scene = filters.Scene(seen_from({}), "DE", judged=Judged({}, {good: 4.6, fair: 3.6}))

    first, again = (next(facet for facet in filters.facets_of(SearchInput(), scene) if facet.name == "rating") for _ in range(2))

    assert {step: wanted.values for step, wanted in first.options if isinstance(wanted, In)} == {
        "4.5": frozenset([str(good)]),
        "4": frozenset([str(good)]),
        "3.5": frozenset([str(good), str(fair)]),
        "3": frozenset([str(good), str(fair)]),
    }
    assert first is again


def test_goods_that_lack_a_word_take_no_filter_from_those_that_have_all(client: FlaskClient, index_now: IndexNow) -> None:
    vendor, hinges = make_vendor(), make_category(slug="hinges", name="Hinges")
    make_attribute(hinges, code="bore", kind=AttributeKind.NUMBER, unit="mm", name="Bore")
    others = [make_category(slug=f"other-{n}", name=f"Other {n}") for n in range(3)]
    index_now(
        make_product(vendor, title="Brass hinge", category=hinges, attributes={"bore": {"v": 15, "unit": "mm"}}, sku="H-15"),
        *[make_product(vendor, title="Steel hinge", category=other, sku=f"S-{n}") for n, other in enumerate(others)],
    )

    text, table = page(client, "/search?q=brass+hinge"), page(client, "/search/table?q=brass+hinge")

    assert set(skus(text)) == {"H-15", "S-0", "S-1", "S-2"}
    assert "Only 1 product has every word" in text
    assert all("Bore" in shown for shown in (text, table)), "the category of those that have every word decides"
    assert "Bore" not in page(client, "/search?q=hinge"), "and here each has them, in four categories"


def test_an_attribute_that_is_filtered_by_keeps_its_boxes_whatever_its_results_are(client: FlaskClient, index_now: IndexNow) -> None:
    vendor, bolts, screws = make_vendor(), make_category(slug="bolts", name="Bolts"), make_category(slug="screws", name="Screws")
    for category, code, name in ((bolts, "standard", "Standard"), (screws, "drive", "Drive")):
        make_attribute(category, code=code, name=name)
    make_attribute(None, code="finish", name="Finish")
    both = {"standard": {"v": "ISO 15480"}}
    index_now(
        *[
            make_product(vendor, title="Hex bolt", category=bolts, sku=f"B-{n}", attributes={"standard": {"v": "DIN 933"}})
            for n in range(5)
        ],
        make_product(vendor, title="Hex bolt", category=bolts, sku="B-9", attributes=both),
        *[make_product(vendor, title="Hex bolt like screw", category=screws, sku=f"S-{n}", attributes=both) for n in range(3)],
    )

    before = page(client, "/search?q=hex+bolt")
    ticked = [page(client, f"{view}?q=hex+bolt&a.standard=ISO+15480") for view in ("/search", "/search/table", "/categories/bolts")]

    assert count_of(before, "a.standard", "ISO 15480") == 4
    for text, n in zip(ticked, (4, 4, 1), strict=True):
        assert count_of(text, "a.standard", "ISO 15480") == n
        assert count_of(text, "a.standard", "DIN 933") == 5
    assert "Finish" in page(client, "/search?q=hex+bolt&a.finish=raw"), "what no category offers can be taken back beside the others"


@pytest.mark.parametrize(("asked", "name"), [("country=SE", "country"), ("terms=net30", "terms")])
def test_a_group_in_which_something_is_ticked_stands_open(client: FlaskClient, index_now: IndexNow, asked: str, name: str) -> None:
    index_now(make_product(make_vendor(terms=["protected", "net30"], country="SE")), make_product(make_vendor(country="DE")))

    def opened(text: str) -> bool:
        return "open" in text.split(f'name="{name}"', maxsplit=1)[0].rpartition("<details")[2].partition(">")[0]

    assert opened(page(client, f"/search?{asked}"))
    assert not opened(page(client, "/search"))
