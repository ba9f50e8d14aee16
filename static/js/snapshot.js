// Pins, names and popups of a snapshot map. A classic script, for folium's own script calls it:
// `snapshotPoint` and `snapshotFeature`. Whatever people wrote becomes a text node, never HTML.
"use strict";

(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const box = document.getElementById("snapshot");
  const words = JSON.parse(box.dataset.words);

  L.Map.addInitHook(function wire() {
    const map = this;
    map.attributionControl?.setPrefix(false);
    L.control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    map.getContainer().setAttribute("role", "application");
    map.getContainer().setAttribute("aria-label", words.map);
    map.on("popupopen", ({ popup }) => {
      const element = popup.getElement();
      element.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", words.close);
      element.querySelector(".snap-popup a").focus({ preventScroll: true });
    });
    map.on("popupclose", ({ popup }) => {
      if (popup.getElement().contains(document.activeElement)) map.getContainer().focus();
    });
    map.getContainer().addEventListener("keydown", ({ key }) => key === "Escape" && map.closePopup());
  });

  function node(name, text, css) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (css) made.className = css;
    return made;
  }

  function symbolOf(name) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "i");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(SVG, "use");
    use.setAttribute("href", `#s-${name}`);
    svg.append(use);
    return svg;
  }

  function iconOf({ role, symbol, title, example, letter }) {
    if (role === "label") {
      return L.divIcon({ className: "snap-label", html: node("span", title), iconSize: [0, 0] });
    }
    if (role === "plan") {
      return L.divIcon({ className: "snap-plan", html: node("b", letter), iconSize: [28, 28] });
    }
    const css = ["snap-pin", `snap-${role}`, example ? "snap-example" : ""].join(" ").trim();
    return L.divIcon({ className: css, html: symbolOf(symbol), iconSize: [28, 28] });
  }

  function popupOf({ title, lines, example, url }) {
    const made = node("div", "", "snap-popup");
    const heading = node("b", title);
    heading.dir = "auto";
    made.append(heading);
    for (const line of lines) made.append(node("p", line));
    if (example) made.append(node("span", example, "vb"));
    const link = node("a", words.open);
    link.href = (box.dataset.origin ?? "") + url;
    made.append(link);
    return made;
  }

  globalThis.snapshotPoint = function snapshotPoint({ properties }, latlng) {
    const isLabel = properties.role === "label";
    const offset = { plan: 3000, report: 2000, thing: 1000, label: 0 }[properties.role];
    return L.marker(latlng, {
      icon: iconOf(properties),
      interactive: !isLabel,
      keyboard: false, // the table says the same: nobody need pass a hundred pins on the way to it
      zIndexOffset: offset,
    });
  };

  globalThis.snapshotFeature = function snapshotFeature({ properties }, layer) {
    if (!properties.lines) return;
    layer.bindPopup(() => popupOf(properties), { maxWidth: 260, minWidth: 180 });
  };
})();
