"""Routing: of every place and category one first addressee, from duties, rules and the desk."""

import uuid
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from geoapp.areas.queries import find_contact
from geoapp.areas.rules import Level, Theme
from geoapp.assets.queries import AssetFacts, get_asset
from geoapp.assets.rules import Aspect
from geoapp.defects.rules import THEME_OF, Category, Reach, Route
from geoapp.defects.tables import RoutingRule
from geoapp.districts.queries import find_district_at, get_district
from geoapp.exchange.importing import Imported, import_file
from geoapp.exchange.rows import WrongRows
from geoapp.intake.actions import list_addressees
from geoapp.intake.rules import choose_addressee
from geoapp.ledger.batches import undo_batch
from geoapp.people.rules import Mandate
from geoapp.people.tables import Organisation
from tests.conftest import NOW, count_queries
from tests.factories import LAT, LON, Factory, area_shape, stored

TODAY = NOW.date()
SPOTS, SEED = 40, 16
EVERY_ASPECT = list(Aspect)


@pytest.fixture
def desk(make: Factory) -> Organisation:
    """The desk of a district of its own."""
    district = make.district(slug="here", bounds=stored(area_shape(4.9, 51.9, 5.1, 52.1)))
    return make.organisation(slug="desk", name="Desk", district_id=district.id, is_desk=True)


def add_rule(make: Factory, desk: Organisation, name: str, **values: object) -> Organisation:
    """A rule of the desk's district for an organisation of this name."""
    organisation = make.organisation(name=name, district_id=desk.district_id)
    make.routing_rule(district_id=desk.district_id, organisation_id=organisation.id, **values)
    return organisation


def ask(
    session: Session, *, lon: float = LON, lat: float = LAT, asset: AssetFacts | None = None
) -> dict[Category, str]:
    """Who gets a report first, by category."""
    place = get_district(session, slug="here")
    found = list_addressees(session, place=place, lon=lon, lat=lat, asset=asset, today=TODAY)
    return {category: party.name for category, (_, party) in found.items()}


# -- Who is chosen ---------------------------------------------------------------------------

FIRST, SECOND, THIRD = (uuid.UUID(int=number) for number in (1, 2, 3))
DUTIES = {
    "who covers the aspect": ("closed", [(["device"], FIRST), (["operation"], SECOND)], SECOND),
    "the narrowest duty": ("dirty", [(EVERY_ASPECT, FIRST), (["cleaning"], SECOND)], SECOND),
    "who covers all": ("closed", [(["device"], FIRST), (EVERY_ASPECT, SECOND)], SECOND),
    "all, of what has no aspect": ("other", [(["device"], FIRST), (EVERY_ASPECT, SECOND)], SECOND),
    "the device, of what has none": (
        "other",
        [(["cleaning"], FIRST), (["device"], SECOND)],
        SECOND,
    ),
    "the first of two alike": ("broken", [(["device"], FIRST), (["device"], SECOND)], FIRST),
    "a rule, where no duty fits": ("litter", [(["device"], FIRST)], THIRD),
    "a rule, where nobody keeps it": ("litter", [], THIRD),
}


@pytest.mark.parametrize(("category", "duties", "expected"), DUTIES.values(), ids=DUTIES.keys())
def test_a_keeper_whose_duty_fits_comes_before_every_rule(
    category: str, duties: list[tuple[list[str], uuid.UUID]], expected: uuid.UUID
) -> None:
    kept = [([Aspect(aspect) for aspect in covers], keeper) for covers, keeper in duties]
    routes = [Route(Reach.ORGANIC, None, THIRD)]
    assert choose_addressee(Category(category), duties=kept, routes=routes) == expected


NEAREST_FIRST = [(reach, category) for reach in Reach for category in (Category.LITTER, None)]


