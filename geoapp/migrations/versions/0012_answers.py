"""Figures of how reports are answered: facts, counters of them, and what keeps both."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"

FUNCTIONS = (
    "count_fact()",
    "keep_promise_fact()",
    "keep_defect_facts()",
    "keep_fact(answer_fact)",
    "step_of_days(integer)",
    "share_of_kept(uuid)",
    "share_of_state(text)",
)
INDEXES = (
    "ix_defect_turn_of_organisation",
    "ix_defect_denied",
    "ix_defect_denied_in_area",
)


def upgrade() -> None:
    """Make them and count what there is, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away, what leans on others first."""
    for table in ("defect", "defect_promise"):
        op.execute(f"DROP TRIGGER keep_facts ON {table}")
    op.execute("DROP TRIGGER count_fact ON answer_fact")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    for index in INDEXES:
        op.execute(f"DROP INDEX {index}")
    op.execute("DROP TABLE answer_count")
    op.execute("DROP TABLE answer_fact")
