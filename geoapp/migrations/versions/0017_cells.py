"""Figures of how reports are answered are counted by cell as well."""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Count them, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Count by official area alone."""
    older = Path(__file__).with_name("0017_cells_down.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(older)
