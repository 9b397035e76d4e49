"""The operator's dated tables: tax, tax classes, duty, indicative rates. A rate is never changed: a new one begins on a later day."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from marketplace.catalogue.models import Product, ProductState
from marketplace.core import audit, changes, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.ids import new_id
from marketplace.core.money import known_currencies
from marketplace.pricing.errors import RateBegun, RateKnown
from marketplace.pricing.models import CategoryTaxClass, DutyRate, ExchangeRate, TaxRate
from marketplace.pricing.tax import STANDARD

EXAMPLE = ("yes", "example")
LONGEST_HS = 10
TABLE = UUID(int=0)
"""The tables belong to the operator and have no row of their own to point history at."""


def load_tax_rates(rows: Iterable[Mapping[str, str]], *, actor: Actor) -> int:
    """Write rates; one that stands already (country, region, class, first day) gets the new rate. Returns how many.

    Shape: {country, region, class, rate_bp, valid_from (ISO day), example (yes, example or no)}, as in `reference/vat.csv`.
    Raises: Invalid with the row that cannot be read.
    """
    values = []
    for number, row in enumerate(rows, start=1):
        try:
            values.append(
                {
                    "id": new_id(),
                    "country": row["country"],
                    "region": row["region"],
                    "tax_class": row["class"],
                    "rate_bp": int(row["rate_bp"]),
                    "valid_from": date.fromisoformat(row["valid_from"]),
                    "is_example": row["example"] in EXAMPLE,
                }
            )
        except (KeyError, ValueError) as error:
            raise Invalid(f"Row {number} of the tax table cannot be read.") from error
    if values:
        statement = insert(TaxRate).values(values)
        changed = {name: statement.excluded[name] for name in ("rate_bp", "is_example")}
        db.session.execute(statement.on_conflict_do_update(index_elements=["country", "region", "tax_class", "valid_from"], set_=changed))
        audit.record(actor, "tax_rates.loaded", "tax_rates", TABLE, after={"rows": len(values)})
    return len(values)


def record_tax_rate(country: str, region: str, tax_class: str, *, rate_bp: int, valid_from: date, actor: Actor) -> TaxRate:
    """A rate that begins on a day, today at the earliest: what orders of past days were taxed with stays as it was.

    Raises: RateBegun (the day is past), RateKnown (there is one of that day already).
    """
    _check_day(valid_from)
    rate = TaxRate(
        id=new_id(), country=country, region=region, tax_class=tax_class, rate_bp=rate_bp, valid_from=valid_from, is_example=False
    )
    known = select(TaxRate.id).where(
        TaxRate.country == country, TaxRate.region == region, TaxRate.tax_class == tax_class, TaxRate.valid_from == valid_from
    )
    if db.session.scalar(known) is not None:
        raise RateKnown
    db.session.add(rate)
    after = {
        "country": country, "region": region, "class": tax_class, "rate_bp": rate_bp, "valid_from": valid_from.isoformat(),
    }  # fmt: skip
    audit.record(actor, "tax_rate.recorded", "tax_rate", rate.id, after=after)
    return rate


def vouch_for_tax_rate(rate_id: UUID, *, actor: Actor) -> TaxRate:
    """The operator has checked a shipped example: it is one no longer. Raises: NotFound."""
    rate = db.session.get(TaxRate, rate_id, with_for_update=True)
    if rate is None:
        raise NotFound
    if rate.is_example:
        rate.is_example = False
        audit.record(actor, "tax_rate.vouched", "tax_rate", rate.id, before={"is_example": True}, after={"is_example": False})
    return rate


def set_tax_class(category_id: UUID, tax_class: str, *, actor: Actor) -> None:
    """Let all goods of a category, and of those below it, have a tax class; `standard` takes a former one away where nothing is above."""
    row = db.session.get(CategoryTaxClass, category_id, with_for_update=True)
    before = row.tax_class if row else STANDARD
    if row is None:
        db.session.add(CategoryTaxClass(category_id=category_id, tax_class=tax_class))
    else:
        row.tax_class = tax_class
    if before != tax_class:
        act = "category.tax_class_set"
        audit.record(actor, act, "category", category_id, before={"tax_class": before}, after={"tax_class": tax_class})


def load_duty_rates(rows: Iterable[Mapping[str, str]], *, actor: Actor) -> int:
    """Write duty rates; one that stands already (country, HS prefix, first day) gets the new rate. Returns how many.

    Shape: {country (or EU), hs (2 to 10 digits), rate_bp, valid_from (ISO day), example (yes, example or no)}.
    Raises: Invalid with the row that cannot be read.
    """
    values = []
    for number, row in enumerate(rows, start=1):
        try:
            if not (row["hs"].isascii() and row["hs"].isdigit() and 2 <= len(row["hs"]) <= LONGEST_HS):
                raise ValueError(row["hs"])
            values.append(
                {
                    "id": new_id(),
                    "country": row["country"],
                    "hs_prefix": row["hs"],
                    "rate_bp": int(row["rate_bp"]),
                    "valid_from": date.fromisoformat(row["valid_from"]),
                    "is_example": row["example"] in EXAMPLE,
                }
            )
        except (KeyError, ValueError) as error:
            raise Invalid(f"Row {number} of the duty table cannot be read.") from error
    if values:
        statement = insert(DutyRate).values(values)
        changed = {name: statement.excluded[name] for name in ("rate_bp", "is_example")}
        db.session.execute(statement.on_conflict_do_update(index_elements=["country", "hs_prefix", "valid_from"], set_=changed))
        audit.record(actor, "duty_rates.loaded", "duty_rates", TABLE, after={"rows": len(values)})
    return len(values)


def record_duty_rate(country: str, hs_prefix: str, *, rate_bp: int, valid_from: date, actor: Actor) -> DutyRate:
    """A duty rate that begins on a day, today at the earliest. Raises: RateBegun, RateKnown."""
    _check_day(valid_from)
    known = select(DutyRate.id).where(DutyRate.country == country, DutyRate.hs_prefix == hs_prefix, DutyRate.valid_from == valid_from)
    if db.session.scalar(known) is not None:
        raise RateKnown
    rate = DutyRate(id=new_id(), country=country, hs_prefix=hs_prefix, rate_bp=rate_bp, valid_from=valid_from, is_example=False)
    db.session.add(rate)
    after = {"country": country, "hs": hs_prefix, "rate_bp": rate_bp, "valid_from": valid_from.isoformat()}
    audit.record(actor, "duty_rate.recorded", "duty_rate", rate.id, after=after)
    return rate


def vouch_for_duty_rate(rate_id: UUID, *, actor: Actor) -> DutyRate:
    """The operator has checked a shipped example: it is one no longer. Raises: NotFound."""
    rate = db.session.get(DutyRate, rate_id, with_for_update=True)
    if rate is None:
        raise NotFound
    if rate.is_example:
        rate.is_example = False
        audit.record(actor, "duty_rate.vouched", "duty_rate", rate.id, before={"is_example": True}, after={"is_example": False})
    return rate


def _check_day(valid_from: date) -> None:
    if valid_from < clock.now().date():
        raise RateBegun


def load_rates(rows: Mapping[str, str | float | Decimal], *, valid_from: date, source: str, actor: Actor) -> None:
    """Write what one unit of each currency is worth in the platform's currency from a day on; what is sold in one whose rate is another now
    is indexed again (decision 21). Raises: Invalid.
    """
    values = []
    for currency, rate in rows.items():
        try:
            number = Decimal(str(rate))
        except InvalidOperation as error:
            raise Invalid(f"The rate of {currency} cannot be read.") from error
        if currency not in known_currencies() or not number.is_finite() or number <= 0:
            raise Invalid(f"The rate of {currency} cannot be read.")
        values.append({"currency": currency, "valid_from": valid_from, "rate": number, "source": source})
    if values:
        statement = insert(ExchangeRate).values(values)
        changed = {name: statement.excluded[name] for name in ("rate", "source")}
        db.session.execute(statement.on_conflict_do_update(index_elements=["currency", "valid_from"], set_=changed))
        if valid_from <= clock.now().date():
            on_sale = select(Product.id).where(Product.state == ProductState.LIVE, Product.currency.in_(list(rows)))
            changes.mark("product", db.session.scalars(on_sale))
        audit.record(actor, "exchange_rates.loaded", "exchange_rates", TABLE, after={"rows": len(values), "source": source})
