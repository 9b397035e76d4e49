"""Changed bank details on pages and in mails: the vendor's, the verifier's, finance's and the buyer's."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Company, LinkKind, Person
from marketplace.accounts.permissions import Role
from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db, transaction
from marketplace.core.waiting import count
from payments import queries, services
from payments.models import BankState, Hold
from tests.accounts.mailbox import letters_to, text_of
from tests.conftest import count_queries
from tests.factories.accounts import log_in, make_company, make_member, make_operator
from tests.factories.payments import control, make_payable_vendor, new_hold
from tests.payments.banking import HOW, OTHER, SPARE, VERIFIER, WHY, banks, change_bank, coming
from tests.payments.conftest import Shop
from tests.payments.test_money_pages import page
from tests.payments.test_pages import as_vendor
from tests.payments.test_release import release
from vendors import queries as vendors


@pytest.fixture
def hold(shop: Shop) -> Hold:
    """Held money of a vendor whose bank details were changed a moment ago."""
    _, (found,) = shop.funded()
    change_bank(shop, found.vendor_id)
    shop.hear()
    return found


def as_verifier(shop: Shop) -> None:
    """Let the browser be a verifier of the platform."""
    operator, person = make_operator([Role.PLATFORM_VERIFIER])
    log_in(shop.client, person, operator)


def decide(client: FlaskClient, hold: Hold, **fields: str) -> int:
    """Send the verifier's form as the page shows it; returns the status."""
    found = banks(hold.vendor_id).coming
    known = {"details": str(found.id)} if found else {}
    return client.post(f"/desk/bank-details/{hold.vendor_id}", data=known | fields).status_code


def test_the_vendor_reads_why_money_waits_and_until_when(shop: Shop, hold: Hold) -> None:
    as_vendor(shop, hold)

    money, account = page(shop.client, "/portal/money"), page(shop.client, "/portal/payout-account")

    assert "payouts wait" in money
    assert "/portal/payout-account" in money
    assert SPARE[-4:] in account
    assert "Changed, not in force" in account
    assert SPARE not in account


def test_a_restricted_account_shows_its_bank_once(shop: Shop, hold: Hold) -> None:
    """Twice would be two dialogs and two headings of one name."""
    account = queries.find_payout_account(hold.vendor_id)
    assert account is not None
    control(shop.provider, "outcome", {"account": account.stripe_account_id, "transfers": "restricted"})
    shop.hear()
    as_vendor(shop, hold)

    shown = page(shop.client, "/portal/payout-account")

    assert "has restricted this account" in shown
    assert shown.count('id="bank"') == 1


def test_one_act_of_the_vendor_stops_everything_and_alarms_the_desk(app: Flask, shop: Shop, hold: Hold) -> None:
    operator, verifier = make_operator([Role.PLATFORM_VERIFIER])
    make_member(operator, [Role.PLATFORM_SUPPORT])
    as_vendor(shop, hold)

    with clock.at(clock.now() + timedelta(minutes=11)):  # no new proof is asked for
        answers = [shop.client.post("/portal/payout-account/stop") for _ in range(2)]
        shop.work()

    assert [answer.status_code for answer in answers] == [303, 303]
    assert "Payouts are stopped since" in page(shop.client, "/portal/money")
    (letter,) = letters_to(app, verifier.email)
    assert "has stopped its payouts" in str(letter["Subject"])
    assert f"/desk/bank-details/{hold.vendor_id}" in text_of(letter)
    log_in(shop.client, verifier, operator)
    assert "has stopped its payouts." in page(shop.client, "/desk/bank-details")
    assert decide(shop.client, hold, act="confirm", how_checked=HOW) == 409
    assert decide(shop.client, hold, act="lift", how_checked="yes") == 422
    assert decide(shop.client, hold, act="lift", how_checked=HOW) == 303
    assert banks(hold.vendor_id).account.stopped_at is None


def test_a_verifier_confirms_only_with_how_it_was_checked(shop: Shop, hold: Hold) -> None:
    as_verifier(shop)

    listed, shown = page(shop.client, "/desk/bank-details"), page(shop.client, f"/desk/bank-details/{hold.vendor_id}")
    short = shop.client.post(
        f"/desk/bank-details/{hold.vendor_id}", data={"act": "confirm", "details": str(coming(hold.vendor_id).id), "how_checked": "Called."}
    )
    done = decide(shop.client, hold, act="confirm", how_checked=HOW)
    again = decide(shop.client, hold, act="confirm", how_checked=HOW)

    assert f"/desk/bank-details/{hold.vendor_id}" in listed
    assert SPARE[-4:] in shown
    assert short.status_code == 422
    assert "at least 20 characters" in short.get_data(as_text=True)
    assert ">\nCalled.</textarea>" in short.get_data(as_text=True)
    assert (done, again) == (303, 409)
    assert coming(hold.vendor_id).how_checked == HOW


