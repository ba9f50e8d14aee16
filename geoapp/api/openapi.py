"""The OpenAPI 3.0 description of our own API, made from the catalogue's list of fields."""

from collections.abc import Mapping
from typing import Any

from geoapp.areas.rules import Theme
from geoapp.assets.rules import Kind
from geoapp.catalogue import PUBLISHED
from geoapp.defects.rules import Action, Category, Says, State
from geoapp.dialogue.rules import ACT_FIELDS, MOST_NOTE_LETTERS, HowRefused
from geoapp.dialogue.rules import PICTURES as PICTURES_OF_VOICE
from geoapp.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    SignInNeeded,
    Stale,
    TooMany,
    UnknownMedia,
    VersionNeeded,
)
from geoapp.intake.rules import MOST_NUMBER_LETTERS, MOST_WORDS, PICTURES
from geoapp.ledger.rules import MOST_KEY_LETTERS
from geoapp.people.rules import MOST_ADDRESS_LETTERS
from geoapp.platforms.rules import MOST_LETTERS
from geoapp.refusals import FULL, KINDS, PROTOCOL, UNAVAILABLE, UNEXPECTED, Refusal

VERSION = "1.0.0"

Json = dict[str, Any]

# What a question may be refused with: about no single thing, and about one.
TO_SEE = (KINDS[Invalid], KINDS[Stale], UNEXPECTED, UNAVAILABLE)
TO_SEE_ONE = (*TO_SEE, KINDS[NotFound])
TO_REPORT = (
    KINDS[Invalid],
    KINDS[Conflict],
    PROTOCOL[413],
    KINDS[UnknownMedia],
    KINDS[TooMany],
    UNEXPECTED,
    UNAVAILABLE,
    FULL,
)
TO_ACT = (
    KINDS[Invalid],
    KINDS[SignInNeeded],
    KINDS[NotAllowed],
    KINDS[NotFound],
    KINDS[Conflict],
    PROTOCOL[413],
    KINDS[UnknownMedia],
    UNEXPECTED,
    UNAVAILABLE,
    FULL,
)
TO_SPEAK = (*TO_REPORT, KINDS[NotFound])
TO_CHANGE = (
    KINDS[Invalid],
    KINDS[SignInNeeded],
    KINDS[NotAllowed],
    KINDS[NotFound],
    KINDS[Stale],
    PROTOCOL[413],
    KINDS[UnknownMedia],
    KINDS[VersionNeeded],
    UNEXPECTED,
    UNAVAILABLE,
)
HEADERS = {
    "API-Version": ("version of this API", {"type": "string", "example": VERSION}),
    "ETag": ("tag of this answer, for If-None-Match", {"type": "string"}),
    "Link": ("the next page, as `next` has it", {"type": "string"}),
    "Location": ("address of what was stored", {"type": "string", "format": "uri"}),
    "Retry-After": ("seconds to wait", {"type": "integer", "minimum": 1}),
}


def describe_api(base_url: str) -> Json:
    """The whole description; `base_url` ends in ``/api/v1/``."""
    refusals = {refusal.status: refusal for refusal in (*TO_SEE_ONE, *TO_REPORT, *TO_CHANGE)}
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "geoapp",
            "version": VERSION,
            "description": "Neighbourhood places and reports: who pays, who keeps, what is open.",
            "license": {
                "name": "EUPL-1.2",
                "url": "https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12",
            },
        },
        "servers": [{"url": base_url.rstrip("/")}],
        "paths": _describe_paths(),
        "components": {
            "schemas": {noun: _describe_noun(noun) for noun in PUBLISHED}
            | {
                "problem": _describe_problem(),
                "here": _describe_here(),
                "contacts": _describe_contacts(),
                "receipt": _describe_receipt(),
                "voice_receipt": _describe_voice_receipt(),
            },
            "headers": {
                name: {"description": words, "schema": schema}
                for name, (words, schema) in HEADERS.items()
            },
            "responses": {
                f"refusal_{status}": _describe_refusal(refusal)
                for status, refusal in sorted(refusals.items())
            },
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "made on the page of one's account, for a purpose and a time",
                }
            },
        },
    }


