"""Acts about sponsored places: made and ended by the platform's staff, counted by a job."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from marketplace.catalogue.models import Category, Product, ProductState
from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.i18n import lazy
from marketplace.core.ids import new_id
from marketplace.core.money import exponent
from marketplace.marketing import queries
from marketplace.marketing.errors import PlaceOver, PlaceRefused
from marketplace.marketing.models import SponsoredDay, SponsoredPlace
from vendors import queries as vendors

LEAST_LEVEL = 1
LONGEST_DAYS = 366


def add_place(
    product_id: UUID | None,
    *,
    words: str,
    category_id: UUID | None,
    from_on: date,
    until_on: date,
    click_price: Decimal,
    monthly_cap: Decimal,
    actor: Actor,
) -> UUID:
    """A product may stand above the results of words, or of a category, on these days, for a price per click and so much a month at
    most, in the currency of its vendor. Returns the place's id.

    Raises: PlaceRefused, naming the field.
    """
    words = " ".join(words.split())
    product = db.session.get(Product, product_id) if product_id else None
    if product is None or product.state is not ProductState.LIVE:
        raise PlaceRefused("product", lazy("No product on sale has this address or SKU."))
    facts = vendors.facts_of([product.vendor_id])[product.vendor_id]
    if not facts.is_seen or facts.level < LEAST_LEVEL:
        raise PlaceRefused("product", lazy("Its vendor must be approved and have level 1 at least."))
    if bool(words) == (category_id is not None):
        raise PlaceRefused("words", lazy("Write words or choose a category, one of the two."))
    category = db.session.get(Category, product.category_id) if category_id else None
    if category is not None and category_id not in category.path:
        raise PlaceRefused("category", lazy("This product does not stand in this category, so the place would never stand."))
    if from_on > until_on or until_on < clock.now().date():
        raise PlaceRefused("until_on", lazy("The last day must not lie before the first one, nor before today."))
    if (until_on - from_on).days > LONGEST_DAYS:
        raise PlaceRefused("until_on", lazy("A place lasts a year at most."))
    price_minor, cap_minor = _minor("click_price", click_price, facts.currency), _minor("monthly_cap", monthly_cap, facts.currency)
    if cap_minor < price_minor:
        raise PlaceRefused("monthly_cap", lazy("A month must pay for one click at least."))
    place = SponsoredPlace(
        id=new_id(), vendor_id=product.vendor_id, product_id=product.id, category_id=category_id, words=words, from_on=from_on,
        until_on=until_on, made_at=clock.now(), made_by_name=actor.name, ended_at=None,
        currency=facts.currency, click_price_minor=price_minor, monthly_cap_minor=cap_minor, spent_month=None, spent_minor=0,
    )  # fmt: skip
    db.session.add(place)
    after = {"product": str(product.id), "words": words, "category": str(category_id) if category_id else None}
    days = {"from_on": from_on.isoformat(), "until_on": until_on.isoformat()}
    prices = {"currency": facts.currency, "click_price_minor": price_minor, "monthly_cap_minor": cap_minor}
    audit.record(actor, "sponsored_place.added", "sponsored_place", place.id, companies=(place.vendor_id,), after=after | days | prices)
    return place.id


def _minor(field: str, amount: Decimal, currency: str) -> int:
    """A typed sum in minor units. Raises: PlaceRefused."""
    minor = amount.scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        raise PlaceRefused(field, lazy("Write no more decimals than the currency of the vendor has."))
    return int(minor)


def count_click(place_id: UUID, company_id: UUID) -> bool:
    """A company has opened the product from its place: count it, and its price. False where it costs nothing: the place stands no
    longer, the month's most is reached, or the company is not one that the place is for. Raises: NotFound.
    """
    place = queries.lock_place(place_id)
    now = clock.now()
    month = queries.month_of(now)
    spent = place.spent_in(month)
    stands = place.ended_at is None and place.from_on <= now.date() <= place.until_on
    if not stands or spent + place.click_price_minor > place.monthly_cap_minor:
        return False
    if place.vendor_id not in queries.vendors_to_meet(company_id, [place.vendor_id]):
        return False
    place.spent_month, place.spent_minor = month, spent + place.click_price_minor
    day = insert(SponsoredDay).values(
        place_id=place.id, day=now.date(), vendor_id=place.vendor_id, clicks=1, cost_minor=place.click_price_minor
    )  # fmt: skip
    more = {name: SponsoredDay.__table__.c[name] + day.excluded[name] for name in ("clicks", "cost_minor")}
    db.session.execute(day.on_conflict_do_update(index_elements=["place_id", "day"], set_=more))
    return True


def end_place(place_id: UUID, *, actor: Actor) -> None:
    """The place stands no longer, from now on. Raises: NotFound, PlaceOver."""
    place = queries.lock_place(place_id)
    if place.ended_at is not None or place.until_on < clock.now().date():
        raise PlaceOver
    place.ended_at = clock.now()
    audit.record(
        actor, "sponsored_place.ended", "sponsored_place", place.id, companies=(place.vendor_id,),
        before={"until_on": place.until_on.isoformat()}, after={"ended_at": place.ended_at.isoformat()},
    )  # fmt: skip
