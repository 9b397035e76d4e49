"""What stands in one hit: price at my quantity, supply, vendor. Everything is read from the database, for the shown rows only."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from marketplace.catalogue.titles import beside
from marketplace.core import clock, i18n
from marketplace.core.i18n import gettext
from marketplace.core.links import page_url
from marketplace.core.money import line_total_minor
from marketplace.pricing import queries as pricing
from marketplace.pricing.queries import Rate
from marketplace.pricing.resolution import ListPrice, Source, resolve, source_words
from marketplace.pricing.tiers import next_tier, tier_at
from reviews import queries as reviews
from reviews.scores import NO_SCORE, Score
from search.queries import ShownVariant
from search.views.reader import Reader
from vendors.facts import VendorFacts


class Offer(NamedTuple):
    """The reader's price of a variant at a quantity. `micro` is per `price_per` base units in `currency`, the vendor's or its list's.

    `about_micro` is an indication in the platform's currency, None where it is the vendor's or has no rate. Below the minimum the
    price is that of the minimum, and the total is None.
    """

    micro: int
    currency: str
    price_per: int
    display_factor: int
    display_unit: str
    quantity: int
    total_minor: int | None
    about_micro: int | None
    about_total_minor: int | None
    about_currency: str
    next_from: int | None
    next_micro: int | None
    """In the currency of the large figure above it: the reader's where there is an indication."""
    tier_from: int
    source: Source
    list_name: str | None


class VendorWords(NamedTuple):
    """What a hit says of its vendor; written once a page for each vendor."""

    name: str
    url: str | None
    country: str
    level: int
    delivery: str
    certificate: str | None
    certificate_until: str | None


class PriceWords(NamedTuple):
    """The price cell of a hit, written for the reader."""

    heading: str
    figure: str
    unit: str
    is_about: bool
    total: str | None
    """The sum at the quantity; None below the minimum, which `total_note` then says."""
    total_note: str
    next_tier: str | None
    own: str | None
    """The vendor's price in its own currency, where the figure is an indication."""
    is_mine: bool
    """Whether a list of the vendor gives this reader another price than everybody."""
    minimum: str
    least: str
    """The minimum without its name: what stands under a head that says it."""
    steps: str | None


class LandedWords(NamedTuple):
    """The landed price of one unit, written for the reader. `figure` None is unknown, and `note` says why; else `note` has the parts."""

    heading: str
    figure: str | None
    unit: str
    is_about: bool
    note: str
    bought: str | None = None
    """What would be bought, where that is not what was asked for."""
    lacks: tuple[str, ...] = ()
    """The names of the parts that are unknown, where `note` says at length why."""


class Hit(NamedTuple):
    """A hit as the page shows it: every value is written already, so that the template only places it."""

    variant_id: UUID
    title: str
    title_lang: str | None
    label: str | None
    sku: str
    url: str | None
    drawing: str | None
    vendor: VendorWords
    offer: Offer | None
    price: PriceWords | None
    lead: str | None
    days: tuple[int, int] | None
    """The lead time from and to, for a column whose head names it."""
    is_short: bool
    """Less is in stock than my quantity, so that no time of it can be told."""
    stock: str
    rating: str | None
    reviews: str
    """How many; empty where there are none."""
    why: str | None
    """The address of the page that says why it was found; None where no words were asked for."""
    landed: LandedWords | None
    """What it costs until it stands in the reader's yard, where the list is ordered by that."""


Prices = Mapping[UUID, Sequence[ListPrice]]


Mark = Callable[[str, int], str]
"""The address of a hit with what it has to tell, from its own and the hit's place on the page, counted from 0."""


