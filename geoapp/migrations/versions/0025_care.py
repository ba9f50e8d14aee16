"""What is lacking of which thing, kept as rows; when a contact was last said to be right."""

from pathlib import Path

from alembic import op

revision = "0025"
down_revision = "0023"


def upgrade() -> None:
    """Make them, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away."""
    op.execute("ALTER TABLE contact DROP COLUMN checked_on")
    for table in ("care_look", "care_gap"):
        op.execute(f"DROP TABLE {table}")
