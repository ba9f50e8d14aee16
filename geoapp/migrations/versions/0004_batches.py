"""Imports: what each changed, so that it can be undone."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away, children first."""
    for table in ("import_change", "import_batch"):
        op.execute(f"DROP TABLE {table}")
