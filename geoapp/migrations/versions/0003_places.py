"""What may differ from place to place: its background map, and whether it is made up."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"

COLUMNS = ("background_url", "background_attribution", "is_example")


def upgrade() -> None:
    """Add the columns, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away, with the rule that names them."""
    for column in COLUMNS:
        op.execute(f"ALTER TABLE district DROP COLUMN {column}")
