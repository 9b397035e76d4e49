"""Add fulfilment: change requests, later promises, production, partial shipments, invoices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.company', true), '')::uuid"
GUARDED = ("change_requests", "invoices")
COUNTED = ("shipped_quantity", "delivered_quantity", "accepted_quantity")
PROGRESS = (
    "0 <= accepted_quantity AND accepted_quantity <= delivered_quantity "
    "AND delivered_quantity <= shipped_quantity AND shipped_quantity <= quantity"
)


def upgrade() -> None:
    """Make the tables, and say who may do what with them."""
    _lines()
    _shipments()
    _changes()
    _production()
    _invoices()
    op.execute("GRANT SELECT, INSERT, UPDATE ON shipment_lines, change_requests, document_counters TO millgate_app, millgate_jobs")
    # What was promised, told or issued is never changed.
    op.execute(
        "GRANT SELECT, INSERT ON change_request_lines, line_promises, production_stages, production_photos, invoices "
        "TO millgate_app, millgate_jobs"
    )
    for table in GUARDED:
        rule = f"buyer_id = {MINE} OR vendor_id = {MINE}"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_of_company ON {table} TO millgate_app USING ({rule}) WITH CHECK ({rule})")


def _lines() -> None:
    op.add_column("vendor_orders", sa.Column("ship_complete", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("vendor_orders", "ship_complete", server_default=None)
    op.add_column("vendor_orders", sa.Column("first_shipped_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE vendor_orders SET first_shipped_at = shipped_at")
    op.add_column("order_lines", sa.Column("requested_on", sa.Date(), nullable=True))
    for name in COUNTED:
        op.add_column("order_lines", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("order_lines", sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
    # What had left before was whole: one shipment for each order.
    states = {
        "shipped_quantity": "'shipped', 'delivered', 'accepted_by_buyer', 'closed'",
        "delivered_quantity": "'delivered', 'accepted_by_buyer', 'closed'",
        "accepted_quantity": "'accepted_by_buyer', 'closed'",
    }
    for name, known in states.items():
        op.execute(
            f"UPDATE order_lines l SET {name} = quantity FROM vendor_orders o WHERE o.id = l.vendor_order_id AND o.state IN ({known})"
        )
        op.alter_column("order_lines", name, server_default=None)
    op.create_check_constraint(op.f("ck_order_lines_progress"), "order_lines", PROGRESS)


def _shipments() -> None:
    op.add_column("shipments", sa.Column("position", sa.BigInteger(), nullable=False, server_default="1"))
    op.alter_column("shipments", "position", server_default=None)
    op.add_column("shipments", sa.Column("delivered_by", sa.Text(), nullable=True))
    op.add_column("shipments", sa.Column("proof_file_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE shipments s SET delivered_by = o.delivered_by FROM vendor_orders o WHERE o.id = s.vendor_order_id AND s.delivered_at IS NOT NULL"
    )
    op.create_foreign_key(op.f("fk_shipments_proof_file_id"), "shipments", "files", ["proof_file_id"], ["id"])
    op.drop_index("ix_shipments_vendor_order_id", table_name="shipments")
    op.create_unique_constraint(op.f("uq_shipments_vendor_order_id_position"), "shipments", ["vendor_order_id", "position"])
    op.create_table(
        "shipment_lines",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("delivered_quantity", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_lines_quantity")),
        sa.CheckConstraint("0 <= delivered_quantity AND delivered_quantity <= quantity", name=op.f("ck_shipment_lines_delivered_quantity")),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"], name=op.f("fk_shipment_lines_line_id")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipments.id"], name=op.f("fk_shipment_lines_shipment_id")),
        sa.PrimaryKeyConstraint("shipment_id", "line_id", name=op.f("pk_shipment_lines")),
    )
    op.create_index("ix_shipment_lines_line_id", "shipment_lines", ["line_id"], unique=False)
    op.execute(
        "INSERT INTO shipment_lines (shipment_id, line_id, quantity, delivered_quantity) "
        "SELECT s.id, l.id, l.quantity, CASE WHEN s.delivered_at IS NULL THEN NULL ELSE l.quantity END "
        "FROM shipments s JOIN order_lines l ON l.vendor_order_id = s.vendor_order_id WHERE l.shipped_quantity > 0"
    )


def _changes() -> None:
    op.create_table(
        "change_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_order_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("date", "cancel", name="kind", native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "accepted", "declined", "withdrawn", "expired", name="state", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposer_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_condition", sa.Boolean(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_name", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("proposed_by IN ('buyer', 'vendor')", name=op.f("ck_change_requests_proposed_by")),
        sa.ForeignKeyConstraint(["buyer_id"], ["companies.id"], name=op.f("fk_change_requests_buyer_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_change_requests_vendor_id")),
        sa.ForeignKeyConstraint(["vendor_order_id"], ["vendor_orders.id"], name=op.f("fk_change_requests_vendor_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_requests")),
    )
    op.create_index("ix_change_requests_vendor_order_id", "change_requests", ["vendor_order_id"], unique=False)
    op.create_index(
        "uq_change_requests_open", "change_requests", ["vendor_order_id"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "change_request_lines",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"], name=op.f("fk_change_request_lines_line_id")),
        sa.ForeignKeyConstraint(["request_id"], ["change_requests.id"], name=op.f("fk_change_request_lines_request_id")),
        sa.PrimaryKeyConstraint("request_id", "line_id", name=op.f("pk_change_request_lines")),
    )
    op.create_table(
        "line_promises",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("change_request_id", sa.Uuid(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["change_request_id"], ["change_requests.id"], name=op.f("fk_line_promises_change_request_id")),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"], name=op.f("fk_line_promises_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_promises")),
    )
    op.create_index("ix_line_promises_line_id", "line_promises", ["line_id"], unique=False)


def _production() -> None:
    op.create_table(
        "production_stages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_order_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("written_by_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["vendor_order_id"], ["vendor_orders.id"], name=op.f("fk_production_stages_vendor_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_production_stages")),
    )
    op.create_index("ix_production_stages_vendor_order_id", "production_stages", ["vendor_order_id"], unique=False)
    op.create_table(
        "production_photos",
        sa.Column("stage_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_production_photos_file_id")),
        sa.ForeignKeyConstraint(["stage_id"], ["production_stages.id"], name=op.f("fk_production_photos_stage_id")),
        sa.PrimaryKeyConstraint("stage_id", "position", name=op.f("pk_production_photos")),
    )


def _invoices() -> None:
    kinds = sa.Enum("invoice", "credit_note", name="kind", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "document_counters",
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_document_counters_vendor_id")),
        sa.PrimaryKeyConstraint("vendor_id", "kind", name=op.f("pk_document_counters")),
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_order_id", sa.Uuid(), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("goods_minor", sa.BigInteger(), nullable=False),
        sa.Column("freight_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("total_minor = goods_minor + freight_minor + tax_minor", name=op.f("ck_invoices_total")),
        sa.CheckConstraint("(kind = 'credit_note') = (corrects_id IS NOT NULL)", name=op.f("ck_invoices_corrects")),
        sa.ForeignKeyConstraint(["buyer_id"], ["companies.id"], name=op.f("fk_invoices_buyer_id")),
        sa.ForeignKeyConstraint(["corrects_id"], ["invoices.id"], name=op.f("fk_invoices_corrects_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_invoices_vendor_id")),
        sa.ForeignKeyConstraint(["vendor_order_id"], ["vendor_orders.id"], name=op.f("fk_invoices_vendor_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("vendor_id", "kind", "sequence", name=op.f("uq_invoices_vendor_id_kind_sequence")),
    )
    op.create_index("ix_invoices_buyer_id_issued_at", "invoices", ["buyer_id", "issued_at"], unique=False)
    op.create_index("ix_invoices_vendor_order_id", "invoices", ["vendor_order_id"], unique=False)
    op.create_index("uq_invoices_order", "invoices", ["vendor_order_id"], unique=True, postgresql_where=sa.text("kind = 'invoice'"))


def downgrade() -> None:
    """Take them away."""
    for table in (
        "invoices",
        "document_counters",
        "production_photos",
        "production_stages",
        "line_promises",
        "change_request_lines",
        "change_requests",
        "shipment_lines",
    ):
        op.drop_table(table)
    op.drop_constraint(op.f("uq_shipments_vendor_order_id_position"), "shipments", type_="unique")
    op.create_index("ix_shipments_vendor_order_id", "shipments", ["vendor_order_id"], unique=False)
    for name in ("proof_file_id", "delivered_by", "position"):
        op.drop_column("shipments", name)
    op.drop_constraint(op.f("ck_order_lines_progress"), "order_lines", type_="check")
    for name in ("cancelled_at", *COUNTED, "requested_on"):
        op.drop_column("order_lines", name)
    op.drop_column("vendor_orders", "first_shipped_at")
    op.drop_column("vendor_orders", "ship_complete")
