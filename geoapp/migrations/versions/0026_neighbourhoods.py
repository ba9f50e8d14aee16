"""Neighbourhoods by agreement: outlines, what they and the answers sum to, who lives where."""

from pathlib import Path

from alembic import op

revision = "0026"
down_revision = "0025"

TABLES = (
    "population_cell",
    "answered_cell",
    "agreement_cell",
    "neighbourhood_tally",
    "neighbourhood_outline",
)


def upgrade() -> None:
    """Make them and count what there is, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away; answers stay, without what tells two senders apart."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    for index in ("unknown", "name"):
        op.execute(f"DROP INDEX ix_neighbourhood_answer_{index}")
    op.execute("ALTER TABLE neighbourhood_answer DROP COLUMN sender, DROP COLUMN is_example")
