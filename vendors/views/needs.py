"""What a vendor has to do now: each with its deadline, what happens otherwise, and the next step."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from marketplace.accounts.permissions import Permission
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import ProductState
from marketplace.core import clock
from marketplace.core.audit import Viewer
from marketplace.core.i18n import day, gettext, ngettext, zone
from marketplace.core.i18n import text as text_in
from marketplace.core.web import page_url
from marketplace.orders import queries as orders
from marketplace.quality import queries as quality
from vendors import queries, services
from vendors.certificates import REMINDER_DAYS, Standing, first_moment_after, is_renewed, standing
from vendors.models import ChangeState, Vendor, VendorState
from vendors.views.words import requirement_rows


@dataclass(frozen=True, slots=True)
class Need:
    """A line of the home page: what, for whom, how much, until when, what happens otherwise, and the next step."""

    what: str
    note: str
    url: str | None
    act: str
    due: datetime | None = None
    tone: str | None = None
    otherwise: str = ""
    customer: str = ""
    amount_minor: int | None = None
    currency: str = ""


def needs_of(viewer: Viewer, vendor: Vendor | None) -> list[Need]:
    """Everything that waits for this person's vendor, by the roles of the person: the soonest deadline first, then what has none."""
    needs = _order_needs(viewer) if viewer.can(Permission.VENDOR_ORDER_VIEW) else []
    if viewer.can(Permission.SHOP_EDIT):
        needs += _application_needs(vendor)
        needs += [*_change_needs(vendor), *_certificate_needs(vendor)] if vendor is not None else []
    if vendor is not None and vendor.payout_active_at is None and viewer.can(Permission.PAYOUT_EDIT):
        text, otherwise = gettext("Open the payout account"), gettext("Nothing can be bought from you")
        needs.append(Need(text, "", page_url("payments.show_payout_account"), gettext("Open it"), otherwise=otherwise, tone="need"))
    if vendor is not None and viewer.can(Permission.PRODUCT_EDIT):
        needs += _product_needs(vendor)
    if vendor is not None and vendor.state is not VendorState.SUSPENDED:
        needs += _first_steps(viewer, vendor)
    return sorted(needs, key=lambda need: (need.due is None, need.due.timestamp() if need.due else 0.0))


def _tone(due: datetime | None) -> str:
    return "late" if due is not None and due < clock.now() else "need"


def _order_needs(viewer: Viewer) -> list[Need]:
    needs = []
    for order in orders.orders_to_answer(viewer.company_id):
        last = order.cancel_unaccepted_at
        needs.append(
            Need(
                gettext("Accept order %(number)s", number=order.number),
                "",
                page_url("orders.show_vendor_order", number=order.number),
                gettext("Accept or decline"),
                due=order.accept_by_at,
                tone=_tone(order.accept_by_at),
                otherwise=gettext("Cancelled with refund on %(day)s", day=day(last)) if last else "",
                customer=order.buyer_name,
                amount_minor=order.total_minor,
                currency=order.currency,
            )
        )
    needs += [
        _duty(duty, gettext("Answer the change of %(number)s", number=duty.order_number), gettext("Everything stays as it was"))
        for duty in quality.changes_to_answer(viewer.company_id)
    ]
    needs += [
        _duty(duty, gettext("Answer claim %(number)s", number=duty.number), gettext("What is not answered is granted"))
        for duty in quality.claims_to_answer(viewer.company_id)
    ]
    needs += [
        _duty(
            duty,
            gettext("Accept or appeal the decision on %(number)s", number=duty.number),
            gettext("The decision is carried out"),
            gettext("Show"),
        )
        for duty in quality.rulings_to_answer(viewer.company_id)
    ]
    needs += [_parcel(duty, is_return=is_return) for duty, is_return in quality.claim_parcels(viewer.company_id)]
    today = clock.now().astimezone(ZoneInfo(zone())).date()
    return needs + [_delivery(each) for each in quality.deliveries_due(viewer.company_id, today)]


