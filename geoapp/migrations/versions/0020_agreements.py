"""Agreements with a beginning, an early end and a scan; keys and who has them."""

from pathlib import Path

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Make them, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away."""
    older = Path(__file__).with_name("0020_agreements_down.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(older)
