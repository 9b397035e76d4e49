"""Create saved views of tables."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; pages see only the rows of the company they act for."""
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint(
            "company_id", "person_id", "table_name", "name", name=op.f("uq_saved_views_company_id_person_id_table_name_name")
        ),
    )
    op.create_index("ix_saved_views_person_id_table_name", "saved_views", ["person_id", "table_name"], unique=False)
    op.execute("ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY saved_views_of_company ON saved_views TO millgate_app "
        "USING (company_id = nullif(current_setting('app.company', true), '')::uuid)"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON saved_views TO millgate_app, millgate_jobs")


def downgrade() -> None:
    """Forget the views."""
    op.drop_table("saved_views")
