"""Add kits, substitutes, back-orders, proposals, documents, pictures and bulk edits (product.md §3, decisions.md 11)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# What the running request acts for; '' when nobody is signed in.
MINE = "nullif(current_setting('app.company', true), '')::uuid"
# That a document exists may be told; its versions, and with them its files, are open by its access.
OPEN = (
    "EXISTS (SELECT FROM product_documents d WHERE d.id = product_document_versions.document_id AND d.removed_at IS NULL AND ("
    f"d.access = 'public' OR (d.access = 'registered' AND {MINE} IS NOT NULL) OR EXISTS (SELECT FROM document_grants g"
    f" WHERE g.vendor_id = d.vendor_id AND g.company_id = {MINE} AND g.access = d.access AND g.state = 'granted')))"
)
RULES = {
    "product_proposals": f"vendor_id = {MINE}",
    "document_grants": f"vendor_id = {MINE} OR company_id = {MINE}",
    "product_documents": f"vendor_id = {MINE}",
    "product_document_versions": f"vendor_id = {MINE} OR {OPEN}",
    "bulk_edits": f"vendor_id = {MINE}",
    "bulk_edit_rows": f"vendor_id = {MINE}",
}
# A buyer asks for access, so it writes a line of its own; everything else is written by its vendor.
WRITERS = {"document_grants": f"vendor_id = {MINE} OR company_id = {MINE}"}
# Whatever else may be read: the first wall decides who sees the product.
READERS = {
    "product_documents": "removed_at IS NULL",
    "files": "EXISTS (SELECT FROM product_document_versions d WHERE d.file_id = files.id)"
    " OR EXISTS (SELECT FROM product_pictures p WHERE p.file_id = files.id AND p.removed_at IS NULL)",
}
MOVEMENTS = ("counted", "received", "reserved", "given_back", "sold", "returned", "scrapped")
RESERVATIONS = ("open", "used", "released")


def upgrade() -> None:
    """Make the columns and tables, the walls around them, and say who may do what."""
    _listings()
    _stock()
    _documents()
    _pictures()
    _bulk()
    for table, rule in RULES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        check = WRITERS.get(table, f"vendor_id = {MINE}")
        op.execute(f"CREATE POLICY {table}_of_company ON {table} TO millgate_app USING ({rule}) WITH CHECK ({check})")
    for table, rule in READERS.items():
        op.execute(f"CREATE POLICY {table}_of_products ON {table} FOR SELECT TO millgate_app USING ({rule})")
    op.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON kit_parts, product_proposals, product_documents, document_grants, product_pictures,"
        " bulk_edits, bulk_edit_rows TO millgate_app, millgate_jobs"
    )
    op.execute("GRANT SELECT, INSERT ON product_document_versions TO millgate_app, millgate_jobs")


def _listings() -> None:
    op.add_column("products", sa.Column("picture_id", sa.Uuid(), nullable=True))
    op.add_column("products", sa.Column("videos", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column("variants", sa.Column("last_time_buy_on", sa.Date(), nullable=True))
    op.add_column("variants", sa.Column("substitutes", postgresql.JSONB(none_as_null=True), nullable=True))
    op.add_column("variants", sa.Column("mix_group", sa.Text(), nullable=True))
    op.add_column("variants", sa.Column("back_order_on", sa.Date(), nullable=True))
    op.create_table(
        "kit_parts",
        sa.Column("kit_id", sa.Uuid(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_kit_parts_quantity")),
        sa.CheckConstraint("kit_id <> part_id", name=op.f("ck_kit_parts_not_itself")),
        sa.ForeignKeyConstraint(["kit_id"], ["variants.id"], name=op.f("fk_kit_parts_kit_id")),
        sa.ForeignKeyConstraint(["part_id"], ["variants.id"], name=op.f("fk_kit_parts_part_id")),
        sa.PrimaryKeyConstraint("kit_id", "part_id", name=op.f("pk_kit_parts")),
    )
    op.create_index("ix_kit_parts_part_id", "kit_parts", ["part_id"])
    op.create_table(
        "product_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("content", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("state", _enum("state", "waiting", "accepted", "refused", "withdrawn"), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_proposals_product_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_product_proposals_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_proposals")),
    )
    op.create_index(
        "uq_product_proposals_waiting", "product_proposals", ["product_id"], unique=True, postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index("ix_product_proposals_product_id_made_at", "product_proposals", ["product_id", "made_at"])


def _stock() -> None:
    op.create_unique_constraint(op.f("uq_places_vendor_id_name"), "places", ["vendor_id", "name"])
    op.add_column("stock_movements", sa.Column("note", sa.Text(), nullable=True))
    op.create_index("ix_stock_movements_place_id_at_id", "stock_movements", ["place_id", "at", "id"])
    _replace_check("stock_movements", "kind", (*MOVEMENTS, "moved"))
    _replace_check("stock_reservations", "state", (*RESERVATIONS, "waiting"))
    op.drop_index("uq_stock_reservations_open", "stock_reservations")
    op.drop_index("ix_stock_reservations_expires", "stock_reservations")
    held = sa.text("state IN ('open', 'waiting')")
    op.create_index(
        "uq_stock_reservations_open", "stock_reservations", ["order_line_id", "variant_id", "state"], unique=True, postgresql_where=held
    )
    op.create_index("ix_stock_reservations_expires", "stock_reservations", ["expires_at"], postgresql_where=held)
    op.create_index(
        "ix_stock_reservations_waiting",
        "stock_reservations",
        ["variant_id", "created_at", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _documents() -> None:
    op.create_table(
        "product_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("access", _enum("access", "public", "registered", "approved", "nda"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_from IS NULL OR valid_until >= valid_from", name=op.f("ck_product_documents_validity")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_documents_product_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_product_documents_vendor_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_product_documents_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_documents")),
    )
    op.create_index("ix_product_documents_product_id", "product_documents", ["product_id"], postgresql_where=sa.text("removed_at IS NULL"))
    op.create_index("ix_product_documents_file_id", "product_documents", ["file_id"])
    op.create_table(
        "product_document_versions",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["product_documents.id"], name=op.f("fk_product_document_versions_document_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_product_document_versions_file_id")),
        sa.PrimaryKeyConstraint("document_id", "version", name=op.f("pk_product_document_versions")),
    )
    op.create_index("ix_product_document_versions_file_id", "product_document_versions", ["file_id"])
    op.create_table(
        "document_grants",
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("access", _enum("access", "public", "registered", "approved", "nda"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", _enum("state", "asked", "granted", "refused", "ended"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("access IN ('approved', 'nda')", name=op.f("ck_document_grants_closed")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_document_grants_vendor_id")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_document_grants_company_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_document_grants_product_id")),
        sa.PrimaryKeyConstraint("vendor_id", "company_id", "access", name=op.f("pk_document_grants")),
        sa.UniqueConstraint("id", name=op.f("uq_document_grants_id")),
    )
    op.create_index("ix_document_grants_company_id", "document_grants", ["company_id"])


def _pictures() -> None:
    op.create_table(
        "product_pictures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("alt", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("state", _enum("state", "waiting", "shown", "refused"), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_pictures_product_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_product_pictures_vendor_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_product_pictures_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_pictures")),
    )
    op.create_index(
        "ix_product_pictures_product_id_position",
        "product_pictures",
        ["product_id", "position"],
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index(
        "ix_product_pictures_waiting",
        "product_pictures",
        ["product_id"],
        postgresql_where=sa.text("state = 'waiting' AND removed_at IS NULL"),
    )
    op.create_index("ix_product_pictures_file_id", "product_pictures", ["file_id"])


def _bulk() -> None:
    states = ("planning", "planned", "applying", "applied", "undoing", "undone", "dropped")
    op.create_table(
        "bulk_edits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("scope", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("state", _enum("state", *states), nullable=False),
        sa.Column("products", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("left_out", sa.BigInteger(), nullable=False),
        sa.Column("reached_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_bulk_edits_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_edits")),
    )
    op.create_index("ix_bulk_edits_vendor_id_created_at_id", "bulk_edits", ["vendor_id", "created_at", "id"])
    op.create_table(
        "bulk_edit_rows",
        sa.Column("bulk_edit_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("after", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("state", _enum("state", "planned", "applied", "left_out", "undone", "kept"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["bulk_edit_id"], ["bulk_edits.id"], name=op.f("fk_bulk_edit_rows_bulk_edit_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_bulk_edit_rows_product_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_bulk_edit_rows_variant_id")),
        sa.PrimaryKeyConstraint("bulk_edit_id", "number", name=op.f("pk_bulk_edit_rows")),
    )
    op.create_index("ix_bulk_edit_rows_bulk_edit_id_state", "bulk_edit_rows", ["bulk_edit_id", "state", "number"])


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _replace_check(table: str, column: str, values: tuple[str, ...]) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table)
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({listed})")


def downgrade() -> None:
    """Take them away; the walls first, since some of them look into other tables. What only the new words say is lost."""
    for table in READERS:
        op.execute(f"DROP POLICY {table}_of_products ON {table}")
    for table in reversed(RULES):
        op.execute(f"DROP POLICY {table}_of_company ON {table}")
    for table in (
        "bulk_edit_rows",
        "bulk_edits",
        "product_pictures",
        "document_grants",
        "product_document_versions",
        "product_documents",
        "product_proposals",
        "kit_parts",
    ):
        op.drop_table(table)
    op.execute("DELETE FROM stock_reservations WHERE state = 'waiting'")
    op.drop_index("ix_stock_reservations_waiting", "stock_reservations")
    op.drop_index("ix_stock_reservations_expires", "stock_reservations")
    op.drop_index("uq_stock_reservations_open", "stock_reservations")
    is_open = sa.text("state = 'open'")
    op.create_index("uq_stock_reservations_open", "stock_reservations", ["order_line_id"], unique=True, postgresql_where=is_open)
    op.create_index("ix_stock_reservations_expires", "stock_reservations", ["expires_at"], postgresql_where=is_open)
    _replace_check("stock_reservations", "state", RESERVATIONS)
    op.execute("UPDATE stock_movements SET kind = 'counted' WHERE kind = 'moved'")
    _replace_check("stock_movements", "kind", MOVEMENTS)
    op.drop_index("ix_stock_movements_place_id_at_id", "stock_movements")
    op.drop_column("stock_movements", "note")
    op.drop_constraint(op.f("uq_places_vendor_id_name"), "places")
    for name in ("back_order_on", "mix_group", "substitutes", "last_time_buy_on"):
        op.drop_column("variants", name)
    op.drop_column("products", "videos")
    op.drop_column("products", "picture_id")
