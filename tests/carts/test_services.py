"""The cart: what goes in, what is refused, and whose it is."""

from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select, update

from marketplace.carts import queries, services
from marketplace.carts.errors import CartFull, NotForSale, OtherCurrency, QuantityRefused
from marketplace.carts.models import Cart, CartLine
from marketplace.catalogue.models import PriceTier, Product, ProductState
from marketplace.core import clock, policy
from marketplace.core.audit import Actor
from marketplace.core.db import db, transaction
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from marketplace.core.policy import PolicySetting
from tests.factories.accounts import actor_of, make_company, make_member
from tests.factories.catalogue import make_product, make_variant, only_variant
from tests.factories.orders import Trade, make_trade
from tests.factories.vendors import make_vendor
from vendors.models import VendorState

pytestmark = pytest.mark.usefixtures("app")


def add(trade: Trade, quantity: str = "10", *, variant_id: UUID | None = None, actor: Actor | None = None) -> None:
    with transaction():
        services.add_line(variant_id or trade.variants[0].id, quantity=Decimal(quantity), ship_to="SE", actor=actor or trade.actor)


def lines() -> list[CartLine]:
    db.session.expire_all()
    return list(db.session.scalars(select(CartLine).order_by(CartLine.id)))


class TestAdding:
    def test_a_line_holds_base_units_and_the_price_that_was_shown(self) -> None:
        trade = make_trade(unit="mm", display_unit="m", display_factor=1_000, price_per=1_000, minimum=1_000, increment=500, stock=90_000)

        add(trade, "2.5")

        assert [(line.quantity, line.shown_price_micro) for line in lines()] == [(2_500, 500_000)]

    def test_the_same_thing_again_counts_together(self) -> None:
        trade = make_trade(tiers=[(1, 500_000), (100, 400_000)])

        add(trade, "60")
        add(trade, "40")

        assert [(line.quantity, line.shown_price_micro) for line in lines()] == [(100, 400_000)]

    def test_one_open_cart_for_a_person_in_a_company(self) -> None:
        trade = make_trade(vendors=2)
        add(trade)
        add(trade, variant_id=trade.variants[1].id)
        colleague = make_member(trade.buyer)
        add(trade, actor=actor_of(colleague, trade.buyer))

        assert len(db.session.scalars(select(Cart)).all()) == 2
        assert queries.count_lines(trade.buyer.id, trade.person.id) == 2
        assert queries.count_lines(trade.buyer.id, colleague.id) == 1

    @pytest.mark.parametrize("quantity", ["750", "100", "0.5", "99999999999999"])
    def test_a_quantity_that_cannot_be_ordered(self, quantity: str) -> None:
        trade = make_trade(minimum=500, increment=500, stock=10_000)

        with pytest.raises(QuantityRefused):
            add(trade, quantity)
        assert lines() == []

    def test_more_than_is_in_stock_together_with_what_is_in_the_cart(self) -> None:
        trade = make_trade(stock=100)
        add(trade, "60")

        with pytest.raises(QuantityRefused) as refused:
            add(trade, "60")
        assert [p.code for p in refused.value.problems.values()] == ["out_of_stock"]
        assert lines()[0].quantity == 60

    def test_another_currency(self) -> None:
        trade = make_trade()
        dollars = only_variant(make_product(make_vendor(currency="USD", country="US")))
        db.session.commit()
        add(trade)

        with pytest.raises(OtherCurrency) as refused:
            add(trade, variant_id=dollars.id)
        assert (refused.value.cart_currency, refused.value.line_currency) == ("EUR", "USD")

    def test_a_vendor_that_takes_no_orders(self) -> None:
        trade = make_trade(vendor={"is_payout_active": False})

        with pytest.raises(NotForSale):
            add(trade)

    def test_what_this_buyer_may_not_see_answers_like_what_does_not_exist(self) -> None:
        trade = make_trade()
        other = make_company()
        hidden = only_variant(make_product(trade.vendors[0], visibility=[f"company:{other.id}"]))
        draft = only_variant(make_product(trade.vendors[0], state=ProductState.DRAFT))
        suspended = only_variant(make_product(make_vendor(state=VendorState.SUSPENDED)))
        db.session.commit()

        for variant_id in (hidden.id, draft.id, suspended.id, new_id()):
            for quantity in ("10", "0.5", "99999999999999"):
                with pytest.raises(NotFound):
                    add(trade, quantity, variant_id=variant_id)
        assert lines() == []

    def test_no_more_lines_than_the_operator_allows(self) -> None:
        trade = make_trade(vendors=2)
        db.session.add(PolicySetting(key="cart_line_limit", value={"value": 1}, changed_at=clock.now(), changed_by=None))
        db.session.commit()
        policy.forget()
        add(trade)

        with pytest.raises(CartFull):
            add(trade, variant_id=trade.variants[1].id)
        add(trade)
        assert lines()[0].quantity == 20


