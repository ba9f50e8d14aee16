// Pins and labels, in CSS pixels on the sheet. Shape first, then word, then colour.

const FONTS = {
  wijk: { font: "700 13px", spacing: "-0.13px", color: "label" },
  buurt: { font: "400 12px", spacing: "0px", color: "sub" },
  quiet: { font: "italic 400 12px", spacing: "0px", color: "sub" },
  organic: { font: "700 12px", spacing: "0px", color: "organic" },
  platform: { font: "700 12px", spacing: "0px", color: "ink" },
  place: { font: "400 12px", spacing: "0px", color: "sub" },
  you: { font: "700 13px", spacing: "0px", color: "label" },
};
const HALO_PX = 3.2;
const ASKED_LARGER = 1.28;

function useFont(ctx, style, theme) {
  const { font, spacing, color } = FONTS[style];
  ctx.font = `${font} ${theme.font}`;
  ctx.letterSpacing = spacing;
  ctx.fillStyle = theme[color];
}

export function measurer(ctx, theme) {
  return (text, style) => {
    useFont(ctx, style, theme);
    return ctx.measureText(text).width;
  };
}

export function drawPin(ctx, pin, kit) {
  ctx.globalAlpha = 1;
  ({ thing: drawThing, things: drawThing, report: drawReport, cluster: drawCluster })[pin.kind](
    ctx,
    pin,
    kit,
  );
}

function drawSymbol(ctx, name, x, y, size, { symbols, theme }) {
  ctx.save();
  ctx.translate(x - size / 2, y - size / 2);
  ctx.scale(size / 24, size / 24);
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  for (const { path, fill, stroke, width } of symbols[name] ?? []) {
    if (fill) ctx.fillStyle = theme.roles[fill];
    if (fill) ctx.fill(path);
    if (!stroke) continue;
    ctx.strokeStyle = theme.roles[stroke];
    ctx.lineWidth = width;
    ctx.stroke(path);
  }
  ctx.restore();
}

function disc(ctx, x, y, r, fill, stroke, width) {
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 2 * Math.PI);
  ctx.fillStyle = fill;
  ctx.fill();
  if (!stroke) return;
  ctx.strokeStyle = stroke;
  ctx.lineWidth = width;
  ctx.stroke();
}

function drawReport(ctx, { x, y, shape, example }, kit) {
  const { theme, sizes } = kit;
  if (example) ctx.setLineDash([2.6, 2.4]);
  disc(ctx, x, y, sizes.disc, theme.roles.white, example ? theme.roles.rim : theme.roles.white,
    example ? 1.3 : 1);
  ctx.setLineDash([]);
  const larger = shape === "asked" ? ASKED_LARGER : 1;
  drawSymbol(ctx, shape, x, shape === "bad" ? y - 1 : y, sizes.symbol * larger, kit);
}

function drawCluster(ctx, { x, y, n, bad, shape, example }, kit) {
  const { theme, sizes } = kit;
  const r = sizes.hexagon + (n > 99 ? 3 : 0);
  ctx.beginPath();
  for (let i = 0; i < 6; i++) {
    const angle = (Math.PI / 3) * i - Math.PI / 2;
    ctx.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle));
  }
  ctx.closePath();
  ctx.fillStyle = theme.roles.white;
  ctx.fill();
  ctx.strokeStyle = theme.edge;
  ctx.lineWidth = 2;
  ctx.lineJoin = "round";
  if (example) ctx.setLineDash([4.4, 2.4]);
  ctx.stroke();
  ctx.setLineDash([]);
  drawCount(ctx, x, y, n, 14, theme);
  if (!bad && shape !== "bad") return;
  const [bx, by] = [x + 0.82 * r, y - 0.72 * r];
  disc(ctx, bx, by, 8.5, theme.roles.white);
  drawSymbol(ctx, "bad", bx, by - 1, sizes.badge, kit);
}

function drawCount(ctx, x, y, n, size_px, theme) {
  const text = n > 999 ? `${Math.floor(n / 1000)}k` : String(n);
  ctx.font = `700 ${n > 99 ? size_px - 2 : size_px}px ${theme.font}`;
  ctx.letterSpacing = "0px";
  ctx.fillStyle = theme.label;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(text, x, y + 0.5);
}

function drawThing(ctx, { x, y, symbol, n, out, example, kind }, kit) {
  const { theme, sizes } = kit;
  const side = sizes.tile;
  ctx.beginPath();
  ctx.roundRect(x - side / 2, y - side / 2, side, side, 6.5);
  ctx.fillStyle = theme.roles.white;
  ctx.fill();
  ctx.strokeStyle = theme.edge;
  ctx.lineWidth = 1.3;
  if (example) ctx.setLineDash([3, 2.2]);
  ctx.stroke();
  ctx.setLineDash([]);
  if (kind === "things") drawCount(ctx, x, y, n, 12, theme);
  else drawSymbol(ctx, symbol, x, y, sizes.thing, kit);
  if (out && out === n) drawStrike(ctx, x, y, side / 2 + 2, theme);
}

/** Out of order: struck through. */
function drawStrike(ctx, x, y, reach, theme) {
  ctx.lineCap = "round";
  for (const [color, width] of [[theme.roles.white, 4.5], [theme.edge, 1.8]]) {
    ctx.beginPath();
    ctx.moveTo(x - reach, y + reach);
    ctx.lineTo(x + reach, y - reach);
    ctx.strokeStyle = color;
    ctx.lineWidth = width;
    ctx.stroke();
  }
}

/** Where a person asked "what is here?". */
export function drawAsked(ctx, { x, y }, r, { theme }) {
  ctx.globalAlpha = 0.12;
  disc(ctx, x, y, r, theme.edge);
  ctx.globalAlpha = 1;
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 2 * Math.PI);
  ctx.strokeStyle = theme.edge;
  ctx.lineWidth = 2;
  ctx.stroke();
}

/** You: the one gold thing of the map. */
export function drawYou(ctx, { x, y }, words, { theme }) {
  ctx.globalAlpha = 0.5;
  disc(ctx, x, y, 17, theme.roles.turn);
  ctx.globalAlpha = 1;
  disc(ctx, x, y, 7, theme.roles.white, theme.ink, 2.5);
  disc(ctx, x, y, 2.5, theme.ink);
  drawLabel(ctx, { lines: [words], style: "you", x, y: y + 26 }, { theme, sizes: { lineHeight: 14 } });
}

export function drawLabel(ctx, { lines, style, x, y }, { theme, sizes }) {
  useFont(ctx, style, theme);
  ctx.globalAlpha = 1;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.strokeStyle = theme.land;
  ctx.lineWidth = HALO_PX;
  ctx.lineJoin = "round";
  const top = y - ((lines.length - 1) * sizes.lineHeight) / 2;
  lines.forEach((line, i) => ctx.strokeText(line, x, top + i * sizes.lineHeight));
  lines.forEach((line, i) => ctx.fillText(line, x, top + i * sizes.lineHeight));
}