def test_a_number_that_was_changed_is_shown_with_those_before_it(shop: Shop, hold: Hold) -> None:
    known = vendors.vendor_by_id(hold.vendor_id).phone
    with transaction():
        audit.record(VERIFIER, "vendor.shop_edited", "vendor", hold.vendor_id, before={"phone": "+46 31 700 00 00"}, after={"phone": known})
    as_verifier(shop)

    text = page(shop.client, f"/desk/bank-details/{hold.vendor_id}")

    assert "+46 31 700 00 00, until" in text
    assert "call an earlier one first" in text


def test_a_refusal_needs_its_reason_and_the_vendor_reads_it(app: Flask, shop: Shop, hold: Hold) -> None:
    owner = make_member(db.session.get_one(Company, hold.vendor_id))
    as_verifier(shop)

    assert decide(shop.client, hold, act="refuse", reason="No.") == 422
    assert decide(shop.client, hold, act="refuse", reason=WHY) == 303
    shop.work()

    assert coming(hold.vendor_id).state is BankState.REFUSED
    refused = [letter for letter in letters_to(app, owner.email) if "were refused" in str(letter["Subject"])]
    assert len(refused) == 1
    assert WHY in text_of(refused[0])
    log_in(shop.client, owner, db.session.get_one(Company, hold.vendor_id))
    assert WHY in page(shop.client, "/portal/money")


def test_a_decision_about_other_details_than_were_shown_is_refused(shop: Shop, hold: Hold) -> None:
    as_verifier(shop)
    shown = coming(hold.vendor_id).id
    change_bank(shop, hold.vendor_id, OTHER)
    shop.hear()

    for fields in ({"act": "confirm", "how_checked": HOW}, {"act": "refuse", "reason": WHY}):
        answer = shop.client.post(f"/desk/bank-details/{hold.vendor_id}", data=fields | {"details": str(shown)})
        assert answer.status_code == 409
        assert fields.get("how_checked", fields.get("reason", "")) in answer.get_data(as_text=True)  # nothing typed is lost
    assert coming(hold.vendor_id).checked_at is None


def test_the_desk_counts_what_waits_for_it_and_sends_a_sheet(shop: Shop, hold: Hold) -> None:
    as_verifier(shop)
    assert count(queries.queue_of_bank_changes()) == 1

    assert decide(shop.client, hold, act="confirm", how_checked=HOW) == 303
    sheet = shop.client.get("/desk/bank-details.csv?queue=confirmed").get_data(as_text=True)

    assert count(queries.queue_of_bank_changes()) == 0
    assert HOW in sheet
    assert "Confirmed, the time runs" in sheet


def test_the_queue_takes_the_same_statements_for_any_number_of_changes(shop: Shop, hold: Hold) -> None:
    as_verifier(shop)
    taken = []
    for number in range(3):
        for _ in range(number):
            change_bank(shop, make_payable_vendor().id)
        shop.hear()
        page(shop.client, "/desk/bank-details")
        with count_queries() as statements:
            shown = page(shop.client, "/desk/bank-details")
        assert shown.count("/desk/bank-details/0") == count(queries.queue_of_bank_changes())
        taken.append(len(statements))

    assert count(queries.queue_of_bank_changes()) == 4
    assert taken[0] == taken[1] == taken[2] <= 18


def test_a_vendor_without_an_account_has_no_page_at_the_desk(shop: Shop) -> None:
    as_verifier(shop)

    assert shop.client.get(f"/desk/bank-details/{make_company().id}").status_code == 404


def test_finance_reads_why_a_transfer_waits(shop: Shop, hold: Hold) -> None:
    release(hold)
    shop.work()
    operator, person = make_operator([Role.PLATFORM_FINANCE])
    log_in(shop.client, person, operator)

    text = page(shop.client, "/desk/ledger")

    assert "The vendor&#39;s bank details were changed." in text
    assert hold.order_number in text
    assert shop.client.get(f"/desk/bank-details/{hold.vendor_id}").status_code == 403


