// The list beside the map. The server renders it; here it is only fetched and put in place.

import { fetchFragment, round, serviceAddress } from "./address.js";
import { announce, busy, note, settled } from "./status.js";

const QUIET_MS = 250;
const FINGER_PX = 22;
const RADIUS_M = { least: 15, most: 500 };
const EQUATOR_M = 40_075_016.686;

/** Keep `#near` in step with the map. Returns `{ refresh, ask }`. */
export function createPanel(live) {
  const { map, state } = live;
  let request = new AbortController();
  let timer = 0;
  let standing = null; // the view in which an answer to "what is here?" was asked

  async function show(address, { focus }) {
    clearTimeout(timer);
    request.abort();
    request = new AbortController();
    const { signal } = request;
    const old = document.getElementById("near");
    old.setAttribute("aria-busy", "true");
    busy("list");
    try {
      place(old, await fetchFragment(address, signal), focus);
      note("list", null);
    } catch (error) {
      if (error.name === "AbortError") return;
      old.removeAttribute("aria-busy");
      note("list", state.words.list_failed);
    }
    if (!signal.aborted) settled("list");
  }

  function refresh() {
    clearTimeout(timer);
    if (standing) leaveAnswer();
    busy("list");
    timer = setTimeout(() => show(listAddress(live), { focus: false }), QUIET_MS);
  }

  function leaveAnswer() {
    standing = null;
    state.asked = null;
    live.redraw();
  }

  function ask(latlng) {
    standing = { center: map.getCenter(), zoom: map.getZoom() };
    state.asked = Object.assign(latlng.clone(), { radius_px: FINGER_PX });
    live.redraw();
    return show(placeAddress(map, latlng), { focus: true });
  }

  map.on("movestart", () => standing || busy("list"));
  map.on("moveend", () => {
    if (standing && !movedAway(map, standing)) return;
    refresh();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#near [data-back]") || plain(event)) return;
    event.preventDefault();
    leaveAnswer();
    show(listAddress(live), { focus: true });
  });
  askOnTouch(map, ask);
  refresh();
  return { refresh, ask };
}

/** A click with a modifier, or of another button, is the browser's. */
export const plain = (event) =>
  event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;

function askOnTouch(map, ask) {
  let timer = 0;
  map.on("click", ({ latlng }) => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(latlng), 220); // a second click would be a zoom
  });
  map.on("dblclick", () => clearTimeout(timer));
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== map.getContainer()) return;
    event.preventDefault();
    ask(map.getCenter());
  });
}

function movedAway(map, { center, zoom }) {
  if (Math.abs(map.getZoom() - zoom) > 1) return true;
  const by = map.latLngToContainerPoint(center).subtract(map.getSize().divideBy(2));
  const half = map.getSize().divideBy(2);
  return Math.abs(by.x) > half.x || Math.abs(by.y) > half.y;
}

function listAddress({ map, state }) {
  const box = map.getBounds();
  const { lat, lng } = map.getCenter();
  const bbox = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map(round);
  return serviceAddress("/list", {
    bbox: bbox.join(),
    at: `${round(lat)},${round(lng)}`,
    layers: state.show,
  });
}

function placeAddress(map, { lat, lng }) {
  const metresPerPx =
    (EQUATOR_M * Math.cos((lat * Math.PI) / 180)) / 2 ** (map.getZoom() + 8);
  const radius = Math.min(RADIUS_M.most, Math.max(RADIUS_M.least, metresPerPx * FINGER_PX));
  const values = { lat: round(lat), lon: round(lng), radius_m: Math.round(radius), part: 1 };
  return serviceAddress("/at", values);
}

/** Put the new list where the old one was; who was in it stays in it. */
function place(old, fresh, focus) {
  const held = old.contains(document.activeElement) ? document.activeElement : null;
  const link = held?.getAttribute("href");
  old.replaceWith(fresh);
  const heading = fresh.querySelector("h2");
  heading?.setAttribute("tabindex", "-1");
  announce(fresh.dataset.status ?? heading?.textContent);
  if (focus) {
    heading?.focus({ preventScroll: true });
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    heading?.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
  } else if (held) {
    const again = link && fresh.querySelector(`a[href="${CSS.escape(link)}"]`);
    (again || heading)?.focus({ preventScroll: true });
  }
}
