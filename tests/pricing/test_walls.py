"""The second wall around price lists: row security and grants, seen from connections of the pages' own role; and no page leaks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from marketplace.accounts.models import Company, Person
from marketplace.core import db as database
from marketplace.core.audit import SYSTEM
from marketplace.core.db import Base, db, transaction
from marketplace.pricing import queries, services, shipped
from marketplace.pricing.formulas import Formula
from marketplace.pricing.models import (
    PriceList,
    PriceListCompany,
    PriceListFormula,
    PriceListPrice,
    PriceListSegment,
    Segment,
    SegmentMember,
)
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_product, only_variant
from tests.factories.pricing import days, make_price_list, make_segment
from tests.factories.vendors import make_vendor

pytestmark = pytest.mark.committed
TABLES: dict[str, type[Base]] = {
    "lists": PriceList,
    "prices": PriceListPrice,
    "formulas": PriceListFormula,
    "companies": PriceListCompany,
    "list segments": PriceListSegment,
    "segments": Segment,
    "members": SegmentMember,
}
SECRET = 123_400
"""0.1234: a price that stands nowhere else."""


@dataclass(frozen=True)
class Deal:
    """A vendor's lists: one for the buyer, one by formula for the member of a group, over a base that nobody has."""

    vendor_id: UUID
    rival_id: UUID
    buyer_id: UUID
    member_id: UUID
    stranger_id: UUID
    variant_id: UUID
    slug: str
    list_id: UUID


@pytest.fixture
def as_company(app: Flask) -> Iterator[Callable[[UUID | None], None]]:
    """Begin to act for a company, in a transaction that begins with it."""

    def act(company_id: UUID | None) -> None:
        db.session.remove()
        database.acting_company.set(company_id)

    yield act
    act(None)


@pytest.fixture(scope="module")
def deal(committed_app: Flask) -> Deal:
    with committed_app.app_context():
        database.as_staff.set(True)
        with transaction():
            services.load_tax_rates(shipped.tax_rates(), actor=SYSTEM)
            vendor, rival, buyer, member, stranger = make_vendor(), make_vendor(), make_company(), make_company(), make_company()
            product = make_product(vendor, tiers=((1, 500_000),))
            variant_id = only_variant(product).id
            made = make_price_list(vendor, companies=[buyer.id], prices={variant_id: [(1, SECRET)]}, name="Secret frame")
            base = make_price_list(vendor, prices={variant_id: [(1, 400_000)]}, is_active=False, name="Secret base")
            segment = make_segment(vendor, members=[member.id], name="Secret group")
            make_price_list(vendor, segments=[segment.id], formula=Formula(-1_000), base=base, name="Secret rule")
            found = Deal(vendor.id, rival.id, buyer.id, member.id, stranger.id, variant_id, product.slug, made.id)
        database.as_staff.set(False)
        db.session.remove()
    return found


def test_a_statement_that_stays_prepared_answers_each_company_for_itself(deal: Deal, as_company: Callable[[UUID | None], None]) -> None:
    def lists_seen(company_id: UUID | None) -> int:
        as_company(company_id)
        return db.session.scalar(select(func.count()).select_from(PriceList)) or 0

    own = [lists_seen(deal.vendor_id) for _ in range(20)]
    others = [lists_seen(deal.stranger_id), lists_seen(None), lists_seen(deal.rival_id)]
    database.as_staff.set(True)
    staff = lists_seen(None)
    database.as_staff.set(False)

    assert own == [3] * 20
    assert others == [0, 0, 0]
    assert staff >= 3
    assert lists_seen(deal.vendor_id) == 3


def counts() -> dict[str, int]:
    """How many rows of each table the connection sees."""
    return {name: db.session.scalar(select(func.count()).select_from(kind)) or 0 for name, kind in TABLES.items()}


def test_each_side_sees_its_own_and_a_stranger_nothing(deal: Deal, as_company: Callable[[UUID | None], None]) -> None:
    nothing = dict.fromkeys(TABLES, 0)

    found = {}
    for name, company_id in (("vendor", deal.vendor_id), ("buyer", deal.buyer_id), ("member", deal.member_id)):
        as_company(company_id)
        found[name] = counts()

    assert found["vendor"] == {
        "lists": 3, "prices": 2, "formulas": 1, "companies": 2, "list segments": 1, "segments": 1, "members": 1,
    }  # fmt: skip
    assert found["buyer"] == nothing | {"lists": 1, "prices": 1, "companies": 1}
    # The member reads the prices of the base, which its own list stands on, and neither the base nor the name of its group.
    assert found["member"] == nothing | {"lists": 1, "prices": 1, "formulas": 1, "companies": 1, "members": 1}
    for stranger in (deal.stranger_id, deal.rival_id, None):
        as_company(stranger)
        assert counts() == nothing


