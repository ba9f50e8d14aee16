"""The life of a report: voices, promises, calls, a rung; what was said so far is counted."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"

COLUMNS = (
    "yes_said",
    "no_said",
    "was_disputed",
    "handlings",
    "disputes",
    "disputed_at",
    "rung",
    "climbed_at",
    "bounces",
    "again_of_id",
    "refused_by_id",
)


def upgrade() -> None:
    """Make columns and tables, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away; what has no word in the older life goes with them."""
    older = Path(__file__).with_name("0011_life_down.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(older)
    for column in COLUMNS:
        op.execute(f"ALTER TABLE defect DROP COLUMN {column}")
