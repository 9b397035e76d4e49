"""Create catalogue."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and say who may do what with them."""
    op.create_table(
        "categories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("path", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("name", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("unspsc", sa.Text(), nullable=True),
        sa.Column("hs_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_leaf", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["categories.id"], name=op.f("fk_categories_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("slug", name=op.f("uq_categories_slug")),
    )
    op.create_index("ix_categories_path", "categories", ["path"], unique=False, postgresql_using="gin")
    op.create_table(
        "attribute_definitions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("text", "number", "boolean", "choice", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("name", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("choices", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribute_definitions")),
        sa.UniqueConstraint("code", name=op.f("uq_attribute_definitions_code")),
    )
    op.create_table(
        "category_attributes",
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("attribute_id", sa.Uuid(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("is_facet", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["attribute_id"], ["attribute_definitions.id"], name=op.f("fk_category_attributes_attribute_id")),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_category_attributes_category_id")),
        sa.PrimaryKeyConstraint("category_id", "attribute_id", name=op.f("pk_category_attributes")),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gtin_key", sa.Text(), nullable=True),
        sa.Column("maker_key", sa.Text(), nullable=True),
        sa.CheckConstraint("gtin_key IS NOT NULL OR maker_key IS NOT NULL", name=op.f("ck_items_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("gtin_key", name=op.f("uq_items_gtin_key")),
        sa.UniqueConstraint("maker_key", name=op.f("uq_items_maker_key")),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "checking",
                "live",
                "refused",
                "paused",
                "retired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("visibility", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("title", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("description", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("keywords", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("attributes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("drawing", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_products_category_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_products_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("code", name=op.f("uq_products_code")),
    )
    op.create_index("ix_products_category_id_state", "products", ["category_id", "state"], unique=False)
    op.create_index("ix_products_checking", "products", ["updated_at", "id"], unique=False, postgresql_where=sa.text("state = 'checking'"))
    op.create_index("ix_products_vendor_id_state", "products", ["vendor_id", "state"], unique=False)
    op.create_index("ix_products_vendor_id_updated_at_id", "products", ["vendor_id", "updated_at", "id"], unique=False)
    op.create_table(
        "product_versions",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_versions_product_id")),
        sa.PrimaryKeyConstraint("product_id", "version", name=op.f("pk_product_versions")),
    )
    op.create_table(
        "variants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("mpn", sa.Text(), nullable=True),
        sa.Column("gtin", sa.Text(), nullable=True),
        sa.Column("codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("attributes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("display_unit", sa.Text(), nullable=False),
        sa.Column("display_factor", sa.BigInteger(), nullable=False),
        sa.Column("pack", sa.Text(), nullable=True),
        sa.Column("pack_quantity", sa.BigInteger(), nullable=True),
        sa.Column("minimum_quantity", sa.BigInteger(), nullable=False),
        sa.Column("increment", sa.BigInteger(), nullable=False),
        sa.Column("maximum_quantity", sa.BigInteger(), nullable=True),
        sa.Column("price_per", sa.BigInteger(), nullable=False),
        sa.Column(
            "supply", sa.Enum("stock", "made_to_order", name="supply", native_enum=False, create_constraint=True, length=40), nullable=False
        ),
        sa.Column("lead_time", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("capacity_month", sa.BigInteger(), nullable=True),
        sa.Column("sample", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("weight_g", sa.Numeric(), nullable=True),
        sa.Column("dims_mm", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("hs_code", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("lifecycle", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("display_factor >= 1", name=op.f("ck_variants_display_factor")),
        sa.CheckConstraint("increment >= 1", name=op.f("ck_variants_increment")),
        sa.CheckConstraint("maximum_quantity IS NULL OR maximum_quantity >= minimum_quantity", name=op.f("ck_variants_maximum")),
        sa.CheckConstraint("minimum_quantity >= 1 AND mod(minimum_quantity, increment) = 0", name=op.f("ck_variants_minimum")),
        sa.CheckConstraint("price_per >= 1", name=op.f("ck_variants_price_per")),
        sa.CheckConstraint("weight_g IS NULL OR weight_g >= 0", name=op.f("ck_variants_weight")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_variants_item_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_variants_product_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_variants_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variants")),
        sa.UniqueConstraint("vendor_id", "sku", name=op.f("uq_variants_vendor_id_sku")),
    )
    op.create_index("ix_variants_item_id", "variants", ["item_id"], unique=False, postgresql_where=sa.text("item_id IS NOT NULL"))
    op.create_index("ix_variants_product_id", "variants", ["product_id"], unique=False)
    op.create_table(
        "price_tiers",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("from_quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_micro", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.CheckConstraint("from_quantity >= 1", name=op.f("ck_price_tiers_from_quantity")),
        sa.CheckConstraint("unit_price_micro >= 0", name=op.f("ck_price_tiers_unit_price")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_price_tiers_variant_id")),
        sa.PrimaryKeyConstraint("variant_id", "from_quantity", name=op.f("pk_price_tiers")),
    )
    op.create_table(
        "places",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_places_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
    )
    op.create_index("uq_places_default", "places", ["vendor_id"], unique=True, postgresql_where=sa.text("is_default"))
    op.create_table(
        "stock",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("0 <= reserved AND reserved <= on_hand", name=op.f("ck_stock_reserved_within_on_hand")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_stock_place_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_stock_variant_id")),
        sa.PrimaryKeyConstraint("variant_id", "place_id", name=op.f("pk_stock")),
    )
    op.create_table(
        "stock_movements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "counted",
                "received",
                "reserved",
                "given_back",
                "sold",
                "returned",
                "scrapped",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("on_hand_change", sa.BigInteger(), nullable=False),
        sa.Column("reserved_change", sa.BigInteger(), nullable=False),
        sa.Column("reference_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["variant_id", "place_id"], ["stock.variant_id", "stock.place_id"], name=op.f("fk_stock_movements_variant_id_place_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movements")),
    )
    op.create_index("ix_stock_movements_variant_id_at", "stock_movements", ["variant_id", "at"], unique=False)
    op.create_table(
        "stock_reservations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column(
            "state", sa.Enum("open", "used", "released", name="state", native_enum=False, create_constraint=True, length=40), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_reservations_quantity")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_stock_reservations_place_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_stock_reservations_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_reservations")),
    )
    op.create_index(
        "ix_stock_reservations_expires", "stock_reservations", ["expires_at"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "uq_stock_reservations_open", "stock_reservations", ["order_line_id"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON categories, attribute_definitions, category_attributes, items, products, variants, price_tiers, places, stock, stock_reservations TO millgate_app, millgate_jobs"
    )
    op.execute("GRANT SELECT, INSERT ON product_versions, stock_movements TO millgate_app, millgate_jobs")


def downgrade() -> None:
    """Take them away."""
    op.drop_table("stock_reservations")
    op.drop_table("stock_movements")
    op.drop_table("stock")
    op.drop_table("places")
    op.drop_table("price_tiers")
    op.drop_table("variants")
    op.drop_table("product_versions")
    op.drop_table("products")
    op.drop_table("items")
    op.drop_table("category_attributes")
    op.drop_table("attribute_definitions")
    op.drop_table("categories")
