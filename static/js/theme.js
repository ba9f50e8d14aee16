// Colours and sizes of the drawing, from the tokens: a municipality's theme reaches the canvas too.

/** Read once per map; `element` is the map's box. */
export function readTheme(element) {
  const style = getComputedStyle(element);
  const token = (name) => style.getPropertyValue(name).trim();
  const roles = {
    open: token("--c-open"),
    asked: token("--c-asked"),
    bad: token("--c-bad"),
    good: token("--c-good"),
    line: token("--map-edge"),
    brand: token("--c-act"),
    turn: token("--c-turn"),
    white: token("--b-white"),
    rim: token("--c-edge"),
  };
  return {
    roles,
    tints: ["a", "b", "c", "d"].map((letter) => token(`--b-tint-${letter}`)),
    land: token("--map-land"),
    quiet: token("--map-quiet"),
    buurt: token("--map-b"),
    wijk: token("--map-w"),
    edge: token("--map-edge"),
    label: token("--map-label"),
    sub: token("--map-sub"),
    ink: token("--b-ink"),
    organic: token("--b-plum-7"),
    platform: token("--b-plum-5"),
    font: token("--f-text"),
  };
}

/** Sizes in CSS pixels: a phone's pins are a little smaller than a desk's. */
export function sizesFor(width_px, zoom) {
  const compact = width_px < 600;
  return {
    disc: compact ? 12 : 13,
    symbol: compact ? 17 : 19,
    hexagon: compact ? 14 : 16,
    badge: compact ? 11.5 : 12,
    tile: 21,
    thing: 15,
    ribbon: zoom >= 16 ? 11 : compact ? 12 : 15,
    lineHeight: compact ? 13 : 14,
    wrapOver: compact ? 72 : 84,
  };
}

/** The server's symbols as paths the canvas can paint; see geoapp/geo/symbol.py. */
export function compileSymbols(symbols) {
  const compiled = {};
  for (const [name, strokes] of Object.entries(symbols)) {
    compiled[name] = strokes.map((stroke) => ({ ...stroke, path: new Path2D(stroke.d) }));
  }
  return compiled;
}
