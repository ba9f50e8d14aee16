// The outline of a thing: drawn on the map with terra-draw, or typed; the list of corners is the
// truth, and each of the two fills the other.

import { TerraDraw, TerraDrawPolygonMode, TerraDrawSelectMode } from "terra-draw";
import { TerraDrawLeafletAdapter } from "terra-draw-leaflet-adapter";
import { createMap } from "./map.js";
import { openStatus } from "./status.js";

const { L } = globalThis;
const PLACES = 7;
const FIRST_PANE = 600;
const METRES_A_DEGREE = 111_195;
const CORNER = /^([-+]?\d+(?:\.\d+)?)(?:\s*[,;]\s*|\s+)([-+]?\d+(?:\.\d+)?)$/;

document.documentElement.classList.add("js");

/** As its own, but for a style sheet on the page, which our policy refuses: the pane's own style. */
class Adapter extends TerraDrawLeafletAdapter {
  createPaneStyleSheet(name, zIndex) {
    const pane = this._map.createPane(name);
    pane.style.zIndex = FIRST_PANE + zIndex;
    return pane;
  }
}

/** The corners of the list as [lon, lat]; null where a line is none, or where it is GeoJSON. */
function readCorners(words) {
  const corners = [];
  for (const line of words.split("\n").map((words) => words.trim()).filter(Boolean)) {
    const found = CORNER.exec(line);
    if (!found) return null;
    const round = (number) => Number(Number(number).toFixed(PLACES));
    corners.push([round(found[2]), round(found[1])]);
  }
  return corners;
}

function writeCorners(corners) {
  return corners.map(([lon, lat]) => `${lat.toFixed(PLACES)}, ${lon.toFixed(PLACES)}`).join("\n");
}

/** Square metres, near enough for something one can walk round. */
function measure(corners) {
  const wide = METRES_A_DEGREE * Math.cos((corners[0][1] * Math.PI) / 180);
  let twice = 0;
  corners.forEach(([lon, lat], at) => {
    const [nextLon, nextLat] = corners[(at + 1) % corners.length];
    twice += (lon - corners[0][0]) * (nextLat - corners[0][1])
      - (nextLon - corners[0][0]) * (lat - corners[0][1]);
  });
  return (Math.abs(twice) / 2) * wide * METRES_A_DEGREE;
}

function start() {
  const element = document.getElementById("map");
  const list = document.getElementById("outline");
  const size = document.getElementById("outline-size");
  openStatus(document.getElementById("map-status"));
  const { map } = createMap(element, JSON.parse(element.dataset.config));
  const colour = getComputedStyle(element).getPropertyValue("--b-plum-9").trim() || "#5b1a4f";
  const look = { fillColor: colour, fillOpacity: 0.18, outlineColor: colour, outlineWidth: 3 };
  const chosen = {
    selectedPolygonColor: colour,
    selectedPolygonFillOpacity: 0.18,
    selectedPolygonOutlineColor: colour,
    selectedPolygonOutlineWidth: 3,
    selectionPointColor: colour,
    selectionPointWidth: 8,
    midPointColor: "#ffffff",
    midPointOutlineColor: colour,
    midPointWidth: 6,
  };
  const coordinates = { draggable: true, midpoints: true, deletable: true };
  const draw = new TerraDraw({
    adapter: new Adapter({ lib: L, map, coordinatePrecision: PLACES }),
    modes: [
      new TerraDrawPolygonMode({ styles: look, pointerDistance: 24, showCoordinatePoints: true }),
      new TerraDrawSelectMode({
        styles: chosen,
        pointerDistance: 24,
        flags: { polygon: { feature: { draggable: false, coordinates } } },
      }),
    ],
  });

  function tellSize(corners) {
    const words = corners?.length > 2 ? Math.round(measure(corners)).toLocaleString(document.documentElement.lang) : "";
    size.textContent = words && size.dataset.words.replace("{size}", words);
  }

  /** From the map to the list. */
  function keepDrawn(id) {
    const drawn = draw.getSnapshotFeature(id);
    if (drawn?.geometry.type !== "Polygon") return;
    const corners = drawn.geometry.coordinates[0].slice(0, -1);
    list.value = writeCorners(corners);
    tellSize(corners);
  }

  /** From the list to the map. */
  function showList() {
    const corners = readCorners(list.value);
    draw.clear();
    tellSize(corners);
    if (corners === null || corners.length < 3) {
      draw.setMode("polygon");
      return;
    }
    const geometry = { type: "Polygon", coordinates: [[...corners, corners[0]]] };
    const [told] = draw.addFeatures([
      { type: "Feature", geometry, properties: { mode: "polygon" } },
    ]);
    draw.setMode("select");
    if (told?.valid) draw.selectFeature(told.id);
  }

  draw.start();
  draw.on("finish", (id, { mode }) => {
    keepDrawn(id);
    if (mode !== "polygon") return;
    draw.setMode("select");
    draw.selectFeature(id);
  });
  draw.on("change", (ids, type) => {
    if (type === "update" && draw.getMode() === "select") ids.forEach(keepDrawn);
  });
  list.addEventListener("input", showList);
  document.getElementById("draw-anew").addEventListener("click", () => {
    list.value = "";
    showList();
  });
  document.getElementById("add-corner").addEventListener("click", () => {
    const { lat, lng } = map.getCenter();
    const corners = readCorners(list.value) ?? [];
    list.value = writeCorners([...corners, [lng, lat]]);
    showList();
  });
  showList();
  document.documentElement.dataset.outline = "ready";
}

if (L) start();
