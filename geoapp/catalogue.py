"""What the JSON API publishes, field by field (what is not listed here is not in it); and the
name of the symbol for each thing (its drawing: `geo/symbol`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from geoapp.agreements.queries import AgreementFacts
from geoapp.areas.queries import Area, ContactFacts
from geoapp.areas.rules import Theme
from geoapp.assets.queries import AssetFacts, Duty
from geoapp.assets.rules import Aspect, Kind, PhysicalStatus, RegisterStatus
from geoapp.budgets.queries import FundingFacts
from geoapp.budgets.rules import Model
from geoapp.care.queries import GapFacts
from geoapp.care.rules import Gap
from geoapp.defects.queries import DefectFacts, Step
from geoapp.defects.rules import Category, EventKind, Party, Shape, State, WordsState
from geoapp.moderation.rules import Reason
from geoapp.people.queries import Party as Organisation
from geoapp.people.rules import Mandate, OrganisationKind
from geoapp.platforms.queries import PlatformFacts


@dataclass(frozen=True)
class Field:
    """A published field; `schema` is its JSON Schema (OpenAPI 3.0: `nullable` where null)."""

    name: str
    schema: Mapping[str, Any]
    words: str


def _text(name: str, words: str, **more: Any) -> Field:
    return Field(name, {"type": "string", **more}, words)


def _list(name: str, noun: str, words: str) -> Field:
    return Field(name, {"type": "array", "items": {"$ref": _ref(noun)}}, words)


def _ref(noun: str) -> str:
    return f"#/components/schemas/{noun}"


def _or_null(noun: str) -> Mapping[str, Any]:
    # OpenAPI 3.0 lets only a typed schema be null.
    nothing = {"type": "object", "nullable": True, "enum": [None]}
    return {"anyOf": [{"$ref": _ref(noun)}, nothing]}


CODE = _text("code", "public code, as on the sign")
NAME = _text("name", "what people call it")
DISTRICT = _text("district", "slug of the district")
URL = _text("url", "address of its page", format="uri")
EXAMPLE = Field("is_example", {"type": "boolean"}, "true: invented, to show how it works")
LAT = Field("lat", {"type": "number"}, "latitude of the public pin, WGS 84 degrees")
LON = Field("lon", {"type": "number"}, "longitude of the public pin, WGS 84 degrees")
OPEN_NOW = Field(
    "open_now", {"type": "boolean", "nullable": True}, "open at this moment; null: hours not known"
)
KIND = _text("kind", "what stands there", enum=list(Kind))
STATE = _text("state", "public state, derived from what was said and done", enum=list(State))
CATEGORY = _text("category", "what is the matter", enum=list(Category))

PUBLISHED: dict[str, tuple[Field, ...]] = {
    "organisation": (
        _text("slug", "name in addresses"),
        NAME,
        _text("kind", "what it is", enum=list(OrganisationKind)),
        Field("reads_along", {"type": "boolean"}, "true: it sees what is reported here"),
        Field("is_volunteer", {"type": "boolean"}, "true: residents, not a department"),
        _text("how_to_reach", "how to reach it"),
        EXAMPLE,
    ),
    "duty": (
        Field("organisation", {"$ref": _ref("organisation")}, "who keeps it"),
        Field(
            "covers", {"type": "array", "items": {"type": "string", "enum": list(Aspect)}}, "what"
        ),
        _text("until", "last day of the duty", format="date", nullable=True),
        EXAMPLE,
    ),
    "line": (
        _text("slug", "name in addresses"),
        NAME,
        Field("payer", {"$ref": _ref("organisation")}, "whose money it is"),
        _text("round", "the round it belongs to; null: money from outside", nullable=True),
        _text(
            "model", "a, b: residents vote; c: platforms plan", enum=[*Model, None], nullable=True
        ),
        Field("amount_cents", {"type": "integer"}, "whole line, in cents of a euro"),
        _text("earmark", "what it may be spent on", nullable=True),
        _text("spend_by", "last day to spend it", format="date", nullable=True),
        EXAMPLE,
    ),
    "funding": (
        Field("line", {"$ref": _ref("line")}, "the line that pays"),
        Field(
            "amount_cents", {"type": "integer", "nullable": True}, "its part, in cents of a euro"
        ),
        Field("share", {"type": "number", "nullable": True}, "its part of the whole, 0 to 1"),
        EXAMPLE,
    ),
    "undertaking": (
        Field("organisation", {"$ref": _ref("organisation")}, "the party"),
        _text("undertakes", "what it does"),
    ),
    "agreement": (
        _text("slug", "name in addresses"),
        _text("title", "what the paper is called"),
        _text("signed_on", "day of signing", format="date", nullable=True),
        _text("starts_on", "first day", format="date", nullable=True),
        _text("valid_to", "last day", format="date", nullable=True),
        _text("ended_on", "last day, where it was ended early", format="date", nullable=True),
        Field("asset_count", {"type": "integer"}, "how many assets it covers"),
        _list("parties", "undertaking", "who does what"),
        EXAMPLE,
    ),
    "asset_item": (CODE, KIND, NAME, DISTRICT, LAT, LON, OPEN_NOW, URL, EXAMPLE),
    "asset": (
        CODE,
        KIND,
        NAME,
        DISTRICT,
        LAT,
        LON,
        _text("register_status", "what the municipal register says", enum=list(RegisterStatus)),
        _text("physical_status", "what stands on the street", enum=list(PhysicalStatus)),
        Field("details", {"type": "object"}, "what is told of this kind beyond the rest"),
        Field("owner", _or_null("organisation"), "legal owner; null: not known"),
        _list("keeper", "duty", "who keeps it; empty: not known"),
        _list("funding", "funding", "who pays; empty: not known"),
        Field("agreement", _or_null("agreement"), "the use agreement; null: none known"),
        OPEN_NOW,
        _text("last_seen_on", "day it was last seen there", format="date", nullable=True),
        _text("planned_on", "day it is to be built", format="date", nullable=True),
        _text("review_on", "day this trial is looked at again", format="date", nullable=True),
        _list("areas", "area_item", "organic neighbourhoods and official areas, derived"),
        _list("defects", "defect_item", "reports about it, oldest first"),
        _text("source", "whence the record"),
        _text("licence", "under which licence"),
        URL,
        EXAMPLE,
    ),
    "defect_item": (CODE, STATE, CATEGORY, NAME, DISTRICT, LAT, LON, URL, EXAMPLE),
    "event": (
        _text("kind", "what was said or done", enum=list(EventKind)),
        _text("happened_on", "day, not the hour", format="date"),
        _text("by", "organisation; null: a resident", nullable=True),
        _text("note", "its words; empty while held or hidden"),
        _text("words_state", "whether its words are shown", enum=list(WordsState)),
        Field("has_photo", {"type": "boolean"}, "true: a resident's word came with a photo"),
        _text("due_on", "promised day", format="date", nullable=True),
    ),
    "defect": (
        CODE,
        STATE,
        CATEGORY,
        NAME,
        _text("description", "the reporter's words; empty while held or hidden"),
        _text("words_state", "whether the words are shown", enum=list(WordsState)),
        _text("words_hidden_for", "why they are hidden", nullable=True),
        DISTRICT,
        LAT,
        LON,
        Field("asset", _or_null("asset_ref"), "the thing it is about"),
        _text("area_code", "official code of the buurt", nullable=True),
        _text("reported_on", "day of the first report", format="date"),
        Field("days_open", {"type": "integer"}, "days since the first report"),
        _text("turn", "who has the move", enum=list(Party)),
        _text("turn_name", "the organisation, where one has it", nullable=True),
        _text("turn_due_on", "by which day; null: no one, or volunteers", nullable=True),
        _text("merged_into", "code of the kept report", nullable=True),
        _list("events", "event", "oldest first"),
        URL,
        EXAMPLE,
    ),
    "asset_ref": (CODE, NAME, KIND, URL),
    "area_item": (
        _text("slug", "name in addresses"),
        _text("kind", "official or organic", enum=["official", "organic"]),
        _text("level", "gebied, wijk or buurt, where official", nullable=True),
        _text("code", "official code, where official", nullable=True),
        NAME,
        DISTRICT,
        Field("bbox", {"type": "array", "items": {"type": "number"}}, "west, south, east, north"),
        URL,
        EXAMPLE,
    ),
    "platform": (
        _text("slug", "name in addresses"),
        NAME,
        DISTRICT,
        URL,
        _text("about", "what it says of itself"),
        _text("meets", "when and where people can come along; empty: not said"),
        Field("since_year", {"type": "integer", "nullable": True}, "since when there is one"),
        EXAMPLE,
    ),
    "platform_item": (_text("slug", "name in addresses"), NAME, DISTRICT, URL, EXAMPLE),
    # Never a person: who it is today is for those they work with.
    "contact": (
        _text("role", "the role to ask for"),
        Field("organisation", {"$ref": _ref("organisation")}, "where it is held"),
        _text("mandate", "what it can do with what it hears", enum=list(Mandate)),
        _text("how_to_reach", "how to reach it"),
        _text("theme", "about what; null: everything", enum=[*Theme, None], nullable=True),
        _text("area", "slug of the area it is for; null: the whole district", nullable=True),
        EXAMPLE,
    ),
}

# A thing as one row of a file: what the API publishes of it, without what is joined to it.
REGISTER_ROW: tuple[Field, ...] = (
    *(
        field
        for field in PUBLISHED["asset"]
        if field.name
        in {
            "code",
            "kind",
            "name",
            "district",
            "lat",
            "lon",
            "register_status",
            "physical_status",
            "details",
            "last_seen_on",
            "planned_on",
            "review_on",
            "source",
            "licence",
            "url",
            "is_example",
        }
    ),
    _text("owner", "name of the legal owner; null: not known", nullable=True),
)

# What is lacking of a thing, as one row of a file.
CARE_ROW: tuple[Field, ...] = (
    *(field for field in REGISTER_ROW if field.name in {"code", "kind", "name", "district"}),
    _text("gap", "what is lacking", enum=list(Gap)),
    _text("about", "which aspects nobody keeps, or the slug of the agreement or contract"),
    _text("since", "since when; of what was not seen, the day it last was", nullable=True),
    *(
        field
        for field in REGISTER_ROW
        if field.name in {"lat", "lon", "source", "licence", "url", "is_example"}
    ),
)

SYMBOL_OF_SHAPE: dict[Shape, str] = {shape: shape.value for shape in Shape}
SYMBOL_OF_CATEGORY: dict[Category, str] = {
    category: "bin" if category is Category.FULL else category.value for category in Category
}
SYMBOL_OF_KIND: dict[Kind, str] = {kind: kind.value for kind in Kind}


def publish(noun: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` in the published order; a field more or less than the list is a mistake here."""
    names = [field.name for field in PUBLISHED[noun]]
    if set(names) != set(values):
        raise AssertionError(noun, set(names) ^ set(values))
    return {name: _to_wire(values[name]) for name in names}


