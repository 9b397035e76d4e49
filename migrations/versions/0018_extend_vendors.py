"""Extend vendors: certificates that are checked, levels by four eyes, what a vendor is best at, customers' notes, counted views."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MINE = "nullif(current_setting('app.company', true), '')::uuid"
LOOK_UPS = ("agrees", "differs", "not_found", "no_register")
WORDS = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
TEXTS = postgresql.ARRAY(sa.Text())

ON_TIME_ROWS = """
CREATE FUNCTION on_time_rows(vendors uuid[], since timestamptz, moment timestamptz)
RETURNS TABLE (vendor_id uuid, order_id uuid, promised_on date, arrived_on date, is_met boolean)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT g.vendor_id, g.order_id, max(g.promised), CASE WHEN g.delivered_at IS NOT NULL THEN max(g.arrived) END,
         bool_and(g.promised >= coalesce(g.arrived, g.today))
  FROM (
    SELECT o.vendor_id, o.id AS order_id, o.delivered_at, l.first_promise_on AS promised,
           (coalesce(a.at, o.delivered_at) AT TIME ZONE b.time_zone)::date AS arrived,
           (moment AT TIME ZONE b.time_zone)::date AS today, (since AT TIME ZONE b.time_zone)::date AS first_day
    FROM vendor_orders o
    JOIN order_lines l ON l.vendor_order_id = o.id AND l.first_promise_on IS NOT NULL AND l.cancelled_at IS NULL
    JOIN companies b ON b.id = o.buyer_id
    LEFT JOIN LATERAL (
      SELECT max(s.delivered_at) AS at FROM shipment_lines p JOIN shipments s ON s.id = p.shipment_id
      WHERE p.line_id = l.id AND l.delivered_quantity >= l.quantity
    ) a ON true
    WHERE o.vendor_id = ANY (vendors) AND o.accepted_at IS NOT NULL AND o.state NOT IN ('declined', 'cancelled')
      AND (o.delivered_at BETWEEN since AND moment OR (o.delivered_at IS NULL AND o.placed_at <= moment))
  ) g
  GROUP BY g.vendor_id, g.order_id, g.delivered_at
  HAVING g.delivered_at IS NOT NULL OR bool_or(g.arrived IS NULL AND g.promised < g.today AND g.promised >= g.first_day)
