"""Questions of platforms, what the mediating team does, who reads the news of a week."""

from pathlib import Path

from alembic import op

revision = "0029"
down_revision = "0028"

TABLES = (
    "hidden_words",
    "week_reader",
    "mediation_step",
    "mediation_case",
    "question_follower",
    "question_event",
    "question",
)
INDEXES = (
    "ix_sighting_seen_on",
    "ix_asset_event_happened_on",
    "ix_defect_promise_closed_at",
    "ix_defect_event_at",
    "ix_defect_no_agreement",
    "ix_defect_bounced",
)


def upgrade() -> None:
    """Make them, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away."""
    for index in INDEXES:
        op.execute(f"DROP INDEX {index}")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
