"""The audit: one chain per thing; and what waits for a second person."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables and their guards, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away, children first."""
    for table in ("second_look", "audit_part", "audit_entry", "audit_chain"):
        op.execute(f"DROP TABLE {table}")
