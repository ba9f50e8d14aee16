"""Words held or hidden, verdicts on words and pictures, and appeals against them."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = ("moderation_appeal", "moderation_verdict")


def upgrade() -> None:
    """Make the tables and the column, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away, children first."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP INDEX ix_defect_words_held")
    op.execute("ALTER TABLE defect DROP COLUMN words_state")