def _delivery(delivery: quality.Delivery) -> Need:
    number, on = delivery.order_number, delivery.promised_on
    due = datetime.combine(on, time(23, 59), ZoneInfo(zone())) if on else None
    return Need(
        gettext("Prove the delivery of %(number)s", number=number) if delivery.has_left else gettext("Ship %(number)s", number=number),
        gettext("Promised to arrive on %(day)s", day=day(on)) if on else "",
        page_url("orders.show_vendor_order", number=number),
        gettext("Say who signed") if delivery.has_left else gettext("Ship"),
        due=due,
        tone=_tone(due),
        otherwise=gettext("The inspection does not begin; the money stays held")
        if delivery.has_left
        else gettext("It arrives late and counts so in your on-time share"),
        customer=delivery.buyer_name,
        amount_minor=delivery.total_minor,
        currency=delivery.currency,
    )


def _parcel(duty: quality.Duty, *, is_return: bool) -> Need:
    if is_return:
        text = gettext("Receive what comes back by %(number)s", number=duty.number)
        return _duty(duty, text, gettext("It counts as arrived, and the buyer is refunded"), gettext("Confirm"))
    text = gettext("Send the replacement of %(number)s", number=duty.number)
    return _duty(duty, text, gettext("It is granted at its full value"), gettext("Send"))


def _duty(duty: quality.Duty, text: str, otherwise: str, act: str | None = None) -> Need:
    order, is_claim = duty.order_number, duty.number != duty.order_number
    return Need(
        text,
        order if is_claim else "",
        page_url("orders.show_vendor_claim", number=order, claim=duty.number)
        if is_claim
        else page_url("orders.show_vendor_order", number=order),
        act or gettext("Answer"),
        due=duty.due_at,
        tone=_tone(duty.due_at),
        otherwise=otherwise,
        customer=duty.buyer_name,
        amount_minor=duty.total_minor,
        currency=duty.currency,
    )


def _application_needs(vendor: Vendor | None) -> list[Need]:
    if vendor is not None and services.takes_papers(vendor):
        until = queries.identity_until(vendor.id)
        return [
            Need(
                gettext("Send papers for the new check"),
                gettext("The identity check ends.") if until else gettext("The identity check has run out."),
                page_url("vendors.show_application"),
                gettext("Send"),
                due=first_moment_after(until) if until else None,
                tone="need",
                otherwise=gettext("Nothing can be bought from you"),
            )
        ]
    if vendor is not None and vendor.state not in (VendorState.INVITED, VendorState.DATA_NEEDED, VendorState.REFUSED):
        return []
    url, otherwise = page_url("vendors.show_application"), gettext("Your shop stays closed")
    rows = requirement_rows(vendor.id) if vendor else []
    lines = queries.requirements_of(vendor.id) if vendor else {}
    missing = set(services.missing_kinds(lines))
    if vendor is not None and not missing:
        text, note = gettext("Send the application"), gettext("Everything is filled in.")
        return [Need(text, note, url, gettext("Send"), tone="need", otherwise=otherwise)]
    note = ", ".join(row.name for row in rows if row.kind in missing)
    return [Need(gettext("Complete the application"), note, url, gettext("Complete"), tone="need", otherwise=otherwise)]


def _change_needs(vendor: Vendor) -> list[Need]:
    change = queries.open_change(vendor.id)
    if change is None or change.state is not ChangeState.DATA_NEEDED:
        return []
    text, otherwise = gettext("Answer the desk about your change"), gettext("Everything stays as it was")
    return [Need(text, change.said or "", page_url("vendors.change_facts"), gettext("Answer"), otherwise=otherwise, tone="need")]


def _certificate_needs(vendor: Vendor) -> list[Need]:
    needs, today = [], clock.now().date()
    everything = queries.certificates_of(vendor.id)
    for certificate in everything:
        stands = standing(certificate, today)
        url = page_url("vendors.edit_certificate", certificate_id=certificate.id)
        note = f"{certificate.issuer}, {certificate.number}"
        if stands is Standing.REFUSED:
            text, otherwise = gettext("Correct certificate %(scheme)s", scheme=certificate.scheme), gettext("It is not shown")
            needs.append(Need(text, note, url, gettext("Correct"), tone="need", otherwise=otherwise))
        elif stands is Standing.VALID and certificate.valid_until is not None and not is_renewed(certificate, everything):
            if (certificate.valid_until - today).days > max(REMINDER_DAYS):
                continue
            needs.append(
                Need(
                    gettext("Renew certificate %(scheme)s", scheme=certificate.scheme),
                    note,
                    page_url("vendors.add_certificate", renews=certificate.id),
                    gettext("Add the new one"),
                    due=first_moment_after(certificate.valid_until),
                    tone="need" if (certificate.valid_until - today).days <= min(REMINDER_DAYS) else None,
                    otherwise=gettext("Leaves search and your shop that day"),
                )
            )
    return needs