def _describe_paths() -> Json:
    area = _parameter("area", "slug of an area, official or organic", example="the-hook")
    district = _parameter("district", "slug of a district", example="lakeside")
    kind = _parameter("kind", "kind of asset", enum=list(Kind), example=Kind.BENCH)
    state = _parameter("state", "public state", enum=list(State), example=State.DISPUTED)
    division = _parameter("kind", "division", enum=["official", "organic"], example="organic")
    theme = _parameter("theme", "about what; absent: any", enum=list(Theme), example=Theme.REPAIR)
    place = [
        _number("lat", "latitude, WGS 84", (-90, 90), required=True, example=52.25),
        _number("lon", "longitude, WGS 84", (-180, 180), required=True, example=5.5),
    ]
    lists = ("openapi", "assets", "defects", "areas", "platforms")
    addresses = {name: {"type": "string", "format": "uri"} for name in lists}
    root = {"type": "object", "required": list(lists), "properties": addresses}
    return {
        "/": _see("getRoot", "Where to go from here", [], root, TO_SEE),
        "/openapi.json": _see("getDescription", "This", [], {"type": "object"}, TO_SEE),
        "/assets": _list("assets", "asset_item", [kind, area, district]),
        "/assets/{code}": _one("asset"),
        "/defects": _list("defects", "defect_item", [state, area, district]) | _describe_report(),
        "/defects/{code}": _one("defect"),
        "/defects/{code}/actions": _describe_act(),
        "/defects/{code}/voice": _describe_voice(),
        "/areas": _list("areas", "area_item", [division, district]),
        "/platforms": _list("platforms", "platform_item", [district]),
        "/platforms/{slug}": _describe_platform(),
        "/at": _see(
            "getAt",
            "What is around a place",
            [
                *place,
                _number("radius_m", "metres", (1, 2000), required=False, example=100),
            ],
            _ref("here"),
            TO_SEE,
        ),
        "/contacts": _see(
            "listContacts", "Whom to call about a place", [*place, theme], _ref("contacts"), TO_SEE
        ),
    }


def _list(name: str, noun: str, filters: list[Json]) -> Json:
    limit = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 200}
    page = {
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": _ref(noun)},
            "next": {"type": "string", "format": "uri", "nullable": True},
        },
    }
    parameters = [
        *filters,
        {
            "name": "limit",
            "in": "query",
            "schema": limit,
            "description": "items on a page",
            "example": 50,
        },
        _parameter("after", "go on after this one; follow `next`", example="K7-QF4"),
    ]
    described = _see(f"list{name.capitalize()}", f"List {name}", parameters, page, TO_SEE_ONE)
    described["get"]["responses"]["200"]["headers"] |= _headers("Link")
    return described


def _in_path(name: str, words: str, *, example: str) -> Json:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": words,
        "example": example,
    }


def _one(noun: str) -> Json:
    code = _in_path("code", "public code, as people type it", example="K7-QF4")
    return _see(f"get{noun.capitalize()}", f"One {noun}", [code], _ref(noun), TO_SEE_ONE)


def _see(
    name: str, words: str, parameters: list[Json], schema: Json, refusals: tuple[Refusal, ...]
) -> Json:
    answers: Json = {
        "200": {
            "description": "OK",
            "headers": _headers("API-Version", "ETag"),
            "content": {"application/json": {"schema": schema}},
        },
        "304": {
            "description": "Not changed since the tag that was sent (`If-None-Match`)",
            "headers": _headers("API-Version", "ETag"),
        },
    }
    return {
        "get": {
            "operationId": name,
            "summary": words,
            "parameters": parameters,
            "responses": answers | _refusals(refusals),
        }
    }


def _describe_platform() -> Json:
    slug = _in_path("slug", "name in addresses", example="the-hook")
    see = _see("getPlatform", "One platform", [slug], _ref("platform"), TO_SEE_ONE)
    words = {name: {"type": "string", "maxLength": most} for name, most in MOST_LETTERS.items()}
    changed: Json = {
        "description": "Changed",
        "headers": _headers("API-Version", "ETag"),
        "content": {"application/json": {"schema": _ref("platform")}},
    }
    whole = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": words,
    }
    body = {"schema": whole, "example": {"meets": "Every first Tuesday"}}
    version = {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "the ETag it was read with; without it nothing is changed",
        "schema": {"type": "string"},
        "example": '"v1"',
    }
    return see | {
        "patch": {
            "operationId": "changePlatform",
            "summary": "Change a platform's words, for those who may, with a token",
            "security": [{"token": []}],
            "parameters": [slug, version],
            "requestBody": {
                "required": True,
                "content": {"application/json": body, "application/merge-patch+json": body},
            },
            "responses": {"200": changed} | _refusals(TO_CHANGE),
        }
    }