@pytest.mark.parametrize("nearest", range(len(NEAREST_FIRST)))
def test_of_rules_the_nearest_area_wins_and_within_one_level_who_names_the_category(
    nearest: int,
) -> None:
    held = NEAREST_FIRST[nearest:]
    ids = [uuid.UUID(int=number) for number in range(len(held))]
    routes = [Route(*rule, id_) for rule, id_ in zip(held, ids, strict=True)]
    other = Route(Reach.ORGANIC, Category.BROKEN, FIRST)
    for given in (routes, routes[::-1]):
        chosen = choose_addressee(Category.LITTER, duties=[], routes=[other, *given])
        assert chosen == ids[0]


def test_a_rule_of_another_category_is_nobody_s() -> None:
    route = Route(Reach.BUURT, Category.FULL, FIRST)
    assert choose_addressee(Category.LITTER, duties=[], routes=[route]) is None


# -- At a place ------------------------------------------------------------------------------


def test_each_nearer_area_takes_over_from_the_wider_one(
    session: Session, make: Factory, desk: Organisation
) -> None:
    assert set(ask(session).values()) == {"Desk"}
    add_rule(make, desk, "district")
    assert set(ask(session).values()) == {"district"}
    for level in Level:
        area = make.official_area(
            district_id=desk.district_id, level=level, geom=stored(area_shape())
        )
        add_rule(make, desk, level.value, official_area_id=area.id)
        assert set(ask(session).values()) == {level.value}
    organic = make.organic_area(district_id=desk.district_id, geom=stored(area_shape()))
    add_rule(make, desk, "organic", organic_area_id=organic.id, category=Category.LITTER)
    assert ask(session) == dict.fromkeys(Category, "buurt") | {Category.LITTER: "organic"}
    assert set(ask(session, lon=5.05).values()) == {"district"}


def test_of_neighbourhoods_that_overlap_the_smallest_wins_whichever_came_first(
    session: Session, make: Factory, desk: Organisation
) -> None:
    for name, reach in (("middle", 0.02), ("small", 0.01), ("large", 0.03)):
        shape = area_shape(LON - reach, LAT - reach, LON + reach, LAT + reach)
        area = make.organic_area(district_id=desk.district_id, geom=stored(shape))
        add_rule(make, desk, name, organic_area_id=area.id)
    assert set(ask(session).values()) == {"small"}


def test_a_border_point_goes_by_the_rules_of_the_buurt_that_owns_it(
    session: Session, make: Factory, desk: Organisation
) -> None:
    make.official_area(
        code="B1", district_id=desk.district_id, geom=stored(area_shape(4.99, 51.99, LON, 52.01))
    )
    east = make.official_area(
        code="B2", district_id=desk.district_id, geom=stored(area_shape(LON, 51.99, 5.01, 52.01))
    )
    add_rule(make, desk, "east", official_area_id=east.id)
    assert ask(session)[Category.LITTER] == "Desk"
    assert ask(session, lon=LON + 0.001)[Category.LITTER] == "east"


@pytest.mark.usefixtures("desk")
def test_another_district_s_rule_holds_only_there(session: Session, make: Factory) -> None:
    there = make.district(slug="there")
    elsewhere = make.organisation(slug="elsewhere", district_id=there.id)
    organic = make.organic_area(district_id=there.id, geom=stored(area_shape()))
    for area_id in (None, organic.id):
        make.routing_rule(
            district_id=there.id, organisation_id=elsewhere.id, organic_area_id=area_id
        )
    assert set(ask(session).values()) == {"Desk"}