$$
"""
# Who may see the orders of others may not: two numbers a vendor are public, so the owner of the tables counts them.
ON_TIME_COUNTS = """
CREATE FUNCTION on_time_counts(vendors uuid[], since timestamptz, moment timestamptz)
RETURNS TABLE (vendor_id uuid, met bigint, n bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT r.vendor_id, count(*) FILTER (WHERE r.is_met), count(*) FROM on_time_rows(vendors, since, moment) r GROUP BY r.vendor_id
$$
"""
FUNCTIONS = ("on_time_rows", "on_time_counts")
ARGUMENTS = "(uuid[], timestamptz, timestamptz)"

FILLED = {
    "vendors": (
        ("holiday_note", WORDS, "'{}'"),
        ("closed_days", postgresql.ARRAY(sa.Date()), "'{}'"),
        ("best_at", WORDS, "'{}'"),
        ("capabilities", WORDS, "'{}'"),
        ("terms", TEXTS, "'{protected}'"),
        ("terms_note", WORDS, "'{}'"),
    ),
    "vendor_requirements": (("ticked", TEXTS, "'{}'"),),
    "vendor_level_checks": (("photo_ids", postgresql.ARRAY(sa.Uuid()), "'{}'"),),
    "certificates": (
        ("scope_kind", sa.String(40), "'company'"),
        ("is_file_public", sa.Boolean(), "false"),
        ("ticked", TEXTS, "'{}'"),
    ),
}
"""Columns that always hold something; rows that are there get the value, new ones bring their own."""
EMPTY = {
    "vendors": (("assigned_to", sa.Uuid()), ("second_asked_by", sa.Uuid()), ("second_asked_at", sa.DateTime(timezone=True))),
    "vendor_requirements": (
        ("look_up", sa.String(40)),
        ("look_up_at", sa.Text()),
        ("look_up_note", sa.Text()),
        ("looked_up_at", sa.DateTime(timezone=True)),
    ),
    "vendor_level_checks": (("note", sa.Text()), ("withdrawn_reason", sa.Text())),
    "certificates": (
        ("sent_at", sa.DateTime(timezone=True)),
        ("due_at", sa.DateTime(timezone=True)),
        ("assigned_to", sa.Uuid()),
        ("look_up", sa.String(40)),
        ("look_up_note", sa.Text()),
        ("looked_up_at", sa.DateTime(timezone=True)),
        ("refused_at", sa.DateTime(timezone=True)),
        ("withdrawn_at", sa.DateTime(timezone=True)),
        ("reason", sa.Text()),
    ),
}
CHECKS = (
    ("vendor_requirements", "look_up", LOOK_UPS),
    ("certificates", "look_up", LOOK_UPS),
    ("certificates", "scope_kind", ("company", "site", "products")),
)


def upgrade() -> None:
    """Add columns, tables, the wall around notes, and the count of orders that came on time."""
    for table, columns in FILLED.items():
        for name, kind, value in columns:
            op.add_column(table, sa.Column(name, kind, nullable=False, server_default=sa.text(value)))
            op.alter_column(table, name, server_default=None)
    for table, empty in EMPTY.items():
        for name, absent in empty:
            op.add_column(table, sa.Column(name, absent, nullable=True))
    for table, column, values in CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({', '.join(repr(value) for value in values)})")
    op.create_index(
        "ix_certificates_to_check",
        "certificates",
        ["due_at"],
        postgresql_where=sa.text("checked_at IS NULL AND refused_at IS NULL AND withdrawn_at IS NULL"),
    )
    _create_proposals()
    _create_lists_and_notes()
    op.create_table(
        "product_view_days",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("views > 0", name=op.f("ck_product_view_days_views")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_view_days_product_id")),
        sa.PrimaryKeyConstraint("product_id", "day", name=op.f("pk_product_view_days")),
    )
    op.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON vendor_level_proposals, vendor_list_entries, vendor_customer_notes, product_view_days "
        "TO millgate_app, millgate_jobs"
    )
    op.execute("ALTER TABLE vendor_customer_notes ENABLE ROW LEVEL SECURITY")
    rule = f"vendor_id = {MINE}"
    op.execute(
        f"CREATE POLICY vendor_customer_notes_of_company ON vendor_customer_notes TO millgate_app USING ({rule}) WITH CHECK ({rule})"
    )
    op.execute(ON_TIME_ROWS)
    op.execute(ON_TIME_COUNTS)
    for name in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {name}{ARGUMENTS} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name}{ARGUMENTS} TO millgate_app, millgate_jobs")


def _create_proposals() -> None:
    op.create_table(
        "vendor_level_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("auditor", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("photo_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "confirmed", "refused", "returned", name="state", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_by_name", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("level BETWEEN 2 AND 4", name=op.f("ck_vendor_level_proposals_level")),
        sa.CheckConstraint("points BETWEEN 0 AND 100", name=op.f("ck_vendor_level_proposals_points")),
        sa.CheckConstraint(
            "decided_by IS NULL OR state = 'returned' OR decided_by <> proposed_by", name=op.f("ck_vendor_level_proposals_four_eyes")
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_level_proposals_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_level_proposals")),
    )
    op.create_index(
        "uq_vendor_level_proposals_open",
        "vendor_level_proposals",
        ["vendor_id", "level"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )


def _create_lists_and_notes() -> None:
    op.create_table(
        "vendor_list_entries",
        sa.Column(
            "kind",
            sa.Enum("scheme", "process", "material", "industry", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", WORDS, nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_vendor_list_entries")),
    )
    op.create_table(
        "vendor_customer_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_by_name", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["companies.id"], name=op.f("fk_vendor_customer_notes_buyer_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_customer_notes_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_customer_notes")),
    )
    op.create_index("ix_vendor_customer_notes_vendor_id_buyer_id", "vendor_customer_notes", ["vendor_id", "buyer_id"], unique=False)


def downgrade() -> None:
    """Take all of it away."""
    for name in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {name}{ARGUMENTS}")
    for table in ("product_view_days", "vendor_customer_notes", "vendor_list_entries", "vendor_level_proposals"):
        op.drop_table(table)
    op.drop_index("ix_certificates_to_check", "certificates")
    for table, column, _ in CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
    for table, empty in EMPTY.items():
        for name, _ in empty:
            op.drop_column(table, name)
    for table, columns in FILLED.items():
        for name, _, _ in columns:
            op.drop_column(table, name)
