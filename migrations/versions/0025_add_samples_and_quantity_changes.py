"""Add samples in carts and orders, changes of quantities, stock that leaves as a replacement, and appeals."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.company', true), '')::uuid"
KINDS = ("date", "cancel")
CLAIM_STATES = ("open", "settled", "withdrawn", "released", "split", "refunded")
MOVEMENTS = ("counted", "received", "reserved", "given_back", "sold", "returned", "scrapped", "moved")
BACK = ("back_goods_minor", "back_freight_minor", "back_tax_minor")


def upgrade() -> None:
    """A line may be a sample, and a change request may ask for less of a line."""
    op.add_column("cart_lines", sa.Column("is_sample", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("cart_lines", "is_sample", server_default=None)
    op.add_column("vendor_orders", sa.Column("has_goods", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.alter_column("vendor_orders", "has_goods", server_default=None)
    for name in ("sample_credit_minor", "credits_later_minor"):
        op.add_column("order_lines", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("order_lines", name, server_default=None)
    op.create_check_constraint(op.f("ck_order_lines_sample"), "order_lines", "sample_credit_minor >= 0 AND credits_later_minor >= 0")
    op.create_index(
        "ix_order_lines_samples",
        "order_lines",
        ["variant_id"],
        postgresql_where=sa.text("price_source = 'sample' OR sample_credit_minor > 0"),
    )
    for name in ("from_quantity", "to_quantity"):
        op.add_column("change_request_lines", sa.Column(name, sa.BigInteger(), nullable=True))
    for name in BACK:
        op.add_column("change_request_lines", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("change_request_lines", name, server_default=None)
    op.create_check_constraint(
        op.f("ck_change_request_lines_quantity"), "change_request_lines", "0 < to_quantity AND to_quantity < from_quantity"
    )
    _kinds("change_requests", *KINDS, "quantity")
    _kinds("stock_movements", *MOVEMENTS, "replaced")
    _add_appeals()


def _add_appeals() -> None:
    ruling = sa.Enum(*CLAIM_STATES, name="ruling", native_enum=False, create_constraint=True, length=40)
    op.add_column("claims", sa.Column("ruling", ruling, nullable=True))
    op.add_column("claims", sa.Column("ruling_minor", sa.BigInteger(), nullable=True))
    op.add_column("claims", sa.Column("appeal_by_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "claim_appeals",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side IN ('buyer', 'vendor')", name=op.f("ck_claim_appeals_side")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_appeals_claim_id")),
        sa.ForeignKeyConstraint(["buyer_id"], ["companies.id"], name=op.f("fk_claim_appeals_buyer_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_claim_appeals_vendor_id")),
        sa.PrimaryKeyConstraint("claim_id", "side", name=op.f("pk_claim_appeals")),
    )
    # What was appealed is never changed.
    op.execute("GRANT SELECT, INSERT ON claim_appeals TO millgate_app, millgate_jobs")
    rule = f"buyer_id = {MINE} OR vendor_id = {MINE}"
    op.execute("ALTER TABLE claim_appeals ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY claim_appeals_of_company ON claim_appeals TO millgate_app USING ({rule}) WITH CHECK ({rule})")


def _kinds(table: str, *kinds: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_kind"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_kind"), table, f"kind IN ({', '.join(repr(kind) for kind in kinds)})")


def downgrade() -> None:
    """Back to goods alone, and to days and whole lines. What was agreed about quantities stays in the lines of its orders."""
    op.drop_table("claim_appeals")
    for name in ("appeal_by_at", "ruling_minor", "ruling"):
        op.drop_column("claims", name)
    op.execute("UPDATE stock_movements SET kind = 'sold' WHERE kind = 'replaced'")
    _kinds("stock_movements", *MOVEMENTS)
    op.execute("DELETE FROM change_request_lines WHERE to_quantity IS NOT NULL")
    op.execute("DELETE FROM change_requests WHERE kind = 'quantity'")
    _kinds("change_requests", *KINDS)
    op.drop_constraint(op.f("ck_change_request_lines_quantity"), "change_request_lines", type_="check")
    for name in (*BACK, "to_quantity", "from_quantity"):
        op.drop_column("change_request_lines", name)
    op.drop_index("ix_order_lines_samples", "order_lines")
    op.drop_constraint(op.f("ck_order_lines_sample"), "order_lines", type_="check")
    for name in ("credits_later_minor", "sample_credit_minor"):
        op.drop_column("order_lines", name)
    op.drop_column("vendor_orders", "has_goods")
    op.execute("DELETE FROM cart_lines WHERE is_sample")
    op.drop_column("cart_lines", "is_sample")
