"""Reports by residents: keys used once, limits, what a neighbourhood is called, pictures."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = ("defect_picture", "picture", "neighbourhood_answer", "limit_count", "idempotency_key")
COLUMNS = ("city_number", "city_reported_on", "secret_version")


def upgrade() -> None:
    """Make what reports need, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take it away, children first."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    for column in COLUMNS:
        op.execute(f"ALTER TABLE defect DROP COLUMN {column}")
