"""The operator loads the dated tables of tax and of indicative rates."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from marketplace.core import audit
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.ids import new_id
from marketplace.core.money import known_currencies
from marketplace.pricing.models import ExchangeRate, TaxRate

TABLE = UUID(int=0)
"""The tables belong to the operator and have no row of their own to point history at."""


def load_tax_rates(rows: Iterable[Mapping[str, str]], *, actor: Actor) -> int:
    """Write rates; one that stands already (country, region, class, first day) gets the new rate. Returns how many.

    Shape: {country, region, class, rate_bp, valid_from (ISO day), example (yes or no)}, as in `reference/vat.csv`.
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
                    "is_example": row["example"] == "yes",
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


def load_rates(rows: Mapping[str, str | float | Decimal], *, valid_from: date, source: str, actor: Actor) -> None:
    """Write what one unit of each currency is worth in the platform's currency from a day on. Raises: Invalid."""
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
        audit.record(actor, "exchange_rates.loaded", "exchange_rates", TABLE, after={"rows": len(values), "source": source})