def test_the_vendor_and_every_buyer_with_open_orders_are_told_once(app: Flask, shop: Shop) -> None:
    vendor = make_payable_vendor()
    owner = make_member(db.session.get_one(Company, vendor.id))
    helper = make_member(db.session.get_one(Company, vendor.id), [Role.VENDOR_QUALITY])
    shop.funded(holds=[new_hold(vendor)])
    shop.open(holds=[new_hold(vendor)])  # a second order, not paid yet
    finance, viewer = make_member(shop.company, [Role.FINANCE]), make_member(shop.company, [Role.VIEWER])
    stranger, past = make_company(), make_company()
    others = [make_member(stranger), make_member(past)]
    ended = shop.open(holds=[new_hold(vendor)])
    ended.buyer_id = past.id
    for row in db.session.query(Hold).filter(Hold.payment_id == ended.id):
        row.buyer_id = past.id
    db.session.commit()
    with transaction():
        services.expire_payment(ended.purchase_id, actor=VERIFIER)

    change_bank(shop, vendor.id)
    for _ in range(3):
        shop.hear()

    def about(address: str) -> list[str]:
        return [text_of(letter) for letter in letters_to(app, address) if "bank details" in str(letter["Subject"])]

    (told,) = about(owner.email)
    assert SPARE[-4:] in told
    assert "stop all payouts here" in told
    assert "+46 10 123 45 00" in told
    for person in (shop.person, finance):
        (letter,) = about(person.email)
        assert SPARE[-4:] not in letter
        assert letter.count("ORD-2026-") == 2
        assert "Pay only in Millgate" in letter
    assert [about(person.email) for person in (helper, viewer, *others)] == [[], [], [], []]


def move_to(person: Person, email: str, *, days_ago: int) -> None:
    """The person's account goes by another address since that day."""
    with clock.at(clock.now() - timedelta(days=days_ago)), transaction():
        accounts.record_link(person.id, LinkKind.CHANGE_EMAIL, f"the link for {email}", email=email)
        accounts.change_address(f"the link for {email}", actor=Actor())


def test_an_address_that_was_left_lately_is_told_too(app: Flask, shop: Shop) -> None:
    """Whoever takes a log-in over changes its address first; the rightful owner then still reads that the bank details change."""
    vendor = make_payable_vendor()
    company = db.session.get_one(Company, vendor.id)
    owner, manager = make_member(company), make_member(company, [Role.VENDOR_OWNER], locale="zh_Hans")
    long_ago, first, managers = "marta.long.ago@halden.example", owner.email, manager.email
    shop.funded(holds=[new_hold(vendor)])
    owner.email = long_ago
    move_to(owner, first, days_ago=20)
    move_to(owner, "marta.between@evil.example", days_ago=6)
    move_to(owner, "marta@evil.example", days_ago=1)
    move_to(manager, "li@evil.example", days_ago=13)

    change_bank(shop, vendor.id)
    shop.hear()
    with transaction():
        services.refuse_bank(vendor.id, coming(vendor.id).id, reason=WHY, actor=VERIFIER)
    shop.hear()

    def about(address: str) -> list[str]:
        return [text_of(letter) for letter in letters_to(app, address) if SPARE[-4:] in text_of(letter) or WHY in text_of(letter)]

    for address in (first, "marta.between@evil.example"):
        noticed, refused = about(address)
        assert "your account goes by marta@evil.example since lately. If you did not change that, call +46 10 123 45 00 at once." in noticed
        assert "had this address until lately" in refused
        assert "set a new password" not in noticed, "its link would go to the new address"
    assert len(about("marta@evil.example")) == 2
    assert all("lately" not in letter for letter in about("marta@evil.example"))
    assert about(long_ago) == []
    assert "你的账户近来改用 li@evil.example" in about(managers)[0]


def test_the_mails_speak_the_readers_language(app: Flask, shop: Shop, hold: Hold) -> None:
    reader = make_member(shop.company, [Role.FINANCE], locale="zh_Hans")
    owner = make_member(db.session.get_one(Company, hold.vendor_id), locale="zh_Hans")
    change_bank(shop, hold.vendor_id, OTHER)

    shop.hear()

    assert "你的款项是安全的" in str(letters_to(app, reader.email)[0]["Subject"])
    assert "银行资料已变更" in str(letters_to(app, owner.email)[0]["Subject"])


def test_a_buyer_of_another_company_or_purchase_is_shown_nothing(shop: Shop, hold: Hold) -> None:
    other = shop.open()

    assert queries.banks_in_waiting(hold.purchase_id, buyer_id=shop.company.id) == {hold.vendor_id}
    assert queries.banks_in_waiting(hold.purchase_id, buyer_id=make_company().id) == set()
    assert queries.banks_in_waiting(other.purchase_id, buyer_id=shop.company.id) == set()
