"""The operator's dated tables: tax rates, tax classes of categories, duty rates."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import any_, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace.catalogue.models import Category
from marketplace.core.db import ask, db, fixed, ids_text, one_of_ids
from marketplace.core.recent import KeptEach, stamp_of
from marketplace.pricing.duty import DutyTable, customs_place
from marketplace.pricing.models import CategoryTaxClass, DutyRate, TaxRate
from marketplace.pricing.tax import STANDARD, RateTable


def tax_table(countries: Collection[str], *, on: date) -> RateTable:
    """All tax rates of some countries and of their parts, as they stand on a day; at most a second old."""
    found = _taxes.of([(country, on) for country in countries])
    return RateTable({key: rate for rates in found.values() for key, rate in rates.items()})


def _read_taxes(wanted: list[tuple[str, date]]) -> dict[tuple[str, date], dict[tuple[str, str, str], int]]:
    found: dict[tuple[str, date], dict[tuple[str, str, str], int]] = {key: {} for key in wanted}
    for on in {day for _, day in wanted}:
        rows = db.session.execute(
            select(TaxRate.country, TaxRate.region, TaxRate.tax_class, TaxRate.rate_bp)
            .where(TaxRate.country.in_([country for country, day in wanted if day == on]), TaxRate.valid_from <= on)
            .ext(distinct_on(TaxRate.country, TaxRate.region, TaxRate.tax_class))
            .order_by(TaxRate.country, TaxRate.region, TaxRate.tax_class, TaxRate.valid_from.desc())
        )
        for country, region, name, rate in rows:
            found[country, on][country, region, name] = rate
    return found


_taxes = KeptEach(_read_taxes, lambda: stamp_of(("tax_rates",)))


def standard_rates(countries: Collection[str], *, on: date) -> dict[str, int]:
    """The standard tax rate of whole countries on a day, in basis points; a country without one is absent."""
    table = tax_table(countries, on=on).rates
    return {country: rate for (country, region, name), rate in table.items() if region == "" and name == STANDARD}


def tax_classes_of(category_ids: Collection[UUID]) -> dict[UUID, str]:
    """The tax class of categories that have one, by themselves or from the nearest category above; the others are standard.

    At most a second old.
    """
    return {category_id: name for category_id, name in _classes.of(category_ids).items() if name is not None}


def _read_classes(category_ids: list[UUID]) -> dict[UUID, str | None]:
    return dict.fromkeys(category_ids) | dict(ask(_class_rows, {"ids": ids_text(category_ids)}).all())


_class_rows = fixed(
    select(Category.id, CategoryTaxClass.tax_class)
    .join(CategoryTaxClass, CategoryTaxClass.category_id == any_(Category.path))
    .where(Category.id == one_of_ids())
    .ext(distinct_on(Category.id))
    .order_by(Category.id, func.array_position(Category.path, CategoryTaxClass.category_id).desc())
)
_classes = KeptEach(_read_classes, lambda: stamp_of(("categories", "category_tax_classes")))


def duty_table(country: str, *, on: date) -> DutyTable:
    """The duty rates of a destination on a day; at most a second old."""
    key = (customs_place(country), on)
    return _duties.of([key])[key]


def _read_duties(wanted: list[tuple[str, date]]) -> dict[tuple[str, date], DutyTable]:
    return {(place, on): _read_duty(place, on) for place, on in wanted}


def _read_duty(place: str, on: date) -> DutyTable:
    rows = db.session.execute(
        select(DutyRate.hs_prefix, DutyRate.rate_bp, DutyRate.is_example)
        .where(DutyRate.country == place, DutyRate.valid_from <= on)
        .ext(distinct_on(DutyRate.hs_prefix))
        .order_by(DutyRate.hs_prefix, DutyRate.valid_from.desc())
    )
    return DutyTable({(place, prefix): (rate, is_example) for prefix, rate, is_example in rows})


_duties = KeptEach(_read_duties, lambda: stamp_of(("duty_rates",)))
