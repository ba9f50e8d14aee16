"""A small world in which every role stands in every relation to something: two districts, three
platforms, a contractor, and somebody of each sort, signed in."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from flask.testing import FlaskClient
from shapely import Point
from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from geoapp.accounts.actions import make_token, open_account_session, rotate_session
from geoapp.accounts.rules import TOKEN_SCOPES, TokenDraft
from geoapp.app import metadata
from geoapp.areas.tables import OrganicArea
from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset
from geoapp.defects.rules import WordsState
from geoapp.defects.tables import Defect
from geoapp.media.rules import Size
from geoapp.media.store import FileStore
from geoapp.people.actions import end_role, give_consent, give_role, keep_address, put_person
from geoapp.people.queries import get_standing, list_memberships
from geoapp.people.rules import (
    NOBODY,
    Actor,
    MembershipDraft,
    OrganisationKind,
    Role,
    seat_actor,
)
from geoapp.sealing import Sealer
from tests.factories import LAT, LON, Factory, area_shape, stored

LON_THERE = 7.0
TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Somebody:
    """Who asks: their session's key, and what the policy knows of them."""

    name: str
    key: str
    actor: Actor
    person_id: uuid.UUID | None = None
    token: str = ""

    def enter(self, client: FlaskClient) -> None:
        """Let the client carry this person's cookie, and no other."""
        client.set_cookie("lang", "en")
        client.delete_cookie("session")
        if self.key:
            client.set_cookie("session", self.key)

    @property
    def headers(self) -> dict[str, str]:
        """What a machine of theirs sends."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


class People(Mapping[str, Somebody]):
    """Everybody by name, each made when first asked for: most tests meet two or three."""

    def __init__(self, makers: dict[str, Callable[[], Somebody]]) -> None:
        self._makers = makers
        self._made: dict[str, Somebody] = {}

    def __getitem__(self, name: str) -> Somebody:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def hold(self, somebody: Somebody) -> None:
        """One more, whom a test has made."""
        self._makers[somebody.name] = lambda: somebody

    def make_all(self) -> list[Somebody]:
        """Have all of them stand in the database, for a test that names nobody."""
        return list(self.values())


class World:
    """Makes it; names are those of the tests."""

    def __init__(self, session: Session, sealer: Sealer) -> None:
        self.session = session
        self.sealer = sealer
        self.make = make = Factory(session)
        self.here = make.district(slug="here")
        self.there = make.district(slug="there", bounds=stored(area_shape(6.9, 51.9, 7.1, 52.1)))
        self.districts = {"here": self.here.id, "there": self.there.id}
        organisation = make.organisation
        self.org_a = organisation(
            slug="org-a", kind=OrganisationKind.PLATFORM, district_id=self.here.id
        )
        self.org_b = organisation(
            slug="org-b", kind=OrganisationKind.PLATFORM, district_id=self.here.id
        )
        self.org_c = organisation(
            slug="org-c", kind=OrganisationKind.PLATFORM, district_id=self.there.id
        )
        self.contractor = organisation(
            slug="contractor", kind=OrganisationKind.CONTRACTOR, district_id=self.here.id
        )
        self.desk = organisation(slug="desk", district_id=self.here.id, is_desk=True)
        self.other_desk = organisation(slug="other-desk", district_id=self.there.id, is_desk=True)
        self.support = organisation(
            slug="steunpunt-a", kind=OrganisationKind.SUPPORT, district_id=self.here.id
        )
        self.platforms = {
            name: make.platform(slug=name, district_id=org.district_id, organisation_id=org.id)
            for name, org in (
                ("platform-a", self.org_a),
                ("platform-b", self.org_b),
                ("platform-c", self.org_c),
            )
        }
        for platform in self.platforms.values():
            make.platform_area(
                platform_id=platform.id,
                district_id=platform.district_id,
                geom=self._shape(platform.district_id),
            )
        self.areas = {
            name: make.organic_area(
                slug=name, district_id=district.id, geom=self._shape(district.id)
            )
            for name, district in (("area-here", self.here), ("area-there", self.there))
        }
        self.defects = {
            "own": make.defect(district_id=self.here.id, addressee_id=self.contractor.id),
            "other": make.defect(district_id=self.here.id, addressee_id=self.desk.id),
            "elsewhere": make.defect(
                district_id=self.there.id,
                addressee_id=self.other_desk.id,
                geom=stored(Point(LON_THERE, LAT)),
                point=stored(Point(LON_THERE, LAT)),
            ),
        }
        operated = (
            ("kept by A", self.here, self.org_a),
            ("kept by the contractor", self.here, self.contractor),
            ("kept by C", self.there, self.org_c),
        )
        self.assets: dict[str, tuple[Asset, uuid.UUID]] = {}
        for name, district, keeper in operated:
            lon = LON if district is self.here else LON_THERE
            asset = make.asset(
                district_id=district.id, kind=Kind.SPORT_COURT, geom=stored(Point(lon, LAT))
            )
            make.duty(asset_id=asset.id, organisation_id=keeper.id, covers=["operation"])
            # Who repairs or cleans it does not open it.
            make.duty(asset_id=asset.id, organisation_id=self.org_b.id, covers=["cleaning"])
            self.assets[name] = (asset, keeper.id)
        parties = {"agreement-here": self.org_a, "agreement-there": self.org_c}
        self.agreements = {
            slug: (make.agreement(slug=slug, district_id=party.district_id), party.id)
            for slug, party in parties.items()
        }
        for agreement, party_id in self.agreements.values():
            make.agreement_party(agreement_id=agreement.id, organisation_id=party_id)
        self.plans = {
            name: make.plan_item(
                district_id=platform.district_id,
                platform_id=platform.id,
                organisation_id=platform.organisation_id,
                geom=None,
            )
            for name, platform in self.platforms.items()
        }
        asked = {"platform-a": self.contractor, "platform-c": self.other_desk}
        self.questions = [
            make.question(
                district_id=organisation.district_id,
                platform_id=self.platforms[name].id,
                organisation_id=organisation.id,
            )
            for name, organisation in asked.items()
        ]
        self.cases = [
            make.mediation_case(
                district_id=platform.district_id, platform_id=platform.id, thing_code="22-222"
            )
            for platform in (self.platforms["platform-a"],)
        ]
        self.judged: list[tuple[Defect, uuid.UUID, uuid.UUID]] = []
        self.sighted: list[tuple[Asset, uuid.UUID, uuid.UUID]] = []
        give_consent(session, organisation_id=self.org_a.id, supporter_id=self.support.id, now=NOW)
        self.people = People(self._list_people())
        session.flush()

    def judge_something(self, store: FileStore) -> None:
        """Give every report and asset a held photo, and every report words that are hidden and
        objected to."""
        for defect in self.defects.values():
            picture = self.make.picture(district_id=defect.district_id)
            for size in Size:
                store.put(picture.id, size, b"no picture")
            self.make.defect_picture(defect_id=defect.id, picture_id=picture.id)
            defect.words_state = WordsState.HIDDEN
            verdict = self.make.moderation_verdict(defect_id=defect.id)
            appeal = self.make.moderation_appeal(verdict_id=verdict.id)
            self.judged.append((defect, picture.id, appeal.id))
        for asset, keeper_id in self.assets.values():
            picture = self.make.picture(district_id=asset.district_id)
            for size in Size:
                store.put(picture.id, size, b"no picture")
            self.make.sighting(asset_id=asset.id, picture_id=picture.id)
            self.sighted.append((asset, keeper_id, picture.id))
        self.session.flush()

    def active_in(self, area: OrganicArea) -> frozenset[uuid.UUID]:
        """The organisations of the platforms of an area: those of its district."""
        platforms = self.platforms.values()
        return frozenset(
            one.organisation_id for one in platforms if one.district_id == area.district_id
        )

    def _shape(self, district_id: uuid.UUID) -> Any:
        lon = LON if district_id == self.here.id else LON_THERE
        return stored(area_shape(lon - 0.01, LAT - 0.01, lon + 0.01, LAT + 0.01))

    def _list_people(self) -> dict[str, Callable[[], Somebody]]:
        here, there = self.here.id, self.there.id
        given: dict[str, list[tuple[Role, uuid.UUID | None, uuid.UUID | None]]] = {
            "resident": [],
            "other resident": [],
            "member of A": [(Role.PLATFORM_MEMBER, here, self.org_a.id)],
            "manager of A": [(Role.PLATFORM_MANAGER, here, self.org_a.id)],
            "manager of B": [(Role.PLATFORM_MANAGER, here, self.org_b.id)],
            "maintainer": [(Role.MAINTAINER, here, self.contractor.id)],
            "officer here": [(Role.DISTRICT_OFFICER, here, self.desk.id)],
            "officer there": [(Role.DISTRICT_OFFICER, there, self.other_desk.id)],
            "commission member": [(Role.COMMISSION_MEMBER, here, None)],
            "mediating team": [(Role.MEDIATING_TEAM, here, None)],
            "supporter": [(Role.SUPPORT, here, self.support.id)],
            "moderator": [(Role.MODERATOR, here, None)],
            "moderator there": [(Role.MODERATOR, there, None)],
            "moderator of the contractor": [
                (Role.MODERATOR, here, None),
                (Role.MAINTAINER, here, self.contractor.id),
            ],
            "administrator": [(Role.ADMINISTRATOR, None, None)],
        }
        return {
            "anonymous": partial(Somebody, "anonymous", "", NOBODY),
            **{name: partial(self.add_person, name, roles) for name, roles in given.items()},
            "moderator without a code": partial(
                self.add_person,
                "moderator without a code",
                [(Role.MODERATOR, here, None)],
                has_second_factor=False,
            ),
            "demoted manager of A": self._demoted,
        }

    def add_person(
        self,
        name: str,
        roles: list[tuple[Role, uuid.UUID | None, uuid.UUID | None]],
        *,
        has_second_factor: bool = True,
    ) -> Somebody:
        """Somebody with these roles (role, district, organisation), signed in."""
        address_id = keep_address(
            self.session,
            sealer=self.sealer,
            address=f"{name.replace(' ', '-')}@example.org",
            language="en",
        )
        person = put_person(self.session, address_id=address_id, today=TODAY, name=name)
        for role, district_id, organisation_id in roles:
            draft = MembershipDraft(
                role, district_id, organisation_id, valid_from=TODAY - timedelta(days=30)
            )
            give_role(self.session, person_id=person.id, draft=draft)
        key = open_account_session(self.session, person_id=person.id, now=NOW)
        standing = get_standing(self.session, person_id=person.id, today=TODAY)
        assert standing is not None
        if has_second_factor:
            key = (
                rotate_session(
                    self.session, key=key, standing=standing, now=NOW, passed_factor=True
                )
                or ""
            )
        actor = seat_actor(standing, has_second_factor=has_second_factor)
        token_draft = TokenDraft("machine", TOKEN_SCOPES, TODAY + timedelta(days=30))
        token = make_token(
            self.session,
            person_id=person.id,
            draft=token_draft,
            has_second_factor=has_second_factor,
        )
        self.session.flush()
        return Somebody(name, key, actor, person.id, token)

    def _demoted(self) -> Somebody:
        """They managed A until a moment ago; the browser still carries a session."""
        was = self.add_person(
            "demoted manager of A", [(Role.PLATFORM_MANAGER, self.here.id, self.org_a.id)]
        )
        assert was.person_id is not None
        self.end_roles(was.person_id)
        standing = get_standing(self.session, person_id=was.person_id, today=TODAY)
        assert standing is not None
        return replace(was, actor=seat_actor(standing, has_second_factor=True))

    def end_roles(self, person_id: uuid.UUID) -> None:
        """Take every role away, and leave the sessions."""
        for membership_id in list_memberships(self.session, person_id=person_id):
            end_role(self.session, membership_id=membership_id, now=NOW)


def tables_that_hold(session: Session, words: str) -> list[str]:
    """The tables with these words in any row, as the database writes it."""
    return [
        table.name
        for table in metadata().sorted_tables
        if session.scalar(
            select(func.count())
            .select_from(table)
            .where(cast(func.row_to_json(table.table_valued()), Text).contains(words))
        )
    ]
