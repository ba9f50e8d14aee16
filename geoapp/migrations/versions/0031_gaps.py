"""Needs, norms, what is known, paths, searches, counter-views; squares by buurt."""

from pathlib import Path

from alembic import op

revision = "0031"
down_revision = "0030"

TABLES = (
    "counter_view",
    "search",
    "walking_line",
    "walking_network",
    "completeness",
    "need_cell",
    "need_layer",
    "area_norm",
    "norm_band",
    "norm",
)
# A square has one row again: that of the buurt most of its people live in, with all of them.
JOIN_SQUARES = """
CREATE TEMPORARY TABLE squares ON COMMIT DROP AS
SELECT DISTINCT ON (district_id, cell_x, cell_y) district_id, cell_x, cell_y, area_id,
    sum(inhabitants) OVER square AS inhabitants,
    sum(households) OVER square AS households,
    sum(households_with_children) OVER square AS households_with_children,
    min(year) OVER square AS year, source
FROM population_cell
WINDOW square AS (PARTITION BY district_id, cell_x, cell_y)
ORDER BY district_id, cell_x, cell_y, population_cell.inhabitants DESC;
TRUNCATE population_cell;
ALTER TABLE population_cell
    DROP COLUMN rounded_to,
    DROP CONSTRAINT pk_population_cell,
    ADD CONSTRAINT pk_population_cell PRIMARY KEY (district_id, cell_x, cell_y);
INSERT INTO population_cell SELECT * FROM squares;
"""


def upgrade() -> None:
    """Make them, from the frozen text beside this file."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)


def downgrade() -> None:
    """Take them away."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.get_bind().connection.cursor().execute(JOIN_SQUARES)
    op.execute("ALTER TABLE area_figure DROP COLUMN rounded_to")
    op.execute("ALTER TABLE area_crosswalk DROP COLUMN rounded_to")
