"""What a vendor has around its listings: places, photos, documents, changes that wait, companies that asked, bulk edits."""

import io
from uuid import UUID

from marketplace.catalogue import services
from marketplace.catalogue.importing.files import Row
from marketplace.catalogue.importing.mapping import ColumnMapping
from marketplace.catalogue.models import (
    DocumentAccess,
    DocumentGrant,
    GrantState,
    PictureState,
    Product,
    ProductProposal,
    ProductState,
    ProposalState,
)
from marketplace.catalogue.queries import version_content
from marketplace.catalogue.services import import_runs
from marketplace.catalogue.services.import_parts import Reading
from marketplace.core import clock, files
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id
from tests.factories.catalogue import make_document, make_picture, make_product, make_variant, only_variant
from tests.walls.side import Side, World
from vendors.models import Vendor

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def make_listing_work(world: World, side: Side) -> None:
    """Of the side's vendor that sells; its listings are there already."""
    vendor = db.session.get_one(Vendor, side.companies["vendor"].id)
    actor = Actor(company_id=vendor.id, name="Keeper")
    _places(world, side, actor)
    _photos(world, side)
    _documents(world, side)
    _change(world, side, vendor)
    _bulk(side, vendor, actor)
    _imports(world, side, actor)


def _product(side: Side, name: str) -> Product:
    return db.session.get_one(Product, UUID(side.ids[f"{name}_product"]))


def _places(world: World, side: Side, actor: Actor) -> None:
    place = services.add_place(world.word(side, "second place", "vendor"), actor=actor)
    side.ids["place"] = str(place.id)
    note = world.word(side, "stock note", "vendor")
    services.receive_stock(UUID(side.ids["live_variant"]), 5, place_id=place.id, note=note, actor=actor)


def _photos(world: World, side: Side) -> None:
    live, hidden = _product(side, "live"), _product(side, "contract")
    side.ids["picture"] = str(make_picture(live, alt=world.word(side, "photo", "all")).id)
    side.ids["second_picture"] = str(make_picture(live, alt=world.word(side, "second photo", "all")).id)
    waiting = make_picture(live, state=PictureState.WAITING, alt=world.word(side, "waiting photo", "vendor"))
    side.ids["waiting_picture"] = str(waiting.id)
    side.ids["contract_picture"] = str(make_picture(hidden, alt=world.word(side, "hidden photo", "vendor", "buyer")).id)


def _documents(world: World, side: Side) -> None:
    """Titles of closed documents are told to everybody who sees the product; what is in them is not."""
    live, hidden = _product(side, "live"), _product(side, "contract")
    for name, product, access, readers in (
        ("document", live, DocumentAccess.PUBLIC, ("all",)),
        ("registered_document", live, DocumentAccess.REGISTERED, ("registered",)),
        ("approved_document", live, DocumentAccess.APPROVED, ("vendor",)),
        ("nda_document", live, DocumentAccess.NDA, ("vendor", "buyer")),
        ("contract_document", hidden, DocumentAccess.PUBLIC, ("vendor", "buyer")),
    ):
        content = PDF + f"% {world.word(side, f'{name} bytes', *readers)}\n".encode()
        title = world.word(side, f"{name} title", *(("vendor", "buyer") if product is hidden else ("all",)))
        side.ids[name] = str(make_document(product, content, access=access, title=title).id)
    now = clock.now()
    for company, access, state in (
        ("buyer", DocumentAccess.NDA, GrantState.GRANTED),
        ("covendor", DocumentAccess.APPROVED, GrantState.ASKED),
    ):
        grant = DocumentGrant(
            vendor_id=live.vendor_id, company_id=side.companies[company].id, access=access, id=new_id(), state=state, product_id=live.id
        )
        grant.asked_by, grant.asked_at, grant.decided_by, grant.decided_at = None, now, None, None
        db.session.add(grant)
        db.session.flush()  # found by its id
        side.ids["grant"] = str(grant.id)


def _change(world: World, side: Side, vendor: Vendor) -> None:
    """A listing on sale with a change that waits, and a draft with two variants."""
    product = make_product(
        vendor, category=None, title=f"Bolt {world.word(side, 'changed product', 'all')}", sku=f"CHG-{side.name}", mpn=f"CHG-{side.name}"
    )
    content = version_content(product.id, 1)
    wanted = {**content, "title": {"en": f"Bolt {world.word(side, 'wanted title', 'vendor')}"}}
    proposal = ProductProposal(
        id=new_id(),
        product_id=product.id,
        vendor_id=vendor.id,
        content=wanted,
        state=ProposalState.WAITING,
        reasons=[],
        made_at=clock.now(),
    )
    db.session.add(proposal)
    db.session.flush()  # found by its id
    side.ids |= {"changed_product": str(product.id), "changed_slug": product.slug, "changed_proposal": str(proposal.id)}
    title = f"Bolt {world.word(side, 'product with two', 'vendor')}"
    pair = make_product(vendor, title=title, sku=f"TWO-{side.name}-1", state=ProductState.DRAFT)
    second = make_variant(pair, sku=f"TWO-{side.name}-2")
    side.ids |= {"pair_product": str(pair.id), "pair_variant": str(second.id), "pair_version": str(pair.version)}


def _bulk(side: Side, vendor: Vendor, actor: Actor) -> None:
    """One that waits for the vendor's yes, and one that can still be taken back."""
    product = make_product(vendor, title="Bolt for many edits", sku=f"BULK-{side.name}", mpn=f"BULK-{side.name}", state=ProductState.DRAFT)
    values, scope = {"percent_bp": 100, "round_micro": 100}, {"ids": [str(product.id)]}
    for name in ("bulk_edit", "applied_bulk_edit"):
        edit = services.start_bulk_edit("price_percent", values, scope, actor=actor)
        side.ids[name] = str(edit.id)
    services.start_applying(edit.id, actor=actor)
    while not services.apply_rows(edit.id):
        pass
    side.ids |= {"bulk_product": str(product.id), "bulk_variant": str(only_variant(product).id)}


def _imports(world: World, side: Side, actor: Actor) -> None:
    """A file whose columns are to be named, one that has been tried with a row that is refused, and a catalogue that is written."""
    word = world.word(side, "imported file", "vendor")
    columns = {"sku": [f"IMP-{side.name}"], "title": [word], "category": ["none"], "price": ["1"]}
    mapping = ColumnMapping({"sku": "sku", "title": "title_en", "category": "category", "price": "price"})
    for name in ("import_sent", "import_tried"):
        key = new_id()
        sent = {"file_name": f"{word}.csv", "size": 1, "kind": "csv", "columns": columns, "mapping": mapping}
        import_runs.add_import(key, **sent, actor=actor)  # type: ignore[arg-type]
        side.ids[name] = str(key)
    import_runs.choose_columns(key, mapping, actor=actor)
    vendor = db.session.get_one(Vendor, actor.company_id)
    reading = Reading(vendor.id, vendor.currency, "rows.csv", mapping, is_text=True)
    reading.begin()
    import_runs.check_part(key, [Row(2, {head: values[0] for head, values in columns.items()})], position=0, reading=reading)
    import_runs.end_import(key, position=1)
    export = import_runs.start_export("jsonl", 1, actor=actor)
    files.put_large(vendor.id, f"exports/{export.id}", io.BytesIO(b"{}\n"))
    import_runs.finish_export(export.id, 3)
    side.ids["export"] = str(export.id)
