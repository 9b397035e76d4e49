"""Price lists, segments, what a buyer pays, and the operator's tables of tax and duty."""

from tests.walls.case import Case, Ref

FAR = "2199-01-01"
NEW = {"name": "Frame 2199", "kind": "fixed", "standing": "list", "currency": "EUR", "valid_from": FAR, "valid_until": ""}
BASICS = {"name": "Renamed", "standing": "list", "valid_from": FAR, "valid_until": "", "version": Ref("basics_version", own=True)}
FORMULA = {
    "percent": "-2",
    "bands-0-from_quantity": "100",
    "bands-0-percent": "-3",
    "round_micro": "100",
    "rounding": "nearest",
    "begins_on": FAR,
}
TAX = {"country": "SE", "region": "", "tax_class": "reduced", "rate": "12", "begins_on": FAR}
DUTY = {"country": "SE", "hs": "7318", "rate": "3.7", "begins_on": FAR}
ADMIN = "staff.admin"

CASES = [
    Case("pricing.list_price_lists", owner="vendor"),
    Case("pricing.export_price_lists", owner="vendor"),
    Case("pricing.add_price_list", owner="vendor"),
    Case("pricing.add_price_list", "POST", owner="vendor", body=NEW),
    Case(
        "pricing.add_price_list",
        "POST",
        owner="vendor",
        body=NEW | {"name": "Rule 2199", "kind": "formula", "base": Ref("priced_list")},
        label="a formula over a list",
    ),
    Case("pricing.show_price_list", owner="vendor", at={"list_id": Ref("live_list")}),
    Case("pricing.change_price_list", "POST", owner="vendor", at={"list_id": Ref("basics_list")}, body=BASICS),
    Case("pricing.activate_price_list", "POST", owner="vendor", at={"list_id": Ref("ready_list")}),
    Case("pricing.end_price_list", "POST", owner="vendor", at={"list_id": Ref("grouped_list")}),
    Case(
        "pricing.set_list_prices",
        "POST",
        owner="vendor",
        at={"list_id": Ref("priced_list")},
        body={"rows": Ref("live_row", own=True), "begins_on": FAR},
    ),
    Case("pricing.export_list_prices", owner="vendor", at={"list_id": Ref("live_list")}),
    Case("pricing.set_list_formula", "POST", owner="vendor", at={"list_id": Ref("rule_list")}, body=FORMULA),
    Case(
        "pricing.add_list_company",
        "POST",
        owner="vendor",
        at={"list_id": Ref("priced_list")},
        body={"company": Ref("buyer_firm", own=True), "location": ""},
        label="by its name",
        writes=False,
    ),
    Case("pricing.add_list_company", "POST", owner="vendor", at={"list_id": Ref("rule_list")}, body={"customer": Ref("buyer_company")}),
    Case("pricing.remove_list_company", "POST", owner="vendor", at={"list_id": Ref("meant_list"), "use_id": Ref("use")}),
    Case("pricing.set_list_segments", "POST", owner="vendor", at={"list_id": Ref("priced_list")}, body={"segments": Ref("segment")}),
    Case(
        "pricing.preview_price",
        owner="vendor",
        query={"buyer": Ref("buyer_company"), "sku": Ref("live_sku", own=True), "quantity": "10"},
    ),
    Case("pricing.list_segments", owner="vendor"),
    Case("pricing.export_segments", owner="vendor"),
    Case("pricing.add_segment", "POST", owner="vendor", body={"name": "Painters"}),
    Case("pricing.show_segment", owner="vendor", at={"segment_id": Ref("segment")}),
    Case("pricing.rename_segment", "POST", owner="vendor", at={"segment_id": Ref("empty_segment")}, body={"name": "Roofers"}),
    Case(
        "pricing.add_segment_company",
        "POST",
        owner="vendor",
        at={"segment_id": Ref("empty_segment")},
        body={"customer": Ref("buyer_company")},
    ),
    Case(
        "pricing.remove_segment_company",
        "POST",
        owner="vendor",
        at={"segment_id": Ref("segment"), "company_id": Ref("buyer_company")},
    ),
    Case("pricing.remove_segment", "POST", owner="vendor", at={"segment_id": Ref("empty_segment")}),
    Case("pricing.list_taxes", owner=ADMIN),
    Case("pricing.export_taxes", owner=ADMIN),
    Case("pricing.add_tax", owner=ADMIN),
    Case("pricing.add_tax", "POST", owner=ADMIN, body=TAX),
    Case("pricing.vouch_for_tax", "POST", owner=ADMIN, at={"rate_id": Ref("tax_rate", own=True)}, writes=False),
    Case("pricing.list_tax_classes", owner=ADMIN),
    Case("pricing.set_tax_class", "POST", owner=ADMIN, body={"category_id": Ref("category", own=True), "tax_class": "reduced"}),
    Case("pricing.list_duties", owner=ADMIN),
    Case("pricing.export_duties", owner=ADMIN),
    Case("pricing.add_duty", owner=ADMIN),
    Case("pricing.add_duty", "POST", owner=ADMIN, body=DUTY),
    Case("pricing.vouch_for_duty", "POST", owner=ADMIN, at={"rate_id": Ref("duty_rate", own=True)}, writes=False),
]
