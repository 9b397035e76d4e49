"""How a document is written for its reader: what `pdf/order_paper.typ` reads, in the running language and zone. No database."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.core import i18n
from marketplace.core.i18n import amount, country, day, exact_price, gettext, lazy, money, quantity
from marketplace.core.money import line_total_minor
from marketplace.orders.lowering import Lowered
from marketplace.orders.models import Invoice, InvoiceKind, OrderLine, Purchase, Shipment, VendorOrder
from marketplace.orders.papers.content import Tax, line_content, taxes_of
from marketplace.orders.queries import Party
from marketplace.orders.wording import driver_words
from marketplace.pricing.tax import tax_note, tax_words

Data = dict[str, Any]
SAMPLE_OF = lazy("Sample: %(goods)s")
OF_ORDER = lazy("Credit of a sum on the order as a whole")
ONLY_A_SUM = lazy("Credit of a sum, not of pieces at their price")
RESTOCKING = lazy("Restocking fee, %(rate)s %%")
FOOT = lazy("%(number)s · by way of %(platform)s")


@dataclass(frozen=True, slots=True)
class Paper:
    """The order that a document is about, with the vendor as it was on the day of the document."""

    order: VendorOrder
    purchase: Purchase
    lines: Sequence[OrderLine]
    seller: Party
    customer: Party
    platform: str
    lowered: Mapping[UUID, Lowered] = field(default_factory=dict)
    """What was agreed away of lines since: a purchase order prints them as they were placed."""


def purchase_order(paper: Paper) -> Data:
    """What the buyer ordered, as it was placed."""
    order, purchase = paper.order, paper.purchase
    rows = [(_as_placed(line, paper.lowered.get(line.id)), line.first_promise_on) for line in paper.lines]
    wishes = [gettext("Ship everything in one shipment.")] if order.ship_complete else []
    note = [gettext("Note: %(note)s", note=purchase.note)] if purchase.note else []
    return _priced(
        paper,
        gettext("Purchase order %(number)s", number=purchase.number),
        [(gettext("Placed"), day(order.placed_at)), (gettext("Placed by"), purchase.placed_by_name)],
        rows,
        promise=gettext("Promised"),
    ) | {"notes": [*wishes, *note]}


def _as_placed(line: OrderLine, lowered: Lowered | None) -> Mapping[str, Any]:
    content = line_content(line)
    if lowered is None:
        return content
    more = {"quantity": lowered.quantity, "goods_minor": lowered.back.goods_minor}
    more |= {"freight_minor": lowered.back.freight_minor, "tax_minor": lowered.back.tax_minor}
    return content | {name: content[name] + value for name, value in more.items()}


def order_confirmation(paper: Paper, promised: Mapping[UUID, date]) -> Data:
    """The vendor's yes, with the days that are promised now (`promised` by line, where it is not the first one)."""
    order = paper.order
    kept = [line for line in paper.lines if line.cancelled_at is None]
    rows = [(line_content(line), promised.get(line.id, line.first_promise_on)) for line in kept]
    days = [(gettext("Placed"), day(order.placed_at)), (gettext("Confirmed"), day(order.accepted_at) if order.accepted_at else "")]
    return _priced(paper, gettext("Order confirmation %(number)s", number=order.number), days, rows, promise=gettext("Promised"))


def packing_slip(paper: Paper, shipment: Shipment, shipped: Mapping[UUID, int]) -> Data:
    """What is in one shipment; no prices. `shipped`: base units by line."""
    order = paper.order
    number = f"{order.number}-{shipment.position}"
    rows = [
        [
            str(line.position),
            f"{line.sku}\n{gettext(SAMPLE_OF, goods=i18n.text(line.title)) if line.is_sample else i18n.text(line.title)}",
            quantity(line.quantity, line.display_unit, display_factor=line.display_factor),
            quantity(shipped[line.id], line.display_unit, display_factor=line.display_factor),
        ]
        for line in paper.lines
        if line.id in shipped
    ]
    facts = [
        (gettext("Shipped"), day(shipment.shipped_at)),
        (gettext("Carrier"), shipment.carrier),
        (gettext("Tracking number"), shipment.tracking or ""),
    ]
    return _sheet(paper, gettext("Packing slip %(number)s", number=number), number, facts) | {
        "head": [gettext("Line"), gettext("Description"), gettext("Ordered"), gettext("In this shipment")],
        "widths": ["auto", "1fr", "auto", "auto"],
        "numeric": 2,
        "rows": rows,
        "signature": [gettext("Received by, date"), gettext("Damage or missing goods")],
    }


