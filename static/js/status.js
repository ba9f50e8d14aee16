// Quiet words under the map, and the two flags the browser tests wait for.

const root = document.documentElement.dataset;
const reasons = new Set();

/** `list` is "busy" while anything is under way and "ready" when list and map agree. */
export function busy(reason) {
  reasons.add(reason);
  root.list = "busy";
}

export function settled(reason) {
  reasons.delete(reason);
  if (reasons.size === 0) root.list = "ready";
}

export function mapDrawn() {
  root.map = "ready";
}

const notes = new Map();
let line;
let count;

/** Two parts of one polite region: a note to be read, and a count that is only heard. */
export function openStatus(region) {
  line = region.appendChild(document.createElement("span"));
  count = region.appendChild(document.createElement("span"));
  count.className = "vh";
}

/** Say `words`, or with nothing take the note of that kind away. */
export function note(kind, words) {
  if ((notes.get(kind) ?? "") === (words ?? "")) return;
  if (words) notes.set(kind, words);
  else notes.delete(kind);
  line.textContent = [...notes.values()].join(" ");
}

export function announce(words) {
  if (words && count.textContent !== words) count.textContent = words;
}
