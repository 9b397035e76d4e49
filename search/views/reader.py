"""Who looks at a result page: what may be seen, where goods go, how many are wanted (decision 12)."""

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from uuid import UUID

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.quantities import BIGGEST, my_quantity, unread_fault
from marketplace.core import i18n, policy
from marketplace.core.context import this_request
from marketplace.core.web import current_viewer
from marketplace.pricing import queries as pricing
from search import index, queries
from search.lexical import Reading
from search.lexical.counts import Count
from search.plan import reading_of
from search.queries import QUANTITY_SCALE
from search.query import AllOf, Nothing, Plan, Vocabulary
from search.schemas import SearchInput


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of a page. `quantity` is in display units, None while none was ever said; `currency` is what prices are compared in."""

    company_id: UUID | None
    keys: frozenset[str]
    ship_to: str
    quantity: Decimal | None
    quantity_field: str
    quantity_fault: str | None
    currency: str
    is_place_assumed: bool = False
    """Nobody has said where goods go: `ship_to` is the platform's own country."""
    is_quantity_sent: bool = False
    """My quantity stands in the address, so that nothing else says it."""
    count: Count | None = None
    """What the words of this search say of my quantity."""

    @property
    def quantity_sent(self) -> str:
        """My quantity as an address holds it: `5000`; empty where none was said."""
        return "" if self.quantity is None else i18n.ungrouped(self.quantity)

    @property
    def quantity_words(self) -> str:
        """My quantity as it is read: `5,000`; empty where none was said."""
        return "" if self.quantity is None else i18n.number(float(self.quantity))

    @property
    def index_quantity(self) -> int | None:
        """My quantity as the index counts."""
        return None if self.quantity is None else max(1, int(self.quantity * QUANTITY_SCALE))

    def base_quantity(self, minimum: int, display_factor: int) -> int:
        """My quantity in base units of one variant, rounded up to whole ones; its minimum where none was said."""
        if self.quantity is None:
            return minimum
        return max(1, min(int((self.quantity * display_factor).to_integral_value(rounding=ROUND_CEILING)), BIGGEST))


def reader() -> Reader:
    """The reader of this request. What stands in the address is remembered, and a quantity that was taken out of its field is forgotten."""
    context = this_request()
    viewer, args, session = current_viewer(), context.request.args, context.session
    countries = i18n.country_codes()
    asked = args.get("ship_to", "").upper()
    if asked in countries:
        session["ship_to"] = asked
    remembered = session.get("ship_to")
    own = viewer.ship_to_country if viewer else None
    said = str(remembered) if remembered in countries else own
    ship_to = said or policy.current().platform_country
    written = args.get("quantity", "").strip()
    typed = my_quantity(written, None)
    if typed is not None:
        session["quantity"] = i18n.ungrouped(typed)
    elif "quantity" in args and not written:
        session.pop("quantity", None)
    quantity = typed if written else my_quantity(None, session.get("quantity"))
    company_id = viewer.company_id if viewer else None
    return Reader(
        company_id=company_id,
        keys=catalogue.keys_of(company_id, ship_to) | pricing.segment_keys(company_id),
        ship_to=ship_to,
        quantity=quantity,
        quantity_field=written if written and typed is None else i18n.in_field(quantity) if quantity is not None else "",
        quantity_fault=unread_fault(written) if written and typed is None else None,
        currency=policy.current().platform_currency,
        is_place_assumed=not said,
        is_quantity_sent=bool(written),
    )


def understood(wanted: SearchInput, who: Reader, vocabulary: Vocabulary) -> tuple[Reading | None, Reader]:
    """How the words of a search are read, None without any, and its reader, with the quantity that they say. Raises: SearchUnavailable."""
    words = wanted.q.strip()
    if not words:
        return None, who
    reading = reading_of(words, vocabulary, correct=not wanted.exact)
    count = count_said(reading, who.keys)
    if count is None:
        return reading, who
    if who.is_quantity_sent:
        return reading, replace(who, count=count)
    quantity = Decimal(count.number)
    return reading, replace(who, count=count, quantity=quantity, quantity_field=i18n.in_field(quantity))


def count_said(reading: Reading, keys: frozenset[str]) -> Count | None:
    """What the words of a search say of how many a reader with these visibility keys wants: that is their quantity, unless the address
    says another, for this search alone. None where goods with all other words are called by the count: who asks for a "puzzle 1000 pcs"
    wants one of them.

    Raises: SearchUnavailable.
    """
    count = reading.count
    if count is None or my_quantity(str(count.number), None) is None or _are_called(count, reading, keys):
        return None
    return count


def _are_called(count: Count, reading: Reading, keys: frozenset[str]) -> bool:
    """Whether goods that have every other word are called by the count."""
    if isinstance(count.called, Nothing):
        return False
    called = AllOf((reading.strict, count.called))
    return index.find(Plan(called, keys, without=reading.without, vendors=queries.seen_vendors().ids, limit=0)).total > 0


def words_asked(typed: str, reading: Reading | None, count: Count | None) -> str:
    """The words of a search as they were typed, without the count that was read as a quantity; what is left out and what is asked of vendors
    stay among them.

    Searches that differ in their count alone are one search to pins and to the sums of the desk.
    """
    return " ".join([reading.text, *reading.papers, *(one.written for one in reading.without)]) if reading and count else typed
