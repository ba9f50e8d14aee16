"""Platforms that put themselves forward, the commission's choices, mandates, recognition files."""

from pathlib import Path

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Make them, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away."""
    older = Path(__file__).with_name("0027_forward_down.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(older)
