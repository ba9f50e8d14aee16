// Buttons on the map, the crosshair of the keyboard, and "where am I?".

import { note } from "./status.js";

const { L } = globalThis;
const SVG = "http://www.w3.org/2000/svg";
const NEAR_ZOOM = 15;
const LOCATE = { enableHighAccuracy: true, timeout: 10_000, maximumAge: 60_000 };

function button(symbol, words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `map-button map-${symbol}`;
  made.setAttribute("aria-label", words);
  made.title = words;
  const icon = made.appendChild(document.createElementNS(SVG, "svg"));
  for (const [name, value] of [["class", "i"], ["width", 24], ["height", 24], ["aria-hidden", true]]) {
    icon.setAttribute(name, value);
  }
  icon.appendChild(document.createElementNS(SVG, "use")).setAttribute("href", `#s-${symbol}`);
  made.addEventListener("click", act);
  return made;
}

export function addControls(live, { words, bounds }) {
  const { map } = live;
  const control = new (L.Control.extend({
    options: { position: "topright" },
    onAdd() {
      const box = L.DomUtil.create("div", "map-buttons");
      const zoom = box.appendChild(L.DomUtil.create("div", "map-zoom"));
      const nearer = button("plus", words.zoom_in, () => map.zoomIn());
      const farther = button("minus", words.zoom_out, () => map.zoomOut());
      zoom.append(nearer, farther);
      box.append(button("locate", words.locate, () => locate(live, words, bounds)));
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      map.on("zoomend", () => {
        nearer.setAttribute("aria-disabled", map.getZoom() >= map.getMaxZoom());
        farther.setAttribute("aria-disabled", map.getZoom() <= map.getMinZoom());
      });
      return box;
    },
  }))();
  control.addTo(map);
}

function locate(live, words, bounds) {
  const say = (sentence) => {
    note("locate", sentence);
    live.map.once("movestart", () => note("locate", null));
  };
  const refused = () => say(words.locate_refused);
  if (!navigator.geolocation) {
    refused();
    return;
  }
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const here = L.latLng(coords.latitude, coords.longitude);
      if (bounds && !L.latLngBounds(bounds).contains(here)) {
        say(words.locate_outside);
        return;
      }
      note("locate", null);
      live.state.you = here;
      live.redraw();
      live.goTo(here.toBounds(200), Math.max(NEAR_ZOOM, live.map.getZoom()));
    },
    refused,
    LOCATE,
  );
}

/** The middle of the map, shown while the keyboard has it: Enter asks what is there. */
export function addCrosshair(element, words) {
  const cross = element.appendChild(document.createElement("div"));
  cross.className = "map-cross";
  cross.setAttribute("aria-hidden", "true");
  const help = element.appendChild(document.createElement("p"));
  help.id = "map-help";
  help.className = "map-help";
  help.textContent = words.map_help;
  element.setAttribute("aria-describedby", help.id);
}
