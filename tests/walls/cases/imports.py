"""Imports and exports of a vendor's catalogue."""

from tests.walls.case import Case, Ref, Upload

COLUMNS = {"column-0": "sku", "column-1": "title_en", "column-2": "category", "column-3": "price", "decimal": ".", "encoding": "utf-8"}


def _at(name: str) -> dict[str, Ref]:
    return {"import_id": Ref(name)}


CASES = [
    Case("catalogue.list_imports", owner="vendor"),
    Case(
        "catalogue.list_imports", "POST", owner="vendor", body={"file": Upload("rows.csv", b"sku,title,category,price\nIMP-9,Bolt,x,1\n")}
    ),
    Case("catalogue.show_import", owner="vendor", at=_at("import_sent")),
    Case("catalogue.show_import", owner="vendor", at=_at("import_tried"), label="tried"),
    Case("catalogue.map_import", "POST", owner="vendor", at=_at("import_sent"), body=COLUMNS),
    Case("catalogue.reopen_import", "POST", owner="vendor", at=_at("import_tried")),
    Case("catalogue.start_import", "POST", owner="vendor", at=_at("import_tried")),
    Case("catalogue.cancel_import", "POST", owner="vendor", at=_at("import_sent")),
    Case("catalogue.download_import_errors", owner="vendor", at=_at("import_tried")),
    Case("catalogue.export_catalogue", owner="vendor", at={"kind": "jsonl"}),
    Case("catalogue.start_export", "POST", owner="vendor", body={"format": "jsonl"}),
    Case("catalogue.show_export", owner="vendor", at={"export_id": Ref("export")}),
    Case("catalogue.download_export", owner="vendor", at={"export_id": Ref("export")}),
]
