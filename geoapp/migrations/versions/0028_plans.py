"""Plans on the map, what is said and spent of them; earmarks, times and moves of money."""

from pathlib import Path

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Make them, from the frozen text beside this file."""
    _run(Path(__file__).with_suffix(".sql"))


def downgrade() -> None:
    """Take them away."""
    _run(Path(__file__).with_name("0028_plans_down.sql"))


def _run(path: Path) -> None:
    op.get_bind().connection.cursor().execute(path.read_text(encoding="utf-8"))
