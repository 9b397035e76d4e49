"""What waits in several queues is asked by one statement."""

from flask import Flask
from sqlalchemy import literal, true

from marketplace.accounts.models import Company
from marketplace.core.waiting import Waits, count, counted, queue
from tests.conftest import count_queries
from tests.factories.accounts import make_company


def test_queues_are_counted_at_once_and_keep_their_order(app: Flask) -> None:
    companies = [make_company(name=name) for name in ("Halden Rail", "Norrvik", "Kestane")]
    ours = Company.id.in_([company.id for company in companies])

    with count_queries() as statements:
        found = counted([queue(ours, late=Company.name == "Norrvik"), queue(ours, Company.name == "Nobody"), queue(ours)])

    assert found == [Waits(3, 1), Waits(0, 0), Waits(3, 0)]
    assert len(statements) == 1


def test_one_queue_and_none(app: Flask) -> None:
    assert count(queue(true()).select_from(queue(literal(1) == 1).subquery())) == 1
    with count_queries() as statements:
        assert counted([]) == []
    assert statements == []