class TestChanging:
    def test_quantities_are_set_all_or_none(self) -> None:
        trade = make_trade(vendors=2, minimum=10, increment=10)
        add(trade, "10")
        add(trade, "10", variant_id=trade.variants[1].id)
        first, second = lines()

        with pytest.raises(QuantityRefused) as refused, transaction():
            services.change_lines({first.id: Decimal(20), second.id: Decimal(25)}, ship_to="SE", actor=trade.actor)
        assert set(refused.value.problems) == {second.id}
        assert [line.quantity for line in lines()] == [10, 10]

        with transaction():
            services.change_lines({first.id: Decimal(20), second.id: Decimal(30)}, ship_to="SE", actor=trade.actor)
        assert [line.quantity for line in lines()] == [20, 30]

    def test_what_counts_together_is_no_change_of_price_by_the_vendor(self) -> None:
        """The buyer's own act moves the price of the goods beside: it counts as seen; what the vendor changed meanwhile does not."""
        trade = make_trade(tiers=[(1, 500_000), (50, 400_000)], mix_group="vests")
        mate = make_variant(
            db.session.get_one(Product, trade.variants[0].product_id), sku="MATE", mix_group="vests", tiers=[(1, 500_000), (50, 400_000)]
        )
        db.session.commit()
        add(trade, "30")
        add(trade, "20", variant_id=mate.id)
        shown = {line.variant_id: line.shown_price_micro for line in lines()}
        assert shown == {trade.variants[0].id: 400_000, mate.id: 400_000}

        first, second = lines()
        with transaction():
            services.change_lines({first.id: Decimal(10)}, ship_to="SE", actor=trade.actor)
        assert [line.shown_price_micro for line in lines()] == [500_000, 500_000]
        with transaction():
            services.change_lines({first.id: Decimal(40)}, ship_to="SE", actor=trade.actor)
        assert [line.shown_price_micro for line in lines()] == [400_000, 400_000]

        with transaction():
            services.remove_line(second.id, ship_to="SE", actor=trade.actor)
        assert [line.shown_price_micro for line in lines()] == [500_000]

        db.session.execute(update(PriceTier).where(PriceTier.unit_price_micro == 500_000).values(unit_price_micro=510_000))
        db.session.commit()
        with transaction():
            refused = services.add_lines({mate.id: Decimal(5)}, ship_to="SE", actor=trade.actor)
        assert not refused
        assert [line.shown_price_micro for line in lines()] == [500_000, 510_000]

    def test_a_changed_price_counts_as_seen_once_the_buyer_has_updated(self) -> None:
        trade = make_trade()
        add(trade)
        db.session.execute(update(PriceTier).values(unit_price_micro=550_000))
        db.session.commit()
        assert lines()[0].shown_price_micro == 500_000

        with transaction():
            services.change_lines({lines()[0].id: Decimal(10)}, ship_to="SE", actor=trade.actor)

        assert lines()[0].shown_price_micro == 550_000

    def test_every_change_makes_another_version(self) -> None:
        trade = make_trade()
        add(trade)
        first = db.session.scalars(select(Cart.updated_at)).one()

        with transaction():
            services.change_lines({lines()[0].id: Decimal(11)}, ship_to="SE", actor=trade.actor)

        assert db.session.scalars(select(Cart.updated_at)).one() > first

    def test_a_line_of_another_cart_is_not_found_and_stays(self) -> None:
        trade, other = make_trade(), make_trade()
        add(trade)
        add(other)
        theirs = lines()[0].id

        with pytest.raises(NotFound), transaction():
            services.change_lines({theirs: Decimal(99)}, ship_to="SE", actor=other.actor)
        with pytest.raises(NotFound), transaction():
            services.remove_line(theirs, ship_to="SE", actor=other.actor)
        assert [line.quantity for line in lines()] == [10, 10]

    def test_a_line_is_removed(self) -> None:
        trade = make_trade()
        add(trade)

        with transaction():
            services.remove_line(lines()[0].id, ship_to="SE", actor=trade.actor)

        assert lines() == []

    def test_a_listing_that_was_withdrawn_cannot_be_raised(self) -> None:
        trade = make_trade()
        add(trade)
        db.session.execute(update(Product).values(state=ProductState.PAUSED))
        db.session.commit()

        with pytest.raises(NotForSale), transaction():
            services.change_lines({lines()[0].id: Decimal(20)}, ship_to="SE", actor=trade.actor)
