"""Pure: what is frozen when an invoice or a credit note is issued, without a word of any language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.core import money
from marketplace.orders.claims import CreditedPieces
from marketplace.orders.models import OrderLine, Purchase, Shipment, VendorOrder
from marketplace.orders.places import FOR_THE_DRIVER
from marketplace.orders.queries import Party

Tax = dict[str, Any]
"""{reason, rate_bp, net_minor, tax_minor}: all that is taxed alike"""


def invoice_content(
    order: VendorOrder,
    purchase: Purchase,
    lines: Sequence[OrderLine],
    shipments: Sequence[Shipment],
    *,
    seller: Party,
    customer: Party,
    zone: ZoneInfo,
) -> dict[str, Any]:
    """Everything that an invoice prints: {seller, buyer, ship_to, order, lines, taxes}; sums in minor units of the order's currency.

    `zone` is the vendor's: its days are the same for every reader. An invoice covers all shipments of its order and names their days.
    """
    return {
        "seller": asdict(seller),
        "buyer": asdict(customer),
        "ship_to": {name: value for name, value in purchase.ship_to.items() if name not in FOR_THE_DRIVER},
        "order": {
            "number": order.number,
            "purchase": purchase.number,
            "buyer_reference": purchase.buyer_reference,
            "placed_on": order.placed_at.astimezone(zone).date().isoformat(),
            "freight": dict(order.freight),
            "shipped_on": sorted({one.shipped_at.astimezone(zone).date().isoformat() for one in shipments}),
        },
        "lines": [line_content(line) for line in lines],
        "taxes": taxes_of((line.tax_reason, line.tax_rate_bp, line.goods_minor + line.freight_minor, line.tax_minor) for line in lines),
    }


def line_content(line: OrderLine) -> dict[str, Any]:
    """A line as it was ordered."""
    names = (
        "position sku title quantity display_unit display_factor unit_price_micro price_per goods_minor freight_minor tax_minor "
        "tax_rate_bp tax_reason is_sample sample_credit_minor"
    )
    return {name: getattr(line, name) for name in names.split()}


def taxes_of(rows: Iterable[tuple[str, int, int, int]]) -> list[Tax]:
    """(reason, rate, net, tax) of lines, added up for each kind of tax in the order in which they come."""
    found: dict[tuple[str, int], Tax] = {}
    for reason, rate_bp, net_minor, tax_minor in rows:
        tax = found.setdefault((reason, rate_bp), {"reason": reason, "rate_bp": rate_bp, "net_minor": 0, "tax_minor": 0})
        tax["net_minor"] += net_minor
        tax["tax_minor"] += tax_minor
    return list(found.values())


def credit_content(
    invoice: Mapping[str, Any], *, net_minor: int, tax_minor: int, of_line: OrderLine | None, pieces: CreditedPieces | None, is_whole: bool
) -> dict[str, Any]:
    """What a credit note prints. Its tax is of the kind of the line that it is about, else split like the invoice's own.

    Each of its lines says in `credited_quantity` how much of it goes back, in base units, or None where a sum goes back, and in
    `restocking` {rate_bp, goods_minor} what is kept of it; `pieces` are those of `of_line`. A note that takes the whole invoice back
    (`is_whole`) has the invoice's lines.
    """
    if of_line is not None:
        taxes = taxes_of([(of_line.tax_reason, of_line.tax_rate_bp, net_minor, tax_minor)])
        back = {"credited_quantity": pieces.quantity if pieces else None}
        fee = {"rate_bp": pieces.restocking_bp, "goods_minor": pieces.restocking_minor} if pieces and pieces.restocking_minor else None
        lines = [line_content(of_line) | back | ({"restocking": fee} if fee else {})]
    else:
        taxes = _split(invoice["taxes"], net_minor, tax_minor)
        lines = [line | {"credited_quantity": line["quantity"]} for line in invoice["lines"]] if is_whole else []
    content = {name: invoice[name] for name in ("seller", "buyer", "ship_to", "order")}
    return content | {"lines": lines, "taxes": taxes}


def _split(taxes: Sequence[Tax], net_minor: int, tax_minor: int) -> list[Tax]:
    """A sum split over kinds of tax, nothing lost by rounding."""
    nets = _share(net_minor, [tax["net_minor"] for tax in taxes])
    parts = _share(tax_minor, [tax["tax_minor"] for tax in taxes])
    return [tax | {"net_minor": net, "tax_minor": part} for tax, net, part in zip(taxes, nets, parts, strict=True) if net or part]


def _share(total_minor: int, weights: Sequence[int]) -> list[int]:
    return money.allocate(total_minor, weights if sum(weights) > 0 else [1] * len(weights))
