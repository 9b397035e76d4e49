"""What the vendor of a side has agreed with its buyer: price lists in every useful state and a group of buyers."""

from uuid import UUID

from marketplace.catalogue.models import Variant
from marketplace.core.db import db
from marketplace.pricing import services
from marketplace.pricing.formulas import Formula
from marketplace.pricing.models import DutyRate, PriceList, TaxRate
from marketplace.pricing.queries import portal
from tests.factories.pricing import make_price_list, make_segment
from tests.walls.side import Side, World
from tests.walls.trade import traders
from vendors.models import Vendor

LISTS = ("basics", "priced", "meant", "grouped", "ready")
"""Drafts, one for each act, so that no act spoils another's."""


def make_prices(world: World, side: Side) -> None:
    """Drafts, one list that counts, one formula, a segment with the buyer in it, and the ids of the operator's tables."""
    vendor = db.session.get_one(Vendor, side.companies["vendor"].id)
    variant = db.session.get_one(Variant, UUID(side.ids["live_variant"]))
    buyer = side.companies["buyer"]
    side.ids |= {"live_sku": variant.sku, "live_row": f"{variant.sku};1000000;0.9", "buyer_firm": buyer.name}
    segment = make_segment(vendor, members=[buyer.id], name=f"Group {world.word(side, 'segment', 'vendor')}")
    empty = make_segment(vendor, name=f"Group {world.word(side, 'empty segment', 'vendor')}")
    side.ids |= {"segment": str(segment.id), "empty_segment": str(empty.id)}
    for key in LISTS:
        made = make_price_list(
            vendor,
            companies=[buyer.id],
            prices={variant.id: [(1_000_000, 1_000_000)]},
            name=f"List {world.word(side, f'{key} list', 'vendor')}",
            is_active=False,
        )
        side.ids[f"{key}_list"] = str(made.id)
    side.ids["use"] = str(portal.uses_of_list(UUID(side.ids["meant_list"]), vendor_id=vendor.id)[0].id)
    formula = make_price_list(
        vendor, formula=Formula(-100), name=f"Rule {world.word(side, 'rule', 'vendor')}", segments=[segment.id], is_active=False
    )
    side.ids["rule_list"] = str(formula.id)
    _live(world, side, vendor, variant)
    refresh_versions(side)
    side.ids["tax_rate"] = str(db.session.query(TaxRate).order_by(TaxRate.id).first().id)  # type: ignore[union-attr]
    side.ids["duty_rate"] = str(_duty(world, side).id)


def _live(world: World, side: Side, vendor: Vendor, variant: Variant) -> None:
    """A list that counts, from more than anybody orders here: what the buyer pays stays as it was."""
    live = make_price_list(
        vendor,
        companies=[side.companies["buyer"].id],
        prices={variant.id: [(1_000_000, 1_000_000)]},
        name=f"Live {world.word(side, 'live list', 'vendor', 'buyer')}",
    )
    side.ids["live_list"] = str(live.id)


def _duty(world: World, side: Side) -> DutyRate:
    known = db.session.query(DutyRate).filter(DutyRate.hs_prefix == "99").first()
    if known is not None:
        return known
    rows = [{"country": "SE", "hs": "99", "rate_bp": "100", "valid_from": "2020-01-01", "example": "yes"}]
    services.load_duty_rates(rows, actor=traders(world, side).vendor)
    return db.session.query(DutyRate).filter(DutyRate.hs_prefix == "99").one()


def refresh_versions(side: Side) -> None:
    """The version that the form of a list carries, as it stands now."""
    basics = db.session.get_one(PriceList, UUID(side.ids["basics_list"]))
    side.ids["basics_version"] = basics.updated_at.isoformat()
