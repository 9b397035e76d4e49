"""What of a hold is held, released and left to refund, part by part. The caller has locked the hold."""

from sqlalchemy import func, select

from marketplace.core.db import db
from payments.models import Hold, Refund, Release
from payments.shares import Parts


def parts_of(hold: Hold) -> Parts:
    """The parts of a hold as they were placed."""
    return Parts(hold.goods_minor, hold.freight_minor, hold.tax_minor)


def released_parts(hold: Hold) -> Parts:
    """What has left it for the vendor, also what was taken back later."""
    columns = (Release.goods_minor, Release.freight_minor, Release.tax_minor)
    row = db.session.execute(select(*(func.coalesce(func.sum(each), 0) for each in columns)).where(Release.hold_id == hold.id)).one()
    return Parts(*(int(value) for value in row))


def refunded_parts(hold: Hold) -> tuple[Parts, Parts]:
    """What has gone to the buyer: out of held money, and in all."""
    columns = (
        Refund.held_goods_minor, Refund.held_freight_minor, Refund.held_tax_minor, Refund.goods_minor, Refund.freight_minor, Refund.tax_minor,
    )  # fmt: skip
    row = db.session.execute(select(*(func.coalesce(func.sum(each), 0) for each in columns)).where(Refund.hold_id == hold.id)).one()
    values = [int(value) for value in row]
    return Parts(*values[:3]), Parts(*values[3:])


def held_parts(hold: Hold) -> Parts:
    """What is held now."""
    return parts_of(hold) - released_parts(hold) - refunded_parts(hold)[0]


def charged_commission(hold: Hold) -> int:
    """What was charged with its releases so far, also what was given back later."""
    return int(db.session.scalar(select(func.coalesce(func.sum(Release.commission_minor), 0)).where(Release.hold_id == hold.id)) or 0)
