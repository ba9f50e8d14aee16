"""The dated facts of the register: owners, framework contracts, planned and trial days."""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make them, from the frozen text beside this file; whoever owns a thing begins its line."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away; an event that an older version does not know goes with them."""
    older = Path(__file__).with_name("0019_register_down.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(older)
