"""Example defects: a recipe of stories, told at places drawn by a seeded hand."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import shapely
from geoalchemy2.shape import to_shape
from shapely import Point
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.areas.rules import QUIET_BELOW_HOUSEHOLDS, Level
from geoapp.areas.tables import AreaFigure, OfficialArea
from geoapp.assets.rules import PhysicalStatus
from geoapp.assets.tables import Asset, MaintenanceDuty
from geoapp.db.codes import make_code
from geoapp.defects.actions import EventDraft, HistoryDraft, add_defect
from geoapp.defects.rules import ASPECT_OF, Category, EventKind, State
from geoapp.districts.queries import Place
from geoapp.errors import Invalid
from geoapp.people.rules import OrganisationKind
from geoapp.people.tables import Organisation

MOST_AT_ONE_ASSET = 4
# A story with a refusal or a removal is never told of volunteers: they are no department.
NOT_OF_VOLUNTEERS = {State.REFUSED, State.NO_AGREEMENT, State.REMOVED}


@dataclass
class Spot:
    """Where an example is told: an asset of a kind, or a point in a buurt (kind "place")."""

    kind: str
    point: Point
    asset_id: uuid.UUID | None
    keepers: dict[str, uuid.UUID]


@dataclass
class ExampleDefects:
    """Tells the recipe's stories."""

    session: Session
    recipe: dict[str, Any]
    place: Place
    now: datetime
    random: Random
    organisations: dict[str, Organisation]
    spots: list[Spot]
    homes: list[tuple[BaseGeometry, int]]
    told: list[tuple[uuid.UUID, bool]] = field(default_factory=list)

    @classmethod
    def open(
        cls, session: Session, *, recipe: dict[str, Any], place: Place, now: datetime
    ) -> "ExampleDefects":
        """A teller with the district's assets and homes at hand."""
        organisations = session.scalars(
            select(Organisation).where(Organisation.district_id == place.id)
        )
        return cls(
            session=session,
            recipe=recipe,
            place=place,
            now=now,
            random=Random(recipe["seed"]),  # noqa: S311  examples must be alike each time
            organisations={row.slug: row for row in organisations},
            spots=_asset_spots(session, place),
            homes=_homes(session, place),
        )

    def load(self) -> None:
        """Tell every story the recipe counts; merged ones last, when there is what to merge."""
        states = [State(name) for name, n in self.recipe["counts"].items() for _ in range(n)]
        self.random.shuffle(states)
        states.sort(key=lambda state: state is State.MERGED)
        visits: dict[uuid.UUID | None, int] = {}
        turns: dict[State, int] = {}
        for state in states:
            turn = turns[state] = turns.get(state, -1) + 1
            self._tell(state, turn, visits)
        self.session.flush()

    def _tell(self, state: State, turn: int, visits: dict[uuid.UUID | None, int]) -> None:
        story = self._stories(state)[turn % len(self._stories(state))]
        spot = self._choose_spot(state, visits)
        category = self._choose_category(spot)
        addressee = self._addressee(spot, category, story)
        first, last = story["age_days"]
        age_days = self._spread(first, last, turn, len(self._stories(state)))
        reported_at = (self.now - timedelta(days=age_days)).replace(
            hour=self.random.randint(7, 19), minute=self.random.randint(0, 59)
        )
        draft = HistoryDraft(
            category=category,
            description=self.random.choice(self.recipe["texts"][category.value][spot.kind]),
            lon=spot.point.x,
            lat=spot.point.y,
            asset_id=spot.asset_id,
            addressee_id=addressee,
            events=list(self._steps(story["steps"], reported_at, addressee)),
            is_example=True,
        )
        defect = add_defect(
            self.session,
            place=self.place,
            draft=draft,
            new_code=partial(make_code, self.random),
        )
        self.session.refresh(defect, ["state"])
        if defect.state != state.value:
            raise Invalid(
                "An example story told as {state} ends as {end}.", state=state, end=defect.state
            )
        self.told.append((defect.id, state not in (State.MERGED, State.WITHDRAWN, State.REMOVED)))

    def _stories(self, state: State) -> list[dict[str, Any]]:
        stories: list[dict[str, Any]] = self.recipe["stories"][state.value]
        return stories

    def _spread(self, first: int, last: int, turn: int, stories: int) -> int:
        """An age within the story's own range, spread evenly over its tellings."""
        step = (turn // stories * 0.37 + self.random.random() * 0.2) % 1
        return round(first + (last - first) * step)

    def _choose_spot(self, state: State, visits: dict[uuid.UUID | None, int]) -> Spot:
        if self.random.random() < self.recipe["at_asset_share"]:
            free = [s for s in self.spots if visits.get(s.asset_id, 0) < MOST_AT_ONE_ASSET]
            if state in NOT_OF_VOLUNTEERS:
                free = [s for s in free if not self._has_volunteers(s)]
            # Cabinets, benches and bins are reported more often than courts.
            weights = [1 if s.kind in ("sport_court", "playground") else 3 for s in free]
            spot = self.random.choices(free, weights)[0]
            visits[spot.asset_id] = visits.get(spot.asset_id, 0) + 1
            return spot
        shape, _ = self.random.choices(self.homes, [homes for _, homes in self.homes])[0]
        return Spot("place", self._point_in(shape), None, {})

    def _has_volunteers(self, spot: Spot) -> bool:
        volunteers = {row.id for row in self.organisations.values() if row.is_volunteer}
        return bool(volunteers & set(spot.keepers.values()))

    def _point_in(self, shape: BaseGeometry) -> Point:
        west, south, east, north = shape.bounds
        while True:
            point = Point(self.random.uniform(west, east), self.random.uniform(south, north))
            if shapely.contains_xy(shape, point.x, point.y):
                return point

    def _choose_category(self, spot: Spot) -> Category:
        fitting = [name for name, texts in self.recipe["texts"].items() if spot.kind in texts]
        usual = {"broken": 5, "dirty": 4, "litter": 3, "full": 3, "unsafe": 2}
        return Category(self.random.choices(fitting, [usual.get(n, 1) for n in fitting])[0])

    def _addressee(self, spot: Spot, category: Category, story: dict[str, Any]) -> uuid.UUID:
        receivers = {self.organisations[s["to"]].id for s in story["steps"] if "to" in s}
        aspect = ASPECT_OF[category] or "device"
        keeper = spot.keepers.get(aspect)
        works = self._main_department()
        if keeper is None or keeper in receivers:
            keeper = works if works not in receivers else self._desk()
        return keeper

    def _main_department(self) -> uuid.UUID:
        return next(
            row.id
            for row in self.organisations.values()
            if row.kind is OrganisationKind.MUNICIPALITY and not row.is_desk
        )

    def _desk(self) -> uuid.UUID:
        return next(row.id for row in self.organisations.values() if row.is_desk)

    def _merge_target(self) -> uuid.UUID:
        return self.random.choice([defect_id for defect_id, is_kept in self.told if is_kept])

    def _steps(
        self, steps: list[dict[str, Any]], reported_at: datetime, addressee: uuid.UUID
    ) -> Iterator[EventDraft]:
        receiver = None
        for step in steps:
            at = reported_at + timedelta(days=step["after_days"], minutes=step["after_days"])
            receiver = self.organisations[step["to"]].id if "to" in step else receiver
            by = {
                "addressee": addressee,
                "other": receiver or self._desk(),
                "district": self._desk(),
            }.get(step.get("by", ""))
            due_days = step.get("due_in_days")
            yield EventDraft(
                kind=EventKind(step["kind"]),
                at=min(at, self.now),
                organisation_id=by,
                passed_to_id=receiver if "to" in step else None,
                merged_into_id=self._merge_target() if step["kind"] == "merged" else None,
                note=step.get("note", ""),
                due_on=(at + timedelta(days=due_days)).date() if due_days is not None else None,
            )


def _asset_spots(session: Session, place: Place) -> list[Spot]:
    keepers: dict[uuid.UUID, dict[str, uuid.UUID]] = {}
    duties = (
        select(MaintenanceDuty)
        .join(Asset)
        .where(Asset.district_id == place.id)
        .order_by(MaintenanceDuty.id)
    )
    for duty in session.scalars(duties):
        for aspect in duty.covers:
            keepers.setdefault(duty.asset_id, {})[aspect] = duty.organisation_id
    assets = session.scalars(
        select(Asset)
        .where(Asset.district_id == place.id, Asset.physical_status != PhysicalStatus.REMOVED)
        .order_by(Asset.source, Asset.source_ref)
    )
    return [
        Spot(
            asset.kind.value,
            Point(to_shape(asset.geom).representative_point()),
            asset.id,
            keepers.get(asset.id, {}),
        )
        for asset in assets
    ]


def _homes(session: Session, place: Place) -> list[tuple[BaseGeometry, int]]:
    rows = session.execute(
        select(OfficialArea.geom, AreaFigure.households)
        .join(AreaFigure, AreaFigure.area_id == OfficialArea.id)
        .where(
            OfficialArea.district_id == place.id,
            OfficialArea.level == Level.BUURT,
            OfficialArea.valid_to.is_(None),
            AreaFigure.households >= QUIET_BELOW_HOUSEHOLDS,
        )
        .order_by(OfficialArea.code)
    )
    return [(to_shape(geom), households) for geom, households in rows]
