"""The catalogue: a product's page, the vendor's listings, and the desk's look at them."""

from tests.walls.case import Case, Ref

PRODUCT = {
    "version": "1",
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
    "visibility": "all",
    "attr-wall_material": "A2",
}
NEW = PRODUCT | {"version": "0", "variant_id": ""}


def _of(state: str) -> dict[str, Ref]:
    return {"product_id": Ref(f"{state}_product")}


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
    Case("catalogue.list_products", owner="vendor"),
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
    Case("catalogue.list_checks", owner="staff.verifier"),
    Case("catalogue.show_check", owner="staff.verifier", at=_of("checking")),
    Case("catalogue.decide_product", "POST", owner="staff.verifier", at=_of("checking"), body={"version": "1", "decision": "accept"}),
]
