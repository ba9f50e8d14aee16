"""Days and rungs of organisations, their mailboxes, and notes that can be hidden."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make tables and columns, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away; a note that nobody may see goes with them."""
    older = Path(__file__).with_name("0014_ladder_down.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(older)
