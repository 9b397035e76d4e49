"""Create visits of support: a member of staff acts as a company for half an hour."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "support_visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_support_visits_company_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_support_visits_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["user_sessions.id"], name=op.f("fk_support_visits_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_visits")),
    )
    op.create_index("uq_support_visits_open", "support_visits", ["session_id"], unique=True, postgresql_where=sa.text("ended_at IS NULL"))
    op.execute("GRANT SELECT, INSERT, UPDATE ON support_visits TO millgate_app, millgate_jobs")


def downgrade() -> None:
    """Forget the visits; the audit log keeps them."""
    op.drop_table("support_visits")
