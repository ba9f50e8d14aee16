// Step 2 of the report: who gets it, the photos, and sending it once.
//
// Without this script the browser sends the same form; with it a refusal or a lost line leaves the
// page as it stands, photos included.

import { wirePhotos } from "./photos.js";

const PATIENCE_MS = 120_000;
const form = document.getElementById("report");
const box = document.getElementById("wrong");
const sent = document.getElementById("sent");
const button = document.getElementById("send");
const to = form.querySelector(".to");
const goesTo = document.getElementById("goes-to");
const { key } = form.elements;
const chosenCategory = () => form.querySelector("input[name=category]:checked");

document.documentElement.classList.add("js");

function showAddressee() {
  const chosen = chosenCategory();
  goesTo.dataset.before ??= goesTo.textContent;
  const name = chosen && to.querySelector(`[data-to="${CSS.escape(chosen.dataset.to)}"]`).dataset.name;
  goesTo.textContent = name ? goesTo.dataset.words.replace("{name}", name) : goesTo.dataset.before;
  to.classList.toggle("chosen", Boolean(chosen));
  for (const one of to.querySelectorAll(".addressee")) {
    one.classList.toggle("now", chosen?.dataset.to === one.dataset.to);
  }
}

/** Of the things near, only those that this can be the matter with. */
function showFitting() {
  const category = chosenCategory()?.value;
  for (const choice of form.querySelectorAll("input[name=asset][data-fits]")) {
    const fits = !category || choice.dataset.fits.split(" ").includes(category);
    choice.closest("label").hidden = !fits;
    if (!fits && choice.checked) form.querySelector("input[name=asset][value='']").checked = true;
  }
}

// -- Words, kept while the place is changed ------------------------------------------------------

const DRAFT = "geoapp.draft";
const DRAFTED = ["category", "description", "city_number", "city_reported_on"];

function keepDraft() {
  const words = Object.fromEntries(DRAFTED.map((name) => [name, form.elements[name].value]));
  try {
    sessionStorage.setItem(DRAFT, JSON.stringify(words));
  } catch {
    // A phone that keeps nothing.
  }
}

/** What was typed for this report before the place was changed; what stands here already stays. */
function takeUpDraft() {
  const from = document.referrer && new URL(document.referrer);
  if (from?.origin !== location.origin || from.pathname !== "/report") {
    dropDraft();
    return;
  }
  try {
    const words = JSON.parse(sessionStorage.getItem(DRAFT) ?? "{}");
    for (const name of DRAFTED) form.elements[name].value ||= words[name] ?? "";
  } catch {
    // A phone that keeps nothing, or kept something broken.
  }
}

function dropDraft() {
  try {
    sessionStorage.removeItem(DRAFT);
  } catch {
    // Nothing was kept.
  }
}

// -- Sending -------------------------------------------------------------------------------------

// The key stays with this entry of the history, as does the word that it was sent: back and send
// again is the same report, even where the browser asked for the page anew. What is changed after
// it was sent becomes a report of its own.
const remember = (facts) => history.replaceState({ ...history.state, ...facts }, "");

function takeUpKey() {
  if (history.state?.key) key.value = history.state.key;
  else remember({ key: key.value });
  sent.hidden = !history.state.sent;
  if (history.state.sent) sent.querySelector("a").href = history.state.sent;
}

function startAnew() {
  if (!history.state?.sent) return;
  key.value = crypto.randomUUID();
  remember({ key: key.value, sent: null });
  sent.hidden = true;
}

let isBusy = false;

function setBusy(busy) {
  isBusy = busy;
  button.setAttribute("aria-disabled", busy);
  button.dataset.words ??= button.textContent;
  button.textContent = busy ? form.dataset.busy : button.dataset.words;
}

async function send() {
  if (isBusy) return;
  if (history.state?.sent) {
    location.assign(history.state.sent);
    return;
  }
  setBusy(true);
  try {
    await photos.ready();
    const answer = await post();
    if (answer.redirected) {
      remember({ sent: answer.url });
      dropDraft();
      location.assign(answer.url);
      return; // busy until the next page stands
    }
    showProblems(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    say([form.dataset.failed]);
  }
  setBusy(false);
}

/** A line that swallows everything is given up after two minutes; the key keeps it one report. */
async function post() {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const sending = { method: "POST", body: new FormData(form), signal: stop.signal };
    return await fetch(form.action, sending);
  } finally {
    clearTimeout(timer);
  }
}

/** Show what the answer says is wrong, each at its field; nothing typed or chosen goes. */
function showProblems(page) {
  const fresh = page.getElementById("report");
  for (const name of ["csrf_token", "key"]) {
    if (fresh) form.elements[name].value = fresh.elements[name].value;
  }
  remember({ key: key.value });
  // What no person sees, no person can have filled in: a browser did.
  for (const unseen of form.querySelectorAll(".hp input")) unseen.value = "";
  const known = page.querySelector("#sent:not([hidden]) a");
  sent.hidden = !known;
  if (known) sent.querySelector("a").href = known.href;
  for (const words of form.querySelectorAll(".wrong-words")) {
    const said = page.getElementById(words.id)?.textContent ?? "";
    mark(words, said);
  }
  const lines = [...page.querySelectorAll("[role=alert] p")].slice(fresh ? 1 : 0);
  say((lines.length ? lines : [...page.querySelectorAll("main h1")]).map((p) => p.textContent));
}

function mark(words, said) {
  words.textContent = said;
  words.hidden = !said;
  const name = words.id.replace("wrong-", "");
  for (const control of form.querySelectorAll(`[name="${name}"]:not([type=hidden])`)) {
    if (said) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
    if (said) control.setAttribute("aria-describedby", words.id);
    if (said && control.closest("details")) control.closest("details").open = true;
  }
}

function say(sentences) {
  const lines = sentences.map((words) => {
    const line = document.createElement("p");
    line.textContent = words;
    return line;
  });
  box.querySelector("div").replaceChildren(...lines);
  box.hidden = false;
  box.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
form.addEventListener("input", () => {
  startAnew();
  keepDraft();
});
form.addEventListener("change", () => {
  showAddressee();
  showFitting();
});
addEventListener("pageshow", () => {
  setBusy(false);
  takeUpKey();
  showAddressee();
  showFitting();
});
if (!history.state?.sent) takeUpDraft();
const photos = wirePhotos(form, (words) => mark(document.getElementById("wrong-photos"), words));
if (!box.hidden) box.focus();
