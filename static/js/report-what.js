// Step 2 of the report: shows who gets it as soon as a category is chosen, and the chosen photos;
// a second press sends nothing twice.

const form = document.getElementById("report");
const to = form.querySelector(".to");
const previews = document.getElementById("previews");
const photos = document.getElementById("photos");

document.documentElement.classList.add("js");

function showAddressee() {
  const chosen = form.querySelector("input[name=category]:checked");
  to.classList.toggle("chosen", Boolean(chosen));
  for (const one of to.querySelectorAll(".addressee")) {
    one.classList.toggle("now", chosen?.dataset.to === one.dataset.to);
  }
}

function showPhotos() {
  for (const old of previews.querySelectorAll("img")) URL.revokeObjectURL(old.src);
  const images = [...photos.files].map((file) => {
    const image = document.createElement("img");
    image.alt = file.name;
    image.src = URL.createObjectURL(file);
    return image;
  });
  previews.replaceChildren(...images);
}

// The key stays with this entry of the history: back and send again is the same report, even where
// the browser asked for the page anew.
const { key } = form.elements;
if (history.state?.key) key.value = history.state.key;
else history.replaceState({ ...history.state, key: key.value }, "");

let isSent = false;
form.addEventListener("submit", (event) => {
  if (isSent) event.preventDefault();
  isSent = true;
});
// Kept by the browser as it was, the page may be sent again: its key makes it the same report.
addEventListener("pageshow", () => {
  isSent = false;
});
form.addEventListener("change", showAddressee);
photos.addEventListener("change", showPhotos);
showAddressee();
document.getElementById("wrong")?.focus();
