"""The OpenAPI 3.0 description of our own API, made from the catalogue's list of fields."""

from typing import Any

from geoapp.assets.rules import Kind
from geoapp.catalogue import PUBLISHED
from geoapp.defects.rules import Category, State
from geoapp.intake.rules import MOST_NUMBER_LETTERS, MOST_WORDS, PICTURES
from geoapp.ledger.rules import MOST_KEY_LETTERS

VERSION = "1.0.0"

Json = dict[str, Any]


def describe_api(base_url: str) -> Json:
    """The whole description; `base_url` ends in ``/api/v1/``."""
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
                "receipt": _describe_receipt(),
            },
            "responses": {
                "problem": {
                    "description": "What is wrong, and what to do",
                    "content": {"application/problem+json": {"schema": _ref("problem")}},
                }
            },
        },
    }


def _describe_paths() -> Json:
    area = _parameter("area", "slug of an area, official or organic")
    district = _parameter("district", "slug of a district")
    kind = _parameter("kind", "kind of asset", enum=list(Kind))
    state = _parameter("state", "public state", enum=list(State))
    division = _parameter("kind", "division", enum=["official", "organic"])
    return {
        "/assets": _list("assets", "asset_item", [kind, area, district]),
        "/assets/{code}": _one("asset"),
        "/defects": _list("defects", "defect_item", [state, area, district]) | _describe_report(),
        "/defects/{code}": _one("defect"),
        "/areas": _list("areas", "area_item", [division, district]),
        "/platforms": _list("platforms", "platform_item", [district]),
        "/at": _operation(
            "getAt",
            "What is around a place",
            [
                _number("lat", "latitude, WGS 84", required=True, minimum=-90, maximum=90),
                _number("lon", "longitude, WGS 84", required=True, minimum=-180, maximum=180),
                _number("radius_m", "metres", required=False, minimum=1, maximum=2000),
            ],
            _ref("here"),
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
        {"name": "limit", "in": "query", "schema": limit, "description": "items on a page"},
        _parameter("after", "go on after this one; follow `next` rather than make it up"),
    ]
    return _operation(f"list{name.capitalize()}", f"List {name}", parameters, page)


def _one(noun: str) -> Json:
    code = {
        "name": "code",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": "public code",
    }
    return _operation(f"get{noun.capitalize()}", f"One {noun}", [code], _ref(noun))


def _operation(name: str, words: str, parameters: list[Json], schema: Json) -> Json:
    answers: Json = {
        "200": {
            "description": "OK",
            "headers": {
                "API-Version": {
                    "description": "version of this API",
                    "schema": {"type": "string", "example": VERSION},
                }
            },
            "content": {"application/json": {"schema": schema}},
        },
        "400": {"$ref": "#/components/responses/problem"},
        "404": {"$ref": "#/components/responses/problem"},
    }
    return {
        "get": {
            "operationId": name,
            "summary": words,
            "parameters": parameters,
            "responses": answers,
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
    }
    whole: Json = {"type": "object", "required": ["category"], "additionalProperties": False}
    key: Json = {"type": "string", "minLength": 8, "maxLength": MOST_KEY_LETTERS}
    bodies = {
        "application/json": {"type": "string", "format": "byte"},
        "multipart/form-data": {"type": "string", "format": "binary"},
    }
    receipt: Json = {
        "description": "Stored; 200 where the same key had stored it before",
        "content": {"application/json": {"schema": _ref("receipt")}},
    }
    refusals = ("400", "409", "413", "429", "507")
    return {
        "post": {
            "operationId": "reportDefect",
            "summary": "Report a defect",
            "parameters": [
                {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "description": "a random UUID: sent again with it, a report stays one",
                    "schema": key,
                }
            ],
            "requestBody": {
                "required": True,
                "content": {
                    mimetype: {
                        "schema": whole
                        | {"properties": fields | {"key": key} | _describe_pictures(item)}
                    }
                    for mimetype, item in bodies.items()
                },
            },
            "responses": {"200": receipt, "201": receipt}
            | {status: {"$ref": "#/components/responses/problem"} for status in refusals},
        }
    }


def _describe_pictures(item: Json) -> Json:
    return {
        name: {"type": "array", "maxItems": most, "items": item} for name, most in PICTURES.items()
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
    return {
        "type": "object",
        "required": ["title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "field": {"type": "string"},
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


def _parameter(name: str, words: str, **schema: Any) -> Json:
    return {
        "name": name,
        "in": "query",
        "description": words,
        "schema": {"type": "string", **schema},
    }


def _number(name: str, words: str, *, required: bool, minimum: float, maximum: float) -> Json:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": words,
        "schema": {"type": "number", "minimum": minimum, "maximum": maximum},
    }


def _ref(noun: str) -> Json:
    return {"$ref": f"#/components/schemas/{noun}"}
