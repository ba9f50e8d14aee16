"""Vector tiles and their TileJSON. A bad address costs no query; names are in `labels` alone."""

import gzip
import hashlib
from collections.abc import Callable
from datetime import date
from functools import partial

from flask import Response, jsonify, request, url_for
from sqlalchemy import union_all

from geoapp.areas import queries as areas
from geoapp.assets.queries import point_tile
from geoapp.db import spatial
from geoapp.defects.queries import defects_tile
from geoapp.edge import Route, open_session, utc_today
from geoapp.errors import NotFound
from geoapp.geo.tile import MAX_ZOOM, TileId, read_tile_id
from geoapp.people.rules import Permission
from geoapp.platforms import queries as platforms

MIMETYPE = "application/vnd.mapbox-vector-tile"
MIN_ZOOM = 10


THING_FIELDS = {
    "n": "Number",
    "kind": "String",
    "play": "Number",
    "play_kind": "String",
    "example": "Boolean",
    "out": "Number",
}


def _labels_tile(tile: TileId, _: date) -> spatial.Rows:
    rows = union_all(*areas.label_rows(tile), platforms.label_rows(tile))
    return spatial.label_tile("labels", tile, rows)


# Each layer's tile, and what its features tell (for TileJSON).
LAYERS: dict[str, tuple[Callable[[TileId, date], spatial.Rows], dict[str, str]]] = {
    "neighbourhoods": (lambda tile, _: areas.neighbourhoods_tile(tile), {"example": "Boolean"}),
    "official": (
        lambda tile, _: areas.official_tile(tile),
        {"level": "String", "tint": "Number", "quiet": "Boolean"},
    ),
    "platforms": (lambda tile, _: platforms.platforms_tile(tile), {"example": "Boolean"}),
    "cabinets": (
        lambda tile, _: point_tile(tile, layer="cabinets"),
        THING_FIELDS,
    ),
    "places": (
        lambda tile, _: point_tile(tile, layer="places"),
        THING_FIELDS,
    ),
    "defects": (
        lambda tile, today: defects_tile(tile, today=today),
        {
            "n": "Number",
            "bad": "Number",
            "shape": "String",
            "example": "Boolean",
            "at_asset": "Boolean",
        },
    ),
    "labels": (_labels_tile, {"name": "String", "level": "String", "quiet": "Boolean"}),
}


def show_tile(layer: str, z: str, x: str, y: str) -> Response:
    """One tile, gzipped where the client takes it, with a strong ETag over its content."""
    if layer not in LAYERS:
        raise NotFound("There is no tile layer called {layer}.", layer=layer)
    tile = read_tile_id(z, x, y)
    body = _draw(layer, tile)
    packed = request.accept_encodings["gzip"] > 0
    response = Response(gzip.compress(body, 6, mtime=0) if packed else body, mimetype=MIMETYPE)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    response.set_etag(f"{tag}-gz" if packed else tag)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    response.make_conditional(request)
    return response


def show_tilejson(layer: str) -> Response:
    """TileJSON 3.0.0 of a layer."""
    if layer not in LAYERS:
        raise NotFound("There is no tile layer called {layer}.", layer=layer)
    template = url_for("tiles.show_tile", layer=layer, z="{z}", x="{x}", y="{y}", _external=True)
    return jsonify(
        tilejson="3.0.0",
        name=layer,
        tiles=[template.replace("%7B", "{").replace("%7D", "}")],
        minzoom=MIN_ZOOM,
        maxzoom=MAX_ZOOM,
        vector_layers=[{"id": layer, "fields": LAYERS[layer][1]}],
    )


def _draw(layer: str, tile: TileId) -> bytes:
    draw = partial(LAYERS[layer][0], tile, utc_today())
    with open_session() as session:
        body, left_out = session.execute(draw()).one()
        if left_out:
            body = bytes(body) + bytes(session.scalars(spatial.more_tile(left_out)).one())
    return bytes(body)


ROUTES = (
    Route("/tiles/<layer>/<z>/<x>/<y>.mvt", show_tile, Permission.SEE_PUBLIC),
    Route("/tiles/<layer>.json", show_tilejson, Permission.SEE_PUBLIC),
)
