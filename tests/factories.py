"""One factory for each table: a valid row with nothing said, and any column on demand."""

import uuid
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, TypeVar

from geoalchemy2.shape import from_shape, to_shape
from shapely import LineString, MultiPolygon, Point, box
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.accounts.tables import (
    AccountSession,
    ApiToken,
    RecoveryCode,
    SecondFactor,
    SignInLink,
)
from geoapp.agreements.rules import ScanKind
from geoapp.agreements.tables import Agreement, AgreementAsset, AgreementParty, AgreementScan
from geoapp.areas.rules import Level, Theme, make_search_key, make_slug
from geoapp.areas.tables import (
    AreaCrosswalk,
    AreaFigure,
    ContactScope,
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
    SeenBy,
)
from geoapp.assets.tables import (
    Asset,
    AssetContract,
    AssetEvent,
    FrameworkContract,
    MaintenanceDuty,
    Ownership,
    Sighting,
)
from geoapp.budgets.rules import Model, MoveKind
from geoapp.budgets.tables import BudgetLine, BudgetRound, Funding, MoneyMove
from geoapp.care.rules import Gap
from geoapp.care.tables import CareGap, CareLook
from geoapp.claims.tables import AreaChoice, AreaChoicePlatform
from geoapp.completeness.rules import Known
from geoapp.completeness.tables import Completeness
from geoapp.db.codes import make_code
from geoapp.defects.rules import (
    Category,
    EventKind,
    FactKind,
    PictureRole,
    PromiseState,
    Says,
    Share,
    Speaker,
)
from geoapp.defects.tables import (
    AnswerCellCount,
    AnswerCount,
    AnswerFact,
    Defect,
    DefectCall,
    DefectEvent,
    DefectFollower,
    DefectNote,
    DefectPicture,
    DefectPromise,
    DefectVoice,
    FollowerWord,
    RoutingRule,
)
from geoapp.districts.rules import Kept
from geoapp.districts.tables import District, Retention
from geoapp.geo.crs import LONLAT, cell_of
from geoapp.hours.rules import DayKind
from geoapp.hours.tables import CalendarDay, HoursException, OpeningHours
from geoapp.inspections.rules import CaseState, Ground, Result
from geoapp.inspections.tables import Checklist, Inspection, RemovalCase, RemovalRequest
from geoapp.keys.rules import Outcome
from geoapp.keys.tables import AssetKey, KeyAsset, KeyHandover
from geoapp.ledger.chain import Part
from geoapp.ledger.tables import (
    AuditChain,
    AuditEntry,
    AuditPart,
    IdempotencyKey,
    ImportBatch,
    ImportChange,
    LimitCount,
    SecondLook,
)
from geoapp.media.tables import Picture
from geoapp.moderation.rules import Reason, Target, Verdict
from geoapp.moderation.tables import HiddenWords, ModerationAppeal, ModerationVerdict
from geoapp.needs.rules import Unit
from geoapp.needs.tables import NeedCell, NeedLayer
from geoapp.neighbourhoods.rules import OutlineKind
from geoapp.neighbourhoods.tables import (
    AgreementCell,
    AnsweredCell,
    NeighbourhoodAnswer,
    NeighbourhoodOutline,
    NeighbourhoodTally,
    PopulationCell,
)
from geoapp.norms.tables import AreaNorm, Norm, NormBand
from geoapp.outbox.tables import OutboxMessage
from geoapp.people.rules import Mandate, OrganisationKind, Role
from geoapp.people.tables import (
    Address,
    Contact,
    Membership,
    Organisation,
    OrganisationDays,
    Person,
    Rung,
    SupportConsent,
)
from geoapp.plans.rules import Choice, PlaceKind, VoiceKind
from geoapp.plans.rules import State as PlanState
from geoapp.plans.tables import PlanEvent, PlanItem, PlanSpending, PlanVoice
from geoapp.platforms.rules import Figure
from geoapp.platforms.tables import (
    CounterView,
    OwnWord,
    Platform,
    PlatformArea,
    PlatformMandate,
    WeekReader,
)
from geoapp.questions.rules import EventKind as QuestionEventKind
from geoapp.questions.rules import StepKind, ThingKind
from geoapp.questions.tables import (
    MediationCase,
    MediationStep,
    Question,
    QuestionEvent,
    QuestionFollower,
)
from geoapp.recognition.rules import Decision, EvidenceKind, Side
from geoapp.recognition.tables import (
    CriteriaList,
    RecognitionEntry,
    RecognitionEvidence,
    RecognitionFile,
    RecognitionRemark,
    RecognitionReview,
)
from geoapp.searches.rules import SearchState
from geoapp.searches.tables import Search
from geoapp.uploads.tables import Upload
from geoapp.walking.tables import WalkingLine, WalkingNetwork

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

    def platform_mandate(self, **values: Any) -> PlatformMandate:
        """Somebody speaks for a platform, without a last day."""
        if "platform_id" not in values:
            values["platform_id"] = self.platform().id
        defaults = {
            "about": "The playground by the water",
            "role": "the secretary",
            "on_behalf_of": "everybody who comes to the meetings",
            "valid_from": date(2026, 1, 1),
            "is_example": False,
        }
        return self._add(PlatformMandate(**{**defaults, **values}))

    def area_choice(self, **values: Any) -> AreaChoice:
        """A commission chose nobody for an organic neighbourhood."""
        if not {"organic_area_id", "official_area_id"} & set(values):
            area = self.organic_area()
            values |= {"organic_area_id": area.id, "district_id": area.district_id}
        defaults = {
            "body": "District commission",
            "reasons": "Both are known here.",
            "interests": "Who lives here, and who works here.",
            "still_possible": "Come again with your neighbours.",
            "decided_on": date(2026, 10, 1),
            "is_example": False,
        }
        return self._add(AreaChoice(**self._in_district(defaults, values)))

    def area_choice_platform(self, **values: Any) -> AreaChoicePlatform:
        """A platform was chosen."""
        if "choice_id" not in values:
            values["choice_id"] = self.area_choice().id
        if "platform_id" not in values:
            values["platform_id"] = self.platform().id
        return self._add(AreaChoicePlatform(**values))

    def criteria_list(self, **values: Any) -> CriteriaList:
        """Two criteria, one of which is switched off."""
        defaults = {
            "version": next(self._numbers),
            "valid_from": date(2026, 1, 1),
            "owners": {"en": "The platforms together"},
            "source": {"en": "Made up"},
            "criteria": [
                {"code": "drive", "is_on": True, "words": {"en": "Drive", "nl": "Drijfveer"}},
                {"code": "coalition", "is_on": False, "words": {"en": "Helps the coalition"}},
            ],
            "is_example": False,
        }
        return self._add(CriteriaList(**self._in_district(defaults, values)))

    def norm(self, **values: Any) -> Norm:
        """A norm without distances; nobody has agreed on it."""
        defaults = {
            "code": "made-up",
            "version": next(self._numbers),
            "starts_on": date(2020, 1, 1),
            "name": {"en": "Made up", "nl": "Verzonnen"},
            "owners": {"en": "Nobody has agreed on it yet"},
            "source": "Made up",
            "source_text": "Niemand loopt verder dan 400 meter.",
            "source_language": "nl",
            "is_example": False,
        }
        return self._add(Norm(**self._in_district(defaults, values)))

    def norm_band(self, **values: Any) -> NormBand:
        """The distance for everybody, the main one."""
        if "norm_id" not in values:
            values["norm_id"] = self.norm().id
        defaults = {
            "code": "all",
            "position": 0,
            "name": {"en": "everybody", "nl": "iedereen"},
            "distance_m": 400,
            "is_main": True,
        }
        return self._add(NormBand(**{**defaults, **values}))

    def area_norm(self, **values: Any) -> AreaNorm:
        """An organic neighbourhood has a distance of its own, for everybody."""
        if not {"organic_area_id", "official_area_id"} & set(values):
            area = self.organic_area()
            values |= {"organic_area_id": area.id, "district_id": area.district_id}
        defaults = {
            "distance_m": 300,
            "note": "Many people here walk with a stick.",
            "valid_from": REPORTED_AT,
            "is_example": False,
        }
        return self._add(AreaNorm(**self._in_district(defaults, values)))

    def completeness(self, **values: Any) -> Completeness:
        """A list has every playground of a buurt."""
        if "area_id" not in values:
            values["area_id"] = self.official_area().id
        area = self.session.get_one(OfficialArea, values["area_id"])
        defaults = {
            "district_id": area.district_id,
            "kind": Kind.PLAYGROUND,
            "known": Known.COMPLETE,
            "note": "Counted by hand.",
            "source": "" if values.get("organisation_id") else "A list",
            "said_at": REPORTED_AT,
            "is_example": False,
        }
        return self._add(Completeness(**{**defaults, **values}))

    def need_layer(self, **values: Any) -> NeedLayer:
        """Children of a year, by square."""
        defaults = {
            "code": "children",
            "version": next(self._numbers),
            "name": {"en": "children", "nl": "kinderen"},
            "unit": Unit.PEOPLE,
            "year": 2025,
            "is_planned": False,
            "source": "made up",
            "licence": "CC0 1.0",
            "digest": "made up",
            "is_example": False,
        }
        return self._add(NeedLayer(**self._in_district(defaults, values)))

    def need_cell(self, **values: Any) -> NeedCell:
        """Two children in a square."""
        if "layer_id" not in values:
            values["layer_id"] = self.need_layer().id
        if "area_id" not in values:
            values["area_id"] = self.official_area().id
        return self._add(NeedCell(**{"cell_x": 1, "cell_y": 1, "amount": 2.0, **values}))

    def walking_network(self, **values: Any) -> WalkingNetwork:
        """Paths, none yet."""
        defaults = {
            "version": next(self._numbers),
            "max_snap_m": 50,
            "source": "made up",
            "licence": "CC0 1.0",
            "digest": "made up",
            "is_example": False,
        }
        return self._add(WalkingNetwork(**self._in_district(defaults, values)))

    def walking_line(self, **values: Any) -> WalkingLine:
        """A path of some seventy metres, for everybody."""
        if "network_id" not in values:
            values["network_id"] = self.walking_network().id
        defaults = {
            "position": next(self._numbers),
            "barred": [],
            "geom": stored(LineString([(LON, LAT), (LON + 0.001, LAT)])),
        }
        return self._add(WalkingLine(**{**defaults, **values}))

    def search(self, **values: Any) -> Search:
        """A search that waits."""
        defaults = {
            "code": self.code(),
            "question": {"kind": "playground"},
            "state": SearchState.WAITING,
            "asked_at": REPORTED_AT,
        }
        return self._add(Search(**self._in_district(defaults, values)))

    def recognition_file(self, **values: Any) -> RecognitionFile:
        """A file that its platform keeps to itself."""
        if "platform_id" not in values:
            values["platform_id"] = self.platform().id
        if "list_id" not in values:
            values["list_id"] = self.criteria_list().id
        return self._add(RecognitionFile(**{"is_example": False, **values}))

    def recognition_entry(self, **values: Any) -> RecognitionEntry:
        """A platform says something under a criterion."""
        if "platform_id" not in values:
            values["platform_id"] = self.recognition_file().platform_id
        return self._add(
            RecognitionEntry(**{"criterion": "drive", "words": "We began in 2012.", **values})
        )

    def recognition_evidence(self, **values: Any) -> RecognitionEvidence:
        """A bench shows it."""
        if "platform_id" not in values:
            values["platform_id"] = self.recognition_entry().platform_id
        defaults = {"criterion": "drive", "kind": EvidenceKind.ASSET, "code": self.code()}
        return self._add(RecognitionEvidence(**{**defaults, **values}))

    def recognition_remark(self, **values: Any) -> RecognitionRemark:
        """A commission says something under a criterion."""
        if "platform_id" not in values:
            values["platform_id"] = self.recognition_file().platform_id
        defaults = {
            "criterion": "drive",
            "side": Side.COMMISSION,
            "body": "District commission",
            "words": "We saw it.",
            "said_on": date(2026, 10, 1),
            "is_example": False,
        }
        return self._add(RecognitionRemark(**{**defaults, **values}))

    def recognition_review(self, **values: Any) -> RecognitionReview:
        """A commission recognised a platform."""
        if "platform_id" not in values:
            file = self.recognition_file()
            values |= {"platform_id": file.platform_id, "list_id": file.list_id}
        defaults = {
            "side": Side.COMMISSION,
            "body": "District commission",
            "decision": Decision.RECOGNISED,
            "reasons": "They do what they say.",
            "interests": "Everybody who lives there.",
            "still_possible": "Ask again after a year.",
            "decided_on": date(2026, 10, 1),
            "is_example": False,
        }
        return self._add(RecognitionReview(**{**defaults, **values}))

    def own_word(self, **values: Any) -> OwnWord:
        """What a platform says beside what it keeps."""
        if "platform_id" not in values:
            values["platform_id"] = self.platform().id
        defaults = {
            "figure": Figure.KEPT,
            "words": "We clean them",
            "said_at": REPORTED_AT,
            "is_example": False,
        }
        return self._add(OwnWord(**{**defaults, **values}))

    def counter_view(self, **values: Any) -> CounterView:
        """What a platform says beside what is told of courts."""
        if "platform_id" not in values:
            values["platform_id"] = self.platform().id
        defaults = {
            "about": "sport_court",
            "words": "Those courts are locked",
            "said_at": REPORTED_AT,
            "is_example": False,
        }
        return self._add(CounterView(**{**defaults, **values}))

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
        asset = self._add(Asset(**self._in_district(defaults, values)))
        if asset.owner_id is not None:
            self.ownership(asset_id=asset.id, organisation_id=asset.owner_id)
        return asset

    def ownership(self, **values: Any) -> Ownership:
        """Whose an asset is, since when nobody knows; the asset itself says it only where it was
        made with its owner."""
        if "asset_id" not in values:
            values["asset_id"] = self.asset().id
        if "organisation_id" not in values:
            values["organisation_id"] = self.organisation().id
        return self._add(Ownership(**{"is_example": False, **values}))

    def framework_contract(self, **values: Any) -> FrameworkContract:
        """Under which benches and bins are built for two years."""
        number = next(self._numbers)
        if "contractor_id" not in values:
            values["contractor_id"] = self.organisation(kind=OrganisationKind.CONTRACTOR).id
        defaults = {
            "slug": f"contract-{number}",
            "title": f"Contract {number}",
            "covers_kinds": ["bench", "bin"],
            "starts_on": date(2025, 1, 1),
            "ends_on": date(2026, 12, 31),
            "is_example": False,
        }
        return self._add(FrameworkContract(**self._in_district(defaults, values)))

    def asset_contract(self, **values: Any) -> AssetContract:
        """A bench that was built under a contract."""
        if "asset_id" not in values:
            values["asset_id"] = self.asset().id
        if "contract_id" not in values:
            values["contract_id"] = self.framework_contract().id
        return self._add(AssetContract(**values))

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

    def sighting(self, **values: Any) -> Sighting:
        """A passer-by says that it is still there."""
        if "asset_id" not in values:
            values["asset_id"] = self.asset().id
        defaults = {
            "seen_on": date(2026, 11, 3),
            "seen_by": SeenBy.PUBLIC,
            "position": 1 if values.get("picture_id") else None,
            "is_example": False,
        }
        return self._add(Sighting(**{**defaults, **values}))

    def duty(self, **values: Any) -> MaintenanceDuty:
        """Someone repairs an asset."""
        if "asset_id" not in values:
            values["asset_id"] = self.asset().id
        if "organisation_id" not in values:
            values["organisation_id"] = self.organisation().id
        return self._add(MaintenanceDuty(**{"covers": ["device"], "is_example": False, **values}))

    def opening_hours(self, **values: Any) -> OpeningHours:
        """An asset opens on working days."""
        if "asset_id" not in values:
            values["asset_id"] = self.asset().id
        defaults = {
            "hours": "Mo-Fr 10:00-17:00",
            "since": date(2026, 1, 1),
            "is_example": False,
        }
        return self._add(OpeningHours(**{**defaults, **values}))

    def hours_exception(self, **values: Any) -> HoursException:
        """An asset stays closed on New Year's Eve."""
        if "asset_id" not in values:
            values["asset_id"] = self.asset().id
        defaults = {"on_day": date(2026, 12, 31), "hours": "", "is_example": False}
        return self._add(HoursException(**{**defaults, **values}))

    def calendar_day(self, **values: Any) -> CalendarDay:
        """Christmas, a public holiday of two days."""
        defaults = {
            "kind": DayKind.PUBLIC_HOLIDAY,
            "first_day": date(2026, 12, 25),
            "last_day": date(2026, 12, 26),
            "name": "Christmas",
            "source": "made up",
            "is_example": False,
        }
        return self._add(CalendarDay(**self._in_district(defaults, values)))

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

    def agreement_scan(self, **values: Any) -> AgreementScan:
        """A sealed paper that nobody can open."""
        if "agreement_id" not in values:
            values["agreement_id"] = self.agreement().id
        defaults = {
            "kind": ScanKind.PDF,
            "sealed": b"sealed",
            "byte_count": 6,
            "added_on": date(2026, 1, 1),
        }
        return self._add(AgreementScan(**{**defaults, **values}))

    def asset_key(self, **values: Any) -> AssetKey:
        """A key that opens nothing yet, and that nobody has."""
        defaults = {"label": "key 1", "is_example": False, "created_at": REPORTED_AT}
        return self._add(AssetKey(**self._in_district(defaults, values)))

    def key_asset(self, **values: Any) -> KeyAsset:
        """A thing that a key opens."""
        if "key_id" not in values:
            values["key_id"] = self.asset_key().id
        if "asset_id" not in values:
            values["asset_id"] = self.asset().id
        return self._add(KeyAsset(**values))

    def key_handover(self, **values: Any) -> KeyHandover:
        """A key went to somebody who has left since."""
        if "key_id" not in values:
            values["key_id"] = self.asset_key().id
        said = dict.fromkeys(("opened_at", "given_at", "received_at", "closed_at"), REPORTED_AT)
        return self._add(KeyHandover(**{**said, "outcome": Outcome.DONE, **values}))

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

    def money_move(self, **values: Any) -> MoneyMove:
        """Money of a line was set aside."""
        if "line_id" not in values:
            values["line_id"] = self.budget_line().id
        defaults = {"kind": MoveKind.RESERVE, "amount_cents": 10_000, "is_example": False}
        return self._add(MoneyMove(**{**defaults, **values}))

    def plan_item(self, **values: Any) -> PlanItem:
        """A public plan of a platform, at a spot; with `geom=None` it has no place."""
        if "platform_id" not in values:
            platform = self.platform(
                **{name: values[name] for name in ("district_id",) if name in values}
            )
            values |= {
                "platform_id": platform.id,
                "organisation_id": platform.organisation_id,
                "district_id": platform.district_id,
            }
        values = {"geom": stored(Point(LON, LAT)), **values}
        place = PlaceKind.NONE if values["geom"] is None else PlaceKind.POINT
        defaults = {
            "code": self.code(),
            "title": f"Plan {next(self._numbers)}",
            "place": place,
            "themes": ["green"],
            "state": PlanState.PLAN,
            "is_example": False,
        }
        return self._add(PlanItem(**self._in_district(defaults, values)))

    def plan_event(self, **values: Any) -> PlanEvent:
        """A plan became public."""
        if "item_id" not in values:
            values["item_id"] = self.plan_item().id
        defaults = {
            "state": PlanState.PLAN,
            "happened_on": date(2026, 11, 3),
            "by_role": "platform_member",
            "is_example": False,
        }
        return self._add(PlanEvent(**{**defaults, **values}))

    def plan_voice(self, **values: Any) -> PlanVoice:
        """Somebody without an account offers to build."""
        if "item_id" not in values:
            values["item_id"] = self.plan_item().id
        defaults = {
            "kind": VoiceKind.HELP,
            "choice": Choice.BUILD,
            "has_account": False,
            "said_on": date(2026, 11, 3),
            "is_example": False,
        }
        return self._add(PlanVoice(**{**defaults, **values}))

    def plan_spending(self, **values: Any) -> PlanSpending:
        """Money was spent, and waits for a second person."""
        if "item_id" not in values:
            item = self.plan_item()
            values |= {"item_id": item.id, "district_id": item.district_id}
        if "line_id" not in values:
            values["line_id"] = self.budget_line().id
        if "look_id" not in values:
            values["look_id"] = self.second_look().id
        defaults = {
            "amount_cents": 1000,
            "what": "Wood",
            "spent_on": date(2026, 11, 3),
            "is_example": False,
        }
        return self._add(PlanSpending(**self._in_district(defaults, values)))

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
            "turn_since": REPORTED_AT.date(),
            "reported_at": REPORTED_AT,
            "is_example": False,
            "geom": point,
            "point": values.get("geom", point),
        }
        values = self._in_district(defaults, values)
        srid = self.session.get_one(District, values["district_id"]).metric_srid
        spot = to_shape(values["geom"]).centroid
        values["cell_x"], values["cell_y"] = cell_of(spot.x, spot.y, srid)
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

    def defect_voice(self, **values: Any) -> DefectVoice:
        """A neighbour says: still not right."""
        if "defect_id" not in values:
            values["defect_id"] = self.defect().id
        defaults = {
            "position": 1,
            "says": Says.STILL_BROKEN,
            "speaker": Speaker.NEIGHBOUR,
            "handling": 0,
            "has_photo": False,
            "said_at": REPORTED_AT,
            "is_example": False,
        }
        return self._add(DefectVoice(**{**defaults, **values}))

    def defect_note(self, **values: Any) -> DefectNote:
        """What a resident was told by the city."""
        if "defect_id" not in values:
            values["defect_id"] = self.defect().id
        if "event_id" not in values:
            told = {"defect_id": values["defect_id"], "kind": EventKind.CITY_ANSWERED}
            values["event_id"] = self.defect_event(**told).id
        return self._add(DefectNote(**{"position": 1, "note": "It is mended", **values}))

    def defect_promise(self, **values: Any) -> DefectPromise:
        """A promise that stands."""
        if "defect_id" not in values:
            values["defect_id"] = self.defect().id
        if "organisation_id" not in values:
            values["organisation_id"] = self.organisation().id
        defaults = {
            "due_on": REPORTED_AT.date(),
            "moves": 0,
            "state": PromiseState.OPEN,
            "promised_at": REPORTED_AT,
            "is_example": False,
        }
        return self._add(DefectPromise(**{**defaults, **values}))

    def defect_call(self, **values: Any) -> DefectCall:
        """A mail to somebody who answers for a report."""
        if "defect_id" not in values:
            values["defect_id"] = self.defect().id
        if "organisation_id" not in values:
            values["organisation_id"] = self.organisation().id
        if not {"person_id", "address_id"} & set(values):
            values["person_id"] = self.person().id
        return self._add(DefectCall(**values))

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

    def moderation_verdict(self, **values: Any) -> ModerationVerdict:
        """The words of a report, hidden by command."""
        if "defect_id" not in values and "asset_id" not in values:
            values["defect_id"] = self.defect().id
        defaults = {
            "target": Target.WORDS,
            "verdict": Verdict.HIDE,
            "reason": Reason.NAME,
            "decided_at": REPORTED_AT,
        }
        return self._add(ModerationVerdict(**{**defaults, **values}))

    def moderation_appeal(self, **values: Any) -> ModerationAppeal:
        """An open objection to a verdict."""
        if "verdict_id" not in values:
            values["verdict_id"] = self.moderation_verdict().id
        if "district_id" not in values:
            verdict = self.session.get_one(ModerationVerdict, values["verdict_id"])
            values["district_id"] = self.session.get_one(Defect, verdict.defect_id).district_id
        return self._add(ModerationAppeal(**{"note": "", "asked_at": REPORTED_AT, **values}))

    def neighbourhood_answer(self, **values: Any) -> NeighbourhoodAnswer:
        """What someone calls a cell."""
        number = next(self._numbers)
        defaults = {
            "cell_x": 0,
            "cell_y": 0,
            "name": "The Hook",
            "search_key": "thehook",
            "source_ref": f"made up {number}",
            "is_example": False,
        }
        return self._add(NeighbourhoodAnswer(**self._in_district(defaults, values)))

    def neighbourhood_outline(self, **values: Any) -> NeighbourhoodOutline:
        """Where a neighbourhood came from: one cell of it, which nothing counts."""
        defaults: dict[str, Any] = {
            "kind": OutlineKind.SOURCE,
            "valid_from": REPORTED_AT,
            "is_example": False,
            "run_rows": [0],
            "run_firsts": [0],
            "run_lasts": [0],
            "geom": stored(area_shape()),
        }
        values = self._of_organic_area(values)
        return self._add(NeighbourhoodOutline(**{**defaults, **values}))

    def neighbourhood_tally(self, **values: Any) -> NeighbourhoodTally:
        """One voice about a neighbourhood."""
        if "organic_area_id" not in values:
            values["organic_area_id"] = self.organic_area().id
        return self._add(NeighbourhoodTally(**{"outlines": 1, **values}))

    def agreement_cell(self, **values: Any) -> AgreementCell:
        """One outline that holds a cell."""
        defaults = {"cell_x": 0, "cell_y": 0, "yes_outlines": 1}
        return self._add(AgreementCell(**{**defaults, **self._of_organic_area(values)}))

    def answered_cell(self, **values: Any) -> AnsweredCell:
        """One answer that speaks for a cell."""
        defaults = {"cell_x": 0, "cell_y": 0, "answers": 1}
        return self._add(AnsweredCell(**self._in_district(defaults, values)))

    def population_cell(self, **values: Any) -> PopulationCell:
        """A square of 100 m with people in it."""
        defaults = {
            "cell_x": 0,
            "cell_y": 0,
            "inhabitants": 100.0,
            "households": 50.0,
            "households_with_children": 15.0,
            "year": 2020,
            "source": "made up",
        }
        if "area_id" not in values:
            area = self.official_area(**_district_of(values))
            values |= {"area_id": area.id, "district_id": area.district_id}
        return self._add(PopulationCell(**self._in_district(defaults, values)))

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

    def retention(self, **values: Any) -> Retention:
        """A term that was set."""
        return self._add(Retention(**{"kind": Kept.KEYS, "days": 30, **values}))

    def upload(self, **values: Any) -> Upload:
        """A file of a register that waits."""
        defaults: dict[str, Any] = {
            "file_name": "register.csv",
            "data": b"name,lon,lat",
            "choices": {},
            "created_at": REPORTED_AT,
            "expires_at": REPORTED_AT + timedelta(days=1),
        }
        if "person_id" not in values:
            defaults["person_id"] = self.person().id
        return self._add(Upload(**self._in_district(defaults, values)))

    def address(self, **values: Any) -> Address:
        """An address nobody can read."""
        number = next(self._numbers)
        defaults = {"look_up": number.to_bytes(32), "sealed": b"sealed", "language": "nl"}
        return self._add(Address(**{**defaults, **values}))

    def person(self, **values: Any) -> Person:
        """Somebody without a role."""
        if "address_id" not in values:
            values["address_id"] = self.address().id
        return self._add(
            Person(**{"last_seen_on": REPORTED_AT.date(), "is_example": False, **values})
        )

    def membership(self, **values: Any) -> Membership:
        """A moderator's role, in force."""
        if "person_id" not in values:
            values["person_id"] = self.person().id
        defaults = {
            "role": Role.MODERATOR,
            "valid_from": REPORTED_AT.date(),
            "is_example": False,
        }
        return self._add(Membership(**self._in_district(defaults, values)))

    def support_consent(self, **values: Any) -> SupportConsent:
        """A platform that lets another act for it."""
        for name in ("organisation_id", "supporter_id"):
            if name not in values:
                values[name] = self.organisation().id
        defaults = {"given_at": REPORTED_AT, "is_example": False}
        return self._add(SupportConsent(**{**defaults, **values}))

    def contact(self, **values: Any) -> Contact:
        """A role one can call."""
        number = next(self._numbers)
        if "organisation_id" not in values:
            values["organisation_id"] = self.organisation().id
        defaults = {
            "role_name": f"Role {number}",
            "how_to_reach": "At the counter.",
            "mandate": Mandate.DECIDES,
            "is_example": False,
        }
        return self._add(Contact(**self._in_district(defaults, values)))

    def organisation_days(self, **values: Any) -> OrganisationDays:
        """An organisation that answers sooner than its district asks."""
        if "organisation_id" not in values:
            values["organisation_id"] = self.organisation().id
        return self._add(OrganisationDays(**{"answer_days": 5, "is_example": False, **values}))

    def rung(self, **values: Any) -> Rung:
        """The team lead of an organisation."""
        if "organisation_id" not in values:
            values["organisation_id"] = self.organisation().id
        if "contact_id" not in values:
            values["contact_id"] = self.contact(organisation_id=values["organisation_id"]).id
        return self._add(Rung(**{"number": 2, "is_example": False, **values}))

    def care_gap(self, **values: Any) -> CareGap:
        """A thing of which something is lacking."""
        asset = self.asset()
        defaults: dict[str, Any] = {
            "asset_id": asset.id,
            "kind": Gap.NO_KEEPER,
            "district_id": asset.district_id,
            "code": asset.code,
        }
        return self._add(CareGap(**defaults | values))

    def care_look(self, **values: Any) -> CareLook:
        """That a district has never been looked at."""
        return self._add(CareLook(**self._in_district({}, values)))

    def contact_scope(self, **values: Any) -> ContactScope:
        """For everything in the whole district."""
        if "contact_id" not in values:
            values["contact_id"] = self.contact().id
        return self._add(ContactScope(**values))

    def answer_fact(self, **values: Any) -> AnswerFact:
        """A report that is going on, without the report."""
        cell = {"cell_x": 0, "cell_y": 0}
        return self._add(AnswerFact(**{"thing_id": uuid.uuid4(), **cell, **self._counted(values)}))

    def answer_count(self, **values: Any) -> AnswerCount:
        """One report more that is going on, without the report."""
        return self._add(AnswerCount(**{"amount": 1, **self._counted(values)}))

    def _counted(self, values: dict[str, Any]) -> dict[str, Any]:
        defaults = {
            "about": FactKind.SHARE,
            "value": Share.GOING_ON.value,
            "organisation_id": uuid.uuid4(),
            "of_examples": False,
        }
        return self._in_district(defaults, values)

    def answer_cell_count(self, **values: Any) -> AnswerCellCount:
        """One report more in a cell that is going on, without the report."""
        cell = {"cell_x": 0, "cell_y": 0, "amount": 1}
        return self._add(AnswerCellCount(**{**cell, **self._counted(values)}))

    def routing_rule(self, **values: Any) -> RoutingRule:
        """Of every category in the whole district."""
        if "organisation_id" not in values:
            values["organisation_id"] = self.organisation().id
        return self._add(RoutingRule(**self._in_district({"is_example": False}, values)))

    def sign_in_link(self, **values: Any) -> SignInLink:
        """A link nobody has used."""
        if "address_id" not in values:
            values["address_id"] = self.address().id
        return self._add(SignInLink(**{"expires_at": REPORTED_AT, **values}))

    def account_session(self, **values: Any) -> AccountSession:
        """A browser that has signed in."""
        number = next(self._numbers)
        if "person_id" not in values:
            values["person_id"] = self.person().id
        defaults = {
            "digest": number.to_bytes(32),
            "rights_version": 1,
            "signed_in_at": REPORTED_AT,
            "expires_at": REPORTED_AT,
        }
        return self._add(AccountSession(**{**defaults, **values}))

    def second_factor(self, **values: Any) -> SecondFactor:
        """A phone that is not confirmed."""
        if "person_id" not in values:
            values["person_id"] = self.person().id
        return self._add(SecondFactor(**{"sealed": b"sealed", **values}))

    def recovery_code(self, **values: Any) -> RecoveryCode:
        """A code for a lost phone."""
        if "person_id" not in values:
            values["person_id"] = self.person().id
        return self._add(RecoveryCode(**{"look_up": b"look-up", **values}))

    def api_token(self, **values: Any) -> ApiToken:
        """A machine's token."""
        number = next(self._numbers)
        if "person_id" not in values:
            values["person_id"] = self.person().id
        defaults = {
            "name": f"machine {number}",
            "digest": number.to_bytes(32),
            "scopes": ["edit_platform"],
            "expires_on": REPORTED_AT.date(),
            "has_second_factor": False,
        }
        return self._add(ApiToken(**{**defaults, **values}))

    def defect_follower(self, **values: Any) -> DefectFollower:
        """An address that asked to hear of a report."""
        if "defect_id" not in values:
            values["defect_id"] = self.defect().id
        if "address_id" not in values:
            values["address_id"] = self.address().id
        return self._add(DefectFollower(**{"is_reporter": False, **values}))

    def follower_word(self, **values: Any) -> FollowerWord:
        """An event that waits for somebody's weekly mail."""
        if "follower_id" not in values:
            values["follower_id"] = self.defect_follower().id
        if "event_id" not in values:
            values["event_id"] = self.defect_event().id
        return self._add(FollowerWord(**({"noted_at": REPORTED_AT} | values)))

    def audit_chain(self, **values: Any) -> AuditChain:
        """A chain that ends in nothing."""
        defaults = {"thing_kind": "asset", "thing_id": uuid.uuid4(), "length": 1, "head": bytes(32)}
        return self._add(AuditChain(**{**defaults, **values}))

    def audit_entry(self, **values: Any) -> AuditEntry:
        """An entry whose digests fit nothing: `record_change` writes true ones."""
        defaults: dict[str, Any] = {
            "position": 1,
            "at": REPORTED_AT,
            "action": "edit",
            "is_refused": False,
            **dict.fromkeys(("who_digest", "what_digest", "previous", "digest"), bytes(32)),
        }
        if "thing_id" not in values:
            chain = self.audit_chain()
            values |= {"thing_kind": chain.thing_kind, "thing_id": chain.thing_id}
        return self._add(AuditEntry(**{**defaults, **values}))

    def audit_part(self, **values: Any) -> AuditPart:
        """Who did what an entry tells of."""
        if "entry_id" not in values:
            values["entry_id"] = self.audit_entry().id
        defaults = {"part": Part.WHO, "salt": bytes(32), "content": "{}"}
        return self._add(AuditPart(**{**defaults, **values}))

    def checklist(self, **values: Any) -> Checklist:
        """One question about a bench, asked each month."""
        item = {
            "code": "clean",
            "question": {"en": "Is it clean?", "nl": "Is het schoon?"},
            "is_safety": False,
            "category": "dirty",
        }
        defaults = {
            "kind": Kind.BENCH,
            "version": 1,
            "starts_on": REPORTED_AT.date(),
            "every_days": 30,
            "items": [item],
            "source": "made up",
            "is_example": False,
        }
        return self._add(Checklist(**self._in_district(defaults, values)))

    def inspection(self, **values: Any) -> Inspection:
        """Somebody found a bench clean."""
        if "asset_id" not in values:
            values["asset_id"] = self.asset().id
        if "checklist_id" not in values:
            asset = self.session.get_one(Asset, values["asset_id"])
            numbers = {"version": next(self._numbers), "kind": asset.kind}
            values["checklist_id"] = self.checklist(district_id=asset.district_id, **numbers).id
        if "by_organisation_id" not in values:
            values["by_organisation_id"] = self.organisation().id
        defaults = {
            "done_at": REPORTED_AT,
            "done_on": REPORTED_AT.date(),
            "by_district": False,
            "answers": {"clean": "yes"},
            "result": Result.RIGHT,
            "is_example": False,
        }
        return self._add(Inspection(**{**defaults, **values}))

    def removal_case(self, **values: Any) -> RemovalCase:
        """A warning by two who looked together."""
        if "asset_id" not in values:
            values["asset_id"] = self.asset().id
        if "inspection_id" not in values:
            values["inspection_id"] = self.inspection(
                asset_id=values["asset_id"],
                result=Result.NOT_RIGHT,
                answers={"clean": "no"},
                with_organisation_id=self.organisation().id,
                confirmed_at=REPORTED_AT,
            ).id
        defaults = {
            "state": CaseState.WARNED,
            "warned_on": REPORTED_AT.date(),
            "repair_until": REPORTED_AT.date(),
            "is_example": False,
        }
        return self._add(RemovalCase(**{**defaults, **values}))

    def removal_request(self, **values: Any) -> RemovalRequest:
        """An owner who wants a worn-out bench away, which waits for a second person."""
        if "asset_id" not in values:
            values["asset_id"] = self.asset().id
        if "look_id" not in values:
            values["look_id"] = self.second_look(thing_id=values["asset_id"]).id
        if "organisation_id" not in values:
            values["organisation_id"] = self.organisation().id
        nobody = {"area": "", "households": None, "inhabitants": None, "year": None}
        defaults = {
            "ground": Ground.WORN_OUT,
            "reason": "Rotten.",
            "interests": "Somewhere to sit.",
            "decides": "Its owner.",
            "still_possible": "A new one.",
            "displacement": {"alternatives": [], **nobody, "open_reports": 0, "hours": ""},
            "asked_on": REPORTED_AT.date(),
            "by_officer": False,
            "is_example": False,
        }
        return self._add(RemovalRequest(**{**defaults, **values}))

    def question(self, **values: Any) -> Question:
        """A platform asks a department about green, of nothing in particular."""
        where = {"district_id": values["district_id"]} if "district_id" in values else {}
        if "platform_id" not in values:
            values["platform_id"] = self.platform(**where).id
        if "organisation_id" not in values:
            values["organisation_id"] = self.organisation(**where).id
        defaults = {
            "code": self.code(),
            "theme": Theme.GREEN,
            "words": "When do the trees come?",
            "turn_since": REPORTED_AT.date(),
            "asked_at": REPORTED_AT,
            "is_example": False,
        }
        return self._add(Question(**self._in_district(defaults, values)))

    def question_event(self, **values: Any) -> QuestionEvent:
        """A department said something about a question."""
        if "question_id" not in values:
            values["question_id"] = self.question().id
        if "organisation_id" not in values:
            values["organisation_id"] = self.organisation().id
        defaults = {
            "position": next(self._numbers),
            "kind": QuestionEventKind.ANSWERED,
            "at": REPORTED_AT,
            "is_example": False,
        }
        return self._add(QuestionEvent(**{**defaults, **values}))

    def question_follower(self, **values: Any) -> QuestionFollower:
        """Somebody hears of a question."""
        if "question_id" not in values:
            values["question_id"] = self.question().id
        if "person_id" not in values:
            values["person_id"] = self.person().id
        return self._add(QuestionFollower(**values))

    def mediation_case(self, **values: Any) -> MediationCase:
        """A platform brought a report before the mediating team."""
        if "platform_id" not in values:
            where = {"district_id": values["district_id"]} if "district_id" in values else {}
            values["platform_id"] = self.platform(**where).id
        defaults = {
            "code": self.code(),
            "thing_kind": ThingKind.DEFECT,
            "thing_code": self.code(),
            "why": "Nobody answers.",
            "asked_on": REPORTED_AT.date(),
            "is_example": False,
        }
        return self._add(MediationCase(**self._in_district(defaults, values)))

    def mediation_step(self, **values: Any) -> MediationStep:
        """The team took it up."""
        if "case_id" not in values:
            values["case_id"] = self.mediation_case().id
        defaults = {
            "position": next(self._numbers),
            "kind": StepKind.TAKEN_UP,
            "on_day": REPORTED_AT.date(),
            "is_example": False,
        }
        return self._add(MediationStep(**{**defaults, **values}))

    def hidden_words(self, **values: Any) -> HiddenWords:
        """The words of a question are hidden."""
        if "case_id" not in values and "question_id" not in values:
            values["question_id"] = self.question().id
        defaults = {"position": 0, "reason": Reason.NAME, "decided_at": REPORTED_AT}
        return self._add(HiddenWords(**{**defaults, **values}))

    def week_reader(self, **values: Any) -> WeekReader:
        """Somebody gets the news of a platform on Monday."""
        if "platform_id" not in values:
            values["platform_id"] = self.platform().id
        if "person_id" not in values:
            values["person_id"] = self.person().id
        return self._add(WeekReader(**values))

    def second_look(self, **values: Any) -> SecondLook:
        """Something that waits for a second person."""
        defaults = {
            "thing_kind": "asset",
            "thing_id": uuid.uuid4(),
            "action": "remove",
            "payload": {},
            "asked_by": uuid.uuid4(),
            "asked_at": REPORTED_AT,
        }
        return self._add(SecondLook(**{**defaults, **values}))

    def outbox_message(self, **values: Any) -> OutboxMessage:
        """A message that is due."""
        number = next(self._numbers)
        defaults: dict[str, Any] = {
            "kind": "made_up",
            "payload": {"number": str(number)},
            "once_key": f"made up {number}",
            "due_at": REPORTED_AT,
            "created_at": REPORTED_AT,
        }
        return self._add(OutboxMessage(**{**defaults, **values}))

    def code(self) -> str:
        """A public code."""
        return make_code(self._random)

    def _in_district(self, defaults: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        merged = {**defaults, **values}
        if "district_id" not in merged:
            merged["district_id"] = self._any_district()
        return merged

    def _of_organic_area(self, values: dict[str, Any]) -> dict[str, Any]:
        if "organic_area_id" not in values:
            values = values | {"organic_area_id": self.organic_area(**_district_of(values)).id}
        area = self.session.get_one(OrganicArea, values["organic_area_id"])
        return {"district_id": area.district_id, **values}

    def _any_district(self) -> uuid.UUID:
        if not hasattr(self, "_district"):
            self._district = self.district()
        return self._district.id

    def _add(self, row: Row) -> Row:
        self.session.add(row)
        self.session.flush()
        return row


def _district_of(values: dict[str, Any]) -> dict[str, Any]:
    """The district that is given, if any."""
    return {name: value for name, value in values.items() if name == "district_id"}
