"""Lists of questions, inspections, the ladder to removal; what can have happened to an asset."""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Make them, from the frozen text beside this file."""
    _run(Path(__file__).with_suffix(".sql"))


def downgrade() -> None:
    """Take them away; that something was taken away had no word before."""
    _run(Path(__file__).with_name("0021_inspections_down.sql"))


def _run(path: Path) -> None:
    op.get_bind().connection.cursor().execute(path.read_text(encoding="utf-8"))
