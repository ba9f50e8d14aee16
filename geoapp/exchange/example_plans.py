"""Example plans: what happened to each, what is said of it, and what was spent."""

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any, TypeVar

from geoalchemy2.shape import from_shape
from shapely import Point, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.assets.tables import Asset
from geoapp.budgets.actions import Mover, link_funding, reserve, spend
from geoapp.budgets.tables import BudgetLine
from geoapp.db.codes import make_code
from geoapp.defects.rules import WordsState
from geoapp.districts.queries import Place
from geoapp.errors import Invalid
from geoapp.geo.crs import LONLAT
from geoapp.ledger.rules import Verdict
from geoapp.ledger.tables import SecondLook
from geoapp.people.tables import Organisation
from geoapp.plans.rules import PlaceKind, State
from geoapp.plans.spending import SPEND
from geoapp.plans.tables import PlanEvent, PlanItem, PlanSpending, PlanVoice
from geoapp.platforms.tables import Platform

Known = TypeVar("Known")


@dataclass
class ExamplePlans:
    """Writes what the file tells: a row for each plan, in the order they were made."""

    session: Session
    place: Place
    today: date
    random: Random
    organisations: Mapping[str, uuid.UUID]
    lines: Mapping[str, BudgetLine]
    assets: Mapping[str, uuid.UUID]
    platforms: Mapping[str, Platform]

    @classmethod
    def open(cls, session: Session, *, place: Place, today: date, random: Random) -> "ExamplePlans":
        """A writer with the district's organisations, lines, things and platforms at hand."""
        here = place.id
        organisations = session.scalars(
            select(Organisation).where(Organisation.district_id == here)
        )
        lines = session.scalars(select(BudgetLine).where(BudgetLine.district_id == here))
        assets = session.scalars(select(Asset).where(Asset.district_id == here, Asset.is_example))
        platforms = session.scalars(select(Platform).where(Platform.district_id == here))
        return cls(
            session,
            place,
            today,
            random,
            {one.slug: one.id for one in organisations},
            {one.slug: one for one in lines},
            {one.name: one.id for one in assets},
            {one.slug: one for one in platforms},
        )

    def load(self, rows: list[dict[str, Any]]) -> None:
        """Write every plan.

        Raises:
            Invalid: a row names what the district does not have.
        """
        for row in rows:
            item = self._add_item(row)
            for event in row["events"]:
                self._add_event(item, event)
            for voice in row.get("voices", []):
                self._add_voice(item, voice)
            if "granted_cents" in row:
                self._set_aside(item, row)
            for spending in row.get("spendings", []):
                self._add_spending(item, spending)
        self.session.flush()

    def _add_item(self, row: Mapping[str, Any]) -> PlanItem:
        platform = _find(self.platforms, row["platform"])
        shape = _read_shape(row)
        wanted = row.get("wanted_by", "").replace("this_year", str(self.today.year))
        item = PlanItem(
            district_id=self.place.id,
            platform_id=platform.id,
            organisation_id=platform.organisation_id,
            code=self._free_code(),
            title=row["title"],
            place=_place_kind(shape),
            geom=None if shape is None else from_shape(shape, srid=LONLAT),
            themes=row["themes"],
            kind=row.get("kind"),
            maker_id=self._organisation(row.get("maker")),
            keeper_id=self._organisation(row.get("keeper")),
            cost_cents=row.get("cost_cents"),
            wanted_by=date.fromisoformat(wanted) if wanted else None,
            problem=row.get("problem", ""),
            whose_problem=row.get("whose_problem", ""),
            who_left_out=row.get("who_left_out", ""),
            state=State(row["events"][-1]["state"]),
            line_id=_find(self.lines, row["line"]).id if "line" in row else None,
            granted_cents=row.get("granted_cents"),
            asset_id=_find(self.assets, row["asset"]) if "asset" in row else None,
            is_example=True,
        )
        self.session.add(item)
        self.session.flush()
        return item

    def _free_code(self) -> str:
        new_code = partial(make_code, self.random)
        code = new_code()
        while self.session.scalar(select(PlanItem.id).where(PlanItem.code == code)):
            code = new_code()
        return code

    def _add_event(self, item: PlanItem, row: Mapping[str, Any]) -> None:
        state = State(row["state"])
        has_line = state not in (State.IDEA, State.PLAN)
        self.session.add(
            PlanEvent(
                item_id=item.id,
                state=state,
                happened_on=self.today - timedelta(days=row["days_ago"]),
                by_organisation_id=self._organisation(row["by"]),
                by_role=row["role"],
                line_id=item.line_id if has_line else None,
                granted_cents=row.get("granted_cents"),
                alternatives=row.get("alternatives", ""),
                interests=row.get("interests", ""),
                reasons=row.get("reasons", ""),
                is_example=True,
            )
        )
        self.session.flush()

    def _add_voice(self, item: PlanItem, row: Mapping[str, Any]) -> None:
        words = row.get("words", "")
        self.session.add(
            PlanVoice(
                item_id=item.id,
                kind=row["kind"],
                choice=row.get("choice"),
                words=words,
                words_state=WordsState.SHOWN if words else None,
                distance_m=row.get("distance_m"),
                has_account=bool(words),
                said_on=self.today - timedelta(days=row["days_ago"]),
                is_example=True,
            )
        )
        self.session.flush()

    def _set_aside(self, item: PlanItem, row: Mapping[str, Any]) -> None:
        line, cents = _find(self.lines, row["line"]), row["granted_cents"]
        by = Mover(line.payer_id, self._noon(row["granted_days_ago"]), is_example=True)
        reserve(self.session, line_id=line.id, amount_cents=cents, about_id=item.id, by=by)
        if item.asset_id is not None:
            link_funding(
                self.session,
                asset_id=item.asset_id,
                line_id=line.id,
                amount_cents=cents,
                is_example=True,
            )

    def _add_spending(self, item: PlanItem, row: Mapping[str, Any]) -> None:
        second = row.get("confirmed_by")
        at = self._noon(row["days_ago"])
        look = SecondLook(
            thing_kind="plan_spending",
            thing_id=item.id,
            action=f"{SPEND}_{secrets.token_hex(4)}",
            payload={},
            # Nobody asked: an example waits for whoever tries the service.
            asked_by=None if second else uuid.uuid4(),
            asked_at=at,
            settled_at=at if second else None,
            verdict=Verdict.CONFIRMED if second else None,
        )
        self.session.add(look)
        self.session.flush()
        self.session.add(
            PlanSpending(
                district_id=item.district_id,
                item_id=item.id,
                line_id=item.line_id,
                look_id=look.id,
                amount_cents=row["amount_cents"],
                what=row["what"],
                spent_on=at.date(),
                geom=item.point,
                organisation_id=item.organisation_id,
                outcome=Verdict.CONFIRMED if second else None,
                settled_on=at.date() if second else None,
                settled_organisation_id=self._organisation(second),
                is_example=True,
            )
        )
        self.session.flush()
        if second and item.line_id is not None:
            spend(
                self.session,
                line_id=item.line_id,
                amount_cents=row["amount_cents"],
                about_id=item.id,
                by=Mover(self._organisation(second), at, is_example=True),
            )

    def _noon(self, days_ago: int) -> datetime:
        return datetime.combine(self.today - timedelta(days=days_ago), time(12), tzinfo=UTC)

    def _organisation(self, slug: str | None) -> uuid.UUID | None:
        return None if slug is None else _find(self.organisations, slug)


def _find(known: Mapping[str, Known], name: str) -> Known:
    if name not in known:
        raise Invalid("The examples name {name}, which is not there.", name=name)
    return known[name]


def _read_shape(row: Mapping[str, Any]) -> BaseGeometry | None:
    if "corners" in row:
        return Polygon([(lon, lat) for lat, lon in row["corners"]])
    return Point(row["lon"], row["lat"]) if "lat" in row else None


def _place_kind(shape: BaseGeometry | None) -> PlaceKind:
    if shape is None:
        return PlaceKind.NONE
    return PlaceKind.POINT if isinstance(shape, Point) else PlaceKind.AREA
