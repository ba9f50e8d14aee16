"""Opening hours, the calendar, what stands in a site and what a sign shows."""

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Make them, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away."""
    for table in ("calendar_day", "hours_exception", "opening_hours"):
        op.execute(f"DROP TABLE {table}")
    for column in ("shows_id", "part_of_id"):
        op.execute(f"ALTER TABLE asset DROP COLUMN {column}")
