"""The selling part of a side: vendors in several states, their documents and shipping, and listings that not everybody may see."""

import io
from uuid import UUID

from PIL import Image

from marketplace.catalogue.models import Category, Product, ProductState
from marketplace.core import clock, files
from marketplace.core.db import db
from marketplace.core.files import FileAccess, StoredFile
from tests.factories.catalogue import make_product, only_variant
from tests.factories.vendors import make_certificate, make_level_check, make_note, make_proposal, make_shipping_method, make_vendor
from tests.walls.appeals import make_appeals
from tests.walls.changes import make_change
from tests.walls.listings import make_listing_work
from tests.walls.side import Side, World
from vendors import queries as vendors
from vendors.models import ListEntry, ListKind, RequirementState, Vendor, VendorState

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
STATES = {
    "vendor": VendorState.APPROVED,
    "covendor": VendorState.APPROVED,
    "applicant": VendorState.DATA_NEEDED,
    "case": VendorState.UNDER_REVIEW,
    "suspended": VendorState.SUSPENDED,
}
LISTINGS = {
    "draft": ProductState.DRAFT,
    "checking": ProductState.CHECKING,
    "refused": ProductState.REFUSED,
    "paused": ProductState.PAUSED,
    "retired": ProductState.RETIRED,
}


def make_shops(world: World, side: Side, category: Category) -> None:
    """Every vendor of the side with its documents, and the listings of those that have some."""
    for key, state in STATES.items():
        vendor = _vendor(world, side, key, state)
        side.ids[f"{key}_shop"] = vendor.slug
        _checklist(world, side, key, vendor)
        _document(world, side, key, vendor.id, name="certificate")
    _listings(world, side, category)
    for key in ("covendor", "suspended"):
        vendor = db.session.get_one(Vendor, side.companies[key].id)
        readers = ("all",) if key == "covendor" else ("suspended",)
        product = _product(world, side, vendor, category, key, readers)
        side.ids[f"{key}_variant"] = str(only_variant(product).id)
    for number in (1, 2):
        method = make_shipping_method(db.session.get_one(Vendor, side.companies["vendor"].id), key=f"way{number}", position=number + 1)
        side.ids[f"shipping{number}"] = str(method.id)
    _desk_work(world, side)
    make_listing_work(world, side)
    make_appeals(world, side)
    make_change(world, side)


def _desk_work(world: World, side: Side) -> None:
    """What lies at the desk about a vendor that sells, and what that vendor writes for itself."""
    vendor = db.session.get_one(Vendor, side.companies["vendor"].id)
    verifier = world.people["staff.verifier"].person
    assert verifier is not None
    side.ids["verifier_person"] = str(verifier.id)
    paper = UUID(side.ids["vendor_certificate"])
    sent = make_certificate(vendor, scheme="CE", is_checked=False, number=world.word(side, "sent certificate", "vendor"), file_id=paper)
    refused = make_certificate(
        vendor,
        scheme="REACH",
        is_checked=False,
        number=world.word(side, "refused certificate", "vendor"),
        refused_at=clock.now(),
        reason=f"Blurred {world.word(side, 'certificate reason', 'vendor')}",
        file_id=paper,
    )
    side.ids |= {"sent_certificate": str(sent.id), "refused_certificate": str(refused.id)}
    side.ids["shown_certificate"] = str(next(c.id for c in vendors.certificates_of(vendor.id) if c.checked_at is not None))
    make_level_check(vendor, 2)
    side.ids["level_check"] = str(vendors.level_checks_of(vendor.id)[0].id)
    side.ids["proposal"] = str(make_proposal(vendor, by=verifier, note=f"Seen {world.word(side, 'level proposal')}").id)
    if vendors.find_entry(ListKind.SCHEME, "Withdrawn 1") is None:
        db.session.add(ListEntry(kind=ListKind.SCHEME, key="Withdrawn 1", name={"en": "Withdrawn 1"}, withdrawn_at=clock.now()))
    note = make_note(vendor, side.companies["buyer"], f"Slow payer {world.word(side, 'customer note', 'vendor')}")
    side.ids["note"] = str(note.id)


def _vendor(world: World, side: Side, key: str, state: VendorState) -> Vendor:
    vendor = make_vendor(
        state=state,
        company=side.companies[key],
        slug=f"shop-{side.name}-{key}",
        owners=f"Owner {world.word(side, f'{key} owners', key)}",
        state_reason=f"Because {world.word(side, f'{key} reason of the desk', key)}",
        about={"en": f"About {world.word(side, f'{key} about', 'all' if state is VendorState.APPROVED else key)}"},
        email=None if state is VendorState.APPROVED else f"{world.word(side, f'{key} vendor mail', key)}@shop.example",
        exposure_cap_minor=None,
    )
    side.ids[f"{key}_stamp"] = vendors.case_stamp(vendor)
    return vendor