def invoice(issued: Invoice, corrected: Invoice | None, *, platform: str) -> Data:
    """An invoice, or a credit note that corrects `corrected`, from what was frozen when it was issued."""
    content = issued.content
    about = content["order"]
    title = lazy("Invoice %(number)s") if issued.kind is InvoiceKind.INVOICE else lazy("Credit note %(number)s")
    facts = [
        (gettext("Issued"), _day(content["issued_on"])),
        (gettext("Corrects invoice"), f"{corrected.number}, {_day(corrected.content['issued_on'])}" if corrected else ""),
        (gettext("Reason"), gettext(issued.reason) if issued.reason else ""),
        (gettext("Purchase order"), about["purchase"]),
        (gettext("Your reference"), about["buyer_reference"] or ""),
        (gettext("Order"), about["number"]),
        (gettext("Ordered"), _day(about["placed_on"])),
        (gettext("Shipped"), " · ".join(_day(each) for each in about["shipped_on"])),
    ]
    paid = [gettext("Paid through %(platform)s.", platform=platform)] if issued.kind is InvoiceKind.INVOICE else []
    data = _frame(gettext(title, number=issued.number), issued.number, content, facts, platform=platform)
    table = _table([(line, None) for line in content["lines"]], issued.currency, promise=None)
    if issued.kind is InvoiceKind.CREDIT_NOTE:
        table["rows"] = _credited(content["lines"], table["rows"], issued)
    return (
        data
        | table
        | {
            "taxes": _taxes(content["taxes"], issued.currency),
            "sums": _sums(issued.goods_minor, issued.freight_minor, issued.tax_minor, issued.total_minor, issued.currency),
            "notes": [*_tax_notes(content["taxes"]), *paid],
        }
    )


def _credited(lines: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[str]], issued: Invoice) -> list[list[str]]:
    """The lines of a credit note: so many pieces at their price where these go back, else a sum that says that it is one; and below it
    the fee for taking them back, which makes the sum less.

    A note without a line is about the order as a whole. Notes that were issued before quantities were kept say nothing of it.
    """
    if len(lines) > 1 or any(_is_whole(line, issued) for line in lines):
        return [list(row) for row in rows]
    goods = amount(issued.goods_minor, issued.currency)
    if not lines:
        return [["", gettext(OF_ORDER), "–", "–", "–", goods]]
    line, (position, name, _, price, rate, _) = lines[0], rows[0]
    if "credited_quantity" not in line:
        return [[position, name, "–", "–", rate, goods]]
    quantity_back, fee = line["credited_quantity"], line.get("restocking")
    back_minor = issued.goods_minor + (fee["goods_minor"] if fee else 0)
    worth = amount(back_minor, issued.currency)
    below = (
        [["", gettext(RESTOCKING, rate=i18n.number(fee["rate_bp"] / 100)), "–", "–", rate, amount(-fee["goods_minor"], issued.currency)]]
        if fee
        else []
    )
    if quantity_back is None or not _is_at_price(line, quantity_back, back_minor, issued.currency):
        plain = f"{line['sku']}\n{i18n.text(line['title'])}"
        return [[position, f"{plain}\n{gettext(ONLY_A_SUM)}", "–", "–", rate, worth], *below]
    many = quantity(quantity_back, line["display_unit"], display_factor=line["display_factor"])
    return [[position, name, many, price, rate, worth], *below]


def _is_whole(line: Mapping[str, Any], issued: Invoice) -> bool:
    """Whether all of a line goes back, as it stands on the invoice."""
    return line.get("credited_quantity") == line["quantity"] and line["goods_minor"] == issued.goods_minor


def _is_at_price(line: Mapping[str, Any], pieces: int, goods_minor: int, currency: str) -> bool:
    """Whether so many pieces at the line's price make the sum, but for what rounding takes; a credited sample or a share lost makes it less."""
    at_price = line_total_minor(pieces, line["unit_price_micro"], price_per=line["price_per"], currency=currency)
    return abs(at_price - goods_minor) <= 1


def _priced(
    paper: Paper, title: str, days: list[tuple[str, str]], rows: Sequence[tuple[Mapping[str, Any], date | None]], *, promise: str
) -> Data:
    order = paper.order
    goods, freight, tax = (sum(line[name] for line, _ in rows) for name in ("goods_minor", "freight_minor", "tax_minor"))
    taxes = taxes_of(
        (line["tax_reason"], line["tax_rate_bp"], line["goods_minor"] + line["freight_minor"], line["tax_minor"]) for line, _ in rows
    )
    shipping = f"{i18n.text(order.freight.get('name') or {})} {order.freight.get('incoterm') or ''}".strip()
    return (
        _sheet(paper, title, order.number, [*days, (gettext("Shipping"), shipping)])
        | _table(rows, order.currency, promise=promise)
        | {
            "taxes": _taxes(taxes, order.currency),
            "sums": _sums(goods, freight, tax, goods + freight + tax, order.currency),
        }
    )


