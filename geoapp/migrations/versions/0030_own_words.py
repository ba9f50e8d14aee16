"""Own words of platforms beside figures, and two indexes by place for what hurts most there."""

from pathlib import Path

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Make them, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP INDEX ix_defect_missing_point")
    op.execute("DROP INDEX ix_defect_denied_point")
    op.execute("DROP TABLE own_word")
