"""create_app(): wires settings, sessions, blueprints and the error tables together."""

from sqlalchemy import MetaData

from geoapp.areas import tables as areas
from geoapp.assets import tables as assets
from geoapp.budgets import tables as budgets
from geoapp.db.base import Base
from geoapp.defects import tables as defects
from geoapp.districts import tables as districts
from geoapp.people import tables as people
from geoapp.platforms import tables as platforms

TABLES = (districts, people, areas, platforms, assets, budgets, defects)


def metadata() -> MetaData:
    """The tables of all nouns, for migrations and their check."""
    return Base.metadata
