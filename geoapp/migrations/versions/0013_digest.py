"""What waits for one organisation by index; and a follower's choice to hear once a week."""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"

INDEXES = ("ix_defect_waits", "ix_defect_waits_denied", "ix_defect_waits_promised")


def upgrade() -> None:
    """Make them, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away; who hears once a week hears at once again."""
    op.execute("DROP TABLE follower_word")
    op.execute("ALTER TABLE defect_follower DROP COLUMN pace")
    for index in INDEXES:
        op.execute(f"DROP INDEX {index}")
