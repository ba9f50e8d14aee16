"""One factory for each table: a valid row with nothing said, and any column on demand."""

import uuid
from datetime import UTC, date, datetime
from itertools import count
from random import Random
from typing import Any, TypeVar

from geoalchemy2.shape import from_shape
from shapely import MultiPolygon, Point, box
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.areas.rules import Level, make_search_key, make_slug
from geoapp.areas.tables import (
    AreaCrosswalk,
    AreaFigure,
    NeighbourhoodAnswer,
    OfficialArea,
    OrganicArea,
    PlaceName,
)
from geoapp.assets.rules import (
    AssetEventKind,
    Kind,
    PhysicalStatus,
    Precision,
    RegisterStatus,
)
from geoapp.assets.tables import (
    Agreement,
    AgreementAsset,
    AgreementParty,
    Asset,
    AssetEvent,
    MaintenanceDuty,
)
from geoapp.budgets.rules import Model
from geoapp.budgets.tables import BudgetLine, BudgetRound, Funding
from geoapp.db.codes import make_code
from geoapp.defects.rules import Category, EventKind, PictureRole
from geoapp.defects.tables import Defect, DefectEvent, DefectPicture
from geoapp.districts.tables import District
from geoapp.geo.crs import LONLAT
from geoapp.ledger.tables import IdempotencyKey, ImportBatch, ImportChange, LimitCount
from geoapp.media.tables import Picture
from geoapp.people.rules import OrganisationKind
from geoapp.people.tables import Organisation
from geoapp.platforms.tables import Platform, PlatformArea

Row = TypeVar("Row")

# A made-up place: 0.2 by 0.2 degrees round 5.0 east, 52.0 north.
LON, LAT = 5.0, 52.0
REPORTED_AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


def area_shape(
    west: float = 4.99, south: float = 51.99, east: float = 5.01, north: float = 52.01
) -> MultiPolygon:
    """A lon/lat square."""
    return MultiPolygon([box(west, south, east, north)])


def stored(shape: BaseGeometry) -> Any:
    """A lon/lat shape as a column takes it."""
    return from_shape(shape, srid=LONLAT)


