"""Create orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and say who may do what with them."""
    op.create_table(
        "purchases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("cart_id", sa.Uuid(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("placed_by_name", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending_approval", "placed", "rejected", "cancelled", name="state", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("buyer_reference", sa.Text(), nullable=True),
        sa.Column("ship_to", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("goods_minor", sa.BigInteger(), nullable=False),
        sa.Column("freight_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["companies.id"], name=op.f("fk_purchases_buyer_id")),
        sa.ForeignKeyConstraint(["cart_id"], ["carts.id"], name=op.f("fk_purchases_cart_id")),
        sa.ForeignKeyConstraint(["placed_by"], ["people.id"], name=op.f("fk_purchases_placed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchases")),
        sa.UniqueConstraint("cart_id", name=op.f("uq_purchases_cart_id")),
        sa.UniqueConstraint("number", name=op.f("uq_purchases_number")),
    )
    op.create_index("ix_purchases_buyer_id_placed_at_id", "purchases", ["buyer_id", "placed_at", "id"], unique=False)
    op.create_table(
        "vendor_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_name", sa.Text(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_name", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "placed",
                "accepted",
                "declined",
                "cancelled",
                "in_production",
                "ready",
                "shipped",
                "delivered",
                "accepted_by_buyer",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("goods_minor", sa.BigInteger(), nullable=False),
        sa.Column("freight_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("commission_bp", sa.BigInteger(), nullable=False),
        sa.Column("commission_minor", sa.BigInteger(), nullable=False),
        sa.Column("freight", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("inspection_days", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("funded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accept_by_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_unaccepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pay_by_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("in_production_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_by", sa.Text(), nullable=True),
        sa.Column("inspection_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by_buyer_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("total_minor = goods_minor + freight_minor + tax_minor", name=op.f("ck_vendor_orders_total")),
        sa.ForeignKeyConstraint(["buyer_id"], ["companies.id"], name=op.f("fk_vendor_orders_buyer_id")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchases.id"], name=op.f("fk_vendor_orders_purchase_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_orders_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_vendor_orders_number")),
        sa.UniqueConstraint("purchase_id", "vendor_id", name=op.f("uq_vendor_orders_purchase_id_vendor_id")),
    )
    op.create_index("ix_vendor_orders_buyer_id_placed_at_id", "vendor_orders", ["buyer_id", "placed_at", "id"], unique=False)
    op.create_index("ix_vendor_orders_vendor_id_placed_at_id", "vendor_orders", ["vendor_id", "placed_at", "id"], unique=False)
    op.create_table(
        "order_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("product_version", sa.BigInteger(), nullable=False),
        sa.Column("product_slug", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("title", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("display_unit", sa.Text(), nullable=False),
        sa.Column("display_factor", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_micro", sa.BigInteger(), nullable=False),
        sa.Column("price_per", sa.BigInteger(), nullable=False),
        sa.Column("price_source", sa.Text(), nullable=False),
        sa.Column("goods_minor", sa.BigInteger(), nullable=False),
        sa.Column("freight_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate_bp", sa.BigInteger(), nullable=False),
        sa.Column("tax_reason", sa.Text(), nullable=False),
        sa.Column("first_promise_on", sa.Date(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_order_lines_product_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_order_lines_variant_id")),
        sa.ForeignKeyConstraint(["vendor_order_id"], ["vendor_orders.id"], name=op.f("fk_order_lines_vendor_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
    )
    op.create_index("ix_order_lines_variant_id", "order_lines", ["variant_id"], unique=False)
    op.create_index("ix_order_lines_vendor_order_id", "order_lines", ["vendor_order_id"], unique=False)
    op.create_table(
        "shipments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_order_id", sa.Uuid(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking", sa.Text(), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["vendor_order_id"], ["vendor_orders.id"], name=op.f("fk_shipments_vendor_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipments")),
    )
    op.create_index("ix_shipments_vendor_order_id", "shipments", ["vendor_order_id"], unique=False)
    op.create_table(
        "claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("vendor_order_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "released", "refunded", name="state", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["buyer_id"], ["companies.id"], name=op.f("fk_claims_buyer_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_claims_vendor_id")),
        sa.ForeignKeyConstraint(["vendor_order_id"], ["vendor_orders.id"], name=op.f("fk_claims_vendor_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("number", name=op.f("uq_claims_number")),
    )
    op.create_index("uq_claims_open", "claims", ["vendor_order_id"], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON purchases, vendor_orders, order_lines, shipments, claims TO millgate_app, millgate_jobs"
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("claims")
    op.drop_table("shipments")
    op.drop_table("order_lines")
    op.drop_table("vendor_orders")
    op.drop_table("purchases")
