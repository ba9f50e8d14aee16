// The home page: reads its settings from the page and joins map, list, chips and search.
//
// #map data-config is JSON: symbols, view, bounds, tiles, background, attribution, layers,
// overlays, area, lang, optional `fit` (the district's bounds, seen whole on a desk when the
// address asks for nothing else), and `words`, each translated:
//   map             name of the map for those who hear it
//   map_help        "Arrows move. Plus and minus zoom. Enter: what is here?"
//   zoom_in  zoom_out  locate       names of the three buttons
//   you_are_here    under the gold disc
//   locate_refused  the place is not shared, or not known
//   locate_outside  the place is outside this map
//   tiles_failed    part of the map did not come; move the map to try again
//   list_failed     the same for the list
//   find_failed     searching does not work now
//   more            "+{n} not drawn. Zoom in."

import { writeAddress } from "./address.js";
import { onKept } from "./kept.js";
import { createMap, refreshLayer } from "./map.js";
import { createPanel, plain } from "./panel.js";
import { wireSearch } from "./search.js";
import { openStatus } from "./status.js";

const { L } = globalThis;

function wireChips(live, panel) {
  const chips = [...document.querySelectorAll(".chip[data-show]")];
  for (const chip of chips) {
    chip.addEventListener("click", (event) => {
      if (plain(event)) return;
      event.preventDefault();
      for (const other of chips) other.removeAttribute("aria-current");
      chip.setAttribute("aria-current", "true");
      live.state.show = chip.dataset.show;
      live.redraw();
      live.load();
      panel.refresh();
      writeAddress(live.map, live.state);
    });
    chip.addEventListener("focus", () => chip.scrollIntoView({ block: "nearest", inline: "nearest" }));
    if (chip.ariaCurrent && chip.dataset.show !== "all") chip.parentElement.scrollLeft = chip.offsetLeft - 16;
  }
}

function wireOverlays(live) {
  for (const box of document.querySelectorAll("input[data-overlay]")) {
    box.checked = live.state.overlays.has(box.dataset.overlay);
    box.addEventListener("change", () => {
      const { overlays } = live.state;
      if (box.checked) overlays.add(box.dataset.overlay);
      else overlays.delete(box.dataset.overlay);
      live.redraw();
      live.load();
      writeAddress(live.map, live.state);
    });
  }
}

/** A report that was made meanwhile, in another page or before "back", stands on the map at once. */
function wireReports(panel) {
  const renew = () => {
    refreshLayer("defects");
    panel.refresh();
  };
  onKept(renew);
  addEventListener("pageshow", ({ persisted }) => persisted && renew());
}

function chooserFor(live) {
  return ({ bounds, at, area, href }) => {
    live.state.area = area;
    live.redraw();
    live.load();
    writeAddress(live.map, live.state, href);
    if (bounds) live.goTo(L.latLngBounds([bounds[0], bounds[1]], [bounds[2], bounds[3]]));
    else live.goTo(L.latLng(at[0], at[1]).toBounds(50), at[2]);
  };
}

function start() {
  const element = document.getElementById("map");
  const config = JSON.parse(element.dataset.config);
  openStatus(document.getElementById("map-status"));
  const live = createMap(element, config);
  const panel = createPanel(live);
  live.map.on("moveend", () => writeAddress(live.map, live.state));
  wireChips(live, panel);
  wireOverlays(live);
  wireReports(panel);
  wireSearch(document.querySelector("form.find"), config.words, chooserFor(live));
}

start();