def _checklist(world: World, side: Side, key: str, vendor: Vendor) -> None:
    """What the vendor has given and what the desk has written beside it: nobody else's business."""
    for kind, line in vendors.requirements_of(vendor.id).items():
        if kind == "payout_account":
            line.state = RequirementState.PASSED
            continue
        line.value = f"Given {world.word(side, f'{key} {kind} value', key)}"
        line.state = RequirementState.PASSED if vendor.state is VendorState.APPROVED else RequirementState.PROVIDED
        line.reason = None
    registry = vendors.requirements_of(vendor.id)["registry"]
    registry.file_id = _document(world, side, key, vendor.id, name="extract").id
    registry.reason = f"Blurred {world.word(side, f'{key} finding', key)}"
    if key in ("vendor", "suspended"):
        certificate = make_certificate(vendor, scheme="ISO 9001")
        certificate.number = world.word(side, f"{key} certificate", "all" if key == "vendor" else key)


def _document(world: World, side: Side, key: str, company_id: UUID, *, name: str) -> StoredFile:
    """A stored file with a private name and private bytes."""
    content = PDF + f"% {world.word(side, f'{key} {name} bytes', key)}\n".encode()
    stored = files.record(company_id, f"{world.word(side, f'{key} {name} name', key)}.pdf", content)
    db.session.flush()  # lines of the checklist point to it
    files.store(stored, content)
    side.ids[f"{key}_{name}"] = str(stored.id)
    return stored


def picture() -> bytes:
    """A small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


def make_public_file(world: World, side: Side) -> None:
    """A file that its company has made public."""
    word = world.word(side, "public file", "all")
    stored = files.record(side.companies["vendor"].id, f"{word}.pdf", PDF, access=FileAccess.PUBLIC)
    db.session.flush()  # read by the next query
    files.store(stored, PDF)
    side.ids["public_file"] = str(stored.id)


def make_pictures(world: World, side: Side) -> None:
    """A picture of the vendor's own, and one that everybody signed in may see."""
    content = picture()
    for name, access in (("own_picture", FileAccess.COMPANY), ("registered_picture", FileAccess.REGISTERED)):
        stored = files.record(side.companies["vendor"].id, f"{side.name}-{name}.png", content, access=access)
        db.session.flush()  # read by the next query
        files.store_picture(stored, content)
        side.ids[name] = str(stored.id)


def _product(world: World, side: Side, vendor: Vendor, category: Category, key: str, readers: tuple[str, ...], **fields: object) -> Product:
    word = world.word(side, f"{key} product", *readers)
    product = make_product(
        vendor,
        category=category,
        title=f"Bolt {word}",
        sku=f"SKU-{world.word(side, f'{key} sku', *readers)}",
        stock=100_000,
        price_micro=1_500_000,
        brand=f"Brand {side.name}",
        mpn=f"MPN-{side.name}-{key}",
        **fields,  # type: ignore[arg-type]
    )
    product.description = {"en": f"Text {world.word(side, f'{key} description', *readers)}"}
    side.ids[f"{key}_product"] = str(product.id)
    side.ids[f"{key}_slug"] = product.slug
    variant = only_variant(product)
    variant.sample = {"price_micro": 2_000_000, "credited": True}
    side.ids[f"{key}_variant"] = str(variant.id)
    return product


def _listings(world: World, side: Side, category: Category) -> None:
    """Of the vendor: one on sale, one in each other state, one for registered readers, one for a single company."""
    vendor = db.session.get_one(Vendor, side.companies["vendor"].id)
    _product(world, side, vendor, category, "live", ("all",))
    for key, state in LISTINGS.items():
        _product(world, side, vendor, category, key, ("vendor",), state=state)
    _product(world, side, vendor, category, "appealed", ("vendor",), state=ProductState.REFUSED)
    _product(world, side, vendor, category, "registered", ("vendor", "registered"), visibility=("registered",))
    only = f"company:{side.companies['buyer'].id}"
    _product(world, side, vendor, category, "contract", ("vendor", "buyer"), visibility=(only,))


def refresh_stamps(side: Side) -> None:
    """The stamps of cases as they stand now that their documents are there."""
    for key in STATES:
        side.ids[f"{key}_stamp"] = vendors.case_stamp(db.session.get_one(Vendor, side.companies[key].id))
