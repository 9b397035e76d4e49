"""Seeds what vendors of the demo have agreed with buyers: the price lists of the files, and contracts that stand in for quotes of the story."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.permissions import Permission
from marketplace.catalogue.models import Variant
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.demo.cast import Cast
from marketplace.demo.steps import STAND_IN
from marketplace.demo.world import Calendar, Row, World
from marketplace.pricing import services as pricing
from marketplace.pricing.formulas import Formula
from marketplace.pricing.models import ListKind, PriceList, Segment, Standing
from marketplace.pricing.services import NewList, Use

DAYS_BEFORE_ORDER = 2
"""A quote of the story is accepted so long before its purchase, and counts until that day: it was for that purchase."""


class PriceSeeder:
    """Writes the price lists, each at its own moment, so that their history reads as it would have been."""

    def __init__(self, world: World, cast: Cast, calendar: Calendar) -> None:
        self.world = world
        self.cast = cast
        self.calendar = calendar

    def seed(self) -> int:
        """All price lists and contracts; returns how many."""
        rows = [(vendor["key"], agreed) for vendor in self.world.companies["vendors"] for agreed in vendor["price_lists"]]
        for vendor, agreed in rows:
            with clock.at(self.calendar.instant(min(agreed["valid_from_day"], 0))):
                self._seed_list(vendor, agreed)
        contracts = list(self._contracts())
        for vendor, purchase, lines, currency in contracts:
            with clock.at(self.calendar.instant(purchase["placed_day"] - DAYS_BEFORE_ORDER)):
                self._seed_contract(vendor, purchase, lines, currency)
        return len(rows) + len(contracts)

    def fill_segments(self) -> None:
        """Let buyers into the groups of their vendors: the purchases of the story were priced without them, so this comes last."""
        for vendor in self.world.companies["vendors"]:
            for agreed in vendor["price_lists"]:
                for key in agreed.get("segment", ()):
                    vendor_id = self.cast.companies[vendor["key"]]
                    named = select(Segment.id).where(Segment.vendor_id == vendor_id, Segment.name == _segment_name(agreed))
                    segment_id = db.session.scalars(named).one()
                    actor = self._actor(vendor["key"])
                    pricing.add_to_segment(segment_id, self.cast.companies[key], vendor_id=vendor_id, actor=actor)

    def _seed_list(self, vendor: str, agreed: Row) -> None:
        actor = self._actor(vendor)
        vendor_id = self.cast.companies[vendor]
        is_formula = "formula" in agreed
        start, end = self.calendar.day(agreed["valid_from_day"]), self.calendar.day(agreed["valid_until_day"])
        kind = ListKind.FORMULA if is_formula else ListKind.FIXED
        made = pricing.add_list(NewList(agreed["name"], agreed["currency"], start, end, kind), vendor_id=vendor_id, actor=actor)
        if is_formula:
            rule = agreed["formula"]
            formula = Formula(rule["percent_bp"], round_micro=rule["round_micro"])
            pricing.set_formula(made.id, formula, vendor_id=vendor_id, valid_from=start, actor=actor)
        else:
            self._set_prices(made, agreed["prices"], start, actor)
        segment_ids = [self._seed_segment(vendor_id, agreed, actor)] if "segment" in agreed else []
        uses = [Use(self.cast.companies[key]) for key in agreed.get("companies", ())]
        pricing.assign_list(made.id, vendor_id=vendor_id, uses=uses, segment_ids=segment_ids, actor=actor)
        pricing.activate_list(made.id, vendor_id=vendor_id, actor=actor)

    def _seed_segment(self, vendor_id: UUID, agreed: Row, actor: Actor) -> UUID:
        name = _segment_name(agreed)
        return pricing.add_segment(name, vendor_id=vendor_id, actor=actor).id

    def _contracts(self) -> Iterable[tuple[str, Row, list[Row], str]]:
        """(vendor, purchase, lines, currency) of what the story prices otherwise than any list or tier."""
        for purchase in self.world.story:
            for order in purchase["vendor_orders"]:
                lines = [line for line in order["lines"] if line["price_source"] in STAND_IN]
                if lines:
                    yield order["vendor"], purchase, lines, order["currency"]

    def _seed_contract(self, vendor: str, purchase: Row, lines: Sequence[Row], currency: str) -> None:
        actor = self._actor(vendor)
        vendor_id = self.cast.companies[vendor]
        start, end = self.calendar.day(purchase["placed_day"] - DAYS_BEFORE_ORDER), self.calendar.day(purchase["placed_day"])
        name = f"{purchase['key']}, as agreed"
        new = NewList(name, currency, start, end, standing=Standing.CONTRACT)
        made = pricing.add_list(new, vendor_id=vendor_id, actor=actor)
        self._set_prices(made, [(line["sku"], line["quantity"], line["unit_price_micro"]) for line in lines], start, actor)
        uses = [Use(self.cast.companies[purchase["buyer"]])]
        pricing.assign_list(made.id, vendor_id=vendor_id, uses=uses, segment_ids=[], actor=actor)
        pricing.activate_list(made.id, vendor_id=vendor_id, actor=actor)

    def _set_prices(self, made: PriceList, prices: Iterable[Sequence[object]], start: date, actor: Actor) -> None:
        """`prices`: (SKU, from quantity, micro per ONE base unit), as the files write them."""
        rows = [(str(sku), int(str(quantity)), int(str(micro))) for sku, quantity, micro in prices]
        variants = {
            variant.sku: variant
            for variant in db.session.scalars(
                select(Variant).where(Variant.vendor_id == made.vendor_id, Variant.sku.in_([sku for sku, _, _ in rows]))
            )
        }
        tiers: dict[UUID, list[tuple[int, int]]] = {}
        for sku, quantity, micro in rows:
            tiers.setdefault(variants[sku].id, []).append((quantity, micro * variants[sku].price_per))
        pricing.set_prices(made.id, tiers, vendor_id=made.vendor_id, valid_from=start, actor=actor)

    def _actor(self, vendor: str) -> Actor:
        return self.cast.actor(self.cast.companies[vendor], Permission.PRODUCT_EDIT)


def _segment_name(agreed: Row) -> str:
    """`Segment: fitters` of the files is the group `Fitters`."""
    return agreed["name"].partition(": ")[2].capitalize() or agreed["name"]
