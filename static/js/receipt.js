// The receipt: keeps the report on this phone, forgets it on a word, shares a link without the key.

import { forget, keep, read } from "./kept.js";

const box = document.getElementById("receipt");
const { code, secret, title } = box.dataset;
const note = box.querySelector(".kept");
const params = new URLSearchParams(location.search);

if (params.has("new")) {
  keep({ code, secret, title, on: new Date().toISOString().slice(0, 10) });
  // Once: what is forgotten on this phone stays forgotten when the page is loaded again.
  params.delete("new");
  history.replaceState(history.state, "", `${location.pathname}?${params}`);
}
note.hidden = !read().some((one) => one.code === code);
box.querySelector("[data-forget]").addEventListener("click", () => {
  forget(code);
  note.hidden = true;
});
box.querySelector("[data-share]").addEventListener("click", async (event) => {
  const url = event.currentTarget.dataset.share;
  if (!navigator.share) return;
  event.preventDefault();
  try {
    await navigator.share({ title, url });
  } catch {
    // Closed without sharing.
  }
});