def hits_of(
    shown: Sequence[ShownVariant],
    reader: Reader,
    why: str | None = None,
    mark: Mark | None = None,
    landed: Mapping[UUID, LandedWords] | None = None,
) -> list[Hit]:
    """Hits in their order; `why` is the address that says why one is there, but for its variant, `mark` adds to each hit's own address,
    `landed` is what each says of its landed price, where the list is ordered by it.

    Two statements for scores and one for rates, whatever their number; for a company its lists.
    """
    if not shown:
        return []
    scores = reviews.score_of_products(list({found.line.product_id for found in shown if found.line.is_reviewed}))
    rates = pricing.rates()
    vendors = {facts.id: _vendor(facts, reader) for facts in {found.vendor.id: found.vendor for found in shown}.values()}
    prices = own_prices(shown, reader)
    # What only the words of a search say is remembered by who follows it to a product, and by nobody else.
    said_quantity = {"quantity": reader.quantity_sent} if reader.count else {}
    hits = []
    for place, found in enumerate(shown):
        line = found.line
        url = page_url("catalogue.show_product", slug=line.product_slug, variant=line.sku, **said_quantity)
        hit = _hit(
            found,
            reader,
            rates,
            scores.get(line.product_id, NO_SCORE) if line.is_reviewed else NO_SCORE,
            vendors[found.vendor.id],
            url=url if mark is None or url is None else mark(url, place),
            prices=prices.get(line.variant_id, ()) if prices else (),
            why=f"{why}&variant={line.variant_id}" if why else None,
            landed=landed.get(line.variant_id) if landed else None,
        )
        hits.append(hit)
    return hits


def own_prices(shown: Sequence[ShownVariant], reader: Reader) -> Prices:
    """What the reader's own price lists say of variants, to the address where its goods go; nothing for a visitor."""
    if reader.company_id is None:
        return {}
    location = pricing.buyers_location(reader.company_id, None, reader.ship_to)
    return pricing.list_prices(
        {found.line.variant_id: found.line for found in shown},
        buyer_id=reader.company_id,
        location_id=location.id if location else None,
        on=clock.now().date(),
    )


def price_reasons(offer: Offer | None) -> list[str]:
    """The tier that my quantity reaches, and whose list the price is from."""
    if offer is None:
        return []
    said = []
    if offer.total_minor is not None and offer.tier_from > 1:
        start = i18n.quantity(offer.tier_from, offer.display_unit, display_factor=offer.display_factor)
        said.append(gettext("Price tier: from %(quantity)s", quantity=start))
    if offer.source is not Source.PUBLIC_TIER:
        words = source_words(offer.source)
        said.append(f"{words}: {offer.list_name}" if offer.list_name else words)
    return said


def _vendor(vendor: VendorFacts, reader: Reader) -> VendorWords:
    place = i18n.country(reader.ship_to)
    certificate, until = next(iter(vendor.certificates), (None, None))
    return VendorWords(
        name=vendor.name,
        url=page_url("vendors.show_shop", slug=vendor.slug),
        country=i18n.country(vendor.country),
        level=vendor.level,
        delivery=gettext("Ships to %(country)s", country=place)
        if vendor.ships_to_country(reader.ship_to)
        else gettext("Does not ship to %(country)s", country=place),
        certificate=certificate,
        certificate_until=gettext("to %(day)s", day=i18n.day(until)) if until else None,
    )


def _hit(
    found: ShownVariant,
    reader: Reader,
    rates: Mapping[str, Rate],
    score: Score,
    vendor: VendorWords,
    *,
    url: str | None,
    prices: Sequence[ListPrice],
    why: str | None,
    landed: LandedWords | None,
) -> Hit:
    line = found.line
    quantity = reader.base_quantity(line.rule.minimum, line.display_factor)
    offer = offer_of(found, quantity, reader, rates, prices)
    # Nobody can buy less than the smallest order, so this is what has to be there.
    bought = max(quantity, line.rule.minimum)
    title, days, is_short = i18n.text(line.title), line.lead_days(bought), line.is_short(bought)
    return Hit(
        variant_id=line.variant_id,
        title=title,
        title_lang=i18n.text_lang(line.title),
        label=beside(line.label, title) or None,
        sku=line.sku,
        url=url,
        drawing=line.drawing,
        vendor=vendor,
        offer=offer,
        price=_price(offer, line.rule.minimum, line.rule.increment, i18n.locale()) if offer else None,
        lead=gettext("Not enough in stock") if is_short else _lead(days),
        days=days,
        is_short=is_short,
        stock=stock_words(found) or gettext("Made to order"),
        rating=None if score.value is None else i18n.number(round(score.value, 1)),
        reviews=i18n.number(score.n) if score.n else "",
        why=why,
        landed=landed,
    )


def _lead(days: tuple[int, int] | None) -> str | None:
    if days is None:
        return None
    if days[0] == days[1]:
        return i18n.ngettext("Lead %(num)s day", "Lead %(num)s days", days[1])
    return gettext("Lead %(from)s–%(to)s days", **{"from": i18n.number(days[0]), "to": i18n.number(days[1])})


