"""Indexes that were missed when it was measured with very many rows."""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"

# Which table has each, and of which rows.
HELD = {
    "ix_moderation_appeal_open": "moderation_appeal (id) WHERE outcome IS NULL",
    "ix_defect_words_held": "defect (id) WHERE words_state = 'held'",
    "ix_picture_held": "picture (id) WHERE state = 'held'",
}


def upgrade() -> None:
    """Make them, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """As they were before."""
    for index, rows in HELD.items():
        op.execute(f"DROP INDEX {index}")
        op.execute(f"CREATE INDEX {index} ON {rows}")
    op.execute("ALTER TABLE moderation_appeal DROP COLUMN district_id")
