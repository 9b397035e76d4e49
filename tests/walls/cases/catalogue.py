"""The catalogue: a product's page, the vendor's listings, and the desk's look at them."""

import io

from PIL import Image

from tests.walls.case import Case, Ref, Upload

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), (10, 90, 40)).save(out, "PNG")
    return out.getvalue()


PRODUCT = {
    "version": "1",
    "proposal": "",
    "variant_id": Ref("draft_variant"),
    "title_en": "Hex bolt M10",
    "title_zh": "",
    "category_id": Ref("category", own=True),
    "description_en": "Full thread.",
    "description_zh": "",
    "keywords": "bolt, hex",
    "sku": "NEW-SKU-1",
    "label": "",
    "brand": "Norrvik",
    "mpn": "NV-10",
    "gtin": "",
    "unit": "pc",
    "minimum": "1",
    "increment": "1",
    "maximum": "",
    "pack": "",
    "pack_quantity": "",
    "supply": "stock",
    "capacity_month": "",
    "price_per": "1",
    "tiers-0-from_quantity": "1",
    "tiers-0-price": "1.50",
    "tiers-1-from_quantity": "100",
    "tiers-1-price": "1.20",
    "lead_time-0-up_to": "",
    "lead_time-0-days_from": "2",
    "lead_time-0-days_to": "4",
    "weight": "17",
    "weight_unit": "g",
    "origin": "SE",
    "hs_code": "731815",
    "length": "40",
    "width": "13",
    "height": "13",
    "codes": "NV-10-A",
    "mix_group": "M10",
    "back_order_on": "2031-06-01",
    "sample": "1",
    "sample_price": "2.50",
    "sample_credited": "1",
    "lifecycle": "not_for_new_designs",
    "last_time_buy_on": "2031-12-31",
    "videos": "https://vimeo.com/1",
    "visibility": "all",
    "attr-wall_material": "A2",
}
NEW = PRODUCT | {"version": "0", "variant_id": ""}


DOCUMENT = {
    "kind": "spec_sheet",
    "title": "Spec sheet",
    "language": "en",
    "access": "public",
    "valid_from": "2026-01-01",
    "valid_until": "2031-12-31",
}
BULK = {"act": "price_percent", "percent": "-5", "amount": "", "rounding": "100", "on_hand": "", "to": "", "everything": "0"}


def _of(state: str) -> dict[str, Ref]:
    return {"product_id": Ref(f"{state}_product")}


def _photo(name: str) -> dict[str, Ref]:
    return _of("live") | {"picture_id": Ref(name)}


def _document(name: str) -> dict[str, Ref]:
    return _of("live") | {"document_id": Ref(name)}


_BUYERS = ("buyer", "viewer", "unconfirmed")


