"""Dear pages are counted for each reader: a few at once, then one after another, and nobody pays for somebody else."""

import pytest
from flask.testing import FlaskClient

from search.allowance import Allowance
from search.views import dear
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import make_product
from tests.factories.vendors import make_vendor
from tests.search.reading import IndexNow, page

LANDED = "/search?q=bolt&sort=landed"


def test_a_pool_runs_dry_and_fills_up_with_time() -> None:
    allowance = Allowance(pool=2, seconds_each=10)

    assert [allowance.take("a", now) for now in (0, 0, 0, 9.9, 10, 10, 100, 100, 100)] == [
        True, True, False, False, True, False, True, True, False,
    ]  # fmt: skip
    assert allowance.take("b", 100)


def test_of_more_readers_than_can_be_kept_those_are_forgotten_who_asked_longest_ago() -> None:
    allowance = Allowance(pool=1, seconds_each=100, most_readers=2)

    assert [allowance.take(reader, 0) for reader in "abacab"] == [True, True, False, True, False, True]


@pytest.fixture
def two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dear, "allowance", Allowance(pool=2))


@pytest.mark.parametrize("address", [LANDED, "/search/table?q=bolt&sort=landed", "/search/table.csv?q=bolt"])
def test_a_reader_who_asks_for_too_many_is_told_to_wait_and_cheap_pages_go_on(
    client: FlaskClient, index_now: IndexNow, two_at_once: None, address: str
) -> None:
    index_now(make_product(make_vendor()))

    answers = [client.get(address) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "60"
    assert "Wait a minute, or sort by unit price." in answers[2].get_data(as_text=True)
    assert page(client, "/search?q=bolt&sort=price")


def test_a_colleague_at_the_same_address_is_counted_for_themselves(client: FlaskClient, index_now: IndexNow, two_at_once: None) -> None:
    index_now(make_product(make_vendor()))
    company = make_company(country="SE")
    for _ in range(3):
        client.get(LANDED)

    log_in(client, make_member(company), company)

    assert client.get(LANDED).status_code == 200
