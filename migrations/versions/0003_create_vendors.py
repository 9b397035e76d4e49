"""Create vendors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and say who may do what with them."""
    op.create_table(
        "vendors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "invited",
                "data_needed",
                "under_review",
                "approved",
                "refused",
                "suspended",
                "recheck_due",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("registry_number", sa.Text(), nullable=True),
        sa.Column("address", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("owners", sa.Text(), nullable=True),
        sa.Column("about", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("founded", sa.BigInteger(), nullable=True),
        sa.Column("staff", sa.BigInteger(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("hours", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("returns", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("opening_minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("reorder_minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("inspection_days", sa.BigInteger(), nullable=False),
        sa.Column("stock_display", sa.Text(), nullable=False),
        sa.Column("exposure_cap_minor", sa.BigInteger(), nullable=True),
        sa.Column("holiday_from", sa.Date(), nullable=True),
        sa.Column("holiday_until", sa.Date(), nullable=True),
        sa.Column("payout_active_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("inspection_days BETWEEN 1 AND 30", name=op.f("ck_vendors_inspection_days")),
        sa.CheckConstraint("opening_minimum_minor >= 0", name=op.f("ck_vendors_opening_minimum")),
        sa.ForeignKeyConstraint(["id"], ["companies.id"], name=op.f("fk_vendors_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendors")),
        sa.UniqueConstraint("slug", name=op.f("uq_vendors_slug")),
    )
    op.create_index("ix_vendors_state", "vendors", ["state"], unique=False)
    op.create_table(
        "vendor_requirements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "provided", "passed", "failed", name="state", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_vendor_requirements_file_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_requirements_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_requirements")),
        sa.UniqueConstraint("vendor_id", "kind", name=op.f("uq_vendor_requirements_vendor_id_kind")),
    )
    op.create_table(
        "vendor_level_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("level BETWEEN 1 AND 4", name=op.f("ck_vendor_level_checks_level")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_level_checks_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_level_checks")),
    )
    op.create_index("ix_vendor_level_checks_vendor_id", "vendor_level_checks", ["vendor_id"], unique=False)
    op.create_table(
        "certificates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_certificates_file_id")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_certificates_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
    )
    op.create_index("ix_certificates_vendor_id", "certificates", ["vendor_id"], unique=False)
    op.create_table(
        "shipping_methods",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("incoterm", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("zones", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_shipping_methods_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipping_methods")),
        sa.UniqueConstraint("vendor_id", "key", name=op.f("uq_shipping_methods_vendor_id_key")),
    )
    op.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON vendors, vendor_requirements, vendor_level_checks, certificates, shipping_methods TO millgate_app, millgate_jobs"
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("shipping_methods")
    op.drop_table("certificates")
    op.drop_table("vendor_level_checks")
    op.drop_table("vendor_requirements")
    op.drop_table("vendors")
