"""The policy table: which permission exists, who holds it, and towards which things."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from geoapp.db.text import read_words
from geoapp.errors import CodeNeeded, Invalid, NotAllowed, SignInNeeded

MOST_ADDRESS_LETTERS = 254
MOST_NAME_LETTERS = 80
MOST_ROLE_LETTERS = 80
# After so many days nobody can say that a contact is still right.
CONTACT_HOLDS = timedelta(days=365)
MOST_REACH_LETTERS = 200


class OrganisationKind(StrEnum):
    """What an organisation is, in public."""

    MUNICIPALITY = "municipality"
    CONTRACTOR = "contractor"
    PLATFORM = "platform"
    RESIDENTS = "residents"
    FUND = "fund"
    SPONSOR = "sponsor"
    SUPPORT = "support"


class Mandate(StrEnum):
    """What a contact can do with what they hear (M12)."""

    DECIDES = "decides"
    ADVISES = "advises"
    PASSES_ON = "passes_on"


def is_stale(checked_on: date, today: date) -> bool:
    """True where nobody has said for a year that a contact is right."""
    return checked_on < today - CONTACT_HOLDS


class Role(StrEnum):
    """Who is asking. Whoever has signed in is a resident, whatever else they are."""

    ANONYMOUS = "anonymous"
    RESIDENT = "resident"
    PLATFORM_MEMBER = "platform_member"
    PLATFORM_MANAGER = "platform_manager"
    MAINTAINER = "maintainer"
    DISTRICT_OFFICER = "district_officer"
    COMMISSION_MEMBER = "commission_member"
    MEDIATING_TEAM = "mediating_team"
    SUPPORT = "support"
    MODERATOR = "moderator"
    ADMINISTRATOR = "administrator"


class Scope(StrEnum):
    """What a role is given for."""

    ORGANISATION = "organisation"
    DISTRICT = "district"
    INSTALLATION = "installation"


# What is not here is given to nobody: being anonymous or a resident needs no membership. A
# moderator's seat is of a district; it may be filled by a platform, which is then named with it.
SCOPES: dict[Role, Scope] = {
    Role.PLATFORM_MEMBER: Scope.ORGANISATION,
    Role.PLATFORM_MANAGER: Scope.ORGANISATION,
    Role.MAINTAINER: Scope.ORGANISATION,
    Role.DISTRICT_OFFICER: Scope.ORGANISATION,
    Role.SUPPORT: Scope.ORGANISATION,
    Role.COMMISSION_MEMBER: Scope.DISTRICT,
    Role.MEDIATING_TEAM: Scope.DISTRICT,
    Role.MODERATOR: Scope.DISTRICT,
    Role.ADMINISTRATOR: Scope.INSTALLATION,
}

# Which kinds of organisation a role can be held at.
KINDS_OF_ROLE: dict[Role, frozenset[OrganisationKind]] = {
    Role.PLATFORM_MEMBER: frozenset({OrganisationKind.PLATFORM}),
    Role.PLATFORM_MANAGER: frozenset({OrganisationKind.PLATFORM}),
    Role.MAINTAINER: frozenset(
        {
            OrganisationKind.MUNICIPALITY,
            OrganisationKind.CONTRACTOR,
            OrganisationKind.PLATFORM,
            OrganisationKind.RESIDENTS,
        }
    ),
    Role.DISTRICT_OFFICER: frozenset({OrganisationKind.MUNICIPALITY}),
    Role.SUPPORT: frozenset({OrganisationKind.SUPPORT}),
}

# Who has a desk: they act on reports for their organisation.
HANDLERS = (Role.MAINTAINER, Role.DISTRICT_OFFICER)
# Who manages what their organisation has: a word about its agreements and keys goes to them.
MANAGERS = (Role.PLATFORM_MANAGER, Role.MAINTAINER, Role.DISTRICT_OFFICER)
# These act only in a session that has passed a second factor.
SECOND_FACTOR_ROLES = frozenset({Role.DISTRICT_OFFICER, Role.MODERATOR, Role.ADMINISTRATOR})


class Relation(StrEnum):
    """How who asks must stand to the thing it is about."""

    ANY = "any"
    SELF = "self"
    OWN = "own"
    SUPPORTED = "supported"
    DISTRICT = "district"
    OUTSIDER = "outsider"


class Permission(StrEnum):
    """What an endpoint can demand; an endpoint that demands nothing is refused at start."""

    SEE_PUBLIC = "see_public"
    REPORT = "report"
    OPERATE = "operate"
    SIGN_IN = "sign_in"
    KEEP_ACCOUNT = "keep_account"
    EDIT_PLATFORM = "edit_platform"
    SEE_PLATFORM_HISTORY = "see_platform_history"
    GIVE_CONSENT = "give_consent"
    EDIT_LADDER = "edit_ladder"
    SEE_DEFECT_HISTORY = "see_defect_history"
    SEE_CONTACT_PERSONS = "see_contact_persons"
    MODERATE = "moderate"
    ACT_ON_DEFECT = "act_on_defect"
    HANDLE_DEFECT = "handle_defect"
    MERGE_DEFECTS = "merge_defects"
    CHECK_DEFECT = "check_defect"
    KEEP_HOURS = "keep_hours"
    MANAGE_ASSET = "manage_asset"
    LOOK_AFTER_ASSET = "look_after_asset"
    REMOVE_ASSET = "remove_asset"
    ASSIGN_KEEPER = "assign_keeper"
    MANAGE_REGISTER = "manage_register"
    KEEP_CONTACT = "keep_contact"
    WORK_ON_PLAN = "work_on_plan"
    SPEAK_ON_PLAN = "speak_on_plan"
    DECIDE_PLAN = "decide_plan"
    KEEP_MONEY = "keep_money"
    CONFIRM_SPENDING = "confirm_spending"
    KEEP_NAMES = "keep_names"
    CLAIM_AREA = "claim_area"
    CHOOSE_CLAIM = "choose_claim"
    REVIEW_RECOGNITION = "review_recognition"
    ANSWER_QUESTION = "answer_question"
    MEDIATE = "mediate"
    SAY_KNOWN = "say_known"
    SET_NORM = "set_norm"
    SEARCH = "search"
    SEE_DEMO = "see_demo"


Grants = dict[Role, Relation]

_EVERYONE: Grants = {Role.ANONYMOUS: Relation.ANY}

POLICY: dict[Permission, Grants] = {
    Permission.SEE_PUBLIC: _EVERYONE,
    Permission.REPORT: _EVERYONE,
    # What a load balancer asks: alive, and no more.
    Permission.OPERATE: _EVERYONE,
    # Where there is no demonstration, there is nothing to see (`Settings.demo`).
    Permission.SEE_DEMO: _EVERYONE,
    Permission.SIGN_IN: _EVERYONE,
    Permission.KEEP_ACCOUNT: {Role.RESIDENT: Relation.SELF},
    # Claimed from below (A6): no administrator and no officer writes a platform's words.
    Permission.EDIT_PLATFORM: {
        Role.PLATFORM_MANAGER: Relation.OWN,
        Role.SUPPORT: Relation.SUPPORTED,
    },
    Permission.SEE_PLATFORM_HISTORY: {
        Role.PLATFORM_MEMBER: Relation.OWN,
        Role.PLATFORM_MANAGER: Relation.OWN,
        Role.SUPPORT: Relation.SUPPORTED,
    },
    Permission.GIVE_CONSENT: {Role.PLATFORM_MANAGER: Relation.OWN},
    # How long each may take is the district's to say, as its own days are.
    Permission.EDIT_LADDER: {Role.DISTRICT_OFFICER: Relation.DISTRICT},
    Permission.SEE_DEFECT_HISTORY: {
        Role.MAINTAINER: Relation.OWN,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
        Role.MEDIATING_TEAM: Relation.DISTRICT,
        Role.MODERATOR: Relation.OUTSIDER,
    },
    # Everybody may call a role; who it is today is for those they work with.
    Permission.SEE_CONTACT_PERSONS: {
        Role.PLATFORM_MEMBER: Relation.DISTRICT,
        Role.PLATFORM_MANAGER: Relation.DISTRICT,
        Role.MAINTAINER: Relation.DISTRICT,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
        Role.COMMISSION_MEMBER: Relation.DISTRICT,
        Role.MEDIATING_TEAM: Relation.DISTRICT,
        Role.SUPPORT: Relation.DISTRICT,
    },
    # Never by the side that handles it.
    Permission.MODERATE: {Role.MODERATOR: Relation.OUTSIDER},
    # Whoever has any part in it, by one of the three below.
    Permission.ACT_ON_DEFECT: {
        Role.MAINTAINER: Relation.OWN,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
        Role.PLATFORM_MEMBER: Relation.OUTSIDER,
        Role.PLATFORM_MANAGER: Relation.OUTSIDER,
        Role.MODERATOR: Relation.OUTSIDER,
    },
    Permission.HANDLE_DEFECT: {
        Role.MAINTAINER: Relation.OWN,
        Role.DISTRICT_OFFICER: Relation.OWN,
    },
    Permission.MERGE_DEFECTS: {
        Role.DISTRICT_OFFICER: Relation.OUTSIDER,
        Role.MODERATOR: Relation.OUTSIDER,
    },
    # Neutral: of no organisation that handles it.
    Permission.CHECK_DEFECT: {
        Role.PLATFORM_MEMBER: Relation.OUTSIDER,
        Role.PLATFORM_MANAGER: Relation.OUTSIDER,
        Role.DISTRICT_OFFICER: Relation.OUTSIDER,
    },
    # Whose it is: whoever opens and runs the place.
    Permission.KEEP_HOURS: {
        Role.PLATFORM_MEMBER: Relation.OWN,
        Role.PLATFORM_MANAGER: Relation.OWN,
        Role.MAINTAINER: Relation.OWN,
        Role.SUPPORT: Relation.SUPPORTED,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
    },
    # Facts, agreement and keys of a thing: whose it is and who runs it.
    Permission.MANAGE_ASSET: {
        Role.PLATFORM_MANAGER: Relation.OWN,
        Role.MAINTAINER: Relation.OWN,
        Role.SUPPORT: Relation.SUPPORTED,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
    },
    # The round past things, with a checklist: whoever keeps any part of them.
    Permission.LOOK_AFTER_ASSET: {
        Role.PLATFORM_MEMBER: Relation.OWN,
        Role.PLATFORM_MANAGER: Relation.OWN,
        Role.MAINTAINER: Relation.OWN,
        Role.SUPPORT: Relation.SUPPORTED,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
    },
    # Never by one person: who asks does not settle (`ledger.four_eyes`).
    Permission.REMOVE_ASSET: {
        Role.PLATFORM_MANAGER: Relation.OWN,
        Role.MAINTAINER: Relation.OWN,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
    },
    # Who must keep a thing is the district's to say; nobody says it of another organisation.
    Permission.ASSIGN_KEEPER: {Role.DISTRICT_OFFICER: Relation.DISTRICT},
    Permission.MANAGE_REGISTER: {Role.DISTRICT_OFFICER: Relation.DISTRICT},
    # A platform's working page: its plans, what it spends, what it asks.
    Permission.WORK_ON_PLAN: {
        Role.PLATFORM_MEMBER: Relation.OWN,
        Role.PLATFORM_MANAGER: Relation.OWN,
        Role.SUPPORT: Relation.SUPPORTED,
    },
    # Words of one's own beside a plan; without an account there is a choice and no words.
    Permission.SPEAK_ON_PLAN: {Role.RESIDENT: Relation.ANY},
    # Of another's money: never by whoever asks for it.
    Permission.DECIDE_PLAN: {Role.DISTRICT_OFFICER: Relation.OUTSIDER},
    # The district's rounds and lines, and a platform's own outside money.
    Permission.KEEP_MONEY: {
        Role.PLATFORM_MANAGER: Relation.OWN,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
    },
    # A second person (`ledger.four_eyes`), of the platform or of who pays.
    Permission.CONFIRM_SPENDING: {
        Role.PLATFORM_MEMBER: Relation.OWN,
        Role.PLATFORM_MANAGER: Relation.OWN,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
    },
    # The other names of a neighbourhood: whoever is active there knows how people speak.
    Permission.KEEP_NAMES: {
        Role.PLATFORM_MANAGER: Relation.OWN,
        Role.SUPPORT: Relation.SUPPORTED,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
    },
    # From below: whoever lives there puts a platform forward, never an administrator.
    Permission.CLAIM_AREA: {Role.RESIDENT: Relation.ANY},
    Permission.CHOOSE_CLAIM: {Role.COMMISSION_MEMBER: Relation.DISTRICT},
    # Peers, the commission: no civil servant, and nobody of the platform itself.
    Permission.REVIEW_RECOGNITION: {
        Role.PLATFORM_MEMBER: Relation.OUTSIDER,
        Role.PLATFORM_MANAGER: Relation.OUTSIDER,
        Role.COMMISSION_MEMBER: Relation.OUTSIDER,
    },
    # Whoever it is with answers for themselves; the district answers for all it is asked.
    Permission.ANSWER_QUESTION: {
        Role.MAINTAINER: Relation.OWN,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
    },
    Permission.MEDIATE: {Role.MEDIATING_TEAM: Relation.DISTRICT},
    # Whoever knows an area says how much of it is on the map: its platforms, and the district.
    Permission.SAY_KNOWN: {
        Role.PLATFORM_MEMBER: Relation.OWN,
        Role.PLATFORM_MANAGER: Relation.OWN,
        Role.SUPPORT: Relation.SUPPORTED,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
    },
    # Norms are owned by platforms and district together (F5).
    Permission.SET_NORM: {
        Role.PLATFORM_MANAGER: Relation.OWN,
        Role.SUPPORT: Relation.SUPPORTED,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
    },
    # An exact answer keeps the machine busy: for those who work with it.
    Permission.SEARCH: {
        Role.PLATFORM_MEMBER: Relation.DISTRICT,
        Role.PLATFORM_MANAGER: Relation.DISTRICT,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
        Role.COMMISSION_MEMBER: Relation.DISTRICT,
        Role.MEDIATING_TEAM: Relation.DISTRICT,
    },
    # That a role is still there and still reached so: whoever works where it is held knows.
    Permission.KEEP_CONTACT: {
        Role.PLATFORM_MANAGER: Relation.OWN,
        Role.MAINTAINER: Relation.OWN,
        Role.SUPPORT: Relation.SUPPORTED,
        Role.DISTRICT_OFFICER: Relation.DISTRICT,
    },
}


@dataclass(frozen=True)
class Seat:
    """One role somebody holds, and for what."""

    role: Role
    district_id: UUID | None = None
    organisation_id: UUID | None = None


@dataclass(frozen=True)
class Actor:
    """Who asks. `supported_ids` are the organisations that let theirs act for them.

    `dormant` are seats that wait for a second factor: they give nothing, and still tie their
    holder to an organisation. `scopes` None: whatever the seats give; a token gives less.
    """

    person_id: UUID | None = None
    seats: tuple[Seat, ...] = ()
    dormant: tuple[Seat, ...] = ()
    supported_ids: frozenset[UUID] = frozenset()
    scopes: frozenset[Permission] | None = None

    @property
    def organisation_ids(self) -> frozenset[UUID]:
        """Every organisation they are tied to: by a role of whatever kind, or acting for it."""
        seats = (*self.seats, *self.dormant)
        held = frozenset(seat.organisation_id for seat in seats if seat.organisation_id)
        return held | self.supported_ids


NOBODY = Actor()


@dataclass(frozen=True)
class Subject:
    """What a permission is asked about: whose it is, where, and who handles it."""

    district_id: UUID | None = None
    organisation_ids: frozenset[UUID] = frozenset()
    handler_ids: frozenset[UUID] = frozenset()
    person_id: UUID | None = None


@dataclass(frozen=True)
class MembershipDraft:
    """A role given to somebody, from a day on; `valid_to` is the first day without it."""

    role: Role
    district_id: UUID | None
    organisation_id: UUID | None
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True)
class Standing:
    """What is known of a person when they ask: seats in force, and when to look again."""

    person_id: UUID
    seats: tuple[Seat, ...]
    supported_ids: frozenset[UUID]
    rights_version: int


def _stands(seat: Seat, relation: Relation, actor: Actor, subject: Subject) -> bool:
    return {
        Relation.ANY: True,
        Relation.SELF: actor.person_id is not None and actor.person_id == subject.person_id,
        Relation.OWN: seat.organisation_id in subject.organisation_ids,
        Relation.SUPPORTED: bool(actor.supported_ids & subject.organisation_ids),
        Relation.DISTRICT: _in_district(seat, subject),
        Relation.OUTSIDER: _in_district(seat, subject)
        and not actor.organisation_ids & subject.handler_ids,
    }[relation]


def _in_district(seat: Seat, subject: Subject) -> bool:
    return seat.district_id is not None and seat.district_id == subject.district_id


def _seats_of(actor: Actor) -> Iterable[Seat]:
    """Everybody is anonymous as well, and whoever has signed in a resident."""
    yield Seat(Role.ANONYMOUS)
    if actor.person_id is not None:
        yield Seat(Role.RESIDENT)
    yield from actor.seats


def find_seat(actor: Actor, permission: Permission, subject: Subject) -> Seat | None:
    """The seat by which `actor` may do this to `subject`; None: they may not."""
    if actor.scopes is not None and not (permission in actor.scopes or _is_open(permission)):
        return None
    grants = POLICY.get(permission, {})
    for seat in _seats_of(actor):
        relation = grants.get(seat.role)
        if relation is not None and _stands(seat, relation, actor, subject):
            return seat
    return None


def may(actor: Actor, permission: Permission, subject: Subject) -> bool:
    """True where the policy gives this; whatever is not listed is refused."""
    return find_seat(actor, permission, subject) is not None


def check_may(actor: Actor, permission: Permission, subject: Subject) -> Seat:
    """As `may`; the seat by which they may.

    Raises:
        SignInNeeded: nobody has signed in.
        NotAllowed: this person may not.
    """
    seat = find_seat(actor, permission, subject)
    if seat is None:
        raise make_refusal(actor, permission)
    return seat


def may_ever(actor: Actor, permission: Permission) -> bool:
    """True where `actor` may do this to some thing: what an address asks before it looks at one."""
    if actor.scopes is not None and not (permission in actor.scopes or _is_open(permission)):
        return False
    roles = {seat.role for seat in _seats_of(actor)}
    return not roles.isdisjoint(POLICY.get(permission, {}))


def check_may_ever(actor: Actor, permission: Permission) -> None:
    """As `may_ever`.

    Raises:
        SignInNeeded: nobody has signed in, or a second factor is wanting.
        NotAllowed: this person may not, whatever it is about.
    """
    if not may_ever(actor, permission):
        raise make_refusal(actor, permission)


def make_refusal(actor: Actor, permission: Permission) -> NotAllowed:
    """What to say to whom may not."""
    if actor.person_id is None:
        return SignInNeeded("Sign in first: this is not for everybody.")
    if any(seat.role in POLICY.get(permission, {}) for seat in actor.dormant):
        return CodeNeeded("Your role needs a code from your phone as well: give it first.")
    return NotAllowed("You may not do this. Sign in with an account that may.")


def _is_open(permission: Permission) -> bool:
    return Role.ANONYMOUS in POLICY.get(permission, {})


def seat_actor(
    standing: Standing, *, has_second_factor: bool, scopes: frozenset[Permission] | None = None
) -> Actor:
    """The person as they ask; without a second factor some of their seats sleep."""
    awake = [
        seat for seat in standing.seats if has_second_factor or seat.role not in SECOND_FACTOR_ROLES
    ]
    dormant = [seat for seat in standing.seats if seat not in awake]
    return Actor(
        person_id=standing.person_id,
        seats=tuple(awake),
        dormant=tuple(dormant),
        supported_ids=standing.supported_ids,
        scopes=scopes,
    )


def check_membership(draft: MembershipDraft, kind: OrganisationKind | None) -> None:
    """Whether a role fits what it is given for; `kind` is that of the organisation, if any.

    Raises:
        Invalid: it does not; the message says what to name.
    """
    scope = SCOPES.get(draft.role)
    if scope is None:
        raise Invalid("{role} is no role to give.", field="role", role=draft.role)
    if scope is Scope.ORGANISATION and draft.organisation_id is None:
        raise Invalid("Name the organisation {role} is for.", field="organisation", role=draft.role)
    if scope is not Scope.INSTALLATION and draft.district_id is None:
        raise Invalid("Name the district {role} is for.", field="district", role=draft.role)
    if scope is Scope.INSTALLATION and (draft.district_id or draft.organisation_id):
        raise Invalid("{role} is for the whole installation.", field="district", role=draft.role)
    fitting = KINDS_OF_ROLE.get(draft.role)
    if kind is not None and fitting is not None and kind not in fitting:
        raise Invalid(
            "{role} is held at another kind of organisation: {known}.",
            field="organisation",
            role=draft.role,
            known=", ".join(sorted(fitting)),
        )
    if draft.valid_to is not None and draft.valid_to <= draft.valid_from:
        raise Invalid("The first day without the role comes after the first day with it.")


def read_address(words: str) -> str:
    """An e-mail address as it is kept: no space around it, the host in small letters.

    Raises:
        Invalid: it cannot be one.
    """
    clean = read_words(words, field="email", most=MOST_ADDRESS_LETTERS)
    name, at, host = clean.rpartition("@")
    plain = clean.isascii() and clean.isprintable() and not set(clean) & set(' <>(),;:\\"[]')
    dotted = "." in host and all(host.split(".")) and not host.startswith("-")
    # RFC 5322, 3.4.1, without quotes; and nothing that reads as an encoded word of RFC 2047.
    sound = all(name.split(".")) and "@" not in name and "=?" not in name and len(name) <= 64
    if not (at and sound and plain and dotted):
        raise Invalid("This is no e-mail address: it looks like name@example.org.", field="email")
    return f"{name}@{host.lower()}"


def address_key(address: str) -> str:
    """What two ways of writing one address have in common; no host tells its capitals apart."""
    return address.lower()


def mailbox_key(address: str) -> str:
    """What the addresses of one mailbox have in common: what follows a + only sorts its mail."""
    name, _, host = address_key(address).rpartition("@")
    return f"{name.partition('+')[0]}@{host}"


@dataclass(frozen=True)
class HeldRole:
    """A role as its holder reads it; the names are empty where there is none."""

    id: UUID
    role: Role
    organisation: str
    district: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class PersonFacts:
    """A person, for themselves and for those who manage people."""

    id: UUID
    name: str
    address: str
    since: datetime
    roles: list[HeldRole] = field(default_factory=list)


# -- The ladder ----------------------------------------------------------------------------------

# The handler, and the team lead: further up only a pattern of many files is brought, by a person.
# The same numbers stand in a CHECK of `tables`.
FIRST_RUNG, TOP_RUNG = 1, 2
MOST_DAYS = 365


@dataclass(frozen=True)
class OwnDays:
    """How long an organisation's moves may take; None: as long as its district says."""

    answer_days: int | None = None
    acceptance_days: int | None = None
    silence_days: int | None = None


