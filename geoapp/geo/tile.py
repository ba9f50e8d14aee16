"""Tile ids of the web's square grid (z, x, y) and zooms."""

from dataclasses import dataclass

from geoapp.errors import Invalid, NotFound
from geoapp.geo.crs import EARTH_CIRCUMFERENCE_M

MAX_ZOOM = 19
EXTENT = 4096
# 32 screen pixels of a 256-pixel tile: a pin or a ribbon on the edge is whole in both tiles.
BUFFER = 512


@dataclass(frozen=True)
class TileId:
    """One tile; x counts from the antimeridian eastwards, y from the north."""

    z: int
    x: int
    y: int

    @property
    def width_m(self) -> float:
        """Width of the tile in Web-Mercator metres (not metres on the ground)."""
        return EARTH_CIRCUMFERENCE_M / (1 << self.z)


def read_tile_id(z: str, x: str, y: str) -> TileId:
    """A tile id from three address parts, checked before anything asks the database.

    Raises:
        Invalid: a part is not a plain whole number of at most ten digits.
        NotFound: no such tile at that zoom, or the zoom is not served (0-19).
    """
    if not all(part.isascii() and part.isdigit() and len(part) <= 10 for part in (z, x, y)):
        raise Invalid("A tile address is made of three whole numbers: zoom, column, row.")
    tile = TileId(int(z), int(x), int(y))
    if tile.z > MAX_ZOOM:
        raise NotFound("Tiles are served for zooms 0 to 19.")
    if tile.x >= 2**tile.z or tile.y >= 2**tile.z:
        raise NotFound("There is no such tile at this zoom.")
    return tile
