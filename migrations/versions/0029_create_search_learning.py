"""Create what the platform adds to search and learns from it: synonyms, pins, their changes; searches and what followed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

RULE_KINDS, SYNONYM_KINDS = ("synonym", "pin"), ("both", "one_way")
LANGUAGES, ACTS = ("en", "zh", "en-zh", "other"), ("click", "compare", "cart", "order")


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    """Make the tables. What was searched is written and read by the jobs' role alone: pages of companies cannot see it."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "search_synonyms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", _one_of(SYNONYM_KINDS, "kind"), nullable=False),
        sa.Column("language", _one_of(LANGUAGES, "language"), nullable=False),
        sa.Column("terms", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.Column("changed_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint("cardinality(terms) >= 2", name="terms"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_synonyms")),
    )
    op.create_table(
        "search_pins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("variant_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.Column("changed_by_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_pins")),
        sa.UniqueConstraint("key", name=op.f("uq_search_pins_key")),
    )
    op.create_table(
        "search_rule_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", _one_of(RULE_KINDS, "kind"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("after", JSONB(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("undone_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_rule_changes")),
    )
    op.create_index("ix_search_rule_changes_subject_id_made_at", "search_rule_changes", ["subject_id", "made_at"])
    op.create_table(
        "searches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("filters", JSONB(), nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("page", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.Column("correction", sa.Text(), nullable=False),
        sa.Column("is_relaxed", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("company_mark", sa.Text(), nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("variants", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("versions", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("vendors", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("matches", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_searches")),
    )
    op.create_index("ix_searches_asked_at", "searches", ["asked_at"])
    op.create_index("ix_searches_key_asked_at", "searches", ["key", "asked_at"])
    op.create_table(
        "search_acts",
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", _one_of(ACTS, "kind"), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["search_id"], ["searches.id"], name=op.f("fk_search_acts_search_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("search_id", "position", "kind", name=op.f("pk_search_acts")),
    )
    op.create_index("ix_search_acts_at", "search_acts", ["at"])
    op.create_index("ix_search_acts_variant_id_kind", "search_acts", ["variant_id", "kind"])
    op.execute("GRANT SELECT ON search_synonyms, search_pins TO millgate_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON search_synonyms, search_pins TO millgate_jobs")
    op.execute("GRANT SELECT, INSERT, UPDATE ON search_rule_changes TO millgate_jobs")
    op.execute("GRANT SELECT, INSERT, DELETE ON searches, search_acts TO millgate_jobs")


def downgrade() -> None:
    """Forget all of it; the audit log keeps the changes."""
    for table in ("search_acts", "searches", "search_rule_changes", "search_pins", "search_synonyms"):
        op.drop_table(table)
