"""What is done to a requisition list, by its own company and nobody else: names, lines, copies, quantities."""

from collections.abc import Callable
from decimal import Decimal
from uuid import uuid4

import pytest

from marketplace.carts import services
from marketplace.carts.errors import ListFull, NameTaken, QuantityRefused
from marketplace.catalogue.models import ProductState
from marketplace.core import policy
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound
from tests.carts.lists import lines, make_list
from tests.factories.catalogue import make_product, only_variant
from tests.factories.orders import make_trade

pytestmark = pytest.mark.usefixtures("app")


def test_goods_that_are_there_already_are_added_to() -> None:
    trade = make_trade()
    made = make_list(trade)

    with transaction():
        services.add_to_list(made, {trade.variants[0].id: Decimal(5)}, ship_to="SE", actor=trade.actor)

    assert [line.quantity for line in lines(made)] == [25]


def test_two_lists_of_a_company_never_have_the_same_name_in_any_case() -> None:
    trade = make_trade()
    make_list(trade)
    other = make_list(trade, "Other")

    with pytest.raises(NameTaken), transaction():
        services.create_list("SERVICE PARTS", actor=trade.actor)
    with pytest.raises(NameTaken), transaction():
        services.rename_list(other, "service parts", actor=trade.actor)
    with transaction():
        services.rename_list(other, "OTHER", actor=trade.actor)
    make_list(make_trade())


def test_a_list_holds_no_more_lines_than_a_cart(monkeypatch: pytest.MonkeyPatch) -> None:
    trade = make_trade()
    made = make_list(trade)
    more = only_variant(make_product(trade.vendors[0]))
    tight = policy.Policy(cart_line_limit=1)
    monkeypatch.setattr(policy, "current", lambda: tight)

    with pytest.raises(ListFull), transaction():
        services.add_to_list(made, {more.id: Decimal(1)}, ship_to="SE", actor=trade.actor)


def test_a_copy_has_its_own_lines() -> None:
    trade = make_trade(vendors=2)
    made = make_list(trade)

    with transaction():
        copy = services.copy_list(made, "Copy", actor=trade.actor).id
        services.remove_list(made, actor=trade.actor)

    assert [line.quantity for line in lines(copy)] == [20, 20]
    assert lines(made) == []


def test_another_companys_list_is_not_found_by_any_act() -> None:
    made, stranger = make_list(make_trade()), make_trade()
    line = lines(made)[0].id

    acts: list[Callable[[], object]] = [
        lambda: services.rename_list(made, "Mine", actor=stranger.actor),
        lambda: services.copy_list(made, "Mine", actor=stranger.actor),
        lambda: services.remove_list(made, actor=stranger.actor),
        lambda: services.add_to_list(made, {stranger.variants[0].id: Decimal(1)}, ship_to="SE", actor=stranger.actor),
        lambda: services.change_list_lines(made, {line: Decimal(1)}, actor=stranger.actor),
        lambda: services.remove_list_line(made, line, actor=stranger.actor),
    ]
    for act in acts:
        with pytest.raises(NotFound), transaction():
            act()
    assert [each.quantity for each in lines(made)] == [20]


def test_a_line_of_another_list_is_not_found() -> None:
    trade = make_trade()
    first, second = make_list(trade), make_list(trade, "Second")

    with pytest.raises(NotFound), transaction():
        services.remove_list_line(first, lines(second)[0].id, actor=trade.actor)
    with pytest.raises(NotFound), transaction():
        services.change_list_lines(first, {lines(second)[0].id: Decimal(1)}, actor=trade.actor)


def test_hidden_and_ended_goods_do_not_go_into_a_list() -> None:
    trade = make_trade()
    made = make_list(trade)
    hidden = only_variant(make_product(trade.vendors[0], visibility=[f"company:{uuid4()}"]))
    ended = only_variant(make_product(trade.vendors[0], state=ProductState.RETIRED))

    with transaction():
        refused = services.add_to_list(made, {hidden.id: Decimal(1), ended.id: Decimal(1)}, ship_to="SE", actor=trade.actor)

    assert {why.code for why in refused.values()} == {"product_not_live"}
    assert len(lines(made)) == 1


def test_quantities_change_all_or_none() -> None:
    trade = make_trade(vendors=2)
    made = make_list(trade)
    first, second = lines(made)

    with pytest.raises(QuantityRefused), transaction():
        services.change_list_lines(made, {first.id: Decimal(5), second.id: Decimal("1.5")}, actor=trade.actor)

    assert [line.quantity for line in lines(made)] == [20, 20]