def _describe_act() -> Json:
    code = _in_path("code", "public code, as people type it", example="K7-QF4")
    words: Json = {"type": "string", "maxLength": MOST_NOTE_LETTERS}
    day: Json = {"type": "string", "format": "date"}
    days = ("due_on", HowRefused.VISITED_ON)
    names = dict.fromkeys(name for fields in ACT_FIELDS.values() for name in fields)
    fields: Json = {str(name): day if name in days else words for name in names}
    fields |= {
        "action": {"type": "string", "enum": list(Action)},
        "is_good": {"type": "boolean"},
    }
    whole: Json = {"type": "object", "required": ["action"], "additionalProperties": False}
    bodies = {
        "application/json": {"type": "string", "format": "byte"},
        "multipart/form-data": {"type": "string", "format": "binary"},
    }
    done: Json = {
        "type": "object",
        "required": ["code", "state"],
        "properties": {"code": {"type": "string"}, "state": {"type": "string"}},
    }
    return {
        "post": {
            "operationId": "actOnDefect",
            "summary": "Act on a report, for those who handle or check it, with a token",
            "security": [{"token": []}],
            "parameters": [code],
            "requestBody": {
                "required": True,
                "content": {
                    mimetype: {
                        "schema": whole
                        | {
                            "properties": fields
                            | {
                                name: {"type": "array", "maxItems": most, "items": item}
                                for name, most in PICTURES_OF_VOICE.items()
                            }
                        },
                        "example": {"action": Action.TAKE},
                    }
                    for mimetype, item in bodies.items()
                },
            },
            "responses": {
                "200": {
                    "description": "Done",
                    "headers": _headers("API-Version", "ETag"),
                    "content": {"application/json": {"schema": done}},
                }
            }
            | _refusals(TO_ACT),
        }
    }


def _describe_report() -> Json:
    fields: Json = {
        "lat": {"type": "number", "description": "latitude, WGS 84; absent: the asset's"},
        "lon": {"type": "number", "description": "longitude, WGS 84; absent: the asset's"},
        "category": {"type": "string", "enum": list(Category)},
        "description": {"type": "string", "maxLength": MOST_WORDS},
        "asset": {"type": "string", "description": "code of the asset it is about"},
        "city_number": {"type": "string", "maxLength": MOST_NUMBER_LETTERS},
        "city_reported_on": {"type": "string", "format": "date"},
        "email": {
            "type": "string",
            "maxLength": MOST_ADDRESS_LETTERS,
            "description": "where its reporter wants to hear of it; asked once to confirm",
        },
    }
    example = {
        "lat": 52.25,
        "lon": 5.5,
        "category": Category.BROKEN,
        "description": "One board off",
    }
    return {
        "post": {
            "operationId": "reportDefect",
            "summary": "Report a defect",
            "parameters": [_describe_key("a report stays one")],
            "requestBody": _describe_body(fields, PICTURES, example, required="category"),
            "responses": {
                "200": {"description": "The same key had stored it before"} | _receipt("receipt"),
                "201": {"description": "Stored"} | _receipt("receipt"),
            }
            | _refusals(TO_REPORT),
        }
    }


def _describe_voice() -> Json:
    fields: Json = {
        "says": {"type": "string", "enum": list(Says)},
        "note": {"type": "string", "maxLength": MOST_NOTE_LETTERS},
        "heard": {
            "type": "boolean",
            "description": "were you heard, apart from how it is; absent: not answered",
        },
        "secret": {
            "type": "string",
            "maxLength": 200,
            "description": "of the own link of its reporter, or of a follower's; absent: neither",
        },
    }
    code = _in_path("code", "public code, as people type it", example="K7-QF4")
    return {
        "post": {
            "operationId": "speakOfDefect",
            "summary": "Say how it is now",
            "parameters": [code, _describe_key("a word is said once")],
            "requestBody": _describe_body(
                fields,
                PICTURES_OF_VOICE,
                {"says": Says.STILL_BROKEN, "note": "Tape round it"},
                required="says",
            ),
            "responses": {
                "200": {"description": "It was said before, and adds nothing"}
                | _receipt("voice_receipt"),
                "201": {"description": "Said"} | _receipt("voice_receipt"),
            }
            | _refusals(TO_SPEAK),
        }
    }


# Plain letters of ASCII: a header holds no others.
_KEY: Json = {"type": "string", "pattern": f"^[ -~]{{8,{MOST_KEY_LETTERS}}}$"}
# How a picture is written in each kind of body.
_BODIES = {
    "application/json": {"type": "string", "format": "byte"},
    "multipart/form-data": {"type": "string", "format": "binary"},
}


