"""Example content: read from `data/examples/DISTRICT`, marked in every row, gone with one command.

Dates are relative to the day of loading; codes and choices come from a fixed seed, so two loads
on one day are alike.
"""

import json
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import shapely
from geoalchemy2.shape import to_shape
from shapely import Point
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.agreements.actions import remove_example_agreements
from geoapp.agreements.tables import Agreement, AgreementAsset, AgreementParty
from geoapp.areas.actions import (
    add_place_name,
    put_contact_scope,
    remove_example_areas,
)
from geoapp.areas.queries import get_area
from geoapp.areas.rules import Level, Theme
from geoapp.areas.tables import OfficialArea, OrganicArea
from geoapp.assets.actions import (
    AssetDraft,
    add_asset,
    put_example_sighting,
    remove_example_assets,
    remove_example_sightings,
)
from geoapp.assets.rules import AssetEventKind, Kind, PhysicalStatus, Precision, RegisterStatus
from geoapp.assets.tables import Asset, AssetContract, AssetEvent, MaintenanceDuty
from geoapp.budgets.actions import fund_asset, remove_example_money
from geoapp.budgets.rules import Model
from geoapp.budgets.tables import BudgetLine, BudgetRound
from geoapp.claims.actions import remove_example_choices
from geoapp.completeness.actions import remove_example_completeness
from geoapp.db.codes import make_code
from geoapp.defects.actions import (
    fold_counts,
    put_routing_rule,
    release_from_examples,
    remove_example_defects,
    remove_example_rules,
)
from geoapp.defects.rules import Category
from geoapp.districts.actions import remove_example_districts
from geoapp.districts.queries import Place, get_district
from geoapp.errors import Invalid
from geoapp.exchange.example_claims import ExampleClaims
from geoapp.exchange.example_defects import ExampleDefects
from geoapp.exchange.example_inspections import ExampleInspections
from geoapp.exchange.example_neighbourhoods import ExampleNeighbourhoods
from geoapp.exchange.example_plans import ExamplePlans
from geoapp.exchange.example_questions import ExampleQuestions
from geoapp.exchange.layouts import Layout
from geoapp.exchange.needs import import_need
from geoapp.geo.shapes import as_multipolygon, spread_area
from geoapp.hours.actions import put_example_hours, remove_example_hours
from geoapp.inspections.actions import remove_example_inspections
from geoapp.keepers.actions import add_contract
from geoapp.keepers.queries import get_contract
from geoapp.keepers.rules import ContractDraft
from geoapp.keys.actions import put_example_key, remove_example_keys
from geoapp.keys.rules import Holder
from geoapp.media.actions import remove_example_pictures
from geoapp.needs.actions import remove_example_needs
from geoapp.neighbourhoods.actions import (
    NeighbourhoodDraft,
    put_neighbourhood,
    remove_example_voices,
)
from geoapp.norms.actions import remove_example_norms
from geoapp.people.actions import (
    ContactDraft,
    OrganisationDraft,
    assign_contact,
    give_consent,
    give_role,
    keep_address,
    put_contact,
    put_days,
    put_organisation,
    put_person,
    put_rung,
    remove_example_contacts,
    remove_example_ladders,
    remove_example_organisations,
    remove_example_people,
    set_mailbox,
)
from geoapp.people.queries import find_person
from geoapp.people.rules import (
    Mandate,
    MembershipDraft,
    OrganisationKind,
    OwnDays,
    Role,
    RungDraft,
)
from geoapp.people.tables import Organisation
from geoapp.plans.actions import remove_example_plans
from geoapp.platforms.actions import (
    PlatformDraft,
    add_platform,
    put_example_words,
    remove_example_platforms,
)
from geoapp.platforms.rules import Figure
from geoapp.platforms.tables import Platform
from geoapp.questions.actions import remove_example_questions
from geoapp.recognition.actions import remove_example_recognition
from geoapp.sealing import Sealer
from geoapp.walking.actions import remove_example_networks

SOURCE = "example"
LICENCE = "CC0 1.0, invented for this example"


