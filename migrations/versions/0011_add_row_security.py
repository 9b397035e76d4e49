"""Add row security: the second wall between companies (decisions.md 11)."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# What the running request acts for; '' when nobody is signed in.
MINE = "nullif(current_setting('app.company', true), '')::uuid"
RULES = {
    "payments": f"buyer_id = {MINE}",
    "holds": f"buyer_id = {MINE} OR vendor_id = {MINE}",
    "refunds": f"buyer_id = {MINE} OR vendor_id = {MINE}",
    "purchases": f"buyer_id = {MINE} OR EXISTS (SELECT FROM vendor_orders v WHERE v.purchase_id = purchases.id AND v.vendor_id = {MINE})",
    "vendor_orders": f"buyer_id = {MINE} OR vendor_id = {MINE}",
    "claims": f"buyer_id = {MINE} OR vendor_id = {MINE}",
    "files": f"company_id = {MINE} OR access = 'public'",
    "carts": f"company_id = {MINE}",
}


def upgrade() -> None:
    """Pages see only the rows of the company they act for; the jobs role sees all."""
    for table, rule in RULES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_of_company ON {table} TO millgate_app USING ({rule}) WITH CHECK ({rule})")


def downgrade() -> None:
    """Open the wall again."""
    for table in reversed(RULES):
        op.execute(f"DROP POLICY {table}_of_company ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
