// The live map: Leaflet, our sheet over it, the tiles it needs, and the background under it.

import { addControls, addCrosshair } from "./controls.js";
import { layersFor, pointsOf } from "./scene.js";
import { busy, note, settled } from "./status.js";
import { Surface } from "./surface.js";
import { compileSymbols, readTheme } from "./theme.js";
import { TileSource, TileStore } from "./tiles.js";

const { L } = globalThis;
const ZOOM = { minZoom: 10, maxZoom: 19, zoomSnap: 0.5, zoomDelta: 1, wheelPxPerZoomLevel: 120 };
const LAYERS = ["official", "labels", "defects", "cabinets", "places", "neighbourhoods", "platforms"];
const DESK = matchMedia("(min-width: 900px)");
const TILE_ERRORS_BEARABLE = 3;
const REDUCED = matchMedia("(prefers-reduced-motion: reduce)");

let live = null;

/** After a write: ask the layer's tiles again and draw them as soon as they are in. */
export function refreshLayer(name) {
  live?.stores[name]?.expire();
  return live?.load();
}

/** Make the map in `element`. Returns `{ map, state, stores, load, redraw, goTo }`. */
export function createMap(element, config) {
  element.replaceChildren(); // the server's still picture, shown until now
  element.dir = "ltr";
  element.setAttribute("role", "application");
  element.setAttribute("aria-label", config.words.map);
  const map = L.map(element, {
    ...ZOOM,
    maxBounds: config.bounds,
    maxBoundsViscosity: 0.8,
    attributionControl: false,
    zoomControl: false,
    keyboardPanDelta: 100,
    zoomAnimation: !REDUCED.matches,
    inertia: !REDUCED.matches,
  });
  if (REDUCED.matches) map.panBy = (by) => L.Map.prototype.panBy.call(map, by, { animate: false });
  const stores = Object.fromEntries(
    LAYERS.map((name) => [name, new TileStore(new TileSource(config.tiles, name))]),
  );
  const state = {
    stores,
    show: config.layers,
    overlays: new Set(config.overlays),
    area: config.area,
    you: null,
    asked: null,
    words: config.words,
    symbols: compileSymbols(config.symbols),
    theme: readTheme(element),
    latitude: config.bounds ? (config.bounds[0][0] + config.bounds[1][0]) / 2 : config.view.lat,
    backgroundAlive: false,
  };
  const surface = new Surface(state);
  live = { map, state, stores, redraw: () => surface.later() };
  live.load = () => loadTiles(live, surface, config.words);
  live.goTo = (bounds, maxZoom) => goTo(map, bounds, maxZoom);
  setFirstView(map, config);
  if (config.background) addBackground(live, config.background);
  surface.addTo(map);
  L.control.scale({ imperial: false, maxWidth: 130, position: "bottomleft" }).addTo(map);
  addControls(live, config);
  addCrosshair(element, config.words);
  map.on("moveend", live.load);
  map.on("move", soon(live.load, 200));
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(element);
  live.load();
  return live;
}

/** Ask for the view's tiles; draw as they come. A failure is said once and tried at the next move. */
async function loadTiles({ map, state, stores, redraw }, surface, words) {
  const tiles = surface.tilesInView();
  busy("tiles");
  const asked = [...layersFor(state)].flatMap((name) =>
    tiles.map(async (tile) => {
      const outcome = await stores[name].want(tile);
      if (outcome === "new") redraw();
      return outcome;
    }),
  );
  const run = (map.loadRun = (map.loadRun ?? 0) + 1);
  const outcomes = await Promise.all(asked);
  if (run !== map.loadRun) return;
  surface.draw();
  note("tiles", outcomes.includes("failed") ? words.tiles_failed : null);
  const left = [...layersFor(state)].flatMap((name) =>
    tiles.flatMap((tile) => pointsOf(stores[name], tile, "more").map(({ props }) => props.n)));
  const n = left.reduce((sum, more) => sum + more, 0);
  note("more", n ? words.more.replace("{n}", n) : null);
  settled("tiles");
}

/** The asked view; with none asked, a desk sees all of `fit` and a phone the `view` in the middle. */
function setFirstView(map, { view, fit, area }) {
  const bounds = area?.bounds ?? (DESK.matches ? fit : null);
  if (bounds && !new URLSearchParams(location.search).has("at")) {
    map.fitBounds(bounds, { ...uncovered(), maxZoom: 17, animate: false });
  } else map.setView([view.lat, view.lon], view.zoom);
}

/** The part of the view that no search, chip or button covers. */
function uncovered() {
  return DESK.matches
    ? { paddingTopLeft: [24, 70], paddingBottomRight: [24, 10] }
    : { paddingTopLeft: [12, 36], paddingBottomRight: [12, 66] };
}

function goTo(map, bounds, maxZoom = 17) {
  const options = { ...uncovered(), maxZoom };
  if (REDUCED.matches) map.fitBounds(bounds, { ...options, animate: false });
  else map.flyToBounds(bounds, { ...options, duration: 0.7 });
}

/** Whoever's map it is, ours works without: after three failed tiles it goes, without a word. */
function addBackground(live, { url, attribution }) {
  const source = document.querySelector("[data-background-source]");
  const layer = L.tileLayer(url, { maxZoom: ZOOM.maxZoom, minZoom: ZOOM.minZoom });
  let errors = 0;
  const alive = (yes) => {
    live.state.backgroundAlive = yes;
    live.map.getContainer().classList.toggle("has-background", yes);
    if (source) source.textContent = yes ? attribution : "";
    if (source) source.hidden = !yes;
    live.redraw();
  };
  const drop = () => {
    layer.remove();
    alive(false);
  };
  if (!navigator.onLine) return;
  layer.on("tileload", () => live.state.backgroundAlive || alive(true));
  layer.on("tileerror", () => ++errors >= TILE_ERRORS_BEARABLE && drop());
  addEventListener("offline", drop, { once: true });
  layer.addTo(live.map);
}

/** At most once per `wait_ms`, and always once after the last call. */
function soon(work, wait_ms) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      work();
    }, wait_ms);
  };
}
