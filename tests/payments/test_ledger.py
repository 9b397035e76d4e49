"""The laws of the ledger hold in the database: for the owner of the code, for its roles, and for a crowd at once."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.ids import new_id
from payments import ledger
from payments.chart import CHART, HELD, PAYABLE, STRIPE_BALANCE
from payments.errors import LedgerKeyReused, Overdrawn
from tests.conftest import Services


def put(amount_minor: int, owner_id: UUID, *, key: str | None = None, currency: str = "EUR") -> int:
    """Money comes in and is held."""
    legs = [ledger.debit(STRIPE_BALANCE, currency, amount_minor), ledger.credit(HELD, currency, amount_minor, owner_id)]
    return ledger.post(key or f"in:{new_id()}", "J01", legs, reference_id=None, effective_at=clock.now())


def draw(amount_minor: int, owner_id: UUID, vendor_id: UUID, *, key: str | None = None) -> int:
    """Held money is released."""
    legs = [ledger.debit(HELD, "EUR", amount_minor, owner_id), ledger.credit(PAYABLE, "EUR", amount_minor, vendor_id)]
    return ledger.post(key or f"out:{new_id()}", "J09", legs, reference_id=None, effective_at=clock.now())


def test_an_entry_that_does_not_sum_to_zero_is_refused(app: Flask) -> None:
    legs = [ledger.debit(STRIPE_BALANCE, "EUR", 100), ledger.credit(HELD, "EUR", 99, new_id())]

    with pytest.raises(IntegrityError, match="does not sum to zero"):
        ledger.post("k", "J01", legs, reference_id=None, effective_at=clock.now())


def test_each_currency_sums_to_zero_by_itself(app: Flask) -> None:
    owner = new_id()
    mixed = [ledger.debit(STRIPE_BALANCE, "EUR", 100), ledger.credit(HELD, "USD", 100, owner)]
    exchange = [
        ledger.debit(HELD, "EUR", 90, owner),
        ledger.credit("6010", "EUR", 90),
        ledger.debit("6010", "USD", 99),
        ledger.credit(PAYABLE, "USD", 99, owner),
    ]
    put(100, owner)

    number = ledger.post("exchange", "J53", exchange, reference_id=None, effective_at=clock.now())
    assert number > 0
    with pytest.raises(IntegrityError, match="does not sum to zero"):
        ledger.post("mixed", "J01", mixed, reference_id=None, effective_at=clock.now())


def test_a_repeated_key_is_no_second_entry_and_with_other_content_an_error(app: Flask) -> None:
    owner = new_id()

    assert put(100, owner, key="once") == put(100, owner, key="once")
    assert ledger.balance_of(HELD, "EUR", owner) == 100
    with pytest.raises(LedgerKeyReused):
        put(101, owner, key="once")


def test_no_account_passes_its_floor(app: Flask) -> None:
    owner = new_id()
    put(100, owner)

    with pytest.raises(Overdrawn):
        draw(101, owner, new_id())


def test_what_is_reserved_cannot_be_drawn_by_another(app: Flask) -> None:
    owner, vendor, operation = new_id(), new_id(), new_id()
    put(100, owner)
    draw(100, owner, vendor)
    ledger.reserve(operation, PAYABLE, "EUR", vendor, 60)
    ledger.reserve(operation, PAYABLE, "EUR", vendor, 60)  # repeated, it changes nothing
    db.session.commit()

    with pytest.raises(Overdrawn):
        pay_out(41, vendor, None)
    db.session.rollback()
    pay_out(60, vendor, operation)
    pay_out(40, vendor, None)

    assert ledger.balance_of(PAYABLE, "EUR", vendor) == 0
    assert reserved(vendor) == 0


def pay_out(amount_minor: int, vendor_id: UUID, operation_id: UUID | None) -> None:
    """A transfer, with or without its reservation."""
    legs = [ledger.debit(PAYABLE, "EUR", amount_minor, vendor_id), ledger.credit(STRIPE_BALANCE, "EUR", amount_minor)]
    ledger.post(f"pay:{new_id()}", "J14", legs, reference_id=None, effective_at=clock.now(), operation_id=operation_id)


def reserved(vendor_id: UUID) -> int:
    """What is set aside of a vendor's money."""
    query = text(
        "SELECT b.reserved FROM ledger_balances b JOIN ledger_accounts a ON a.id = b.account_id WHERE a.owner_id = :id AND a.code = '2020'"
    )
    return int(db.session.execute(query, {"id": vendor_id}).scalar_one())


