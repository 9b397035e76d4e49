"""Loading the operator's tables."""

from datetime import date

import pytest
from flask import Flask

from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.pricing import services, shipped
from marketplace.pricing.models import ExchangeRate, TaxRate


def test_the_shipped_table_loads_twice_to_the_same(app: Flask) -> None:
    assert services.load_tax_rates(shipped.tax_rates(), actor=SYSTEM) > 100
    first = db.session.query(TaxRate).count()

    services.load_tax_rates(shipped.tax_rates(), actor=SYSTEM)

    assert db.session.query(TaxRate).count() == first
    assert db.session.query(TaxRate).filter_by(country="SE", tax_class="standard").one().rate_bp == 2_500


@pytest.mark.parametrize("wrong", [{"rate_bp": "many"}, {"valid_from": "tomorrow"}, {"class": None}])
def test_a_row_that_cannot_be_read_is_named(app: Flask, wrong: dict[str, str | None]) -> None:
    row: dict[str, str] = {
        "country": "SE",
        "region": "",
        "class": "standard",
        "rate_bp": "2500",
        "valid_from": "2026-01-01",
        "example": "no",
    }
    broken = {k: v for k, v in {**row, **wrong}.items() if v is not None}

    with pytest.raises(Invalid, match="Row 2"):
        services.load_tax_rates([row, broken], actor=SYSTEM)


@pytest.mark.parametrize("rates", [{"EURO": 1}, {"USD": 0}, {"USD": "-1"}, {"USD": "much"}, {"USD": "NaN"}])
def test_a_rate_that_is_none_is_refused(app: Flask, rates: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        services.load_rates(rates, valid_from=date(2026, 1, 1), source="x", actor=SYSTEM)

    assert db.session.query(ExchangeRate).count() == 0
