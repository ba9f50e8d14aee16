// What stands on the sheet and where: pins from the tiles, then labels in the room that is left.

const LABEL_FROM_ZOOM = { wijk: 0, organic: 12, platform: 12, buurt: 14, place: 15 };
const QUIET_FROM_ZOOM = 12;
const THINGS_FROM_ZOOM = 12;
const THINGS_ALL_FROM_ZOOM = 14;
const BESIDE_ASSET_FROM_ZOOM = 15;
const THINGS_APART_FROM_ZOOM = 16;
const SHOWS = {
  all: { defects: true, places: true, cabinets: true },
  not_good: { defects: true },
  places: { places: true },
  cabinets: { cabinets: true },
};
const OVERLAY_OF = { organic: "neighbourhoods", platform: "platforms" };

/** The layers a choice of the person needs, and so the tiles to ask for. */
export function layersFor({ show, overlays, area }) {
  const wanted = new Set(["official", "labels", ...Object.keys(SHOWS[show] ?? SHOWS.all)]);
  for (const name of overlays) wanted.add(name);
  if (area) wanted.add(area.layer);
  return wanted;
}

/** A tile's points that lie in the tile itself: each is drawn once, whole, across every edge. */
export function pointsOf(store, tile, layer) {
  const points = [];
  for (const { id, geom, props } of store.features(tile, layer)) {
    const { x, y } = geom[0][0];
    if (x < 0 || y < 0 || x >= 256 || y >= 256) continue;
    points.push({ id, props, layer, x: tile.x0 + x * tile.scale, y: tile.y0 + y * tile.scale });
  }
  return points;
}

/** Reports, clusters and things, each with the box it takes; upward order is the array's order. */
export function placePins(points, { show, zoom, sizes }) {
  const shown = SHOWS[show] ?? SHOWS.all;
  const pins = [];
  for (const point of points) {
    if (!shown[point.layer]) continue;
    if (show === "all" && point.layer !== "defects" && zoom < THINGS_FROM_ZOOM) continue;
    const pin = point.layer === "defects" ? reportPin(point, show, zoom, sizes) : thingPin(point, show, sizes);
    if (pin) pins.push(pin);
  }
  if (zoom < THINGS_APART_FROM_ZOOM) joinCrowded(pins, sizes);
  const rank = { thing: 0, things: 0, report: 1, cluster: 2 };
  pins.sort((a, b) => rank[a.kind] - rank[b.kind] || a.y - b.y || a.x - b.x);
  return zoom < THINGS_ALL_FROM_ZOOM ? withRoom(pins) : pins;
}

/** Bins of two neighbouring tiles may stand on each other's toes: then they are one bin. */
function joinCrowded(pins, sizes) {
  pins.sort((a, b) => b.n - a.n || a.y - b.y || a.x - b.x);
  for (let i = 0; i < pins.length; i++) {
    const pin = pins[i];
    for (let j = pins.length - 1; j > i; j--) {
      const other = pins[j];
      if (isThing(pin) !== isThing(other) || !near(pin, other, reach(pin, other, sizes))) continue;
      pins.splice(j, 1);
      pins[i] = joined(pins[i], other, sizes);
    }
  }
}

const isThing = ({ kind }) => kind === "thing" || kind === "things";

const reach = (a, b, sizes) =>
  isThing(a) ? sizes.tile * 0.7 : (a.n > 1 || b.n > 1 ? 1.85 : 1.25) * sizes.hexagon;

function joined(a, b, sizes) {
  const both = { ...a, n: a.n + b.n, example: a.example && b.example };
  if (isThing(a)) {
    const out = (a.out || 0) + (b.out || 0);
    return { ...both, kind: "things", out };
  }
  const shape = a.shape === b.shape ? a.shape : "open";
  const bad = a.bad + b.bad;
  return { ...both, kind: "cluster", shape, bad, box: clusterBox(a, bad, sizes) };
}

function clusterBox(point, bad, sizes) {
  const box = boxAround(point, sizes.hexagon + 1);
  return bad ? { ...box, x1: box.x1 + 7, y0: box.y0 - 5 } : box;
}

function reportPin({ props, x, y }, show, zoom, sizes) {
  const n = show === "not_good" ? props.bad : props.n;
  if (!n) return null;
  const shape = show === "not_good" ? "bad" : props.shape;
  const beside = props.at_asset && zoom >= BESIDE_ASSET_FROM_ZOOM ? 12 : 0;
  const pin = { x: x + beside, y: y - beside, n, shape, bad: props.bad ?? 0, example: props.example };
  if (n === 1) return { ...pin, kind: "report", box: boxAround(pin, sizes.disc + 1) };
  return { ...pin, kind: "cluster", box: clusterBox(pin, pin.bad, sizes) };
}

