"""What changed of the prices that a company alone pays: written for it or for its group of buyers, or reckoned by a formula; and that
they count no longer.

Only lists that are meant for the company today are read, and of another list that a formula stands on only what the formula makes of it.
A price is told as the company's own only while no stronger list goes before it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    ScalarSelect,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from marketplace.catalogue.models import Product, ProductState, Variant
from marketplace.catalogue.queries import LineVariant, variants_for_lines
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from marketplace.pricing import queries as pricing
from marketplace.pricing.formulas import reckon
from marketplace.pricing.models import ListKind, ListState, PriceList, PriceListCompany, PriceListFormula, PriceListPrice, SegmentMember
from marketplace.pricing.resolution import ListPrice, Source, in_order
from marketplace.pricing.tiers import Tiers, tier_at
from search.watching.entries import OWN_ENDED, OWN_FORMULA, OWN_GROUP, OWN_PRICE, OWN_TAKEN, PAGE, Entry

_VARIANTS = select(Variant.id).join(Product, Product.id == Variant.product_id)
NAMED = 5
"""Goods that an entry of a whole list names; of more it says that there are more."""
LOOKED_AT = 50
"""Followed goods of a vendor that are looked at for such an entry."""

Here = Callable[[int, Any, Any], ColumnElement[bool]]
"""(source, when, key) → where the walk of the feed stands."""


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """What a company pays by its own list, now and before, for the least quantity that the list has a price for; None: it says nothing."""

    variant_id: UUID
    sku: str
    display_factor: int
    display_unit: str
    price_per: int
    currency: str
    now_micro: int | None
    was_micro: int | None
    from_quantity: int | None
    """The quantity in base units, where it is more than the smallest order."""


def _lists_of(company_id: UUID) -> Select[UUID]:
    return select(PriceListCompany.price_list_id).where(PriceListCompany.company_id == company_id)


def _counts(today: date) -> tuple[ColumnElement[bool], ...]:
    in_time = or_(PriceList.valid_until.is_(None), PriceList.valid_until >= today)
    return PriceList.state == ListState.ACTIVE, PriceList.valid_from <= today, in_time


def _midnight(day: Any) -> ColumnElement[datetime]:
    return func.timezone("UTC", cast(day, DateTime))


def _begun(row: type[PriceListPrice] | type[PriceListFormula]) -> Any:
    """When a row of a list that only grows began to count."""
    return func.greatest(row.made_at, _midnight(row.valid_from))


def written(company_id: UUID, visible: ColumnElement[bool], here: Here) -> list[Entry]:
    """Prices that began to count in a company's lists, or in those that its formulas stand on, beside those that they replaced."""
    earlier, at = aliased(PriceListPrice), _begun(PriceListPrice)
    replaced = (
        select(earlier.tiers)
        .where(
            earlier.price_list_id == PriceListPrice.price_list_id,
            earlier.variant_id == PriceListPrice.variant_id,
            earlier.price_per == PriceListPrice.price_per,
            tuple_(earlier.valid_from, earlier.made_at) < tuple_(PriceListPrice.valid_from, PriceListPrice.made_at),
        )
        .order_by(earlier.valid_from.desc(), earlier.made_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            PriceListPrice.id, at.label("at"), PriceListPrice.tiers, PriceListPrice.price_per, replaced.label("before"),
            PriceList.id.label("list_id"), PriceList.kind, PriceList.currency, Variant.id.label("variant_id"), Variant.sku,
            Variant.display_factor, Product.id.label("product_id"), Product.vendor_id,
        )
        .join(PriceList, PriceListPrice.price_list_id == func.coalesce(PriceList.base_list_id, PriceList.id))
        .join(Variant, Variant.id == PriceListPrice.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            visible,
            Product.state == ProductState.LIVE,
            Variant.is_active,
            *_counts(clock.now().date()),
            PriceList.id.in_(_lists_of(company_id)),
            here(OWN_PRICE, at, PriceListPrice.id),
        )
        .order_by(at.desc(), PriceListPrice.id.desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    return [Entry(row.at, OWN_PRICE, row.id, "own_price", row.vendor_id, row.product_id, {"row": row}) for row in rows]


def reckoned(company_id: UUID, visible: ColumnElement[bool], here: Here) -> list[Entry]:
    """Formulas that began to count in a company's lists: one for all goods of the vendor."""
    at = _begun(PriceListFormula)
    rows = db.session.execute(
        select(PriceListFormula.id, at.label("at"), PriceListFormula.price_list_id, PriceListFormula.vendor_id)
        .join(PriceList, PriceList.id == PriceListFormula.price_list_id)
        .where(
            *_counts(clock.now().date()),
            PriceList.id.in_(_lists_of(company_id)),
            PriceListFormula.vendor_id.in_(_vendors(visible)),
            here(OWN_FORMULA, at, PriceListFormula.id),
        )
        .order_by(at.desc(), PriceListFormula.id.desc())
        .limit(PAGE + 1)
    )
    return [Entry(row.at, OWN_FORMULA, row.id, "own_formula", row.vendor_id, facts={"list_id": row.price_list_id}) for row in rows]


def came_and_went(company_id: UUID, visible: ColumnElement[bool], here: Here) -> list[Entry]:
    """Groups of buyers that a company came into or went out of, lists that were taken away from it, and lists that ended."""
    sources = (_joined(company_id, visible, here), _taken(company_id, visible, here), _ended(company_id, visible, here))
    rows = db.session.execute(union_all(*(select(one.limit(PAGE + 1).subquery()) for one in sources)))
    return [Entry(row.at, row.source, row.id, row.kind, row.vendor_id) for row in rows]


def _told(source: int, kind: ColumnElement[str], at: Any, key: Any, *, vendor_id: Any, visible: ColumnElement[bool]) -> Select[Any]:
    """The columns of an entry that says nothing but whose lists it is about, the newest first."""
    columns = (at.label("at"), literal(source).label("source"), key.label("id"), kind.label("kind"), vendor_id.label("vendor_id"))
    return select(*columns).where(vendor_id.in_(_vendors(visible))).order_by(at.desc(), key.desc())


def _joined(company_id: UUID, visible: ColumnElement[bool], here: Here) -> Select[Any]:
    """Groups of buyers that a company was taken into, where a list is meant for them."""
    at, key = SegmentMember.added_at, SegmentMember.segment_id
    told = _told(OWN_GROUP, literal("own_group"), at, key, vendor_id=SegmentMember.vendor_id, visible=visible)
    return told.where(SegmentMember.company_id == company_id, here(OWN_GROUP, at, key))


def _taken(company_id: UUID, visible: ColumnElement[bool], here: Here) -> Select[Any]:
    """Groups of buyers that a company was taken out of while a list counted for them, and lists that counted and were taken away from it,
    from the log: the membership itself is gone, and such a list cannot be read any more. Not a list that it has again.
    """
    company = str(company_id)
    left = and_(
        AuditEvent.act == "segment.member_removed",
        AuditEvent.before.contains({"company": company}),
        AuditEvent.before["price_lists"] != cast([], JSONB),
    )
    lost = and_(
        AuditEvent.act == "price_list.assigned",
        AuditEvent.before.contains({"companies": [company], "is_active": True}),
        ~AuditEvent.after.contains({"companies": [company]}),
        AuditEvent.subject_id.not_in(_lists_of(company_id)),
    )
    kind = case((left, "own_group_left"), else_="own_list_taken")
    told = _told(OWN_TAKEN, kind, AuditEvent.at, AuditEvent.id, vendor_id=AuditEvent.companies[1], visible=visible)
    return told.where(or_(left, lost), here(OWN_TAKEN, AuditEvent.at, AuditEvent.id))


def _ended(company_id: UUID, visible: ColumnElement[bool], here: Here) -> Select[Any]:
    """Lists of a company that counted and count no longer: their last day is over, or the vendor ended them before."""

    def acted(act: str) -> ScalarSelect[datetime]:
        acts = select(AuditEvent.at).where(AuditEvent.subject_id == PriceList.id, AuditEvent.act == act)
        return acts.order_by(AuditEvent.seq).limit(1).scalar_subquery()

    at = func.least(_midnight(PriceList.valid_until + 1), acted("price_list.ended"))
    return _told(OWN_ENDED, literal("own_list_ended"), at, PriceList.id, vendor_id=PriceList.vendor_id, visible=visible).where(
        PriceList.id.in_(_lists_of(company_id)),
        acted("price_list.activated") < at,
        _midnight(PriceList.valid_from) < at,
        here(OWN_ENDED, at, PriceList.id),
    )


def _vendors(visible: ColumnElement[bool]) -> Select[UUID]:
    return select(Product.vendor_id).where(visible, Product.state == ProductState.LIVE)


def filled(entries: Sequence[Entry], company_id: UUID, visible: ColumnElement[bool], direct: Collection[UUID]) -> list[Entry]:
    """A page's entries with the prices that they tell of; those that tell of none, or of a price that another list goes before, are
    left out. `direct` are products that are followed themselves: they are named first.
    """
    own = [entry for entry in entries if entry.source in (OWN_PRICE, OWN_FORMULA, OWN_GROUP, OWN_TAKEN, OWN_ENDED)]
    if not own:
        return list(entries)
    whole = {entry.vendor_id for entry in own if entry.source != OWN_PRICE}
    ids = {entry.facts["row"].variant_id for entry in own if entry.source == OWN_PRICE}
    lists = {entry.facts["row"].list_id for entry in own if entry.source == OWN_PRICE and entry.facts["row"].kind is ListKind.FORMULA}
    lists |= {entry.facts["list_id"] for entry in own if entry.source == OWN_FORMULA}
    over = {entry.id for entry in own if entry.source == OWN_ENDED}
    variants = variants_for_lines([*ids, *_followed(whole, visible, direct), *_followed_in(over, visible, direct)])
    prices = _Prices(company_id, variants, lists, over)
    return [full for entry in entries if (full := prices.fill(entry)) is not None]


def _followed(vendor_ids: Collection[UUID], visible: ColumnElement[bool], direct: Collection[UUID]) -> list[UUID]:
    """Some variants of each vendor."""
    return _some_of_each(Product.vendor_id, vendor_ids, _VARIANTS.where(visible), direct)


def _followed_in(list_ids: Collection[UUID], visible: ColumnElement[bool], direct: Collection[UUID]) -> list[UUID]:
    """Some variants that each list, or the one that its formula stands on, has a price for: a large shop has few of them."""
    priced = exists().where(
        PriceListPrice.price_list_id == func.coalesce(PriceList.base_list_id, PriceList.id), PriceListPrice.variant_id == Variant.id
    )
    wanted = _VARIANTS.join(PriceList, PriceList.vendor_id == Product.vendor_id).where(visible, priced)
    return _some_of_each(PriceList.id, list_ids, wanted, direct)


def _some_of_each(subject: Any, ids: Collection[UUID], wanted: Select[Any], direct: Collection[UUID]) -> list[UUID]:
    """The first of the wanted variants on sale for each vendor or list, those first that are followed themselves."""
    if not ids:
        return []
    order = (Product.id.in_(direct).desc(), Variant.sku, Variant.id)
    place = func.row_number().over(partition_by=subject, order_by=order).label("place")
    on_sale = wanted.add_columns(place).where(subject.in_(ids), Product.state == ProductState.LIVE, Variant.is_active).subquery()
    return list(db.session.scalars(select(on_sale.c.id).where(on_sale.c.place <= LOOKED_AT).order_by(on_sale.c.place)))


class _Prices:
    """What the lists of a company say today of some variants, and what those said that are `over`."""

    def __init__(self, company_id: UUID, variants: Mapping[UUID, LineVariant], reckoning: Collection[UUID], over: Collection[UUID]) -> None:
        self.variants, self.today = variants, clock.now().date()
        self.said = pricing.list_prices(variants, buyer_id=company_id, location_id=None, on=self.today)
        """Variant → what each list says that counts wherever the goods go."""
        self.company_id = company_id
        # A list of some of its addresses goes before others there, and nobody knows where the goods will go.
        self.at_addresses = set(db.session.scalars(_lists_of(company_id).where(PriceListCompany.location_id.is_not(None))))
        self.lists: dict[UUID, PriceList] = {}
        self.formulas: dict[UUID, list[PriceListFormula]] = {list_id: [] for list_id in reckoning}
        """List → its formulas that have begun, the one that counts last."""
        if reckoning:
            self.lists = {one.id: one for one in db.session.scalars(select(PriceList).where(PriceList.id.in_(reckoning)))}
            begun = (PriceListFormula.price_list_id.in_(reckoning), PriceListFormula.valid_from <= self.today)
            order = (PriceListFormula.valid_from, PriceListFormula.made_at)
            for row in db.session.scalars(select(PriceListFormula).where(*begun).order_by(*order)):
                self.formulas[row.price_list_id].append(row)
        self.said_before: dict[UUID, list[ListPrice]] = {}
        if over:
            self.said_before = pricing.prices_in(pricing.lists_by_id(over, buyer_id=company_id), variants, on=self.today)

    def fill(self, entry: Entry) -> Entry | None:
        """An entry with its prices; None where it has nothing to tell."""
        if entry.source == OWN_PRICE:
            row = entry.facts["row"]
            price = self._of_row(row)
            tells = price.now_micro != price.was_micro and self._goes_first(price, row.list_id)
            return replace(entry, facts={"price": price}) if tells else None
        if entry.source == OWN_FORMULA:
            return self._with_prices(entry, self._of_formula(entry.id, entry.facts["list_id"]))
        if entry.source == OWN_GROUP:
            return self._with_prices(entry, self._of_group(entry))
        if entry.source == OWN_TAKEN:
            return self._with_prices(entry, self._of_today(entry.vendor_id))
        if entry.source == OWN_ENDED:
            return self._with_prices(entry, self._of_ended(entry.id))
        return entry

    def _goes_first(self, price: OwnPrice, list_id: UUID) -> bool:
        """Whether no other list goes before this one at the quantity that a price is told for."""
        variant_id = price.variant_id
        quantity = price.from_quantity or self.variants[variant_id].rule.minimum
        counting = in_order(self.said.get(variant_id, ()), quantity)
        return list_id in self.at_addresses or not counting or counting[0].list_id == list_id

    def _with_prices(self, entry: Entry, prices: Iterable[OwnPrice]) -> Entry | None:
        found = list(prices)
        return replace(entry, facts={"prices": found[:NAMED], "is_more": len(found) > NAMED}) if found else None

    def _of_row(self, row: Any) -> OwnPrice:
        sides: list[Tiers] = [[(start, micro) for start, micro in sorted(tiers or ())] for tiers in (row.tiers, row.before)]
        if row.kind is ListKind.FORMULA:
            formula = pricing.formula_of(self.formulas[row.list_id][-1]) if self.formulas[row.list_id] else None
            sides = [reckon(formula, side, display_factor=row.display_factor) if formula else () for side in sides]
        return _own(self.variants[row.variant_id], row.currency, sides[0], sides[1], price_per=row.price_per)

    def _of_formula(self, formula_id: UUID, list_id: UUID) -> Iterable[OwnPrice]:
        """What a formula makes of today's prices, beside what the one before it would."""
        price_list, rows = self.lists[list_id], self.formulas[list_id]
        at = next(place for place, row in enumerate(rows) if row.id == formula_id)
        own = {key: variant for key, variant in self.variants.items() if variant.vendor_id == price_list.vendor_id}
        now, was = (
            pricing.reckoned_prices(price_list, pricing.formula_of(rows[n]), own, on=self.today) if n >= 0 else {} for n in (at, at - 1)
        )
        for key, variant in own.items():
            price = _own(variant, price_list.currency, now.get(key, ()), was.get(key, ()))
            if price.now_micro is not None and price.now_micro != price.was_micro and self._goes_first(price, list_id):
                yield price

    def _of_group(self, entry: Entry) -> Iterable[OwnPrice]:
        """What the lists of a group say today, where no other goes before them."""
        ids = _lists_of(self.company_id).where(PriceListCompany.segment_id == entry.id)
        lists = db.session.scalars(select(PriceList).where(PriceList.id.in_(ids), *_counts(self.today)))
        own = {key: variant for key, variant in self.variants.items() if variant.vendor_id == entry.vendor_id}
        said = pricing.prices_in([pricing.ListUse(one, Source.SEGMENT_LIST) for one in lists], own, on=self.today)
        for key, found in said.items():
            for one in found:
                price = _own(own[key], one.currency, one.tiers, ())
                if price.now_micro is not None and self._goes_first(price, one.list_id):
                    yield price

    def _of_today(self, vendor_id: UUID) -> Iterable[OwnPrice]:
        """What the goods of a vendor cost the company today: what a list that is not its own any more said may not be shown."""
        for key, variant in self.variants.items():
            if variant.vendor_id == vendor_id:
                yield strongest_price(variant, self.said.get(key, ())) or _own(variant, variant.currency, variant.tiers, ())

    def _of_ended(self, list_id: UUID) -> Iterable[OwnPrice]:
        """What the company pays today for what a list that is over had a price for, at the least quantity that it had one for. Not where
        another list goes before it, nor where the price is the same.
        """
        for key, said in self.said_before.items():
            over = next((one for one in said if one.list_id == list_id), None)
            if over is None:
                continue
            variant = self.variants[key]
            quantity = max(variant.rule.minimum, over.tiers[0][0])
            first, *others = in_order([*self.said.get(key, ()), over], quantity)
            now = others[0] if others else None
            tier = tier_at(now.tiers if now else variant.tiers, quantity)
            currency = now.currency if now else variant.currency
            if first is over and tier and (tier[1], currency) != (_micro_at(over.tiers, quantity), over.currency):
                yield _own(variant, currency, [(quantity, tier[1])], ())


def strongest_price(variant: LineVariant, said: Sequence[ListPrice]) -> OwnPrice | None:
    """What a company's lists make of a variant at its minimum, by the one that goes before the others; None where the public price counts."""
    counting = in_order(said, variant.rule.minimum)
    return _own(variant, counting[0].currency, counting[0].tiers, ()) if counting else None


def _own(variant: LineVariant, currency: str, now: Tiers, was: Tiers, *, price_per: int | None = None) -> OwnPrice:
    """`price_per` is what the tiers are for, where that is not what the variant says today."""
    minimum = variant.rule.minimum
    start = max(minimum, (now or was or ((minimum, 0),))[0][0])
    return OwnPrice(
        variant.variant_id, variant.sku, variant.display_factor, variant.display_unit, price_per or variant.price_per, currency,
        _micro_at(now, start), _micro_at(was, start), start if start > minimum else None,
    )  # fmt: skip


def _micro_at(tiers: Tiers, quantity: int) -> int | None:
    """The price that a quantity has; None below the first tier, where the list does not count."""
    return next((micro for start, micro in reversed(tiers) if start <= quantity), None)