def _sheet(paper: Paper, title: str, number: str, facts: list[tuple[str, str]]) -> Data:
    order, purchase = paper.order, paper.purchase
    content = {"seller": asdict(paper.seller), "buyer": asdict(paper.customer), "ship_to": purchase.ship_to}
    known = [
        (gettext("Purchase order"), purchase.number),
        (gettext("Your reference"), purchase.buyer_reference or ""),
        (gettext("Order"), order.number),
        *facts,
    ]
    return _frame(title, number, content, known, platform=paper.platform)


def _frame(title: str, number: str, content: Mapping[str, Any], facts: Sequence[tuple[str, str]], *, platform: str) -> Data:
    """The parts that every document has; the others are empty until a document fills them."""
    return {
        "language": "zh" if i18n.locale() == "zh_Hans" else "en",
        "texts": {"page": gettext("Page")},
        "title": title,
        "issuer": content["seller"]["name"],
        "foot": gettext(FOOT, number=number, platform=platform),
        "parties": [
            {"head": gettext("Vendor"), "lines": _party(content["seller"])},
            {"head": gettext("Customer"), "lines": _party(content["buyer"])},
            {"head": gettext("Deliver to"), "lines": _place(content["ship_to"])},
        ],
        "facts": [list(pair) for pair in facts],
        "head": [],
        "widths": [],
        "numeric": 0,
        "rows": [],
        "taxes": {"head": [], "rows": []},
        "sums": [],
        "notes": [],
        "signature": [],
    }


def _day(written: str) -> str:
    """A calendar day that was frozen, whatever the reader's zone."""
    return day(date.fromisoformat(written))


def _party(party: Mapping[str, Any]) -> list[str]:
    address = party["address"]
    lines = [
        party["name"],
        party["local_name"] if party["local_name"] != party["name"] else None,
        address.get("street"),
        " ".join(part for part in (address.get("postcode"), address.get("city")) if part),
        address.get("region"),
        country(party["country"]),
        *(gettext("Tax ID %(number)s", number=number) for number in party["tax_ids"]),
        gettext("Registry number %(number)s", number=party["registry_number"]) if party["registry_number"] else None,
    ]
    return [line for line in lines if line]


def _place(place: Mapping[str, Any]) -> list[str]:
    lines = [place["name"], place["street"], f"{place['postcode']} {place['city']}", place.get("region"), country(place["country"])]
    return [line for line in (*lines, *driver_words(place)) if line]


def _table(rows: Sequence[tuple[Mapping[str, Any], date | None]], currency: str, *, promise: str | None) -> Data:
    """Lines with prices; `promise` is the head of the column of days, none leaves it out."""
    head = [
        gettext("Line"),
        gettext("Product"),
        *([promise] if promise else []),
        gettext("Quantity"),
        gettext("Unit price"),
        gettext("Tax"),
        currency,
    ]
    written = []
    for line, on in rows:
        when = [day(on) if on else "–"] if promise else []
        price = exact_price(line["unit_price_micro"], line["price_per"], display_factor=line["display_factor"])
        rate = f"{i18n.number(line['tax_rate_bp'] / 100)}{i18n.NBSP}%"
        many = quantity(line["quantity"], line["display_unit"], display_factor=line["display_factor"])
        name = f"{line['sku']}\n{_named(line, currency)}"
        written.append([str(line["position"]), name, *when, many, price, rate, amount(line["goods_minor"], currency)])
    widths = ["auto", "1fr", *(["auto"] if promise else []), "auto", "auto", "auto", "auto"]
    return {"head": head, "rows": written, "widths": widths, "numeric": 3 if promise else 2}


def _named(line: Mapping[str, Any], currency: str) -> str:
    """The goods of a line, with what a sample has to do with it. Documents that were issued before samples say nothing of it."""
    goods = i18n.text(line["title"])
    if line.get("is_sample"):
        return gettext(SAMPLE_OF, goods=goods)
    credit = line.get("sample_credit_minor")
    return f"{goods}\n{gettext('less the sample: −%(sum)s', sum=amount(credit, currency))}" if credit else goods


def _taxes(taxes: Sequence[Tax], currency: str) -> Data:
    rows = [
        [tax_words(tax["reason"], tax["rate_bp"]), amount(tax["net_minor"], currency), amount(tax["tax_minor"], currency)] for tax in taxes
    ]
    return {
        "head": [gettext("Tax by kind"), gettext("Net %(currency)s", currency=currency), gettext("Tax %(currency)s", currency=currency)],
        "rows": rows,
    }


def _tax_notes(taxes: Sequence[Tax]) -> list[str]:
    notes = [tax_note(tax["reason"]) for tax in taxes]
    return list(dict.fromkeys(note for note in notes if note))


def _sums(goods: int, freight: int, tax: int, total: int, currency: str) -> list[list[str]]:
    rows = [(gettext("Goods"), goods), (gettext("Freight"), freight), (gettext("Tax"), tax)]
    return [*([word, amount(minor, currency)] for word, minor in rows), [gettext("Total"), money(total, currency)]]
