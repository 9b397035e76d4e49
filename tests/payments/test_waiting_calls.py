"""Finance's list of calls to the provider that wait: filtered, sorted, walked by key, taken home, in few queries."""

from datetime import timedelta

import pytest

from marketplace.accounts.permissions import Role
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import plain
from payments import queries
from payments.models import Hold, Operation, OperationState
from payments.words import CAUSES, WAITS_FOR
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_operator
from tests.factories.payments import make_payable_vendor, new_hold, transfer_of
from tests.payments.conftest import Shop
from tests.payments.test_money_pages import back as back_to_buyer
from tests.payments.test_pages import FRAME, as_finance, link, page
from tests.payments.test_release import release, restrict

LIST = "/desk/ledger/operations"


def park(shop: Shop, number: int) -> list[Hold]:
    """So many transfers to one vendor whose account is restricted."""
    vendor = make_payable_vendor()
    _, holds = shop.funded(holds=[new_hold(vendor, goods_minor=1_000 + n, commission_minor=1) for n in range(number)])
    restrict(shop, holds[0], "restricted")
    for hold in holds:
        release(hold)
    shop.hear()
    return holds


def operation_of(hold: Hold) -> Operation:
    """The transfer of a hold."""
    found = transfer_of(hold)
    assert found is not None
    assert found.state is OperationState.PARKED
    return found


def shown(text: str, holds: list[Hold]) -> set[str]:
    """Which orders a page names."""
    return {hold.order_number for hold in holds if hold.order_number in text}


def test_all_of_them_can_be_walked_in_few_queries(shop: Shop) -> None:
    holds = park(shop, 2)
    as_finance(shop)
    page(shop.client, LIST)
    with count_queries() as few:
        page(shop.client, LIST)
    back_to_buyer(shop)
    holds += park(shop, 53)
    as_finance(shop)
    page(shop.client, LIST)

    with count_queries() as many:
        first = page(shop.client, LIST)
    second = page(shop.client, LIST + link(first, "next"))
    third = page(shop.client, LIST + link(second, "next"))
    back = page(shop.client, LIST + link(third, "prev"))

    assert len(many) == len(few) <= FRAME + 3
    pages = [shown(text, holds) for text in (first, second, third)]
    assert [len(numbers) for numbers in pages] == [25, 25, 5]
    assert set.union(*pages) == {hold.order_number for hold in holds}
    assert shown(back, holds) == pages[1]
    ledger = page(shop.client, "/desk/ledger")
    assert f'<a href="{LIST}">All of them: 55 calls</a>' in ledger
    assert len(shown(ledger.split('id="entries"')[0], holds)) == 10
    assert "55 things need finance." in ledger


def test_they_are_filtered_sorted_and_taken_home(shop: Shop) -> None:
    (old,), (new,) = park(shop, 1), park(shop, 1)
    operation_of(old).created_at = clock.now() - timedelta(days=9)
    operation_of(new).last_error = "bank_waits"
    db.session.commit()
    as_finance(shop)
    both, today = [old, new], clock.now().date().isoformat()

    def listed(query: str) -> set[str]:
        return shown(page(shop.client, f"{LIST}?{query}"), both)

    assert listed(f"q={old.order_number.lower()}") == {old.order_number}
    assert listed("waits=account") == {old.order_number}
    assert listed("waits=bank") == {new.order_number}
    assert listed("kind=tr") == {hold.order_number for hold in both}
    assert listed("kind=re") == set()
    assert listed(f"written_from={today}") == {new.order_number}
    for query, first, second in (("sort=written", old, new), ("sort=-written", new, old), ("sort=about", old, new)):
        text = page(shop.client, f"{LIST}?{query}")
        assert text.index(first.order_number) < text.index(second.order_number)
    sheet = shop.client.get(f"{LIST}.csv?waits=bank").get_data(as_text=True)
    assert new.order_number in sheet
    assert old.order_number not in sheet
    assert "Goes on when their time is over" in sheet
    assert f",EUR,{plain(queries.releases_of_hold(new.id)[0].due_minor, 'EUR')}," in sheet
    assert "No waiting call fits" in page(shop.client, f"{LIST}?waits=balance")


def test_nothing_waits(shop: Shop) -> None:
    as_finance(shop)

    assert "No call waits" in page(shop.client, LIST)
    assert "All of them" not in page(shop.client, "/desk/ledger")


def test_a_call_that_is_tried_again_leads_back_to_the_list_as_it_stood(shop: Shop) -> None:
    (hold,) = park(shop, 1)
    as_finance(shop)
    url = f"/desk/ledger/operations/{operation_of(hold).id}/retry"

    answer = shop.client.post(url, data={"next": f"{LIST}?waits=account"})

    assert (answer.status_code, answer.location) == (303, f"{LIST}?waits=account")
    assert operation_of_state(hold) is OperationState.PENDING


def operation_of_state(hold: Hold) -> OperationState:
    """Where the transfer of a hold stands."""
    db.session.expire_all()
    found = transfer_of(hold)
    assert found is not None
    return found.state


@pytest.mark.parametrize("path", [LIST, f"{LIST}.csv"])
def test_the_list_is_for_finance_only(shop: Shop, path: str) -> None:
    operator, verifier = make_operator([Role.PLATFORM_VERIFIER])
    log_in(shop.client, verifier, operator)

    assert shop.client.get(path).status_code == 403


def test_every_cause_is_one_that_can_be_asked_for(shop: Shop) -> None:
    codes = [code for _, known in CAUSES.values() for code in known]
    assert sorted(codes) == sorted(WAITS_FOR)
    (hold,) = park(shop, 1)
    as_finance(shop)
    operation = operation_of(hold)

    for code, tried, cause in (
        (None, clock.now(), "no_answer"),
        ("card_testing", None, "refused"),
        ("balance_insufficient", None, "balance"),
    ):
        operation.last_error, operation.first_tried_at = code, tried
        db.session.commit()
        found = {each for each in CAUSES if shown(page(shop.client, f"{LIST}?waits={each}"), [hold])}
        assert found == {cause}
    assert queries.count_parked_operations() == 1