class Factory:
    """Makes rows; what a row hangs on is made with it unless it is given."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._numbers = count(1)
        self._random = Random(7)  # noqa: S311  codes of made-up rows

    def district(self, **values: Any) -> District:
        """A district with bounds."""
        number = next(self._numbers)
        defaults: dict[str, Any] = {
            "slug": f"district-{number}",
            "name": f"District {number}",
            "full_name": f"City, district {number}",
            "metric_srid": 28992,
            "time_zone": "Europe/Amsterdam",
            "calendar": "NL",
            "languages": ["nl", "en"],
            "answer_days": 14,
            "acceptance_days": 7,
            "silence_days": 28,
            "emergency": [{"words": {"nl": "Gevaar? Bel 112"}, "number": "112"}],
            "attribution": "Made up.",
            "bounds": stored(area_shape(4.9, 51.9, 5.1, 52.1)),
        }
        return self._add(District(**{**defaults, **values}))

    def organisation(self, **values: Any) -> Organisation:
        """A department that reads along."""
        number = next(self._numbers)
        defaults = {
            "slug": f"organisation-{number}",
            "name": f"Department {number}",
            "kind": OrganisationKind.MUNICIPALITY,
            "reads_along": True,
            "is_volunteer": False,
            "is_example": False,
        }
        return self._add(Organisation(**self._in_district(defaults, values)))

    def official_area(self, **values: Any) -> OfficialArea:
        """A buurt in force, without a parent."""
        number = next(self._numbers)
        name = values.get("name", f"Buurt {number}")
        defaults = {
            "slug": make_slug(f"b{number} {name}"),
            "level": Level.BUURT,
            "code": f"B{number:03}",
            "name": name,
            "search_key": make_search_key(name),
            "valid_from": date(2022, 1, 1),
            "source": "made up",
            "licence": "CC0 1.0",
            "geom": stored(area_shape()),
        }
        return self._add(OfficialArea(**self._in_district(defaults, values)))

    def area_crosswalk(self, **values: Any) -> AreaCrosswalk:
        """A whole old area in a whole new one."""
        number = next(self._numbers)
        defaults = {
            "old_code": f"O{number}",
            "old_name": f"Old {number}",
            "new_code": f"N{number}",
            "new_name": f"New {number}",
            "share_old": 1,
            "share_new": 1,
            "year": 2020,
            "source": "made up",
            "licence": "CC0 1.0",
        }
        return self._add(AreaCrosswalk(**self._in_district(defaults, values)))

    def area_figure(self, **values: Any) -> AreaFigure:
        """People and homes of an area."""
        defaults = {
            "year": 2020,
            "inhabitants": 1000,
            "households": 500,
            "households_with_children": 150,
            "source": "made up",
        }
        if "area_id" not in values:
            values["area_id"] = self.official_area().id
        return self._add(AreaFigure(**{**defaults, **values}))

    def organic_area(self, **values: Any) -> OrganicArea:
        """An organic neighbourhood."""
        number = next(self._numbers)
        defaults = {
            "slug": f"organic-{number}",
            "name": f"Organic {number}",
            "source": "declared",
            "is_example": False,
            "geom": stored(area_shape()),
        }
        return self._add(OrganicArea(**self._in_district(defaults, values)))

    def place_name(self, **values: Any) -> PlaceName:
        """A name of a spot; with `organic_area_id`, an alias."""
        number = next(self._numbers)
        name = values.get("name", f"Spot {number}")
        spot = None if values.get("organic_area_id") else stored(Point(LON, LAT))
        defaults = {
            "name": name,
            "search_key": make_search_key(name),
            "is_example": False,
            "geom": spot,
        }
        return self._add(PlaceName(**self._in_district(defaults, values)))

    def platform(self, **values: Any) -> Platform:
        """A platform, kept by an organisation of volunteers, without an area."""
        number = next(self._numbers)
        name = values.get("name", f"Platform {number}")
        defaults: dict[str, Any] = {
            "slug": f"platform-{number}",
            "name": name,
            "search_key": make_search_key(name),
            "is_example": False,
        }
        values = self._in_district(defaults, values)
        if "organisation_id" not in values:
            values["organisation_id"] = self.organisation(
                district_id=values["district_id"],
                kind=OrganisationKind.PLATFORM,
                is_volunteer=True,
            ).id
        return self._add(Platform(**values))

    def platform_area(self, **values: Any) -> PlatformArea:
        """Where a platform is active."""
        defaults = {
            "valid_from": date(2020, 1, 1),
            "is_example": False,
            "geom": stored(area_shape()),
        }
        if "platform_id" not in values:
            platform = self.platform()
            values |= {"platform_id": platform.id, "district_id": platform.district_id}
        return self._add(PlatformArea(**self._in_district(defaults, values)))

    def asset(self, **values: Any) -> Asset:
        """A bench in use, of nobody known."""
        number = next(self._numbers)
        name = values.get("name", f"Bench {number}")
        defaults = {
            "code": self.code(),
            "kind": Kind.BENCH,
            "name": name,
            "search_key": make_search_key(name),
            "register_status": RegisterStatus.UNKNOWN,
            "physical_status": PhysicalStatus.IN_USE,
            "source": "made up",
            "source_ref": str(number),
            "licence": "CC0 1.0",
            "is_example": False,
            "geom": stored(Point(LON, LAT)),
        }
        return self._add(Asset(**self._in_district(defaults, values)))

    def asset_event(self, **values: Any) -> AssetEvent:
        """An asset was built."""
        defaults = {
            "kind": AssetEventKind.BUILT,
            "happened_on": date(2022, 5, 1),
            "precision": Precision.MONTH,
            "is_example": False,
        }
        if "asset_id" not in values:
            values["asset_id"] = self.asset().id
        return self._add(AssetEvent(**{**defaults, **values}))

    def duty(self, **values: Any) -> MaintenanceDuty:
        """Someone repairs an asset."""
        if "asset_id" not in values:
            values["asset_id"] = self.asset().id
        if "organisation_id" not in values:
            values["organisation_id"] = self.organisation().id
        return self._add(MaintenanceDuty(**{"covers": ["device"], "is_example": False, **values}))

    def agreement(self, **values: Any) -> Agreement:
        """An agreement without parties or assets."""
        number = next(self._numbers)
        defaults = {
            "slug": f"agreement-{number}",
            "title": f"Agreement {number}",
            "is_example": False,
        }
        return self._add(Agreement(**self._in_district(defaults, values)))

    def agreement_party(self, **values: Any) -> AgreementParty:
        """A party that undertakes something."""
        if "agreement_id" not in values:
            values["agreement_id"] = self.agreement().id
        if "organisation_id" not in values:
            values["organisation_id"] = self.organisation().id
        return self._add(AgreementParty(**{"undertakes": "Keeps it clean.", **values}))

    def agreement_asset(self, **values: Any) -> AgreementAsset:
        """An asset under an agreement."""
        if "agreement_id" not in values:
            values["agreement_id"] = self.agreement().id
        if "asset_id" not in values:
            values["asset_id"] = self.asset().id
        return self._add(AgreementAsset(**values))

    def budget_round(self, **values: Any) -> BudgetRound:
        """A model c round."""
        number = next(self._numbers)
        defaults = {
            "slug": f"round-{number}",
            "name": f"Round {number}",
            "model": Model.C,
            "year": 2026,
            "is_example": False,
        }
        return self._add(BudgetRound(**self._in_district(defaults, values)))

    def budget_line(self, **values: Any) -> BudgetLine:
        """A line of 1,000 euro from outside any round."""
        number = next(self._numbers)
        defaults: dict[str, Any] = {
            "slug": f"line-{number}",
            "name": f"Line {number}",
            "amount_cents": 100_000,
            "is_example": False,
        }
        values = self._in_district(defaults, values)
        if "payer_id" not in values:
            values["payer_id"] = self.organisation(district_id=values["district_id"]).id
        return self._add(BudgetLine(**values))

    def funding(self, **values: Any) -> Funding:
        """100 euro for an asset."""
        if "asset_id" not in values:
            values["asset_id"] = self.asset().id
        if "line_id" not in values:
            values["line_id"] = self.budget_line().id
        return self._add(Funding(**{"amount_cents": 10_000, "is_example": False, **values}))

    def defect(self, **values: Any) -> Defect:
        """A broken thing, reported and received; no asset, no events."""
        point = stored(Point(LON, LAT))
        defaults: dict[str, Any] = {
            "code": self.code(),
            "category": Category.BROKEN,
            "description": "The plank is broken",
            "cell_x": 0,
            "cell_y": 0,
            "turn_since": REPORTED_AT.date(),
            "reported_at": REPORTED_AT,
            "is_example": False,
            "geom": point,
            "point": values.get("geom", point),
        }
        values = self._in_district(defaults, values)
        if "addressee_id" not in values:
            values["addressee_id"] = self.organisation(district_id=values["district_id"]).id
        defect = self._add(Defect(**values))
        self.session.refresh(defect, ["state"])
        return defect

    def defect_event(self, **values: Any) -> DefectEvent:
        """The report itself."""
        if "defect_id" not in values:
            values["defect_id"] = self.defect().id
        defaults = {"kind": EventKind.REPORTED, "at": REPORTED_AT, "is_example": False}
        return self._add(DefectEvent(**{**defaults, **values}))

    def defect_picture(self, **values: Any) -> DefectPicture:
        """The first picture of a report."""
        if "defect_id" not in values:
            values["defect_id"] = self.defect().id
        if "picture_id" not in values:
            values["picture_id"] = self.picture().id
        return self._add(DefectPicture(**{"position": 1, "role": PictureRole.MATTER, **values}))

    def picture(self, **values: Any) -> Picture:
        """A picture nobody has looked at; its files are not made."""
        defaults = {
            "width": 640,
            "height": 480,
            "byte_count": 1000,
            "digest": bytes(32),
            "is_example": False,
        }
        return self._add(Picture(**self._in_district(defaults, values)))

    def neighbourhood_answer(self, **values: Any) -> NeighbourhoodAnswer:
        """What someone calls a cell."""
        number = next(self._numbers)
        defaults = {
            "cell_x": 0,
            "cell_y": 0,
            "name": "The Hook",
            "search_key": "thehook",
            "source_ref": f"made up {number}",
        }
        return self._add(NeighbourhoodAnswer(**self._in_district(defaults, values)))

    def idempotency_key(self, **values: Any) -> IdempotencyKey:
        """A key that was used."""
        number = next(self._numbers)
        defaults = {"purpose": "report", "key": f"made-up-{number}", "fingerprint": "f"}
        return self._add(IdempotencyKey(**{**defaults, **values}))

    def limit_count(self, **values: Any) -> LimitCount:
        """One use of a limit."""
        number = next(self._numbers)
        defaults = {
            "name": "made up",
            "subject": str(number),
            "window_start": REPORTED_AT,
            "used": 1,
        }
        return self._add(LimitCount(**{**defaults, **values}))

    def import_batch(self, **values: Any) -> ImportBatch:
        """An import that made a row."""
        defaults = {
            "file_name": "made-up.geojson",
            "layout": "assets",
            "digest": "d",
            "new_count": 1,
            "changed_count": 0,
            "columns": {},
        }
        return self._add(ImportBatch(**{**defaults, **values}))

    def import_change(self, **values: Any) -> ImportChange:
        """A row that was made."""
        if "batch_id" not in values:
            values["batch_id"] = self.import_batch().id
        defaults = {"position": 0, "table_name": "asset", "row_key": {}, "fingerprint": "f"}
        return self._add(ImportChange(**{**defaults, **values}))

    def code(self) -> str:
        """A public code."""
        return make_code(self._random)

    def _in_district(self, defaults: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        merged = {**defaults, **values}
        if "district_id" not in merged:
            merged["district_id"] = self._any_district()
        return merged

    def _any_district(self) -> uuid.UUID:
        if not hasattr(self, "_district"):
            self._district = self.district()
        return self._district.id

    def _add(self, row: Row) -> Row:
        self.session.add(row)
        self.session.flush()
        return row
