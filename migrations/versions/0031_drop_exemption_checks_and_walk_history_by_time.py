"""Exemption certificates count by their dates, as product.md has it: nobody checked them here. The audit log is walked by time."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop what was never filled; make the index concurrently, since every act writes into the table."""
    op.drop_column("exemption_certificates", "checked_by")
    op.drop_column("exemption_certificates", "checked_at")
    with op.get_context().autocommit_block():
        op.create_index("ix_audit_events_at_id", "audit_events", ["at", "id"], postgresql_concurrently=True)


def downgrade() -> None:
    """Back to the order of writing, and to the empty columns."""
    with op.get_context().autocommit_block():
        op.drop_index("ix_audit_events_at_id", "audit_events", postgresql_concurrently=True)
    op.add_column("exemption_certificates", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("exemption_certificates", sa.Column("checked_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_exemption_certificates_checked_by"), "exemption_certificates", "people", ["checked_by"], ["id"])
