"""Create the notes of staff."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. Only the staff's role may touch it: no page of a company can ever read a note."""
    op.create_table(
        "desk_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_notes")),
    )
    op.create_index("ix_desk_notes_subject_id_at", "desk_notes", ["subject_id", "at"], unique=False)
    op.execute("GRANT SELECT, INSERT ON desk_notes TO millgate_jobs")


def downgrade() -> None:
    """Forget the notes."""
    op.drop_table("desk_notes")
