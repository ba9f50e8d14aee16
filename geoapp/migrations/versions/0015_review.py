"""A year without agreement is reviewed; what someone neutral is asked to look at, by place."""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """A word for it and an index, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away; what has no word in the older life goes with them."""
    older = Path(__file__).with_name("0015_review_down.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(older)
