"""Sums by the hour: a report is the same whether hours were summed, in part or not at all, and equals what is counted by hand."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from math import log2
from random import Random
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.core import clock, i18n, jobs, policy
from marketplace.core.db import db
from search.learning import services
from search.learning.hours import HOUR, hour_of
from search.learning.models import PositionSum, SearchHour, SearchRecord, VendorSum
from search.learning.trails import Answered
from tests.conftest import count_queries
from tests.factories.vendors import make_vendor
from tests.search.reading import page
from tests.search.test_learning_desk import answered, did, rows, staff

__all__ = ["staff"]
NOW = datetime(2026, 11, 30, 12, 20, tzinfo=UTC)


def searches(vendors: Sequence[UUID], number: int, dice: Random, *, hours: int = 30) -> list[Answered]:
    """Random pages of results of the last hours: any vendor several times, some unknown, some filtered, some further pages."""
    made = []
    for _ in range(number):
        shown = dice.choices(vendors, k=dice.randint(0, 6))
        kept = {str(one): dice.randint(1, 9) for one in vendors if one in shown or dice.random() < 0.5}
        if dice.random() < 0.05 and shown:
            kept.pop(str(shown[0]))
        number = dice.choice((1, 1, 1, 2))
        made.append(
            answered(
                dice.choice(("hex bolt", "valve", "valve", "")),
                asked_at=clock.now() - timedelta(seconds=dice.randrange(hours * 3600)),
                page=number,
                first_position=1 + 6 * (number - 1),
                found=len(shown) and len(shown) + sum(kept.values()),
                variants=list(shown),
                versions=[1] * len(shown),
                vendors=list(shown),
                matches=dice.choice((kept, kept, {})),
            )
        )
    return made


def exposure(made: Sequence[Answered], since: datetime) -> dict[str, tuple[int, float, float | None]]:
    """By vendor: times, share shown, share matching, counted by hand."""
    got: dict[str, float] = defaultdict(float)
    fair: dict[str, float] = defaultdict(float)
    times: dict[str, int] = defaultdict(int)
    unknown = set()
    for one in made:
        if one.asked_at < since or one.page > 1 or not (one.key and one.matches and one.found and one.vendors):
            continue
        weights = [1 / log2(1 + place) for place in range(1, len(one.vendors) + 1)]
        for vendor, weight in zip(one.vendors, weights, strict=True):
            got[str(vendor)] += weight
        for name in set(map(str, one.vendors)):
            times[name] += 1
            if name not in one.matches:
                unknown.add(name)
        for name, count in one.matches.items():
            fair[name] += sum(weights) * count / one.found
    whole = sum(got.values())
    return {
        vendor: (times[vendor], round(got[vendor] / whole, 3), None if vendor in unknown else round(fair[vendor] / whole, 3))
        for vendor in {*got, *fair}
    }


def shown_exposure(client: FlaskClient, names: dict[str, str], query: str) -> dict[str, tuple[int, float, float | None]]:
    return {
        names[row["name"]]: (int(row["times"]), round(float(row["share"]), 3), round(float(row["fair"]), 3) if row["fair"] else None)
        for row in rows(client, "vendors", query)
    }


def places(made: Sequence[Answered], since: datetime) -> dict[str, str]:
    """By position: how often it was shown, counted by hand."""
    times: dict[str, int] = defaultdict(int)
    for one in made:
        for place in range(len(one.vendors)):
            times[str(one.first_position + place)] += one.asked_at >= since and bool(one.key)
    return {place: str(count) for place, count in times.items() if count}


def about(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """The same but for the last digit that was rounded."""
    return first.keys() == second.keys() and all(
        one[0] == two[0] and all((a is None) == (b is None) and abs((a or 0) - (b or 0)) < 0.0011 for a, b in zip(one[1:], two[1:], strict=True))
        for one, two in ((first[key], second[key]) for key in first)
    )  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_reports_are_what_is_counted_by_hand_whatever_is_summed(
    staff: FlaskClient, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setattr(i18n, "zone", lambda: zone)
    with clock.at(NOW):
        dice = Random(20)
        works = [make_vendor(name=f"Works {n}") for n in range(5)]
        ids, names = [one.id for one in works], {one.name: str(one.id) for one in works}
        made = searches(ids, 300, dice)
        today = NOW.replace(hour=0, minute=0) if zone == "UTC" else NOW.replace(hour=18, minute=30) - timedelta(days=1)

        def check() -> None:
            for query, since in (("?period=1", today), ("", today - timedelta(days=6))):
                assert about(shown_exposure(staff, names, query), exposure(made, since))
                assert {row["position"]: row["times"] for row in rows(staff, "positions", query)} == places(made, since)

        services.add_searches(made)
        check()
        for _ in range(12):
            services.sum_hour()
        check()
        jobs.enqueue("search.sum_hours")
        run_jobs()
        assert db.session.query(SearchHour).filter(SearchHour.hour == hour_of(NOW) - HOUR).count() == 1
        assert not services.sum_hour()
        check()

        late = searches(ids, 40, dice, hours=20)
        services.add_searches(late)
        made += late
        check()
        jobs.enqueue("search.sum_hours")
        run_jobs()
        check()


def test_an_hour_is_summed_when_it_is_over_and_summed_hours_need_no_searches(app: Flask, staff: FlaskClient) -> None:
    works = make_vendor(name="Works")
    shown: dict[str, Any] = {"vendors": [works.id], "variants": [works.id], "versions": [1], "matches": {str(works.id): 1}, "found": 1}
    with clock.at(NOW):
        over, running = (answered(asked_at=NOW - timedelta(minutes=minutes), **shown) for minutes in (30, 10))
        services.add_searches([over, running])
        assert services.sum_hour()
        assert not services.sum_hour()
        assert [one.hour for one in db.session.query(SearchHour)] == [hour_of(over.asked_at)]

        did(running, 1, "click")
        db.session.query(SearchRecord).filter(SearchRecord.id == over.id).delete()
        (row,), (place,) = rows(staff, "vendors"), rows(staff, "positions")

    assert (row["times"], row["share"], row["fair"]) == ("2", "1.0", "1.0")
    assert (place["times"], place["clicked"], place["share"]) == ("2", "1", "0.5")


def test_sums_are_forgotten_with_their_searches(app: Flask, run_jobs: Callable[[], int]) -> None:
    works = make_vendor(name="Works")
    days = policy.current().search_record_days
    shown: dict[str, Any] = {"vendors": [works.id], "variants": [works.id], "versions": [1], "matches": {str(works.id): 1}, "found": 1}
    with clock.at(NOW):
        old, young = (answered(asked_at=NOW - timedelta(days=days, hours=hours), **shown) for hours in (3, -3))
        services.add_searches([old, young])
        while services.sum_hour():
            pass
        jobs.enqueue("search.forget_old_searches")
        run_jobs()

        assert db.session.query(SearchHour).filter(SearchHour.hour <= NOW - timedelta(days=days)).count() == 0
        assert [one.hour for one in db.session.query(VendorSum)] == [hour_of(young.asked_at)]
        assert [one.hour for one in db.session.query(PositionSum)] == [hour_of(young.asked_at)]


def test_many_searches_of_summed_hours_are_not_read_again(staff: FlaskClient) -> None:
    works = make_vendor(name="Works")
    with clock.at(NOW):
        services.add_searches(searches([works.id], 50, Random(1), hours=5))
        while services.sum_hour():
            pass
        with count_queries() as asked:
            page(staff, "/desk/search/reports/vendors")

    assert len(asked) <= 19, asked