function thingPin({ props, x, y }, show, sizes) {
  const n = show === "places" ? props.play : props.n;
  if (!n) return null;
  const symbol = props.kind ?? props.play_kind ?? "bench";
  const kind = n > 1 ? "things" : "thing";
  const box = boxAround({ x, y }, sizes.tile / 2 + 1);
  const out = n === props.n ? props.out : 0; // of a mixed bin nobody knows which one is out
  return { x, y, kind, symbol, n, out, example: props.example, box };
}

/** Far out, a thing gives way to any report and to a thing already standing. */
function withRoom(pins) {
  const taken = pins.filter((pin) => pin.kind === "report" || pin.kind === "cluster");
  const boxes = taken.map((pin) => pin.box);
  const things = [];
  for (const pin of pins) {
    if (taken.includes(pin) || collides(pin.box, boxes)) continue;
    boxes.push(pin.box);
    things.push(pin);
  }
  return [...things, ...taken];
}

/** Labels that find room between the pins, the heaviest first; the rest are left out. */
export function placeLabels(points, boxes, { zoom, overlays, area, measure, sizes }) {
  const wanted = points
    .map((point) => labelOf(point, zoom, overlays, area))
    .filter(Boolean)
    .sort((a, b) => a.weight - b.weight || a.id - b.id);
  const taken = [...boxes];
  const labels = [];
  const names = [];
  for (const label of wanted) {
    const lines = wrap(label.text, (text) => measure(text, label.style), sizes.wrapOver);
    const width = Math.max(...lines.map((line) => measure(line, label.style)));
    const height = lines.length * sizes.lineHeight;
    if (names.some((other) => other.text === label.text && near(other, label, 90))) continue;
    const spot = freeSpot(label, width, height, taken);
    if (!spot) continue;
    taken.push(spot.box);
    names.push(label);
    labels.push({ ...label, lines, x: spot.x, y: spot.y });
  }
  return labels;
}

function labelOf({ id, props, x, y }, zoom, overlays, area) {
  const { name, level, quiet } = props;
  const from = quiet ? Math.min(QUIET_FROM_ZOOM, LABEL_FROM_ZOOM[level]) : LABEL_FROM_ZOOM[level];
  const chosen = area?.number === id;
  if (!chosen && (from === undefined || zoom < from)) return null;
  if (!chosen && OVERLAY_OF[level] && !overlays.has(OVERLAY_OF[level])) return null;
  const style = quiet ? "quiet" : level;
  const weights = { wijk: 1, organic: 2, platform: 2, quiet: 3, buurt: 4, place: 5 };
  return { id, text: name, style, weight: chosen ? 0 : weights[style], x, y };
}

function freeSpot({ x, y }, width, height, taken) {
  const shifts = [[0, 0], [0, 1], [0, -1], [0.5, 0], [-0.5, 0], [0.4, 1], [-0.4, 1], [0.4, -1],
    [-0.4, -1], [0, 1.7], [0, -1.7]];
  for (const [across, down] of shifts) {
    const spot = { x: x + across * (width / 2 + 12), y: y + down * (height / 2 + 12) };
    const box = { x0: spot.x - width / 2 - 2, x1: spot.x + width / 2 + 2,
      y0: spot.y - height / 2 - 1, y1: spot.y + height / 2 + 1 };
    if (!collides(box, taken)) return { ...spot, box };
  }
  return null;
}

/** Two lines for a long name, broken after a slash or a space where the halves are most alike. */
export function wrap(text, measure, over_px) {
  if (measure(text) <= over_px) return [text];
  let best = [text];
  let bestWidth = Infinity;
  for (const { index, 0: mark } of text.matchAll(/\s*\/\s*|\s+/g)) {
    const first = text.slice(0, index) + (mark.includes("/") ? "/" : "");
    const lines = [first, text.slice(index + mark.length)];
    const width = Math.max(...lines.map(measure));
    if (lines[1] && width < bestWidth) [best, bestWidth] = [lines, width];
  }
  return best;
}

export const boxAround = ({ x, y }, r) => ({ x0: x - r, x1: x + r, y0: y - r, y1: y + r });

const near = (a, b, px) => Math.hypot(a.x - b.x, a.y - b.y) < px;

function collides(box, others) {
  return others.some(
    (o) => box.x0 < o.x1 && o.x0 < box.x1 && box.y0 < o.y1 && o.y0 < box.y1,
  );
}