def test_e8_sends_a_broken_swing_to_who_repairs_and_a_locked_gate_to_the_child_minders(
    session: Session, make: Factory, desk: Organisation
) -> None:
    add_rule(make, desk, "Street cleaners", category=Category.LITTER)
    add_rule(make, desk, "Everything else")
    asset = make.asset(name="E8", district_id=desk.district_id)
    for name, covers in (("Works", ["device"]), ("Child-minders", ["operation"])):
        keeper = make.organisation(name=name, district_id=desk.district_id)
        make.duty(asset_id=asset.id, organisation_id=keeper.id, covers=covers)
    found = ask(session, asset=get_asset(session, code=asset.code))
    assert found == {
        Category.BROKEN: "Works",
        Category.UNSAFE: "Works",
        Category.MISSING: "Works",
        Category.CLOSED: "Child-minders",
        Category.LITTER: "Street cleaners",
        Category.DIRTY: "Everything else",
        Category.FULL: "Everything else",
        Category.OTHER: "Works",
    }


def test_every_place_and_category_of_a_district_has_one_first_addressee_of_its_own(
    demo_session: Session,
) -> None:
    """Seeded: the desk, the rule of a district and the rule of an area must all be met."""
    place = get_district(demo_session, slug="zuidoost")
    assert place.bounds is not None
    own = set(
        demo_session.scalars(select(Organisation.id).where(Organisation.district_id == place.id))
    )
    west, south, east, north = place.bounds
    random = Random(SEED)  # noqa: S311  spots must be alike each time
    spots = [(random.uniform(west, east), random.uniform(south, north)) for _ in range(SPOTS)]
    seen: set[str] = set()
    for lon, lat in spots:
        if find_district_at(demo_session, lon=lon, lat=lat) is None:
            continue
        found = list_addressees(
            demo_session, place=place, lon=lon, lat=lat, asset=None, today=TODAY
        )
        assert set(found) == set(Category)
        assert {organisation_id for organisation_id, _ in found.values()} <= own
        seen |= {party.slug for _, party in found.values()}
    assert seen == {"stadsdeel-zuidoost", "stadswerken", "voorbeeldaannemer-groen"}


def test_who_gets_it_first_takes_two_statements_without_an_asset_however_many_rules(
    session: Session, connection: Connection, make: Factory, desk: Organisation
) -> None:
    place = get_district(session, slug="here")
    for category in Category:
        add_rule(make, desk, category.value, category=category)
    with count_queries(connection.engine) as statements:
        list_addressees(session, place=place, lon=LON, lat=LAT, asset=None, today=TODAY)
    assert len(statements) == 2


# -- What the database holds -----------------------------------------------------------------


@pytest.mark.parametrize("category", [None, Category.LITTER])
@pytest.mark.parametrize("is_of_area", [True, False])
def test_one_area_and_category_cannot_have_two_rules(
    make: Factory,
    desk: Organisation,
    category: Category | None,
    is_of_area: bool,  # noqa: FBT001  pytest hands it over
) -> None:
    area = make.organic_area(district_id=desk.district_id)
    scope = {"category": category, "organic_area_id": area.id if is_of_area else None}
    add_rule(make, desk, "one", **scope)
    with pytest.raises(IntegrityError, match="uq_routing_rule_whole"):
        add_rule(make, desk, "two", **scope)


def test_an_organisation_that_a_rule_names_cannot_be_deleted(
    session: Session, make: Factory, desk: Organisation
) -> None:
    organisation = add_rule(make, desk, "named")
    with pytest.raises(IntegrityError, match="fk_routing_rule_organisation_id"):
        session.execute(delete(Organisation).where(Organisation.id == organisation.id))


# -- Files -----------------------------------------------------------------------------------


def bring_in(session: Session, tmp_path: Path, *lines: str) -> Imported:
    """Import these lines."""
    file = tmp_path / "routing.csv"
    file.write_text("\n".join(["organisation,area,category", *lines]) + "\n", encoding="utf-8")
    return import_file(session, file, layout_name="routing", say=lambda _: None)


def count_rules(session: Session) -> int:
    """How many rules there are."""
    return session.scalars(select(func.count()).select_from(RoutingRule)).one()