def load_examples(
    session: Session, *, folder: Path, district: str, sealer: Sealer, now: datetime
) -> None:
    """Load all example content of a district; its official areas and real assets come first.

    Raises:
        Invalid: the folder holds none, the district's examples are there already, or its official
            areas are not.
    """
    check_examples_folder(folder)
    loader = ExampleLoader.open(session, folder=folder, district=district, now=now)
    loader.check_not_loaded()
    loader.load_organisations()
    loader.load_areas()
    loader.load_platforms(now)
    voices = ExampleNeighbourhoods.open(session, place=loader.place, now=now)
    voices.load(loader.read("neighbourhoods"))
    loader.load_people(sealer)
    loader.load_contacts(sealer)
    loader.load_ladder(sealer)
    loader.load_routing()
    loader.load_money()
    loader.load_contracts()
    loader.load_assets()
    loader.load_keys(sealer)
    loader.load_real_facts()
    inspections = ExampleInspections.open(session, place=loader.place, now=now)
    inspections.load(loader.read("inspections"))
    claims = ExampleClaims.open(session, place=loader.place, today=loader.today)
    claims.load(loader.read("claims"))
    ExamplePlans.open(session, place=loader.place, today=loader.today, random=loader.random).load(
        loader.read("plans")
    )
    ExampleDefects.open(session, recipe=loader.read("defects"), place=loader.place, now=now).load()
    ExampleQuestions(session, loader.place, now).load(loader.read("questions"))
    loader.load_need()


def check_examples_folder(folder: Path) -> None:
    """Nothing where the folder holds examples.

    Raises:
        Invalid: it is not there, or holds none; the message names the folder.
    """
    if not (folder / "defects.json").is_file():
        raise Invalid("There are no examples in {folder}: name their folder.", folder=folder)


def remove_examples(session: Session) -> int:
    """Take away every example row of all districts, and every example fact on a real asset;
    returns how many defects, assets, platforms, neighbourhoods and organisations went."""
    gone = remove_example_defects(session)
    remove_example_questions(session)
    remove_example_sightings(session)
    remove_example_pictures(session)
    release_from_examples(session)
    remove_example_plans(session)
    remove_example_money(session)
    remove_example_hours(session)
    remove_example_keys(session)
    remove_example_agreements(session)
    remove_example_inspections(session)
    gone += remove_example_assets(session)
    remove_example_norms(session)
    remove_example_completeness(session)
    remove_example_needs(session)
    remove_example_networks(session)
    remove_example_choices(session)
    remove_example_recognition(session)
    gone += remove_example_platforms(session)
    remove_example_ladders(session)
    remove_example_contacts(session)
    remove_example_rules(session)
    remove_example_voices(session)
    gone += remove_example_areas(session)
    gone += remove_example_people(session)
    gone += remove_example_organisations(session)
    remove_example_districts(session)
    # What was counted of them is nothing now, and leaves no rows.
    fold_counts(session)
    return gone


