"""The operator's tables as the desk sees them: every rate with its days, examples marked. For platform staff only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.catalogue.models import Category
from marketplace.core.db import db
from marketplace.core.i18n import country, gettext, lazy
from marketplace.core.tables import Choice, Sort, Table, Words
from marketplace.pricing.models import CategoryTaxClass, DutyRate, TaxRate

CLASS_WORDS = {
    "standard": lazy("Standard"),
    "reduced": lazy("Reduced"),
    "reduced_2": lazy("Reduced, second"),
    "zero": lazy("Zero"),
    "services": lazy("Services"),
    "sales_tax_state": lazy("Sales tax of a state"),
    "export": lazy("Export"),
    "zero_export_or_intra_eu": lazy("Export or within the EU"),
}
GOODS_CLASSES = ("standard", "reduced", "reduced_2", "zero")
"""What goods of a category can be; the other classes of the table are for deliveries."""


def _countries(column: Any) -> Sequence[tuple[str, str]]:
    codes = db.session.scalars(select(column).distinct().order_by(column))
    return [(code, gettext("the EU") if code == "EU" else country(code)) for code in codes]


_EXAMPLES = (("yes", lazy("Examples")), ("no", lazy("Checked")))


def _example_options() -> Sequence[tuple[str, str]]:
    return [(value, gettext(words)) for value, words in _EXAMPLES]


TAXES = Table(
    name="pricing.taxes",
    key=TaxRate.id,
    sorts={
        "place": Sort(TaxRate.country + "-" + TaxRate.region),
        "rate": Sort(TaxRate.rate_bp, falls=True),
        "valid": Sort(TaxRate.valid_from, falls=True),
    },
    default="place",
    filters=(
        Choice("country", lazy("Country"), lambda: _countries(TaxRate.country), lambda value: TaxRate.country == value),
        Choice(
            "class",
            lazy("Tax class"),
            lambda: [(code, gettext(words)) for code, words in CLASS_WORDS.items()],
            lambda value: TaxRate.tax_class == value,
        ),
        Choice("example", lazy("Checked or example"), _example_options, lambda value: TaxRate.is_example == (value == "yes")),
    ),
    size=50,
)
DUTIES = Table(
    name="pricing.duties",
    key=DutyRate.id,
    sorts={
        "place": Sort(DutyRate.country + " " + DutyRate.hs_prefix),
        "hs": Sort(DutyRate.hs_prefix),
        "rate": Sort(DutyRate.rate_bp, falls=True),
        "valid": Sort(DutyRate.valid_from, falls=True),
    },
    default="place",
    filters=(
        Choice("country", lazy("Country"), lambda: _countries(DutyRate.country), lambda value: DutyRate.country == value),
        Words("hs", lazy("HS code begins with"), lambda words: DutyRate.hs_prefix.startswith(words, autoescape=True)),
        Choice("example", lazy("Checked or example"), _example_options, lambda value: DutyRate.is_example == (value == "yes")),
    ),
    size=50,
)


def all_tax_rates() -> Select[Any]:
    """All rates, for `TAXES`."""
    return select(TaxRate)


def all_duty_rates() -> Select[Any]:
    """All rates, for `DUTIES`."""
    return select(DutyRate)


def count_examples() -> int:
    """How many tax rates nobody has vouched for."""
    return db.session.scalar(select(func.count()).select_from(TaxRate).where(TaxRate.is_example)) or 0


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category with its own tax class, None where it has what stands above it."""

    id: UUID
    name: dict[str, Any]
    depth: int
    own_class: str | None


def categories_with_classes() -> list[CategoryRow]:
    """The category tree from the top, each branch together."""
    rows = db.session.execute(
        select(Category.id, Category.path, Category.name, Category.position, CategoryTaxClass.tax_class).outerjoin(
            CategoryTaxClass, CategoryTaxClass.category_id == Category.id
        )
    ).all()
    position = {row.id: (row.position, str(row.id)) for row in rows}
    ordered = sorted(rows, key=lambda row: [position.get(step, (0, "")) for step in row.path])
    return [CategoryRow(row.id, row.name, len(row.path) - 1, row.tax_class) for row in ordered]