def _describe_key(effect: str) -> Json:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "description": f"a random UUID: sent again with it, {effect}",
        "schema": _KEY,
        "example": "bench-at-the-pond-1",
    }


def _describe_body(
    fields: Json, pictures: Mapping[str, int], example: Json, *, required: str
) -> Json:
    whole: Json = {"type": "object", "required": [required], "additionalProperties": False}
    content = {}
    for mimetype, item in _BODIES.items():
        arrays = {
            name: {"type": "array", "maxItems": most, "items": item}
            for name, most in pictures.items()
        }
        properties = {"properties": fields | {"key": _KEY} | arrays}
        content[mimetype] = {"schema": whole | properties, "example": example}
    return {"required": True, "content": content}


def _receipt(name: str) -> Json:
    return {
        "headers": _headers("API-Version", "Location"),
        "content": {"application/json": {"schema": _ref(name)}},
    }


def _describe_receipt() -> Json:
    words = {
        "code": "public code of the defect",
        "state": "public state",
        "url": "its public page",
        "secret_url": "the reporter's own link: keep it",
    }
    return {
        "type": "object",
        "required": list(words),
        "properties": {
            name: {"type": "string", "description": said} for name, said in words.items()
        },
    }


def _describe_voice_receipt() -> Json:
    words = {
        "code": "public code of the defect it was said of, or of a new one that it opened",
        "state": "public state since",
        "url": "its public page",
        "secret_url": "where a new one was opened, the speaker's own link to it: keep it",
    }
    return {
        "type": "object",
        "required": ["code", "state", "url"],
        "properties": {
            name: {"type": "string", "description": said} for name, said in words.items()
        },
    }


def _headers(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _refusals(refusals: tuple[Refusal, ...]) -> Json:
    return {
        str(refusal.status): {"$ref": f"#/components/responses/refusal_{refusal.status}"}
        for refusal in refusals
    }


def _describe_refusal(refusal: Refusal) -> Json:
    waits = refusal in (UNAVAILABLE, KINDS[TooMany])
    detail = refusal.words or "What is wrong, and what to do."
    example = {
        "type": "about:blank",
        "title": refusal.title,
        "status": refusal.status,
        "detail": detail,
    }
    return {
        "description": refusal.title,
        "headers": _headers("API-Version", *(["Retry-After"] if waits else [])),
        "content": {"application/problem+json": {"schema": _ref("problem"), "example": example}},
    }


def _describe_noun(noun: str) -> Json:
    fields = PUBLISHED[noun]
    return {
        "type": "object",
        "required": [field.name for field in fields],
        "properties": {
            field.name: {**field.schema, "description": field.words}
            if "$ref" not in field.schema
            else dict(field.schema)
            for field in fields
        },
    }


def _describe_problem() -> Json:
    texts: Json = {name: {"type": "string"} for name in ("type", "title", "detail")}
    field = {"type": "string", "description": "the input that is wrong, where one is"}
    one = {
        "type": "object",
        "required": ["field", "detail"],
        "properties": {"field": {**field, "nullable": True}, "detail": {"type": "string"}},
    }
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": texts
        | {
            "status": {"type": "integer"},
            "field": field,
            "errors": {"type": "array", "items": one, "description": "where several are wrong"},
        },
    }


def _describe_here() -> Json:
    lists = {"areas": "area_item", "platforms": "platform_item"}
    lists |= {"assets": "asset_item", "defects": "defect_item"}
    numbers: Json = {name: {"type": "number"} for name in ("lat", "lon", "radius_m")}
    return {
        "type": "object",
        "required": [*numbers, *lists],
        "properties": numbers
        | {name: {"type": "array", "items": _ref(noun)} for name, noun in lists.items()},
    }


def _describe_contacts() -> Json:
    numbers: Json = {name: {"type": "number"} for name in ("lat", "lon")}
    return {
        "type": "object",
        "required": [*numbers, "items"],
        "properties": numbers | {"items": {"type": "array", "items": _ref("contact")}},
    }


def _parameter(name: str, words: str, *, example: str, **schema: Any) -> Json:
    return {
        "name": name,
        "in": "query",
        "description": words,
        "schema": {"type": "string", **schema},
        "example": example,
    }


def _number(
    name: str, words: str, bounds: tuple[float, float], *, required: bool, example: float
) -> Json:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": words,
        "schema": {"type": "number", "minimum": bounds[0], "maximum": bounds[1]},
        "example": example,
    }


def _ref(noun: str) -> Json:
    return {"$ref": f"#/components/schemas/{noun}"}