def test_prices_are_right_behind_the_wall(deal: Deal, as_company: Callable[[UUID | None], None]) -> None:
    found = {}
    for company_id in (deal.buyer_id, deal.member_id, deal.stranger_id, deal.rival_id):
        as_company(company_id)
        lines = queries.price_lines([(deal.variant_id, 10)], buyer_id=company_id, ship_to="SE").lines
        found[company_id] = lines[0].unit_price_micro
    as_company(None)
    visitor = queries.price_lines([(deal.variant_id, 10)], buyer_id=None, ship_to="SE").lines[0]

    assert list(found.values()) == [SECRET, 360_000, 500_000, 500_000]
    assert (visitor.unit_price_micro, visitor.list_prices) == (500_000, ())


def test_asking_for_another_buyers_prices_finds_none(deal: Deal, as_company: Callable[[UUID | None], None]) -> None:
    as_company(deal.stranger_id)

    lines = queries.price_lines([(deal.variant_id, 10)], buyer_id=deal.buyer_id, ship_to="SE").lines

    assert lines[0].price_source == "public_tier"


def test_a_buyer_cannot_write_itself_into_a_list(deal: Deal, as_company: Callable[[UUID | None], None]) -> None:
    as_company(deal.buyer_id)
    insert = text(
        "INSERT INTO price_list_companies (id, price_list_id, vendor_id, company_id) VALUES (gen_random_uuid(), :list, :vendor, :company)"
    )

    with pytest.raises(ProgrammingError, match="row-level security"), transaction():
        db.session.execute(insert, {"list": deal.list_id, "vendor": deal.vendor_id, "company": deal.buyer_id})


@pytest.mark.parametrize("table", ["price_list_prices", "price_list_formulas"])
@pytest.mark.parametrize("act", ["UPDATE {} SET valid_from = valid_from", "DELETE FROM {}"])
def test_what_was_agreed_is_never_changed(table: str, act: str, deal: Deal, as_company: Callable[[UUID | None], None]) -> None:
    as_company(deal.vendor_id)

    with pytest.raises(ProgrammingError, match="permission denied"), transaction():
        db.session.execute(text(act.format(table)))


def enter(client: FlaskClient, company_id: UUID) -> None:
    """Let the client be somebody of a company."""
    database.as_staff.set(True)
    with transaction():
        company = db.session.get_one(Company, company_id)
        person = db.session.get_one(Person, make_member(company).id)
        log_in(client, person, company)
    database.as_staff.set(False)
    db.session.remove()


def pages(deal: Deal) -> list[str]:
    """Where a price of the variant can stand."""
    return [
        f"/products/{deal.slug}?quantity=10",
        f"/compare?variant={deal.variant_id}&quantity=10",
        "/search?q=bolt&quantity=10",
        "/categories",
    ]


def test_no_page_shows_a_contract_price_to_anybody_else(client: FlaskClient, deal: Deal) -> None:
    enter(client, deal.buyer_id)
    assert "0.1234" in client.get(f"/products/{deal.slug}?quantity=10").text  # the positive control

    for company_id in (deal.stranger_id, deal.rival_id, deal.member_id):
        enter(client, company_id)
        for address in pages(deal):
            shown = client.get(address)
            assert "0.1234" not in shown.text, address
            assert "Secret" not in shown.text, address
    client.delete_cookie("session")
    for address in pages(deal):
        assert "0.1234" not in client.get(address).text, address


def test_a_page_with_a_contract_price_is_kept_by_nobody(client: FlaskClient, deal: Deal) -> None:
    enter(client, deal.buyer_id)

    answer = client.get(f"/products/{deal.slug}?quantity=10")

    assert answer.headers["Cache-Control"] == "no-store"


def test_a_scheduled_price_is_seen_by_its_vendor_alone(deal: Deal, as_company: Callable[[UUID | None], None]) -> None:
    as_company(deal.vendor_id)
    with transaction():
        services.set_prices(deal.list_id, {deal.variant_id: [(1, 111_100)]}, vendor_id=deal.vendor_id, valid_from=days(30), actor=SYSTEM)
    as_company(deal.buyer_id)

    line = queries.price_lines([(deal.variant_id, 10)], buyer_id=deal.buyer_id, ship_to="SE").lines[0]

    assert "111100" not in str(line)
