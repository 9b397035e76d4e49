"""Store long columns plainly: compressing the attributes of listings took a quarter of the server's time in an import."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

COLUMNS = (("products", "attributes"), ("product_versions", "content"))


def upgrade() -> None:
    """What is written from now on lies outside its row uncompressed; rows that are there stay as they are, and are read as before."""
    _store("EXTERNAL")


def downgrade() -> None:
    """Compress again, from now on."""
    _store("EXTENDED")


def _store(how: str) -> None:
    for table, column in COLUMNS:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE {how}")