CASES = [
    Case("catalogue.show_product", owner="visitor", at={"slug": Ref("live_slug")}, strangers="served"),
    Case(
        "catalogue.show_product",
        owner="owner",
        at={"slug": Ref("contract_slug")},
        label="contract",
        strangers="hidden",
        kin=("buyer", "viewer", "unconfirmed"),
    ),
    Case(
        "catalogue.show_product",
        owner="owner",
        at={"slug": Ref("covendor_slug")},
        query={"version": "1"},
        label="as ordered",
        strangers="hidden",
        kin=(*_BUYERS, "covendor"),
    ),
    Case("catalogue.list_products", owner="vendor"),
    Case("catalogue.export_products", owner="vendor"),
    Case("catalogue.list_versions", owner="vendor", at=_of("live")),
    Case(
        "catalogue.remove_variant",
        "POST",
        owner="vendor",
        at=_of("pair"),
        body={"variant_id": Ref("pair_variant"), "version": Ref("pair_version", own=True), "proposal": ""},
    ),
    Case("catalogue.withdraw_proposal", "POST", owner="vendor", at=_of("changed")),
    Case("catalogue.list_stock", owner="vendor"),
    Case("catalogue.export_stock", owner="vendor"),
    Case("catalogue.list_movements", owner="vendor"),
    Case("catalogue.export_movements", owner="vendor"),
    Case("catalogue.list_places", owner="vendor"),
    Case("catalogue.list_places", "POST", owner="vendor", body={"name": "Hall 7"}),
    Case("catalogue.rename_place", owner="vendor", at={"place_id": Ref("place")}),
    Case("catalogue.rename_place", "POST", owner="vendor", at={"place_id": Ref("place")}, body={"name": "Hall 8"}),
    Case("catalogue.choose_default_place", "POST", owner="vendor", at={"place_id": Ref("place")}),
    Case("catalogue.list_pictures", owner="vendor", at=_of("live")),
    Case(
        "catalogue.list_pictures",
        "POST",
        owner="vendor",
        at=_of("live"),
        body={"file": Upload("bolt.png", _png()), "alt_en": "Bolt from above", "alt_zh": "螺栓"},
    ),
    Case("catalogue.describe_picture", owner="vendor", at=_photo("picture")),
    Case("catalogue.describe_picture", "POST", owner="vendor", at=_photo("picture"), body={"alt_en": "Other words", "alt_zh": ""}),
    Case("catalogue.move_picture_up", "POST", owner="vendor", at=_photo("second_picture")),
    Case("catalogue.remove_picture", "POST", owner="vendor", at=_photo("second_picture")),
    Case("catalogue.show_photo", owner="visitor", at={"picture_id": Ref("picture"), "width": "160"}, strangers="served"),
    Case(
        "catalogue.show_photo",
        owner="owner",
        at={"picture_id": Ref("contract_picture"), "width": "160"},
        label="contract",
        strangers="hidden",
        kin=(*_BUYERS, "vendor", "quality", "staff"),
    ),
    Case(
        "catalogue.show_photo",
        owner="vendor",
        at={"picture_id": Ref("waiting_picture"), "width": "160"},
        label="waiting",
        strangers="hidden",
        kin=("vendor", "quality", "staff"),
    ),
    Case("catalogue.list_documents", owner="vendor", at=_of("live")),
    Case("catalogue.list_documents", "POST", owner="vendor", at=_of("live"), body={"file": Upload("spec.pdf", PDF)} | DOCUMENT),
    Case("catalogue.edit_document", owner="vendor", at=_document("document")),
    Case("catalogue.edit_document", "POST", owner="vendor", at=_document("document"), body={"file": Upload("spec.pdf", PDF)} | DOCUMENT),
    Case("catalogue.remove_document", "POST", owner="vendor", at=_document("document")),
    Case("catalogue.read_document_version", owner="vendor", at=_document("document") | {"version": "1"}),
    Case("catalogue.read_document", owner="visitor", at={"document_id": Ref("document")}, strangers="served"),
    Case(
        "catalogue.read_document",
        owner="owner",
        at={"document_id": Ref("nda_document")},
        label="agreed",
        strangers="hidden",
        kin=(*_BUYERS, "vendor", "quality", "staff"),
    ),
    Case(
        "catalogue.read_document",
        owner="vendor",
        at={"document_id": Ref("approved_document")},
        label="closed",
        strangers="hidden",
        kin=("vendor", "quality", "staff"),
    ),
    Case(
        "catalogue.ask_for_documents", "POST", owner="owner", at={"slug": Ref("live_slug")}, body={"access": "approved"}, strangers="served"
    ),
    Case("catalogue.list_grants", owner="vendor"),
    Case("catalogue.export_grants", owner="vendor"),
    Case("catalogue.answer_grant", "POST", owner="vendor", at={"grant_id": Ref("grant")}, body={"answer": "granted"}),
    Case("catalogue.edit_products", owner="vendor", query={"ids": Ref("bulk_product", own=True)}),
    Case(
        "catalogue.edit_products",
        "POST",
        owner="vendor",
        body=BULK | {"ids": Ref("bulk_product", own=True)},
        bulk={"ids": [Ref("live_product")]},
    ),
    Case("catalogue.show_bulk_edit", owner="vendor", at={"bulk_edit_id": Ref("bulk_edit")}),
    Case("catalogue.export_bulk_edit", owner="vendor", at={"bulk_edit_id": Ref("bulk_edit")}),
    Case("catalogue.apply_bulk_edit", "POST", owner="vendor", at={"bulk_edit_id": Ref("bulk_edit")}),
    Case("catalogue.drop_bulk_edit", "POST", owner="vendor", at={"bulk_edit_id": Ref("bulk_edit")}),
    Case("catalogue.undo_bulk_edit", "POST", owner="vendor", at={"bulk_edit_id": Ref("applied_bulk_edit")}),
    Case("catalogue.new_product", owner="vendor"),
    Case("catalogue.new_product", "POST", owner="vendor", body=NEW),
    Case("catalogue.edit_product", owner="vendor", at=_of("draft")),
    Case("catalogue.edit_product", "POST", owner="vendor", at=_of("draft"), body=PRODUCT),
    Case("catalogue.edit_product", owner="vendor", at=_of("live"), label="live"),
    Case("catalogue.count_stock", owner="vendor", at=_of("live")),
    Case("catalogue.count_stock", "POST", owner="vendor", at=_of("live"), body={"variant_id": Ref("live_variant"), "on_hand": "5000"}),
    Case("catalogue.publish_product", "POST", owner="vendor", at=_of("draft")),
    Case("catalogue.withdraw_product", "POST", owner="vendor", at=_of("checking")),
    Case("catalogue.pause_product", "POST", owner="vendor", at=_of("live")),
    Case("catalogue.resume_product", "POST", owner="vendor", at=_of("paused")),
    Case("catalogue.retire_product", "POST", owner="vendor", at=_of("paused")),
    Case(
        "catalogue.count_stock",
        "POST",
        owner="vendor",
        at=_of("live"),
        body={"variant_id": Ref("live_variant"), "kind": "received", "place_id": Ref("place"), "on_hand": "25", "note": "Delivery"},
        label="received",
    ),
    Case("catalogue.list_checks", owner="staff.verifier"),
    Case("catalogue.export_checks", owner="staff.verifier"),
    Case("catalogue.show_check", owner="staff.verifier", at=_of("checking")),
    Case("catalogue.decide_product", "POST", owner="staff.verifier", at=_of("checking"), body={"version": "1", "decision": "accept"}),
    Case(
        "catalogue.decide_product",
        "POST",
        owner="staff.verifier",
        at=_of("changed"),
        body={"version": "1", "proposal": Ref("changed_proposal"), "decision": "accept"},
        label="change",
    ),
]
