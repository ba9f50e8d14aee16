"""People: who they are, what they may do, how they sign in, and what is kept of them."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = (
    "defect_follower",
    "retention",
    "api_token",
    "recovery_code",
    "second_factor",
    "account_session",
    "sign_in_link",
    "contact_scope",
    "contact",
    "support_consent",
    "membership",
    "person",
    "address",
)


def upgrade() -> None:
    """Make the tables and columns, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away, children first."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE platform DROP COLUMN version")
    op.execute("ALTER TABLE district DROP CONSTRAINT ck_district_days")
    op.execute("ALTER TABLE district DROP COLUMN contact_days")
    op.execute(
        "ALTER TABLE district ADD CONSTRAINT ck_district_days CHECK "
        "(answer_days > 0 AND acceptance_days > 0 AND silence_days > 0)"
    )
    op.execute("ALTER TABLE organisation DROP CONSTRAINT ck_organisation_kind")
    op.execute(
        "ALTER TABLE organisation ADD CONSTRAINT ck_organisation_kind CHECK (kind IN "
        "('municipality', 'contractor', 'platform', 'residents', 'fund', 'sponsor'))"
    )
