"""Leave out the unit of attributes that have none: most have none, and each was written, read and compared with a null beside it."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

LISTINGS = ("products", "variants")
CONTENTS = ("product_versions", "product_proposals")


def upgrade() -> None:
    """Says of each attribute what was said before. Versions too, or the next import of the same file would find all of them changed."""
    for table in LISTINGS:
        op.execute(f"UPDATE {table} SET attributes = jsonb_strip_nulls(attributes) WHERE attributes @? '$.*.unit ? (@ == null)'")
    for table in CONTENTS:
        op.execute(
            f"""
            UPDATE {table} SET content = content || jsonb_build_object(
                'attributes', jsonb_strip_nulls(content->'attributes'),
                'variants', (
                    SELECT jsonb_agg(one || jsonb_build_object('attributes', jsonb_strip_nulls(one->'attributes')) ORDER BY place)
                    FROM jsonb_array_elements(content->'variants') WITH ORDINALITY AS each_one (one, place)
                )
            )
            WHERE content @? '$.attributes.*.unit ? (@ == null)' OR content @? '$.variants[*].attributes.*.unit ? (@ == null)'
            """
        )


def downgrade() -> None:
    """A unit that is missing was read as none before, too."""
