// Searching a place while typing; without this the form simply asks the server.

import { fetchFragment, serviceAddress } from "./address.js";
import { plain } from "./panel.js";

const QUIET_MS = 150;

/** `choose({ bounds, at, number, layer, href })` is called for a link that names a place. */
export function wireSearch(form, words, choose) {
  const input = form.querySelector("input[type=search]");
  const box = document.getElementById("found-box");
  const status = document.getElementById("found-status");
  let timer = 0;
  let request = new AbortController();

  function close() {
    clearTimeout(timer);
    request.abort();
    box.replaceChildren();
    status.textContent = "";
  }

  async function find() {
    request.abort();
    request = new AbortController();
    const { signal } = request;
    try {
      const list = await fetchFragment(serviceAddress("/find", { q: input.value, part: 1 }), signal);
      box.replaceChildren(list);
      status.textContent = list.dataset.status ?? String(list.querySelectorAll("a").length);
    } catch (error) {
      if (error.name === "AbortError") return;
      box.replaceChildren();
      status.textContent = words.find_failed;
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (!input.value.trim()) close();
    else timer = setTimeout(find, QUIET_MS);
  });

  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      input.value = "";
      close();
      input.focus();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stops = [input, ...box.querySelectorAll("a")];
    const from = stops.indexOf(document.activeElement);
    if (!step || stops.length === 1 || from < 0) return;
    event.preventDefault();
    stops[Math.min(stops.length - 1, Math.max(0, from + step))].focus();
  });

  box.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const place = link && !plain(event) && placeOf(link);
    if (!place) return;
    event.preventDefault();
    input.focus({ preventScroll: true });
    input.value = link.dataset.name ?? link.firstChild.textContent.trim();
    close();
    choose(place);
  });

  document.addEventListener("pointerdown", ({ target }) => form.contains(target) || close());
  form.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !form.contains(relatedTarget)) close();
  });
}

function placeOf({ dataset, href }) {
  const numbers = (text) => text?.split(",").map(Number);
  const [bounds, at] = [numbers(dataset.bounds), numbers(dataset.at)];
  if (!bounds && !at) return null;
  const area = dataset.number
    ? { number: Number(dataset.number), layer: dataset.layer ?? "official" }
    : null;
  return { bounds, at, area, href };
}