def _first_steps(viewer: Viewer, vendor: Vendor) -> list[Need]:
    """What a new shop still lacks before anything can be ordered there: a way to ship, and a listing that the platform has or had."""
    needs = []
    if viewer.can(Permission.SHOP_EDIT) and not queries.shipping_methods(vendor.id):
        text, otherwise = gettext("Say where you ship, and for how much"), gettext("Nothing can be ordered from you")
        url = page_url("vendors.list_shipping")
        needs.append(Need(text, "", url, gettext("Add a method"), otherwise=otherwise, tone="need"))
    counts = catalogue.product_counts(vendor.id)
    if viewer.can(Permission.PRODUCT_EDIT) and not any(n for state, n in counts.items() if state is not ProductState.DRAFT):
        drafts, otherwise = counts.get(ProductState.DRAFT, 0), gettext("Nothing of yours is found")
        text = ngettext("Submit your draft", "Submit your %(num)s drafts", drafts) if drafts else gettext("Add your first product")
        url = page_url("catalogue.list_products", state=ProductState.DRAFT.value) if drafts else page_url("catalogue.new_product")
        needs.append(Need(text, "", url, gettext("Show") if drafts else gettext("Add it"), otherwise=otherwise, tone="need"))
    return needs


def _taken_down(taken: list[catalogue.TakenDown]) -> Need:
    """Products that the platform has taken off sale: to be corrected, or appealed for until the first of these times is over."""
    first, count = taken[0].takedown, len(taken)
    title = text_in(taken[0].title)
    until = _appealable_until(taken)
    url = page_url("catalogue.list_products", state="taken_down")
    return Need(
        gettext("Correct %(title)s: it was taken down", title=title)
        if count == 1
        else ngettext("Correct %(num)s product that was taken down", "Correct %(num)s products that were taken down", count),
        gettext("An appeal is possible until %(day)s.", day=day(until)) if until else "",
        page_url("catalogue.edit_product", product_id=first.product_id) if count == 1 else url,
        gettext("Show"),
        otherwise=ngettext("It stays off sale", "They stay off sale", count),
        tone="need",
    )


def _appealable_until(taken: list[catalogue.TakenDown]) -> datetime | None:
    """Until when the first of them that nobody has appealed for can be appealed for; None when there is none."""
    appealed = {
        appeal.product_id: appeal.decision_at for appeal in reversed(quality.appeals_of(taken[0].takedown.vendor_id)) if appeal.product_id
    }
    for each in taken:
        at, last = each.takedown.taken_at, appealed.get(each.takedown.product_id)
        until = quality.appeal_until(at)
        if (last is None or last < at) and until > clock.now():
            return until
    return None


def _product_needs(vendor: Vendor) -> list[Need]:
    needs = []
    refused = catalogue.product_counts(vendor.id).get(ProductState.REFUSED, 0)
    taken = catalogue.taken_down_now(vendor.id) if refused else []
    if taken:
        needs.append(_taken_down(taken))
        refused -= len(taken)
    if refused:
        text, url = (
            gettext("Mend refused products: %(n)s", n=refused),
            page_url("catalogue.list_products", state=ProductState.REFUSED.value),
        )
        needs.append(Need(text, "", url, gettext("Show"), otherwise=gettext("They stay out of the shop"), tone="need"))
    empty = catalogue.count_stock_outs(vendor.id)
    if empty:
        text = ngettext(
            "Fill up stock: something of %(num)s product has run out", "Fill up stock: something of %(num)s products has run out", empty
        )
        url = page_url("catalogue.list_products", state=ProductState.LIVE.value, stock=catalogue.NOTHING_FREE)
        needs.append(Need(text, "", url, gettext("Show"), otherwise=gettext("They cannot be ordered"), tone="need"))
    return needs
