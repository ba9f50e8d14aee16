// The sheet: one canvas over the map's view, drawn whole from the tiles that are here.
//
// Why not protomaps-leaflet's own layer: it draws a canvas per tile, forgets the labels of all but
// 16 tiles, and what it labels depends on which tile came first. One sheet draws each pin once,
// places labels with the whole view in sight, and shows no seams. Leaflet's Renderer is the
// base it gives for this: it keeps the canvas in place while the map moves and zooms.

import { drawAsked, drawLabel, drawPin, drawYou, measurer } from "./draw-pins.js";
import { drawGround } from "./draw-areas.js";
import { boxAround, layersFor, placeLabels, placePins, pointsOf } from "./scene.js";
import { mapDrawn } from "./status.js";
import { sizesFor } from "./theme.js";
import { tilesUnder } from "./tiles.js";

const { L } = globalThis;
const PATIENCE_MS = 700; // how long the old drawing may stand in, scaled, for tiles on their way
const BREATH_MS = 70; // between two drawings while tiles arrive
const LAND_OVER_BACKGROUND = 0.5;
const DPR_MOST = 3;
const OVER_THE_MAP = ".find, .hero .chip, .map-button, .leaflet-control-scale, .legbox";

export const Surface = L.Renderer.extend({
  options: { padding: 0.15, pane: "overlayPane" },

  /** `state` is the page's: stores, show, overlays, area, you, asked, words, theme, symbols. */
  initialize(state) {
    L.Renderer.prototype.initialize.call(this, {});
    this.state = state;
    this.waiting = 0;
  },

  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.className = "map-sheet";
  },

  _destroyContainer() {
    clearTimeout(this.waiting);
    this._container.remove();
    this._container = null;
  },

  _update() {
    this.movedAt = performance.now();
    this.draw();
  },

  _reset() {
    this._update();
    if (this._center) this._onZoom();
  },

  getEvents() {
    return { ...L.Renderer.prototype.getEvents.call(this), move: this._onMove };
  },

  /** While dragging past the sheet's margin, draw what is known there already. */
  _onMove() {
    const view = this._map.getPixelBounds();
    const origin = this._map.getPixelOrigin();
    const [min, max] = [view.min.subtract(origin), view.max.subtract(origin)];
    if (this._bounds && !this._bounds.contains(L.bounds(min, max))) this.later();
  },

  later() {
    if (this.waiting) return;
    this.waiting = setTimeout(() => {
      this.waiting = 0;
      if (this._map) requestAnimationFrame(() => this.draw());
    }, BREATH_MS);
  },

  draw() {
    if (!this._map || this._map._animatingZoom) return;
    const view = this.tilesInView();
    const have = view.filter((tile) => this.state.stores.official.has(tile)).length;
    const patient = performance.now() - this.movedAt < PATIENCE_MS;
    if (this._zoom !== undefined && this._zoom !== this._map.getZoom() && !have && patient) {
      this.later();
      return;
    }
    L.Renderer.prototype._update.call(this); // from here on the sheet stands for this view
    this.paint();
    if (have === view.length) mapDrawn();
  },

  tilesInView() {
    return tilesUnder(this._map.getPixelBounds(), this._map.getZoom());
  },

  paint() {
    const { _container: canvas, _map: map, _bounds: bounds } = this;
    const dpr = Math.min(globalThis.devicePixelRatio || 1, DPR_MOST);
    const size = bounds.getSize();
    canvas.width = Math.round(size.x * dpr);
    canvas.height = Math.round(size.y * dpr);
    canvas.style.width = `${canvas.width / dpr}px`;
    canvas.style.height = `${canvas.height / dpr}px`;
    L.DomUtil.setPosition(canvas, bounds.min);
    const corner = map.getPixelOrigin().add(bounds.min);
    const tiles = tilesUnder(L.bounds(corner, corner.add(size)), this._zoom);
    const ctx = canvas.getContext("2d");
    this.paintGround(ctx, tiles, dpr);
    ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
    this.paintPins(ctx, tiles, corner);
  },

  paintGround(ctx, tiles, dpr) {
    const { area, stores, ...state } = this.state;
    const here = area && tiles.some((tile) =>
      stores[area.layer].features(tile, area.layer).some(({ id }) => id === area.number));
    const scene = {
      ...state,
      stores,
      dpr,
      area: area && { ...area, here },
      zoom: this._zoom,
      sizes: this.sizes(),
      latitude: state.latitude,
      landAlpha: state.backgroundAlive ? LAND_OVER_BACKGROUND : 1,
    };
    for (const tile of tiles) drawGround(ctx, tile, scene);
  },

  paintPins(ctx, tiles, corner) {
    const { state, _zoom: zoom } = this;
    const sizes = this.sizes();
    const kit = { symbols: state.symbols, theme: state.theme, sizes };
    const points = (name) =>
      tiles.flatMap((tile) => pointsOf(state.stores[name], tile, name));
    const wanted = layersFor(state);
    const pinPoints = ["cabinets", "places", "defects"].filter((n) => wanted.has(n)).flatMap(points);
    const pins = placePins(pinPoints, { show: state.show, zoom, sizes });
    const sheet = (latlng) => this._map.project(latlng, zoom).subtract(corner);
    const you = state.you && sheet(state.you);
    const boxes = pins.map((pin) => pin.box);
    if (you) boxes.push(boxAround(you, 18), boxAround({ x: you.x, y: you.y + 26 }, 10));
    const measure = measurer(ctx, state.theme);
    if (you) {
      const half = measure(state.words.you_are_here, "you") / 2;
      boxes.push({ x0: you.x - half, x1: you.x + half, y0: you.y + 16, y1: you.y + 35 });
    }
    boxes.push(...this.coveredBoxes());
    const labels = placeLabels(points("labels"), boxes, { ...state, zoom, measure, sizes });
    for (const pin of pins) drawPin(ctx, pin, kit);
    if (state.asked) drawAsked(ctx, sheet(state.asked), state.asked.radius_px, kit);
    if (you) drawYou(ctx, you, state.words.you_are_here, kit);
    for (const label of labels) drawLabel(ctx, label, kit);
  },

  /** What lies over the map: no label is written half under a chip. */
  coveredBoxes() {
    const sheet = this._container.getBoundingClientRect();
    return [...document.querySelectorAll(OVER_THE_MAP)].map((element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      const [x, y] = [sheet.left, sheet.top];
      return { x0: left - x, x1: right - x, y0: top - y, y1: bottom - y };
    });
  },

  sizes() {
    return sizesFor(this._map.getSize().x, Math.floor(this._zoom + 1e-6));
  },
});
