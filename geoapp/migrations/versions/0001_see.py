"""The schema of what is shown: districts, areas, organisations, assets, money, defects."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    "defect_event",
    "platform_area",
    "maintenance_duty",
    "funding",
    "defect",
    "asset_event",
    "agreement_asset",
    "platform",
    "place_name",
    "budget_line",
    "asset",
    "area_figure",
    "area_crosswalk",
    "agreement_party",
    "organisation",
    "organic_area",
    "official_area",
    "budget_round",
    "agreement",
    "district",
)


def upgrade() -> None:
    """Make every table, its indexes and its guards, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take everything away, children first."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION refuse_change")
    op.execute("DROP FUNCTION refuse_outside_district")
    op.execute("DROP FUNCTION refuse_point_outside_district")
