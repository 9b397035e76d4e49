"""Rows by the bulk are what the ORM would have written."""

from datetime import UTC, datetime

from flask import Flask

from marketplace.accounts.models import Company
from marketplace.core.bulk import insert_all
from marketplace.core.db import db, transaction
from marketplace.core.ids import new_id


def test_rows_by_the_bulk_are_what_the_orm_would_have_written(app: Flask) -> None:
    facts = {
        "name": 'Tab\t, quote " and \\ 北京', "country": "CN", "currency": "CNY", "time_zone": "Asia/Shanghai", "language": "zh-Hans",
        "tax_ids": [{"kind": "cn", "value": "91"}], "is_buyer": True, "is_vendor": False, "is_operator": False,
        "created_at": datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
    }  # fmt: skip
    first, second = new_id(), new_id()
    with transaction():
        insert_all(Company, [{"id": first, **facts}])
        insert_all(Company, [])
        db.session.add(Company(id=second, **facts))
    db.session.expire_all()

    bulk, orm = (db.session.get_one(Company, key) for key in (first, second))

    columns = [column.key for column in Company.__table__.columns if column.key != "id"]
    assert [getattr(bulk, name) for name in columns] == [getattr(orm, name) for name in columns]
