// The ground: areas, their ribbons, the grid and the lines, tile by tile.
//
// A tile's polygons run 32 px past its edge, so the cut edges, with their lines and ribbons, fall
// outside the tile's own square. That square is clipped on whole device pixels: no seam, no gap.

const GLOW_PX = [30, 20, 10];
const GRID_M = 100;
const GRID_FROM_ZOOM = 16;
const METRES_PER_PX_Z0 = 156543.03392804097;

const paths = new WeakMap();

function pathOf(feature) {
  let path = paths.get(feature);
  if (path) return path;
  path = new Path2D();
  for (const ring of feature.geom) {
    ring.forEach((p, i) => (i ? path.lineTo(p.x, p.y) : path.moveTo(p.x, p.y)));
    path.closePath();
  }
  paths.set(feature, path);
  return path;
}

/**
 * Draw the ground of one tile. `scene` holds `stores`, `theme`, `sizes`, `zoom`, `dpr`, `overlays`,
 * `area` (with `here`: whether any tile has it), `landAlpha` and `latitude`.
 */
export function drawGround(ctx, tile, scene) {
  const { stores, dpr, area } = scene;
  const officials = stores.official.features(tile, "official");
  const levels = { district: [], wijk: [], buurt: [] };
  for (const feature of officials) levels[feature.props.level]?.push(feature);
  const pen = penFor(ctx, tile, dpr);
  pen.clipToTile();
  drawGlow(pen, levels.district, scene);
  drawLand(pen, levels, scene);
  drawGrid(pen, tile, levels.district, scene);
  drawLines(pen, levels, scene);
  if (area?.here) drawChosen(pen, tile, scene);
  for (const name of ["neighbourhoods", "platforms"]) {
    if (scene.overlays.has(name)) drawOverlay(pen, stores[name].features(tile, name), name, scene);
  }
  ctx.restore();
}

/** A pen in the tile's own units: widths are given in CSS pixels. */
function penFor(ctx, tile, dpr) {
  const device = (px) => Math.round(px * dpr);
  return {
    ctx,
    clipToTile() {
      ctx.save();
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.beginPath();
      const [x, y] = [device(tile.x0), device(tile.y0)];
      ctx.rect(x, y, device(tile.x1) - x, device(tile.y1) - y);
      ctx.clip();
      const s = dpr * tile.scale;
      ctx.setTransform(s, 0, 0, s, tile.x0 * dpr, tile.y0 * dpr);
      ctx.lineJoin = "round";
      ctx.lineCap = "butt";
    },
    fill(path, color, alpha = 1) {
      ctx.globalAlpha = alpha;
      ctx.fillStyle = color;
      ctx.fill(path, "evenodd");
    },
    line(path, color, width_px, alpha = 1) {
      ctx.globalAlpha = alpha;
      ctx.strokeStyle = color;
      ctx.lineWidth = width_px / tile.scale;
      ctx.stroke(path);
    },
    dash(...px) {
      ctx.setLineDash(px.map((length) => length / tile.scale));
    },
    inside(path, work) {
      ctx.save();
      ctx.clip(path, "evenodd");
      work();
      ctx.restore();
    },
  };
}

/** The sheet's square (and the buffer round it) with holes where the features are. */
function outsideOf(features) {
  const path = new Path2D();
  path.rect(-64, -64, 384, 384);
  for (const feature of features) path.addPath(pathOf(feature));
  return path;
}

function drawGlow(pen, district, { theme }) {
  if (district.length === 0) return;
  pen.inside(outsideOf(district), () => {
    for (const width of GLOW_PX) {
      for (const feature of district) pen.line(pathOf(feature), theme.roles.white, width, 0.22);
    }
  });
}

function drawLand(pen, { district, wijk, buurt }, { theme, sizes, landAlpha }) {
  for (const feature of district) pen.fill(pathOf(feature), theme.land, landAlpha);
  for (const feature of wijk) {
    if (feature.props.quiet) pen.fill(pathOf(feature), theme.quiet, landAlpha);
    else pen.fill(pathOf(feature), tintOf(feature, theme), 0.13);
  }
  for (const feature of buurt) {
    if (feature.props.quiet) pen.fill(pathOf(feature), theme.quiet, landAlpha);
  }
  for (const feature of wijk) {
    const path = pathOf(feature);
    pen.inside(path, () => pen.line(path, tintOf(feature, theme), sizes.ribbon, 0.42));
  }
}

const tintOf = (feature, theme) => theme.tints[(feature.props.tint ?? 0) % theme.tints.length];

function drawGrid(pen, tile, district, { theme, zoom, latitude }) {
  if (zoom < GRID_FROM_ZOOM || district.length === 0) return;
  const metres = METRES_PER_PX_Z0 * Math.cos((latitude * Math.PI) / 180);
  const step = (GRID_M * 2 ** tile.z) / metres; // in tile units
  const grid = new Path2D();
  for (const [start, vertical] of [[tile.x * 256, true], [tile.y * 256, false]]) {
    for (let at = Math.ceil(start / step) * step - start; at < 256; at += step) {
      grid.moveTo(vertical ? at : 0, vertical ? 0 : at);
      grid.lineTo(vertical ? at : 256, vertical ? 256 : at);
    }
  }
  const land = new Path2D();
  for (const feature of district) land.addPath(pathOf(feature));
  pen.inside(land, () => pen.line(grid, theme.buurt, 0.5, 0.55));
}

function drawLines(pen, { district, wijk, buurt }, { theme }) {
  for (const feature of buurt) pen.line(pathOf(feature), theme.buurt, 0.8);
  for (const feature of wijk) pen.line(pathOf(feature), theme.wijk, 1.1);
  for (const feature of district) pen.line(pathOf(feature), theme.edge, 1.8);
}

function drawOverlay(pen, features, name, { theme, sizes }) {
  const color = name === "neighbourhoods" ? theme.organic : theme.platform;
  for (const feature of features) {
    const path = pathOf(feature);
    pen.fill(path, color, 0.06);
    if (name === "platforms") pen.inside(path, () => pen.line(path, color, sizes.ribbon, 0.28));
    if (feature.props.example) pen.dash(6, 4);
    pen.line(path, color, name === "platforms" ? 1.6 : 2);
    pen.dash();
  }
}

/** A chosen area keeps its colours and gets a strong edge; all else falls back to 45 %. */
function drawChosen(pen, tile, { stores, theme, area }) {
  const chosen = stores[area.layer]
    .features(tile, area.layer)
    .filter((feature) => feature.id === area.number);
  pen.ctx.globalCompositeOperation = "destination-out";
  pen.fill(outsideOf(chosen), "#000", 0.55);
  pen.ctx.globalCompositeOperation = "source-over";
  for (const feature of chosen) pen.line(pathOf(feature), theme.edge, 2.4);
}
