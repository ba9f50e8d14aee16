// Step 1 of the report: move the map until the pin is right, read the place back in words.

import { createMap } from "./map.js";
import { openStatus } from "./status.js";

const { L } = globalThis;
const SVG = "http://www.w3.org/2000/svg";

document.documentElement.classList.add("js");

/** The pin in the middle; its point stands on the very centre, whichever way the page runs. */
function drawPin(box) {
  const pin = document.createElementNS(SVG, "svg");
  pin.setAttribute("class", "pick-pin");
  pin.setAttribute("viewBox", "0 0 34 44");
  pin.setAttribute("aria-hidden", "true");
  const drop = document.createElementNS(SVG, "path");
  drop.setAttribute("d", "M17 43C10 33 3 25 3 16.500a14 14 0 0 1 28 0C31 25 24 33 17 43z");
  const eye = document.createElementNS(SVG, "circle");
  for (const [name, value] of [["cx", 17], ["cy", 16.5], ["r", 5.5]]) eye.setAttribute(name, value);
  pin.append(drop, eye);
  box.append(pin);
}

function start() {
  const element = document.getElementById("map");
  const box = document.getElementById("spot-box");
  const form = document.querySelector(".dock form");
  const button = document.getElementById("here");
  const config = JSON.parse(element.dataset.config);
  openStatus(document.getElementById("map-status"));
  const live = createMap(element, config);
  // Nothing covers this map: what is gone to comes to lie under the pin.
  live.goTo = (bounds, zoom) => live.map.setView(bounds.getCenter(), zoom);
  drawPin(element);
  let running = null;

  /** The pin is where the map is, at every moment; the words come after. */
  function keepPlace() {
    const { lat, lng } = live.map.getCenter();
    form.elements.lat.value = lat.toFixed(7);
    form.elements.lon.value = lng.toFixed(7);
    return { lat: form.elements.lat.value, lon: form.elements.lon.value };
  }

  async function readBack() {
    const place = keepPlace();
    running?.abort();
    running = new AbortController();
    document.documentElement.dataset.spot = "busy";
    const address = new URL(element.dataset.spotUrl, location.href);
    for (const [name, value] of Object.entries(place)) address.searchParams.set(name, value);
    try {
      const answer = await fetch(address, { signal: running.signal });
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const spot = document.adoptNode(page.getElementById("spot"));
      button.disabled = !spot.dataset.inside;
      box.replaceChildren(spot);
      box.classList.remove("old");
      document.documentElement.dataset.spot = "ready";
    } catch (error) {
      // Off line the pin still counts: the words come when the line does.
      if (error.name === "AbortError") return;
      button.disabled = false;
      box.replaceChildren();
    }
  }

  let waiting = 0;
  live.map.on("movestart", () => box.classList.add("old"));
  live.map.on("move", keepPlace);
  live.map.on("moveend", () => {
    clearTimeout(waiting);
    waiting = setTimeout(readBack, 150);
  });
  if (live.map.getZoom() < 15 && !new URLSearchParams(location.search).has("at")) {
    live.map.setZoom(15, { animate: false });
  }
  readBack();
}

if (L) start();
