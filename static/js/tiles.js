// The map's tiles: asked once, kept, asked again when old or after a write.
//
// protomaps-leaflet knows how to read a vector tile but never looks at the HTTP status and never
// revalidates, so we fetch ourselves and hand it only the bytes of an answer that is one. It
// calls such a giver of bytes an archive: an object with `getZxy`.

const { protomapsL } = globalThis;

export const TILE_PX = 256;
const FRESH_MS = 60_000;
const KEPT = 256;
const NOTHING_THERE = new Set([204, 404]);

/** One layer of the service as protomaps' TileSource. Rejects on a failed answer. */
export class TileSource {
  constructor(root, name) {
    this.address = `${root}/${name}`;
    this.decoder = new protomapsL.PmtilesSource(this, true); // true: a new zoom stops the old one
  }

  get(c, tileSize = TILE_PX) {
    return this.decoder.get(c, tileSize);
  }

  async getZxy(z, x, y, signal) {
    const answer = await fetch(`${this.address}/${z}/${x}/${y}.mvt`, { cache: "no-cache", signal });
    if (NOTHING_THERE.has(answer.status)) return undefined;
    if (!answer.ok) throw new Error(`tile ${answer.status}`);
    return { data: await answer.arrayBuffer() };
  }
}

/** What one layer has: an old tile stays to be drawn until its newer self is there. */
export class TileStore {
  constructor(source) {
    this.source = source;
    this.entries = new Map();
  }

  /** The features of one MVT layer in a tile, or nothing when the tile is not here (yet). */
  features(tile, layer) {
    return this.entries.get(key(tile))?.data?.get(layer) ?? [];
  }

  has(tile) {
    return this.entries.get(key(tile))?.data !== undefined;
  }

  /** Ask for the tile unless it is here and fresh. Resolves to "kept", "new", "failed", "stopped". */
  want(tile) {
    const id = key(tile);
    const entry = this.entries.get(id) ?? { data: undefined, at: 0, pending: null };
    this.entries.delete(id); // the order of the entries is the order of their last use
    this.entries.set(id, entry);
    if (entry.pending) return entry.pending;
    if (entry.data && performance.now() - entry.at < FRESH_MS) return Promise.resolve("kept");
    entry.pending = this.source
      .get(tile)
      .then((data) => {
        entry.data = data;
        entry.at = performance.now();
        return "new";
      })
      .catch((error) => (error.name === "AbortError" ? "stopped" : "failed"))
      .finally(() => {
        entry.pending = null;
        this.forget();
      });
    return entry.pending;
  }

  /** After a write: everything is asked again when next wanted, and drawn as it was until then. */
  expire() {
    for (const entry of this.entries.values()) entry.at = -FRESH_MS;
  }

  forget() {
    for (const [id, entry] of this.entries) {
      if (this.entries.size <= KEPT) return;
      if (!entry.pending) this.entries.delete(id);
    }
  }
}

const key = ({ z, x, y }) => `${z}/${x}/${y}`;

/**
 * The tiles under a rectangle of world pixels at `zoom` (a fraction is fine), with the place of
 * each on a sheet whose corner is the rectangle's: `x0`, `y0` in CSS pixels, `scale` per tile unit.
 */
export function tilesUnder(rectangle, zoom) {
  const z = Math.floor(zoom + 1e-6);
  const scale = 2 ** (zoom - z);
  const side = TILE_PX * scale;
  const last = 2 ** z - 1;
  const within = (n) => Math.min(last, Math.max(0, Math.floor(n / side)));
  const tiles = [];
  for (let y = within(rectangle.min.y); y <= within(rectangle.max.y); y++) {
    for (let x = within(rectangle.min.x); x <= within(rectangle.max.x); x++) {
      const x0 = x * side - rectangle.min.x;
      const y0 = y * side - rectangle.min.y;
      tiles.push({ z, x, y, x0, y0, x1: x0 + side, y1: y0 + side, scale });
    }
  }
  return tiles;
}
