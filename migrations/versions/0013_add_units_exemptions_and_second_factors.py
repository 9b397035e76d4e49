"""Add units, exemptions and second factors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# What the running request acts for; '' when nobody is signed in.
MINE = "nullif(current_setting('app.company', true), '')::uuid"
CLOSED = ("units", "exemption_certificates")
KINDS = "'confirm_email', 'reset_password'"


def upgrade() -> None:
    """What a company says of itself, and what a person proves themselves by."""
    op.create_unique_constraint(op.f("uq_locations_id_company_id"), "locations", ["id", "company_id"])
    op.add_column("locations", sa.Column("dock_hours", postgresql.JSONB(none_as_null=True), server_default=sa.text("'{}'"), nullable=False))
    op.add_column("locations", sa.Column("contact_name", sa.Text(), nullable=True))
    op.add_column("locations", sa.Column("contact_phone", sa.Text(), nullable=True))
    op.create_table(
        "units",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cost_centre", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_units_company_id")),
        sa.ForeignKeyConstraint(["parent_id", "company_id"], ["units.id", "units.company_id"], name=op.f("fk_units_parent_id_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("id", "company_id", name=op.f("uq_units_id_company_id")),
    )
    op.create_index(
        "uq_units_name",
        "units",
        ["company_id", "parent_id", "name"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.add_column("memberships", sa.Column("unit_id", sa.Uuid(), nullable=True))
    op.add_column("memberships", sa.Column("location_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_memberships_unit_id_company_id"), "memberships", "units", ["unit_id", "company_id"], ["id", "company_id"]
    )
    op.create_foreign_key(
        op.f("fk_memberships_location_id_company_id"), "memberships", "locations", ["location_id", "company_id"], ["id", "company_id"]
    )
    op.create_table(
        "exemption_certificates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_exemption_certificates_dates")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_exemption_certificates_company_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_exemption_certificates_file_id")),
        sa.ForeignKeyConstraint(["checked_by"], ["people.id"], name=op.f("fk_exemption_certificates_checked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exemption_certificates")),
    )
    op.create_index("ix_exemption_certificates_company_id", "exemption_certificates", ["company_id"], unique=False)
    op.add_column("person_links", sa.Column("email", sa.Text(), nullable=True))
    _allow_link_kinds(KINDS + ", 'change_email'")
    op.create_table(
        "totp_factors",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_totp_factors_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_totp_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_recovery_codes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    op.create_index("ix_recovery_codes_person_id", "recovery_codes", ["person_id"], unique=False)
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_passkeys_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index("ix_passkeys_person_id", "passkeys", ["person_id"], unique=False)
    op.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON units, exemption_certificates, totp_factors, recovery_codes, passkeys"
        " TO millgate_app, millgate_jobs"
    )
    for table in CLOSED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        rule = f"company_id = {MINE}"
        op.execute(f"CREATE POLICY {table}_of_company ON {table} TO millgate_app USING ({rule}) WITH CHECK ({rule})")


def downgrade() -> None:
    """Take them away."""
    op.drop_table("passkeys")
    op.drop_table("recovery_codes")
    op.drop_table("totp_factors")
    op.execute("DELETE FROM person_links WHERE kind = 'change_email'")
    _allow_link_kinds(KINDS)
    op.drop_column("person_links", "email")
    op.drop_table("exemption_certificates")
    op.drop_column("memberships", "location_id")
    op.drop_column("memberships", "unit_id")
    op.drop_table("units")
    op.drop_column("locations", "contact_phone")
    op.drop_column("locations", "contact_name")
    op.drop_column("locations", "dock_hours")
    op.drop_constraint(op.f("uq_locations_id_company_id"), "locations")


def _allow_link_kinds(kinds: str) -> None:
    op.drop_constraint(op.f("ck_person_links_kind"), "person_links")
    op.create_check_constraint(op.f("ck_person_links_kind"), "person_links", f"kind IN ({kinds})")
