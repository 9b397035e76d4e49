"""Changes of what was checked about vendors: legal name, address, owners, registry number and tax id wait for a check."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

STATES = ("waiting", "data_needed", "coming", "confirmed", "refused", "withdrawn")
REASONS = ("new_name", "moved", "new_owners", "merger", "legal_form", "new_number", "correction")
OPEN = "state IN ('waiting', 'data_needed', 'coming')"


def upgrade() -> None:
    """Make the table. A change is never deleted: the papers of earlier days are printed from what it kept."""
    op.create_table(
        "vendor_fact_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("state", _enum("state", STATES), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("reason", _enum("reason", REASONS), nullable=False),
        sa.Column("holds_from", sa.Date(), nullable=False),
        sa.Column("before", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("after", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("files", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("findings", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_to", sa.Uuid(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_vendor_fact_changes_four_eyes")),
        sa.CheckConstraint("(state = 'waiting') = (due_at IS NOT NULL)", name=op.f("ck_vendor_fact_changes_due_at")),
        sa.CheckConstraint("(state = 'confirmed') = (in_force_at IS NOT NULL)", name=op.f("ck_vendor_fact_changes_in_force_at")),
        sa.CheckConstraint("state NOT IN ('data_needed', 'refused') OR said IS NOT NULL", name=op.f("ck_vendor_fact_changes_said")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_fact_changes_vendor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_fact_changes")),
    )
    op.create_index("uq_vendor_fact_changes_open", "vendor_fact_changes", ["vendor_id"], unique=True, postgresql_where=sa.text(OPEN))
    op.create_index("ix_vendor_fact_changes_vendor_id", "vendor_fact_changes", ["vendor_id"])
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_vendor_fact_changes_to_check", "vendor_fact_changes", ["due_at"], postgresql_where=waiting)
    op.execute("GRANT SELECT, INSERT, UPDATE ON vendor_fact_changes TO millgate_app, millgate_jobs")


def downgrade() -> None:
    """Forget the changes; the audit log keeps what was changed by whom."""
    op.drop_table("vendor_fact_changes")


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
