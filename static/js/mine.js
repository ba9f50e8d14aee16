// My reports on this phone: made from what the phone kept.

import { forget, forgetAll, linkOf, onKept, read } from "./kept.js";

const list = document.getElementById("mine");
const none = document.getElementById("mine-none");
const all = document.getElementById("forget-all");

function show() {
  const rows = read().map((report) => {
    const row = document.createElement("li");
    const link = document.createElement("a");
    link.className = "card";
    link.href = linkOf(report);
    const name = document.createElement("b");
    name.dir = "auto";
    name.textContent = report.title || report.code;
    const about = document.createElement("span");
    about.className = "mut num";
    about.textContent = [report.code, report.on].filter(Boolean).join(" · ");
    link.append(name, about);
    const away = document.createElement("button");
    away.type = "button";
    away.className = "linklike";
    away.textContent = list.dataset.forget;
    away.addEventListener("click", () => {
      forget(report.code);
      show();
    });
    row.append(link, away);
    return row;
  });
  list.replaceChildren(...rows);
  none.hidden = rows.length > 0;
  all.hidden = rows.length === 0;
}

all.querySelector("button").addEventListener("click", () => {
  forgetAll();
  show();
});
onKept(show);
show();