def test_a_voided_reservation_gives_the_sum_free_and_can_be_made_again(app: Flask) -> None:
    owner, vendor, operation = new_id(), new_id(), new_id()
    put(100, owner)
    draw(100, owner, vendor)
    ledger.reserve(operation, PAYABLE, "EUR", vendor, 60)

    ledger.void(operation)
    ledger.void(operation)
    assert reserved(vendor) == 0
    ledger.reserve(operation, PAYABLE, "EUR", vendor, 60)
    assert reserved(vendor) == 60
    with pytest.raises(LedgerKeyReused):
        ledger.reserve(operation, PAYABLE, "EUR", vendor, 61)


def test_the_check_names_what_does_not_add_up(app: Flask) -> None:
    put(100, new_id())  # money on the provider's balance that no movement there explains

    (found,) = ledger.check_ledger()

    assert (found.rule, found.subject, found.expected, found.actual) == (
        "1010 is the sum of the explained movements at the provider",
        "EUR",
        0,
        100,
    )


@pytest.mark.committed
def test_the_check_finds_a_balance_that_a_superuser_changed(app: Flask, services: Services) -> None:
    owner = new_id()
    with transaction():
        put(100, owner)
    db.session.remove()

    with services.postgres.connect(str(db.engine.url.database)) as superuser:
        superuser.execute(
            "UPDATE ledger_balances SET posted = 99 FROM ledger_accounts a WHERE a.id = account_id AND a.owner_id = %s", (owner,)
        )
        db.session.execute(text("SET ROLE millgate_jobs"))
        rules = {violation.rule for violation in ledger.check_ledger()}
        db.session.remove()
        superuser.execute(
            "UPDATE ledger_balances SET posted = 100 FROM ledger_accounts a WHERE a.id = account_id AND a.owner_id = %s", (owner,)
        )

    assert "a balance is the sum of its postings" in rules


def test_every_account_of_the_chart_can_be_opened_and_has_one_owner_kind(app: Flask) -> None:
    for account in CHART.values():
        other = "3010" if account.code != "3010" else "1030"
        amount = 5 * account.side
        legs = [
            ledger.debit(account.code, "EUR", amount, new_id() if account.owner else None),
            ledger.credit(other, "EUR", amount),
        ]
        ledger.post(f"open:{account.code}", "J00", legs, reference_id=None, effective_at=clock.now())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.integers(min_value=-(2**50), max_value=2**50), min_size=1, max_size=6))
def test_any_legs_that_sum_to_zero_are_booked_whole(app: Flask, amounts: list[int]) -> None:
    legs = [ledger.debit(STRIPE_BALANCE, "EUR", amount) for amount in (*amounts, -sum(amounts)) if amount]
    if len(legs) < 2:
        return

    ledger.post(f"any:{new_id()}", "J54", legs, reference_id=None, effective_at=clock.now())

    assert ledger.balance_of(STRIPE_BALANCE, "EUR") == 0


CHANGES = (
    "UPDATE journal_entries SET kind = 'J99'",
    "DELETE FROM journal_entries",
    "TRUNCATE journal_entries CASCADE",
    "UPDATE postings SET amount_minor = 1",
    "DELETE FROM postings WHERE false",
    "TRUNCATE postings",
)
WRITES = (
    "INSERT INTO journal_entries (key, content_hash, kind, effective_at, created_at) VALUES ('k', 'h', 'J01', now(), now())",
    "INSERT INTO postings (entry_id, position, account_id, currency, amount_minor) SELECT 1, 9, id, 'EUR', 1 FROM ledger_accounts LIMIT 1",
    "INSERT INTO ledger_accounts (id, code, currency, side, is_strict, opened_at) VALUES (gen_random_uuid(), '1010', 'XXX', 1, false, now())",
    "UPDATE ledger_accounts SET side = -1",
    "UPDATE ledger_balances SET posted = 0",
    "DELETE FROM ledger_balances",
    "UPDATE ledger_reservations SET state = 'void'",
)


@pytest.fixture
def connect(app: Flask) -> Callable[[str], psycopg.Connection]:
    """A connection of its own as one of the three roles."""
    address = app.config["SETTINGS"].database_url.replace("postgresql+psycopg://", "postgresql://")

    def open_as(role: str) -> psycopg.Connection:
        return psycopg.connect(address.replace("millgate_app@", f"{role}@"), autocommit=True)

    return open_as


@pytest.mark.committed
@pytest.mark.parametrize("statement", CHANGES)
def test_entries_and_postings_only_grow_also_for_the_owner(connect: Callable[[str], psycopg.Connection], statement: str) -> None:
    with connect("millgate_owner") as owner, pytest.raises(psycopg.errors.RestrictViolation, match="only grows"):
        owner.execute(statement)


