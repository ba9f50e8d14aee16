"""What stands in an area, who keeps it, what is open: asked once for pages and for snapshots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from geoapp.areas.queries import Area, within_area
from geoapp.assets.queries import AssetFacts, Duty, duties_of, list_assets
from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset
from geoapp.defects.queries import DefectFacts, list_defects, on_map
from geoapp.defects.rules import ENDED, Shape
from geoapp.defects.tables import Defect
from geoapp.platforms.queries import within_platform
from geoapp.web.page import Page

Where = Sequence[ColumnElement[bool]]


@dataclass(frozen=True)
class Inside:
    """Which assets and which defects are meant."""

    assets: Where
    defects: Where


@dataclass(frozen=True)
class Stock:
    """Things by kind and name, reports by what hurts most; each at most so many."""

    assets: list[AssetFacts]
    duties: Mapping[UUID, Sequence[Duty]]
    defects: list[DefectFacts]
    has_more_assets: bool
    has_more_defects: bool


def inside_area(area: Area) -> Inside:
    """What lies in an area of either division."""
    return Inside([within_area(Asset.point, area)], [within_area(Defect.point, area)])


def inside_platform(platform_id: UUID) -> Inside:
    """What lies where a platform is active."""
    return Inside(
        [within_platform(Asset.point, platform_id)], [within_platform(Defect.point, platform_id)]
    )


def read_stock(session: Session, page: Page, inside: Inside, *, most: int) -> Stock:
    """What stands and is open there: three questions, however many rows; `most` of each."""
    assets = list_assets(session, where=inside.assets, limit=most)
    duties = duties_of(session, asset_ids=[asset.id for asset in assets], today=page.today)
    is_open = Defect.state.not_in([state.value for state in ENDED])
    defects = list_defects(
        session,
        today=page.today,
        where=[*inside.defects, on_map(page.today), is_open],
        limit=most,
    )
    defects.sort(key=lambda defect: (defect.shape is not Shape.BAD, -defect.days_open))
    kinds = list(Kind)
    return Stock(
        assets=sorted(assets[:most], key=lambda asset: (kinds.index(asset.kind), asset.name)),
        duties=duties,
        defects=defects[:most],
        has_more_assets=len(assets) > most,
        has_more_defects=len(defects) > most,
    )
