"""The operator's dated tables: tax rates, tax classes of categories, duty rates."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace.catalogue.models import Category
from marketplace.core.db import db
from marketplace.pricing.duty import DutyTable, customs_place
from marketplace.pricing.models import CategoryTaxClass, DutyRate, TaxRate
from marketplace.pricing.tax import STANDARD, RateTable


def tax_table(countries: Collection[str], *, on: date) -> RateTable:
    """All tax rates of some countries and of their parts, as they stand on a day."""
    rows = db.session.execute(
        select(TaxRate.country, TaxRate.region, TaxRate.tax_class, TaxRate.rate_bp)
        .where(TaxRate.country.in_(countries), TaxRate.valid_from <= on)
        .ext(distinct_on(TaxRate.country, TaxRate.region, TaxRate.tax_class))
        .order_by(TaxRate.country, TaxRate.region, TaxRate.tax_class, TaxRate.valid_from.desc())
    )
    return RateTable({(country, region, name): rate for country, region, name, rate in rows})


def standard_rates(countries: Collection[str], *, on: date) -> dict[str, int]:
    """The standard tax rate of whole countries on a day, in basis points; a country without one is absent."""
    table = tax_table(countries, on=on).rates
    return {country: rate for (country, region, name), rate in table.items() if region == "" and name == STANDARD}


def tax_classes_of(category_ids: Collection[UUID]) -> dict[UUID, str]:
    """The tax class of categories that have one, by themselves or from the nearest category above; the others are standard."""
    depth = func.array_position(Category.path, CategoryTaxClass.category_id)
    rows = db.session.execute(
        select(Category.id, CategoryTaxClass.tax_class)
        .join(CategoryTaxClass, CategoryTaxClass.category_id == func.any(Category.path))
        .where(Category.id.in_(category_ids))
        .ext(distinct_on(Category.id))
        .order_by(Category.id, depth.desc())
    )
    return dict(rows.all())


def duty_table(country: str, *, on: date) -> DutyTable:
    """The duty rates of a destination on a day."""
    place = customs_place(country)
    rows = db.session.execute(
        select(DutyRate.hs_prefix, DutyRate.rate_bp, DutyRate.is_example)
        .where(DutyRate.country == place, DutyRate.valid_from <= on)
        .ext(distinct_on(DutyRate.hs_prefix))
        .order_by(DutyRate.hs_prefix, DutyRate.valid_from.desc())
    )
    return DutyTable({(place, prefix): (rate, is_example) for prefix, rate, is_example in rows})
