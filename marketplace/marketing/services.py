"""Acts about sponsored places, by the platform's staff alone."""

from datetime import date
from uuid import UUID

from marketplace.catalogue.models import Product, ProductState
from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.i18n import lazy
from marketplace.core.ids import new_id
from marketplace.marketing import queries
from marketplace.marketing.errors import PlaceOver, PlaceRefused
from marketplace.marketing.models import SponsoredPlace
from vendors import queries as vendors
from vendors.models import VendorState

LEAST_LEVEL = 1
LONGEST_DAYS = 366


def add_place(product_id: UUID | None, *, words: str, category_id: UUID | None, from_on: date, until_on: date, actor: Actor) -> UUID:
    """A product may stand above the results of words, or of a category, on these days. Returns the place's id.

    Raises: PlaceRefused, naming the field.
    """
    words = " ".join(words.split())
    product = db.session.get(Product, product_id) if product_id else None
    if product is None or product.state is not ProductState.LIVE:
        raise PlaceRefused("product", lazy("No product on sale has this address or SKU."))
    facts = vendors.facts_of([product.vendor_id])[product.vendor_id]
    if facts.state is not VendorState.APPROVED or facts.level < LEAST_LEVEL:
        raise PlaceRefused("product", lazy("Its vendor must be approved and have level 1 at least."))
    if bool(words) == (category_id is not None):
        raise PlaceRefused("words", lazy("Write words or choose a category, one of the two."))
    if from_on > until_on or until_on < clock.now().date():
        raise PlaceRefused("until_on", lazy("The last day must not lie before the first one, nor before today."))
    if (until_on - from_on).days > LONGEST_DAYS:
        raise PlaceRefused("until_on", lazy("A place lasts a year at most."))
    place = SponsoredPlace(
        id=new_id(), vendor_id=product.vendor_id, product_id=product.id, category_id=category_id, words=words, from_on=from_on,
        until_on=until_on, made_at=clock.now(), made_by_name=actor.name, ended_at=None,
    )  # fmt: skip
    db.session.add(place)
    after = {"product": str(product.id), "words": words, "category": str(category_id) if category_id else None}
    days = {"from_on": from_on.isoformat(), "until_on": until_on.isoformat()}
    audit.record(actor, "sponsored_place.added", "sponsored_place", place.id, companies=(place.vendor_id,), after=after | days)
    return place.id


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