@dataclass(frozen=True)
class RungDraft:
    """Whom a report on this rung is brought to, by role; `days` None: those of the organisation."""

    number: int
    contact: str
    days: int | None = None


@dataclass(frozen=True)
class Ladder:
    """How long an organisation's moves may take, and its rungs that are filled, lowest first."""

    days: OwnDays = OwnDays()
    rungs: tuple[RungDraft, ...] = ()


def read_days(words: str, *, field: str) -> int | None:
    """A number of days; None where nothing is said.

    Raises:
        Invalid: it is none, or not between 1 and 365.
    """
    if not words:
        return None
    is_number = words.isascii() and words.isdigit() and len(words) < 5
    if not is_number or not 1 <= int(words) <= MOST_DAYS:
        raise Invalid("Give a number of days from 1 to {most}.", field=field, most=MOST_DAYS)
    return int(words)


def read_rung(words: str) -> int:
    """The number of a rung.

    Raises:
        Invalid: there is no such rung.
    """
    known = [str(number) for number in range(FIRST_RUNG, TOP_RUNG + 1)]
    if words not in known:
        raise Invalid(
            "{words} is no rung: use one of {known}.",
            field="rung",
            words=words,
            known=", ".join(known),
        )
    return int(words)


def flatten_ladder(ladder: Ladder) -> dict[str, object]:
    """A ladder as the history tells it: what is not said is left out."""
    said: dict[str, object] = {name: days for name, days in vars(ladder.days).items() if days}
    for rung in ladder.rungs:
        said[f"rung_{rung.number}"] = rung.contact
        if rung.days:
            said[f"rung_{rung.number}_days"] = rung.days
    return said
