"""What the platform has decided about the side's vendor: a refused listing it can appeal against, and one with an appeal that waits."""

import hashlib
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue import services as catalogue
from marketplace.catalogue.models import Product, TakedownSource
from marketplace.core import audit
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from marketplace.quality import services
from tests.factories.accounts import actor_of, make_member
from tests.factories.catalogue import make_product
from tests.walls.side import Side, World
from vendors.models import Vendor


def make_appeals(world: World, side: Side) -> None:
    """Decided by the administrator, so that the verifier may answer. The owner's words and paper are of the vendor and the desk alone."""
    vendor = db.session.get_one(Vendor, side.companies["vendor"].id)
    side.ids["decision"] = str(_refused(world, side, "refused"))
    decision_id = _refused(world, side, "appealed")
    owner = make_member(side.companies["vendor"], email=f"appeals-{side.name}@vendor.example")
    appeal = services.file_appeal(
        decision_id,
        said=f"It is not so: {world.word(side, 'appeal', 'vendor')}",
        file_ids=[UUID(side.ids["vendor_certificate"])],
        actor=actor_of(owner, side.companies["vendor"]),
    )
    db.session.flush()
    side.ids["appeal"] = str(appeal.id)
    assert appeal.vendor_id == vendor.id
    _taken_down(world, side, vendor)


def _taken_down(world: World, side: Side, vendor: Vendor) -> None:
    """One that was on sale; its statement and evidence are the vendor's and the desk's, its reference the desk's alone."""
    admin = world.people["staff.admin"].person
    assert admin is not None
    product = make_product(vendor, title="Bolt that was taken down", sku=f"DOWN-{side.name}", mpn=f"DOWN-{side.name}")
    statement = catalogue.Statement(
        ["RIGHTS"],
        f"It bears the mark of another maker: {world.word(side, 'statement', 'vendor')}",
        TakedownSource.NOTICE,
        f"Notice of {world.word(side, 'notice')}",
        [UUID(side.ids["vendor_certificate"])],
    )
    catalogue.take_down_products(vendor.id, {product.id: 1}, statement, actor=actor_of(admin, side.companies["vendor"]))
    db.session.flush()
    side.ids["taken_product"] = str(product.id)
    listed = make_product(vendor, title="Bolt for a list of SKUs", sku=f"TAKE-{side.name}", mpn=f"TAKE-{side.name}")
    # As the page writes it: which products, in which versions.
    side.ids |= {"take_sku": f"TAKE-{side.name}", "take_stamp": hashlib.sha256(f"{listed.id}:1".encode()).hexdigest()[:32]}


def _refused(world: World, side: Side, key: str) -> UUID:
    """The line of the log that says why a listing of the side was refused."""
    product = db.session.get_one(Product, UUID(side.ids[f"{key}_product"]))
    admin = world.people["staff.admin"].person
    assert admin is not None
    actor = actor_of(admin, side.companies["vendor"])
    product.reasons = ["DUPLICATE"]
    after = {"state": "refused", "version": 1, "reasons": product.reasons}
    audit.record(actor, "product.refused", "product", product.id, companies=(product.vendor_id,), before={"state": "checking"}, after=after)
    db.session.flush()
    return db.session.scalars(select(AuditEvent.id).where(AuditEvent.subject_id == product.id, AuditEvent.act == "product.refused")).one()
