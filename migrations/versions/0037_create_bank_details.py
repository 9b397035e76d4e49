"""Bank details behind vendors' accounts: those in force, and changed ones that wait for a time and a check."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

STATES = ("in_force", "waiting", "refused", "ended")


def upgrade() -> None:
    """Make the table. What accounts have today is taken as in force at the first look; a row is never deleted."""
    op.create_table(
        "bank_details",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("accounts", JSONB(none_as_null=True), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("state", sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waits_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("how_checked", sa.Text(), nullable=True),
        sa.Column("refused_reason", sa.Text(), nullable=True),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state NOT IN ('waiting', 'refused') OR waits_until IS NOT NULL", name=op.f("ck_bank_details_waits")),
        sa.CheckConstraint("state <> 'in_force' OR in_force_at IS NOT NULL", name=op.f("ck_bank_details_in_force")),
        sa.CheckConstraint(
            "state <> 'in_force' OR waits_until IS NULL OR (checked_at IS NOT NULL AND in_force_at >= waits_until)",
            name=op.f("ck_bank_details_both"),
        ),
        sa.CheckConstraint("(checked_at IS NULL) = (how_checked IS NULL)", name=op.f("ck_bank_details_checked")),
        sa.CheckConstraint("state <> 'refused' OR refused_reason IS NOT NULL", name=op.f("ck_bank_details_refused")),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_bank_details_ended")),
        sa.ForeignKeyConstraint(["vendor_id"], ["payout_accounts.vendor_id"], name=op.f("fk_bank_details_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_details")),
    )
    op.create_index("uq_bank_details_in_force", "bank_details", ["vendor_id"], unique=True, postgresql_where=sa.text("state = 'in_force'"))
    waiting = sa.text("state IN ('waiting', 'refused')")
    op.create_index("uq_bank_details_coming", "bank_details", ["vendor_id"], unique=True, postgresql_where=waiting)
    op.create_index("ix_bank_details_vendor_id", "bank_details", ["vendor_id"])
    op.execute("GRANT SELECT, INSERT, UPDATE ON bank_details TO millgate_app, millgate_jobs")
    op.add_column("payout_accounts", sa.Column("bank_seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("payout_accounts", sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("payout_accounts", sa.Column("stopped_by", sa.Uuid(), nullable=True))
    op.add_column("releases", sa.Column("bank_details_id", sa.Uuid(), nullable=True))
    # No row has one yet, so the check is without work.
    op.create_foreign_key(op.f("fk_releases_bank_details_id"), "releases", "bank_details", ["bank_details_id"], ["id"])


def downgrade() -> None:
    """Forget the bank details; the audit log keeps what was changed and checked."""
    op.drop_constraint(op.f("fk_releases_bank_details_id"), "releases")
    op.drop_column("releases", "bank_details_id")
    for name in ("stopped_by", "stopped_at", "bank_seen_at"):
        op.drop_column("payout_accounts", name)
    op.drop_table("bank_details")
