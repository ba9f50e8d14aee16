// A word about a report: its photos are made smaller and wiped over before they leave the phone.
//
// Without this script the browser sends the same form.

import { wirePhotos } from "./photos.js";

const form = document.getElementById("voice");
const button = document.getElementById("send");
const wrong = document.getElementById("wrong-photos");

document.documentElement.classList.add("js");

function say(words) {
  wrong.textContent = words;
  wrong.hidden = !words;
}

let isBusy = false;

function setBusy(busy) {
  isBusy = busy;
  button.setAttribute("aria-disabled", busy);
  button.dataset.words ??= button.textContent;
  button.textContent = busy ? form.dataset.busy : button.dataset.words;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isBusy) return;
  setBusy(true);
  await photos.ready();
  form.submit();
});
// Back from the page that followed.
addEventListener("pageshow", () => setBusy(false));
const photos = wirePhotos(form, say);
document.querySelector("main [role=alert]")?.focus();