@dataclass
class ExampleLoader:
    """What every part of the loading needs at hand."""

    session: Session
    folder: Path
    place: Place
    today: date
    random: Random

    @classmethod
    def open(
        cls, session: Session, *, folder: Path, district: str, now: datetime
    ) -> "ExampleLoader":
        """A loader for the district, with the recipe's own seed."""
        place = get_district(session, slug=district)
        today = now.astimezone(ZoneInfo(place.time_zone)).date()
        seed = json.loads((folder / "defects.json").read_text(encoding="utf-8"))["seed"]
        # Not for secrets: examples must be alike each time.
        return cls(session, folder, place, today, Random(seed))  # noqa: S311

    def read(self, name: str) -> Any:
        """The content of one file."""
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))

    def check_not_loaded(self) -> None:
        """Nothing where the district has no examples yet.

        Raises:
            Invalid: it has.
        """
        areas = select(OrganicArea.id).where(
            OrganicArea.district_id == self.place.id, OrganicArea.is_example
        )
        if self.session.scalar(areas.limit(1)):
            raise Invalid("The examples are loaded already: remove them first.")

    def load_need(self) -> None:
        """Layers of need, each of a file of its own."""
        for row in self.read("need"):
            layout = Layout(
                what="need",
                source=SOURCE,
                licence=LICENCE,
                district=self.place.slug,
                columns={"amount": row["amount"]},
                fixed={**row, "is_example": True},
            )
            import_need(self.session, self.folder / row["file"], layout)

    def load_organisations(self) -> None:
        """Departments, contractors, platforms as keepers, funds, sponsors."""
        for row in self.read("organisations"):
            kind = OrganisationKind(row.pop("kind"))
            draft = OrganisationDraft(**row, kind=kind, is_example=True)
            put_organisation(self.session, district_id=self.place.id, draft=draft)

    def load_areas(self) -> None:
        """Organic neighbourhoods, grown from official ones, and the names of spots."""
        for row in self.read("areas"):
            shape = self._grow([self._buurt(code) for code in row["buurten"]], row)
            put_neighbourhood(
                self.session,
                place=self.place,
                draft=NeighbourhoodDraft(
                    row["name"], row["aliases"], as_multipolygon(shape), is_example=True
                ),
                now=datetime.combine(self.today, time(), tzinfo=UTC),
            )
        for row in self.read("places"):
            for name in [row["name"], *row["aliases"]]:
                add_place_name(
                    self.session,
                    district_id=self.place.id,
                    name=name,
                    point=Point(row["lon"], row["lat"]),
                    is_example=True,
                )

    def load_platforms(self, now: datetime) -> None:
        """Platforms, each with the neighbourhoods it is active in and its own words."""
        for row in self.read("platforms"):
            draft = PlatformDraft(
                slug=row["slug"],
                name=row["name"],
                organisation_id=self._organisation(row["organisation"]),
                about=row["about"],
                meets=row["meets"],
                since_year=row["since_year"],
                shape=as_multipolygon(shapely.union_all(self._neighbourhoods(row["area"]))),
                valid_from=date(row["since_year"], 1, 1),
                is_example=True,
            )
            platform = add_platform(self.session, district_id=self.place.id, draft=draft)
            said = {Figure(name): words for name, words in row.get("own_words", {}).items()}
            put_example_words(self.session, platform_id=platform.id, said=said, now=now)

    def load_people(self, sealer: Sealer) -> None:
        """Persons at addresses that can get no mail, their roles, and who may act for whom."""
        rows = self.read("people")
        for row in rows["people"]:
            address_id = keep_address(
                self.session,
                sealer=sealer,
                address=row["address"],
                language=self.place.languages[0],
            )
            person = put_person(
                self.session,
                address_id=address_id,
                today=self.today,
                name=row["name"],
                is_example=True,
            )
            for held in row["roles"]:
                organisation = held.get("organisation")
                draft = MembershipDraft(
                    role=Role(held["role"]),
                    district_id=None if held["role"] == Role.ADMINISTRATOR else self.place.id,
                    organisation_id=self._organisation(organisation) if organisation else None,
                    valid_from=self.today - timedelta(days=held["since_days"]),
                )
                give_role(self.session, person_id=person.id, draft=draft, is_example=True)
        for consent in rows["consents"]:
            give_consent(
                self.session,
                organisation_id=self._organisation(consent["organisation"]),
                supporter_id=self._organisation(consent["supporter"]),
                now=datetime.combine(self.today, time(), tzinfo=UTC),
                is_example=True,
            )

    def load_contacts(self, sealer: Sealer) -> None:
        """Roles one can call, where and about what, and which example person it is today."""
        for row in self.read("contacts"):
            draft = ContactDraft(
                role_name=row["role"],
                how_to_reach=row["how_to_reach"],
                mandate=Mandate(row["mandate"]),
                is_example=True,
            )
            organisation = self._get_organisation(row["organisation"])
            contact, _ = put_contact(self.session, organisation=organisation, draft=draft)
            for slug in row.get("areas", [None]):
                area = None if slug is None else get_area(self.session, slug=slug)
                for theme in row.get("themes", [None]):
                    put_contact_scope(
                        self.session, contact=contact, area=area, theme=theme and Theme(theme)
                    )
            assign_contact(
                self.session,
                contact=contact,
                person_id=self._person(sealer, row.get("person")),
                deputy_id=self._person(sealer, row.get("deputy")),
            )

    def load_ladder(self, sealer: Sealer) -> None:
        """Rungs, days of some organisations' own, and where one that does not read along is
        mailed: an address that can get no mail."""
        rows = self.read("ladder")
        for row in rows["days"]:
            days = {name: row.get(name) for name in vars(OwnDays())}
            put_days(
                self.session, organisation=self._get_organisation(row["organisation"]), days=days
            )
        for row in rows["rungs"]:
            draft = RungDraft(row["number"], row["contact"], row.get("days"))
            put_rung(
                self.session, organisation=self._get_organisation(row["organisation"]), draft=draft
            )
        for row in rows["mailboxes"]:
            address_id = keep_address(
                self.session,
                sealer=sealer,
                address=row["address"],
                language=self.place.languages[0],
            )
            set_mailbox(
                self.session,
                organisation=self._get_organisation(row["organisation"]),
                address_id=address_id,
            )

    def load_routing(self) -> None:
        """Who gets a report first that no keeper speaks for, by area and category."""
        for row in self.read("routing"):
            for slug in row.get("areas", [None]):
                area = None if slug is None else get_area(self.session, slug=slug)
                for category in row.get("categories", [None]):
                    put_routing_rule(
                        self.session,
                        organisation=self._get_organisation(row["organisation"]),
                        area=area,
                        category=category and Category(category),
                    )

    def _person(self, sealer: Sealer, address: str | None) -> uuid.UUID | None:
        if address is None:
            return None
        person = find_person(self.session, sealer=sealer, address=address)
        if person is None:
            raise _say_missing("person", address, self.place)
        return person.id

    def load_money(self) -> None:
        """Rounds and lines, those of this year dated in the year of loading."""
        money = self.read("money")
        for row in money["rounds"]:
            self.session.add(
                BudgetRound(
                    district_id=self.place.id,
                    slug=row["slug"],
                    name=row["name"],
                    model=Model(row["model"]),
                    year=int(str(row["year"]).replace("this_year", str(self.today.year))),
                    is_example=True,
                )
            )
        self.session.flush()
        for row in money["lines"]:
            self.session.add(
                BudgetLine(
                    district_id=self.place.id,
                    round_id=self._round(row.get("round")),
                    payer_id=self._organisation(row["payer"]),
                    slug=row["slug"],
                    name=row["name"],
                    amount_cents=row["amount_cents"],
                    committed_cents=0,
                    earmark=row.get("earmark"),
                    earmarks=row.get("earmarks", []),
                    platform_id=self._platform(row.get("platform")),
                    lead_days=row.get("lead_days", 0),
                    needs_design=row.get("needs_design", False),
                    asked_on=self._date(row.get("asked_on")),
                    approved_on=self._date(row.get("approved_on")),
                    spend_from=self._date(row.get("spend_from")),
                    spend_by=self._date(row.get("spend_by")),
                    is_example=True,
                )
            )
        self.session.flush()

    def load_contracts(self) -> None:
        """Framework contracts, under which some of the assets are built."""
        for row in self.read("contracts"):
            draft = ContractDraft(
                title=row["title"],
                contractor_id=self._organisation(row["contractor"]),
                covers_kinds=tuple(Kind(kind) for kind in row["covers_kinds"]),
                starts_on=date.fromisoformat(row["starts_on"]),
                ends_on=self.today + timedelta(days=row["ends_in_days"]),
            )
            add_contract(
                self.session,
                district_id=self.place.id,
                draft=draft,
                slug=row["slug"],
                is_invented=True,
            )

    def load_assets(self) -> None:
        """Cabinets under one agreement; benches, bins and signs, and a site with what is in it."""
        cabinets = self.read("cabinets")
        agreement = self._add_agreement(cabinets["agreement"])
        for number, row in enumerate(cabinets["cabinets"], start=1):
            asset = self._add_asset({**row, "kind": "cabinet"}, f"cabinet {number}")
            self.session.add(AgreementAsset(agreement_id=agreement.id, asset_id=asset.id))
        known: dict[str, uuid.UUID] = {}
        for number, row in enumerate(self.read("extra_assets"), start=1):
            ids = {f"{name}_id": known[row[name]] for name in ("part_of", "shows") if name in row}
            asset = self._add_asset({**row, **ids}, f"extra {number}")
            known[row["name"]] = asset.id
            if "hours" in row:
                self._add_hours(asset, row["hours"])
            if "contract" in row:
                contract = get_contract(
                    self.session, district_id=self.place.id, slug=row["contract"]
                )
                self.session.add(AssetContract(asset_id=asset.id, contract_id=contract.id))
        self.session.flush()

    def load_keys(self, sealer: Sealer) -> None:
        """Keys of cabinets, each with the person it was handed to."""
        for row in self.read("cabinets")["keys"]:
            refs = [f"cabinet {number}" for number in row["cabinets"]]
            assets = self.session.scalars(
                select(Asset).where(
                    Asset.district_id == self.place.id,
                    Asset.source == SOURCE,
                    Asset.source_ref.in_(refs),
                )
            ).all()
            given_on = self.today - timedelta(days=row["since_days"])
            put_example_key(
                self.session,
                assets=assets,
                label=row["label"],
                hands=(
                    Holder(organisation_id=self._organisation(row["from"])),
                    Holder(person_id=self._person(sealer, row["person"])),
                ),
                now=datetime.combine(given_on, time(hour=12), tzinfo=UTC),
            )

    def load_real_facts(self) -> None:
        """A third of the real assets get an example keeper and line, and the first of a kind
        example hours, each fact marked."""
        rules = self.read("real_facts")
        real = self.session.scalars(
            select(Asset)
            .where(Asset.district_id == self.place.id, Asset.is_example.is_(False))
            .order_by(Asset.source_ref)
        ).all()
        turns: Counter[Kind] = Counter()
        for asset in real[:: rules["every"]]:
            own = rules.get("by_kind", {}).get(asset.kind.value, rules)
            turn = turns[asset.kind]
            for hours in rules.get("hours", {}).get(asset.kind.value, [])[turn : turn + 1]:
                self._add_hours(asset, hours)
            turns[asset.kind] += 1
            self._add_facts(
                asset,
                {
                    "duties": own["keepers"][turn % len(own["keepers"])],
                    "funding": own["lines"][turn % len(own["lines"])],
                },
            )
        self.session.flush()

    def _grow(self, shapes: list[BaseGeometry], row: dict[str, Any]) -> BaseGeometry:
        if "cut" in row:
            cut = shapely.box(*row["cut"])
            shapes = [shape & cut for shape in shapes if shape.intersects(cut)]
        return spread_area(shapes, spread_m=row["spread_m"], metric_srid=self.place.metric_srid)

    def _add_agreement(self, row: dict[str, Any]) -> Agreement:
        agreement = Agreement(
            district_id=self.place.id,
            slug=row["slug"],
            title=row["title"],
            signed_on=self._date(row["signed_on"]),
            starts_on=self._date(row["starts_on"]),
            valid_to=self._date(row["valid_to"]),
            is_example=True,
        )
        self.session.add(agreement)
        self.session.flush()
        for party in row["parties"]:
            self.session.add(
                AgreementParty(
                    agreement_id=agreement.id,
                    organisation_id=self._organisation(party["organisation"]),
                    undertakes=party["duty"],
                )
            )
        return agreement

    def _add_asset(self, row: dict[str, Any], ref: str) -> Asset:
        seen_days = row.get("last_seen_days_ago")
        owner = row.get("owner")
        draft = AssetDraft(
            kind=Kind(row["kind"]),
            name=row["name"],
            shape=Point(row["lon"], row["lat"]),
            source=SOURCE,
            source_ref=ref,
            licence=LICENCE,
            register_status=RegisterStatus(row.get("register_status", "unknown")),
            physical_status=PhysicalStatus(row["physical_status"]),
            details=row.get("details", {}),
            owner_id=self._organisation(owner) if owner else None,
            owner_since=self._date(row.get("owner_since")),
            part_of_id=row.get("part_of_id"),
            shows_id=row.get("shows_id"),
            last_seen_on=self.today - timedelta(days=seen_days) if seen_days is not None else None,
            planned_on=self._days_ahead(row.get("planned_in_days")),
            review_on=self._days_ahead(row.get("review_in_days")),
            is_example=True,
        )
        asset = add_asset(
            self.session,
            district_id=self.place.id,
            draft=draft,
            new_code=partial(make_code, self.random),
        )
        if asset.last_seen_on is not None:
            put_example_sighting(self.session, asset_id=asset.id, seen_on=asset.last_seen_on)
        for event in row.get("history", []):
            self.session.add(_to_asset_event(asset, event))
        self._add_facts(asset, row)
        return asset

    def _add_hours(self, asset: Asset, hours: str) -> None:
        put_example_hours(self.session, asset_id=asset.id, hours=hours, since=self.today)

    def _add_facts(self, asset: Asset, row: dict[str, Any]) -> None:
        for duty in row["duties"]:
            self.session.add(
                MaintenanceDuty(
                    asset_id=asset.id,
                    organisation_id=self._organisation(duty["organisation"]),
                    covers=duty["covers"],
                    until=self._date(duty.get("until")),
                    is_example=True,
                )
            )
        for part in row["funding"]:
            fund_asset(
                self.session,
                asset_id=asset.id,
                line_id=self._line(part["line"]),
                amount_cents=part["amount_cents"],
                is_example=True,
            )

    def _buurt(self, code: str) -> BaseGeometry:
        geom = self.session.scalar(
            select(OfficialArea.geom).where(
                OfficialArea.district_id == self.place.id,
                OfficialArea.level == Level.BUURT,
                OfficialArea.code == code,
                OfficialArea.valid_to.is_(None),
            )
        )
        if geom is None:
            raise Invalid("There is no buurt {code}: import the official areas first.", code=code)
        return to_shape(geom)

    def _neighbourhoods(self, slugs: list[str]) -> list[BaseGeometry]:
        rows = self.session.execute(
            select(OrganicArea.slug, OrganicArea.geom).where(
                OrganicArea.district_id == self.place.id, OrganicArea.slug.in_(slugs)
            )
        )
        found = {slug: to_shape(geom) for slug, geom in rows}
        missing = sorted(set(slugs) - set(found))
        if missing:
            raise _say_missing("neighbourhood", missing[0], self.place)
        return list(found.values())

    def _organisation(self, slug: str) -> uuid.UUID:
        return self._own(Organisation, "organisation", slug)

    def _get_organisation(self, slug: str) -> Organisation:
        return self.session.get_one(Organisation, self._organisation(slug))

    def _line(self, slug: str) -> uuid.UUID:
        return self._own(BudgetLine, "budget line", slug)

    def _own(
        self,
        table: type[Organisation] | type[BudgetLine] | type[BudgetRound] | type[Platform],
        what: str,
        slug: str,
    ) -> uuid.UUID:
        """Id of this district's row; a slug of another district's does not count."""
        found = self.session.scalar(
            select(table.id).where(table.district_id == self.place.id, table.slug == slug)
        )
        if found is None:
            raise _say_missing(what, slug, self.place)
        return found

    def _round(self, slug: str | None) -> uuid.UUID | None:
        return None if slug is None else self._own(BudgetRound, "budget round", slug)

    def _platform(self, slug: str | None) -> uuid.UUID | None:
        return None if slug is None else self._own(Platform, "platform", slug)

    def _days_ahead(self, days: int | None) -> date | None:
        return None if days is None else self.today + timedelta(days=days)

    def _date(self, words: str | None) -> date | None:
        if words is None:
            return None
        return date.fromisoformat(words.replace("this_year", str(self.today.year)))


def _say_missing(what: str, slug: str, place: Place) -> Invalid:
    return Invalid(
        "The examples name the {what} {slug}, which {district} does not have.",
        what=what,
        slug=slug,
        district=place.slug,
    )


def _to_asset_event(asset: Asset, row: dict[str, Any]) -> AssetEvent:
    precision = (
        Precision.DAY if "day" in row else Precision.MONTH if "month" in row else Precision.YEAR
    )
    return AssetEvent(
        asset_id=asset.id,
        kind=AssetEventKind(row["kind"]),
        happened_on=date(row["year"], row.get("month", 1), row.get("day", 1)),
        precision=precision,
        note=row.get("note", ""),
        is_example=True,
    )
