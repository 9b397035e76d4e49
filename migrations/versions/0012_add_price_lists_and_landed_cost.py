"""Add what a price really is: ways to ship, duty, tax classes, price lists, segments (product.md §4, decisions.md 11)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# What the running request acts for; '' when nobody is signed in.
MINE = "nullif(current_setting('app.company', true), '')::uuid"
# A buyer sees the lists that are meant for it, and of the list that a formula stands on the prices only.
MEANT = f"SELECT c.price_list_id FROM price_list_companies c WHERE c.company_id = {MINE}"
SEEN = "SELECT unnest(ARRAY[l.id, l.base_list_id]) FROM price_lists l"
RULES = {
    "segments": f"vendor_id = {MINE}",
    "segment_members": f"vendor_id = {MINE} OR company_id = {MINE}",
    "price_list_segments": f"vendor_id = {MINE}",
    "price_list_companies": f"vendor_id = {MINE} OR company_id = {MINE}",
    "price_lists": f"vendor_id = {MINE} OR id IN ({MEANT})",
    "price_list_formulas": f"vendor_id = {MINE} OR price_list_id IN ({MEANT})",
    "price_list_prices": f"vendor_id = {MINE} OR price_list_id IN ({SEEN})",
}
OPEN = ("category_tax_classes", "duty_rates", "segments", "segment_members", "price_lists", "price_list_segments", "price_list_companies")
GROWING = ("price_list_formulas", "price_list_prices")


def upgrade() -> None:
    """Make the columns and tables, the walls around them, and say who may do what."""
    _columns()
    _tables_of_the_operator()
    _segments()
    _price_lists()
    for table, rule in RULES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_of_company ON {table} TO millgate_app USING ({rule}) WITH CHECK (vendor_id = {MINE})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(OPEN)} TO millgate_app, millgate_jobs")
    op.execute(f"GRANT SELECT, INSERT ON {', '.join(GROWING)} TO millgate_app, millgate_jobs")


def _columns() -> None:
    op.add_column("shipping_methods", sa.Column("kind", sa.String(40), nullable=False, server_default="table"))
    op.alter_column("shipping_methods", "kind", server_default=None)
    op.create_check_constraint(op.f("ck_shipping_methods_kind"), "shipping_methods", "kind IN ('table', 'collection', 'on_request')")
    op.add_column("shipping_methods", sa.Column("free_from_minor", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_shipping_methods_free_from"), "shipping_methods", "free_from_minor > 0")
    op.add_column("shipping_methods", sa.Column("currency", sa.Text(), nullable=True))
    op.add_column("carts", sa.Column("methods", postgresql.JSONB(none_as_null=True), nullable=False, server_default=sa.text("'{}'::jsonb")))
    op.alter_column("carts", "methods", server_default=None)


def _tables_of_the_operator() -> None:
    op.create_table(
        "category_tax_classes",
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("tax_class", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_category_tax_classes_category_id")),
        sa.PrimaryKeyConstraint("category_id", name=op.f("pk_category_tax_classes")),
    )
    op.create_table(
        "duty_rates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("hs_prefix", sa.Text(), nullable=False),
        sa.Column("rate_bp", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.CheckConstraint("rate_bp >= 0", name=op.f("ck_duty_rates_rate")),
        sa.CheckConstraint("hs_prefix ~ '^[0-9]{2,10}$'", name=op.f("ck_duty_rates_hs_prefix")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_rates")),
        sa.UniqueConstraint("country", "hs_prefix", "valid_from", name=op.f("uq_duty_rates_country_hs_prefix_valid_from")),
    )


def _segments() -> None:
    op.create_table(
        "segments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_segments_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("vendor_id", "name", name=op.f("uq_segments_vendor_id_name")),
    )
    op.create_table(
        "segment_members",
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_segment_members_segment_id")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_segment_members_company_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_segment_members_vendor_id")),
        sa.PrimaryKeyConstraint("segment_id", "company_id", name=op.f("pk_segment_members")),
    )
    op.create_index(op.f("ix_segment_members_company_id"), "segment_members", ["company_id"])


def _price_lists() -> None:
    op.create_table(
        "price_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("standing", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("base_list_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('fixed', 'formula')", name=op.f("ck_price_lists_kind")),
        sa.CheckConstraint("standing IN ('contract', 'list')", name=op.f("ck_price_lists_standing")),
        sa.CheckConstraint("state IN ('draft', 'active', 'ended')", name=op.f("ck_price_lists_state")),
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_price_lists_dates")),
        sa.CheckConstraint("base_list_id IS NULL OR kind = 'formula'", name=op.f("ck_price_lists_base")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_price_lists_vendor_id")),
        sa.ForeignKeyConstraint(["base_list_id"], ["price_lists.id"], name=op.f("fk_price_lists_base_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_lists")),
        sa.UniqueConstraint("vendor_id", "name", name=op.f("uq_price_lists_vendor_id_name")),
    )
    op.create_index(op.f("ix_price_lists_vendor_id_updated_at_id"), "price_lists", ["vendor_id", "updated_at", "id"])
    op.create_table(
        "price_list_formulas",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("price_list_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("percent_bp", sa.BigInteger(), nullable=False),
        sa.Column("bands", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("round_micro", sa.BigInteger(), nullable=False),
        sa.Column("rounding", sa.String(40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("percent_bp BETWEEN -10000 AND 100000", name=op.f("ck_price_list_formulas_percent")),
        sa.CheckConstraint("round_micro >= 1", name=op.f("ck_price_list_formulas_round")),
        sa.CheckConstraint("rounding IN ('nearest', 'up', 'down')", name=op.f("ck_price_list_formulas_rounding")),
        sa.ForeignKeyConstraint(["price_list_id"], ["price_lists.id"], name=op.f("fk_price_list_formulas_price_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list_formulas")),
    )
    op.create_index("ix_price_list_formulas_latest", "price_list_formulas", ["price_list_id", "valid_from", "made_at"])
    op.create_table(
        "price_list_prices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("price_list_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("price_per", sa.BigInteger(), nullable=False),
        sa.Column("tiers", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("price_per >= 1", name=op.f("ck_price_list_prices_price_per")),
        sa.ForeignKeyConstraint(["price_list_id"], ["price_lists.id"], name=op.f("fk_price_list_prices_price_list_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_price_list_prices_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list_prices")),
    )
    op.create_index("ix_price_list_prices_latest", "price_list_prices", ["price_list_id", "variant_id", "valid_from", "made_at"])
    op.create_table(
        "price_list_segments",
        sa.Column("price_list_id", sa.Uuid(), nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["price_list_id"], ["price_lists.id"], name=op.f("fk_price_list_segments_price_list_id")),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_price_list_segments_segment_id")),
        sa.PrimaryKeyConstraint("price_list_id", "segment_id", name=op.f("pk_price_list_segments")),
    )
    op.create_table(
        "price_list_companies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("price_list_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("segment_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("location_id IS NULL OR segment_id IS NULL", name=op.f("ck_price_list_companies_one_reason")),
        sa.ForeignKeyConstraint(["price_list_id"], ["price_lists.id"], name=op.f("fk_price_list_companies_price_list_id")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_price_list_companies_company_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_price_list_companies_location_id")),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_price_list_companies_segment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list_companies")),
        sa.UniqueConstraint(
            "price_list_id",
            "company_id",
            "location_id",
            "segment_id",
            name="uq_price_list_companies_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_price_list_companies_company_id"), "price_list_companies", ["company_id"])


def downgrade() -> None:
    """Take them away; the walls first, since some of them look into other tables."""
    for table in RULES:
        op.execute(f"DROP POLICY {table}_of_company ON {table}")
    for table in (
        "price_list_companies",
        "price_list_segments",
        "price_list_prices",
        "price_list_formulas",
        "price_lists",
        "segment_members",
        "segments",
        "duty_rates",
        "category_tax_classes",
    ):
        op.drop_table(table)
    op.drop_column("carts", "methods")
    for name in ("currency", "free_from_minor", "kind"):
        op.drop_column("shipping_methods", name)
