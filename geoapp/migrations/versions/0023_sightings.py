"""Who has seen a thing, with a photo that a moderator judges."""

from pathlib import Path

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Make them, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away, with the verdicts on photos of things."""
    older = Path(__file__).with_name("0023_sightings_down.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(older)