@lru_cache(maxsize=8192)
def _price(offer: Offer, least: int, step: int, _language: str) -> PriceWords:
    """The words of an offer with its minimum and steps: the same figures are written alike."""
    factor, unit = offer.display_factor, offer.display_unit

    def amount(quantity: int) -> str:
        return i18n.quantity(quantity, unit, display_factor=factor)

    def figure(micro: int, currency: str) -> str:
        return i18n.unit_price(micro, offer.price_per, currency, display_factor=factor)

    quantity, minimum = amount(offer.quantity), amount(least)
    is_about = offer.about_micro is not None
    currency = offer.about_currency if is_about else offer.currency
    own = figure(offer.micro, offer.currency)
    if offer.total_minor is None:
        # The price is that of the smallest order, and so is the quantity beside it.
        total, note, priced = None, gettext("Only from %(quantity)s", quantity=minimum), minimum
    else:
        priced = quantity
        note = gettext("for %(quantity)s", quantity=quantity)
        total = (
            f"≈ {i18n.money(offer.about_total_minor, offer.about_currency)}"
            if offer.about_total_minor is not None
            else i18n.money(offer.total_minor, offer.currency)
        )
    return PriceWords(
        heading=gettext("Unit price at %(quantity)s", quantity=priced),
        figure=own if offer.about_micro is None else figure(offer.about_micro, offer.about_currency),
        unit=f"{currency}/{i18n.unit_name(unit, plural=False)}",
        is_about=is_about,
        total=total,
        total_note=note,
        next_tier=None
        if offer.next_micro is None or offer.next_from is None
        else gettext("%(price)s from %(quantity)s", price=figure(offer.next_micro, currency), quantity=amount(offer.next_from)),
        own=f"{offer.currency} {own}" if is_about else None,
        minimum=gettext("MOQ %(quantity)s", quantity=minimum),
        least=minimum,
        is_mine=offer.source is not Source.PUBLIC_TIER,
        steps=gettext("in steps of %(step)s", step=amount(step)) if step > 1 else None,
    )


def offer_of(
    found: ShownVariant, quantity: int, reader: Reader, rates: Mapping[str, Rate], prices: Sequence[ListPrice] = ()
) -> Offer | None:
    """The price of a variant at a quantity of base units, by the reader's own lists where they count; None without a price."""
    line = found.line
    # Nobody can buy less than the smallest order, so this is what has a price.
    priced = max(quantity, line.rule.minimum)
    resolved = resolve(prices, line.tiers, found.vendor.currency, priced)
    currency = resolved.currency
    tier = tier_at(resolved.tiers, priced)
    if tier is None:
        return None
    micro = tier[1]
    can_be_bought = quantity >= line.rule.minimum
    total = line_total_minor(quantity, micro, price_per=line.price_per, currency=currency) if can_be_bought else None
    about_micro = pricing.indicative_micro(micro, currency, to=reader.currency, known=rates) if currency != reader.currency else None
    about = pricing.indicative(total, currency, to=reader.currency, known=rates) if total is not None else None
    following = next_tier(resolved.tiers, priced)
    next_micro = following[1] if following else None
    if next_micro is not None and about_micro is not None:
        next_micro = pricing.indicative_micro(next_micro, currency, to=reader.currency, known=rates)
    return Offer(
        micro=micro,
        currency=currency,
        price_per=line.price_per,
        display_factor=line.display_factor,
        display_unit=line.display_unit,
        quantity=quantity,
        total_minor=total,
        about_micro=about_micro,
        about_total_minor=about.amount_minor if about else None,
        about_currency=reader.currency,
        next_from=following[0] if following else None,
        next_micro=next_micro,
        tier_from=tier[0],
        source=resolved.source,
        list_name=resolved.price.shown_name if resolved.price else None,
    )


def stock_words(found: ShownVariant) -> str | None:
    """What the vendor lets readers know of its stock; None for goods made to order."""
    line, display = found.line, found.vendor.stock_display
    if line.available is None:
        return None
    if display == "hidden":
        return gettext("Stock not shown")
    if line.available <= 0:
        return gettext("Out of stock")
    if display == "exact":
        return gettext(
            "%(quantity)s in stock", quantity=i18n.quantity(line.available, line.display_unit, display_factor=line.display_factor)
        )
    return gettext("In stock")