@pytest.mark.committed
@pytest.mark.parametrize("role", ["millgate_app", "millgate_jobs"])
@pytest.mark.parametrize("statement", CHANGES + WRITES)
def test_no_role_of_the_application_writes_the_books_directly(
    connect: Callable[[str], psycopg.Connection], role: str, statement: str
) -> None:
    with connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


@pytest.mark.committed
def test_pages_cannot_read_the_books_and_tasks_can(connect: Callable[[str], psycopg.Connection]) -> None:
    for table in ("ledger_accounts", "ledger_balances", "ledger_reservations", "journal_entries", "postings"):
        with connect("millgate_jobs") as jobs_role:
            assert jobs_role.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone() is not None
        with connect("millgate_app") as pages, pytest.raises(psycopg.errors.InsufficientPrivilege):
            pages.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))


@pytest.mark.committed
def test_a_single_leg_cannot_be_added_later_not_even_a_balanced_pair(connect: Callable[[str], psycopg.Connection], app: Flask) -> None:
    with transaction():
        entry_id = put(100, new_id())
    leg = "SELECT {0}, {1}, id, 'EUR', {2} FROM ledger_accounts WHERE code = '1010' AND currency = 'EUR'"
    into = "INSERT INTO postings (entry_id, position, account_id, currency, amount_minor) "

    with connect("millgate_owner") as owner:
        with pytest.raises(psycopg.errors.CheckViolation, match="does not sum to zero"):
            owner.execute(into + leg.format(entry_id, 8, 5))
        with pytest.raises(psycopg.errors.CheckViolation, match="has its postings already"):
            owner.execute(into + leg.format(entry_id, 8, 5) + " UNION ALL " + leg.format(entry_id, 9, -5))


@pytest.mark.committed
def test_a_stranger_in_the_search_path_changes_nothing(connect: Callable[[str], psycopg.Connection]) -> None:
    legs = [ledger._row(leg) for leg in (ledger.debit("1010", "EUR", 7), ledger.credit("3010", "EUR", 7))]
    with connect("millgate_app") as pages:
        pages.execute("CREATE TEMP TABLE postings (entry_id bigint)")
        pages.execute("SET search_path = pg_temp, public")
        call = "SELECT ledger_post('path', 'J01', %s, NULL, now(), now(), NULL, NULL)"
        assert pages.execute(call, (json.dumps(legs),)).fetchone() is not None
        assert pages.execute("SELECT count(*) FROM pg_temp.postings").fetchone() == (0,)


def crowd(app: Flask, size: int, act: Callable[[int], object]) -> list[object]:
    """Many at once, each with a connection of its own; returns what each came to: its answer, or the refusal's class."""
    barrier = Barrier(size)

    def one(number: int) -> object:
        with app.app_context():
            barrier.wait()
            try:
                with transaction():
                    return act(number)
            except Overdrawn:
                return Overdrawn
            finally:
                db.session.remove()

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(one, range(size)))


@pytest.mark.committed
def test_a_crowd_draws_exactly_what_is_there(app: Flask) -> None:
    owner, vendor = new_id(), new_id()
    with transaction():
        put(10 * 100, owner)
    db.session.remove()

    rounds = [crowd(app, 10, lambda _: draw(100, owner, vendor)) for _ in range(2)]

    answers = [answer for answers in rounds for answer in answers]
    assert answers.count(Overdrawn) == 10
    assert len(set(answers)) == 11


@pytest.mark.committed
def test_a_crowd_with_few_keys_writes_one_entry_for_each(app: Flask) -> None:
    owner = new_id()

    answers: set[object] = set()
    for _ in range(5):
        answers |= set(crowd(app, 10, lambda number: put(5, owner, key=f"crowd:{owner}:{number % 4}")))

    assert len(answers) == 4


@pytest.mark.committed
def test_entries_over_the_same_accounts_in_opposite_order_do_not_deadlock(app: Flask) -> None:
    one, two = new_id(), new_id()
    with transaction():
        put(10_000, one)
        put(10_000, two)
    db.session.remove()

    def swap(number: int) -> int:
        first, second = (one, two) if number % 2 else (two, one)
        legs = [ledger.debit(HELD, "EUR", 1, first), ledger.credit(HELD, "EUR", 1, second)]
        return ledger.post(f"swap:{new_id()}", "J10", legs, reference_id=None, effective_at=clock.now())

    answers = [answer for _ in range(5) for answer in crowd(app, 10, swap)]

    assert len(set(answers)) == 50