def _to_wire(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def publish_organisation(organisation: Organisation) -> dict[str, Any]:
    """An organisation."""
    names = [field.name for field in PUBLISHED["organisation"]]
    return publish("organisation", {name: getattr(organisation, name) for name in names})


def publish_duty(duty: Duty) -> dict[str, Any]:
    """A keeper's duty."""
    return publish(
        "duty",
        {
            "organisation": publish_organisation(duty.keeper),
            "covers": list(duty.covers),
            "until": duty.until,
            "is_example": duty.is_example,
        },
    )


def publish_funding(funding: FundingFacts) -> dict[str, Any]:
    """One line's part in paying for an asset."""
    line = funding.line
    return publish(
        "funding",
        {
            "line": publish(
                "line",
                {
                    "slug": line.slug,
                    "name": line.name,
                    "payer": publish_organisation(line.payer),
                    "round": line.round_name,
                    "model": line.round_model,
                    "amount_cents": line.amount_cents,
                    "earmark": line.earmark,
                    "spend_by": line.spend_by,
                    "is_example": line.is_example,
                },
            ),
            "amount_cents": funding.amount_cents,
            "share": round(funding.share, 4) if funding.share is not None else None,
            "is_example": funding.is_example,
        },
    )


def publish_agreement(agreement: AgreementFacts) -> dict[str, Any]:
    """A use agreement."""
    parties = [
        publish(
            "undertaking",
            {
                "organisation": publish_organisation(part.party),
                "undertakes": part.undertakes,
            },
        )
        for part in agreement.undertakings
    ]
    return publish(
        "agreement",
        {
            "slug": agreement.slug,
            "title": agreement.title,
            "signed_on": agreement.term.signed_on,
            "starts_on": agreement.term.starts_on,
            "valid_to": agreement.term.valid_to,
            "ended_on": agreement.term.ended_on,
            "asset_count": agreement.asset_count,
            "parties": parties,
            "is_example": agreement.is_example,
        },
    )


def publish_asset_item(asset: AssetFacts, *, url: str, open_now: bool | None) -> dict[str, Any]:
    """An asset in a list."""
    return publish(
        "asset_item",
        {
            "code": asset.code,
            "kind": asset.kind,
            "name": asset.name,
            "district": asset.district,
            "lat": asset.lat,
            "lon": asset.lon,
            "open_now": open_now,
            "url": url,
            "is_example": asset.is_example,
        },
    )


def publish_register_row(asset: AssetFacts, *, url: str) -> dict[str, Any]:
    """An asset as one row of a file."""
    told = {**vars(asset), "url": url, "owner": asset.owner and asset.owner.name}
    return {field.name: _to_wire(told[field.name]) for field in REGISTER_ROW}


def publish_gap_row(gap: GapFacts, *, url: str) -> dict[str, Any]:
    """What is lacking of an asset, as one row of a file."""
    lacks = {"gap": gap.kind, "about": gap.about, "since": gap.since_on}
    told = {**vars(gap.asset), **lacks, "url": url}
    return {field.name: _to_wire(told[field.name]) for field in CARE_ROW}


def publish_defect_item(defect: DefectFacts, *, url: str) -> dict[str, Any]:
    """A defect in a list."""
    return publish("defect_item", {**_defect_basics(defect), "url": url})


def publish_defect(
    defect: DefectFacts,
    *,
    steps: list[Step],
    url: str,
    asset_url: str | None,
    hidden_for: Reason | None = None,
) -> dict[str, Any]:
    """A defect with its events. The date of a volunteer's move stays inside."""
    thing = defect.asset
    return publish(
        "defect",
        {
            **_defect_basics(defect),
            "description": defect.description,
            "words_state": defect.words_state,
            "words_hidden_for": hidden_for,
            "asset": thing
            and publish(
                "asset_ref",
                {"code": thing.code, "name": thing.name, "kind": thing.kind, "url": asset_url},
            ),
            "area_code": defect.area_code,
            "reported_on": defect.reported_on,
            "days_open": defect.days_open,
            "turn": defect.move.party,
            "turn_name": defect.mover,
            "turn_due_on": None if defect.mover_is_volunteer else defect.move.due_on,
            "merged_into": defect.merged_into,
            "events": [_publish_step(step) for step in steps],
            "url": url,
        },
    )


def _defect_basics(defect: DefectFacts) -> dict[str, Any]:
    return {
        "code": defect.code,
        "state": defect.state,
        "category": defect.category,
        "name": defect.description or defect.category.value,
        "district": defect.district,
        "lat": defect.lat,
        "lon": defect.lon,
        "is_example": defect.is_example,
    }


def _publish_step(step: Step) -> dict[str, Any]:
    names = [field.name for field in PUBLISHED["event"]]
    return publish("event", {name: getattr(step, name) for name in names})


def publish_area_item(area: Area, *, url: str) -> dict[str, Any]:
    """An area of either division."""
    return publish(
        "area_item",
        {
            "slug": area.slug,
            "kind": area.kind,
            "level": area.level,
            "code": area.code,
            "name": area.name,
            "district": area.district,
            "bbox": [round(value, 6) for value in area.bounds],
            "url": url,
            "is_example": area.is_example,
        },
    )


def publish_platform_item(platform: PlatformFacts, *, url: str) -> dict[str, Any]:
    """A platform in a list."""
    return publish(
        "platform_item",
        {
            "slug": platform.slug,
            "name": platform.name,
            "district": platform.district,
            "url": url,
            "is_example": platform.is_example,
        },
    )


def publish_contact(contact: ContactFacts) -> dict[str, Any]:
    """A role one can call."""
    return publish(
        "contact",
        {
            "role": contact.role_name,
            "organisation": publish_organisation(contact.organisation),
            "mandate": contact.mandate,
            "how_to_reach": contact.how_to_reach,
            "theme": contact.theme,
            "area": contact.area and contact.area.slug,
            "is_example": contact.is_example,
        },
    )


def publish_platform(platform: PlatformFacts, *, url: str) -> dict[str, Any]:
    """A platform with its own words."""
    return publish(
        "platform",
        publish_platform_item(platform, url=url)
        | {
            "about": platform.about,
            "meets": platform.meets,
            "since_year": platform.since_year,
        },
    )
