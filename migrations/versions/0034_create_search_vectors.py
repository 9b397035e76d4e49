"""Vectors of what goods are called: kept where every process reaches them, so that a search server answers by meaning too."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the numbers by which a copy of it knows that it is old. Texts of listings are no company's data."""
    op.execute("CREATE SEQUENCE search_vector_numbers")
    op.create_table(
        "search_vectors",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("text_digest", sa.LargeBinary(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_search_vectors")),
        sa.UniqueConstraint("number", name=op.f("uq_search_vectors_number")),
    )
    op.execute("GRANT SELECT ON search_vectors TO millgate_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON search_vectors TO millgate_jobs")
    op.execute("GRANT USAGE ON SEQUENCE search_vector_numbers TO millgate_jobs")


def downgrade() -> None:
    """Take them away: the indexer makes vectors anew."""
    op.drop_table("search_vectors")
    op.execute("DROP SEQUENCE search_vector_numbers")