def test_a_file_of_rules_comes_in_once_and_goes_as_one(
    session: Session, make: Factory, desk: Organisation, tmp_path: Path
) -> None:
    make.organisation(slug="works", name="Works", district_id=desk.district_id)
    area = make.organic_area(district_id=desk.district_id, geom=stored(area_shape()))
    lines = ("works,,litter", f"works,{area.slug},", "desk,,")
    first, again = bring_in(session, tmp_path, *lines), bring_in(session, tmp_path, *lines)
    assert (first.tally.new, again.tally.same, again.batch) == (3, 3, None)
    assert set(ask(session).values()) == {"Works"}
    assert ask(session, lon=5.05)[Category.LITTER] == "Works"
    assert ask(session, lon=5.05)[Category.FULL] == "Desk"
    assert first.batch is not None
    undo_batch(session, number=first.batch, now=NOW)
    assert count_rules(session) == 0


def test_a_later_file_gives_a_rule_to_another_organisation_and_undoing_gives_it_back(
    session: Session, make: Factory, desk: Organisation, tmp_path: Path
) -> None:
    make.organisation(slug="works", name="Works", district_id=desk.district_id)
    bring_in(session, tmp_path, "desk,,litter")
    later = bring_in(session, tmp_path, "works,,litter")
    assert (later.tally.changed, ask(session)[Category.LITTER]) == (1, "Works")
    assert later.batch is not None
    undo_batch(session, number=later.batch, now=NOW)
    assert ask(session)[Category.LITTER] == "Desk"


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nowhere,,", "no organisation called nowhere"),
        (",,", "organisation is empty"),
        ("desk,nowhere,", "no area called nowhere"),
        ("desk,far-away,", "far-away is of another district"),
        ("desk,,sheep", "sheep is none of: broken"),
        ("works,,litter", r"here \| everywhere \| litter stands in row 1 too"),
    ],
)
def test_a_wrong_line_imports_no_rule_and_is_named(
    session: Session, make: Factory, desk: Organisation, tmp_path: Path, line: str, words: str
) -> None:
    make.organic_area(slug="far-away", district_id=make.district().id)
    make.organisation(slug="works", district_id=desk.district_id)
    with pytest.raises(WrongRows, match="row 2: .*" + words):
        bring_in(session, tmp_path, "desk,,litter", line)
    assert count_rules(session) == 0


# -- Whom of the addressee to call -----------------------------------------------------------


def test_every_category_has_a_theme_to_call_about() -> None:
    assert set(THEME_OF) == set(Category)
    themes = {category.value: theme for category, theme in THEME_OF.items()}
    assert {themes[name] for name in ("broken", "unsafe", "missing")} == {Theme.REPAIR}
    assert {themes[name] for name in ("dirty", "full", "litter")} == {Theme.CLEANING}


def test_the_contact_of_an_addressee_is_its_own_nearest_one_for_the_theme(
    session: Session, make: Factory, desk: Organisation
) -> None:
    works = make.organisation(district_id=desk.district_id)
    buurt = make.official_area(district_id=desk.district_id, geom=stored(area_shape()))

    def add(name: str, organisation: Organisation, **scope: object) -> None:
        contact = make.contact(
            role_name=name,
            organisation_id=organisation.id,
            district_id=desk.district_id,
            mandate=Mandate.DECIDES,
        )
        make.contact_scope(contact_id=contact.id, **scope)

    def find(lon: float, theme: Theme) -> str | None:
        contact = find_contact(
            session,
            district_id=desk.district_id,
            organisation_id=works.id,
            lon=lon,
            lat=LAT,
            theme=theme,
        )
        return contact.role_name if contact else None

    add("of the desk", desk, official_area_id=buurt.id)
    assert find(LON, Theme.REPAIR) is None
    add("everywhere", works, theme=Theme.REPAIR)
    add("in the buurt", works, official_area_id=buurt.id, theme=Theme.REPAIR)
    assert find(LON, Theme.REPAIR) == "in the buurt"
    assert find(5.05, Theme.REPAIR) == "everywhere"
    assert find(LON, Theme.CLEANING) is None
