// Photos chosen for a report: made smaller on the phone, shown, wiped over, taken off again.
//
// A photo is drawn anew before it leaves the phone: a slow line carries it in seconds, and where
// it was taken stays behind. What this browser cannot read goes as it is: the service has the word.

import { openSmear } from "./smear.js";

const MOST_SIDE_PX = 1600;
const QUALITY = 0.8;

/** The photo as a canvas of at most 1600 pixels, upright; null where the browser cannot read it. */
async function draw(file) {
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, MOST_SIDE_PX / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(image.width * scale));
    canvas.height = Math.max(1, Math.round(image.height * scale));
    const paper = canvas.getContext("2d");
    paper.fillStyle = "white";
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    return canvas;
  } catch {
    return null;
  }
}

/**
 * A canvas as the file that is sent; the name says nothing. At once: `toBlob` waits for an idle
 * moment, which on a busy phone takes seconds to come.
 */
function toFile(canvas) {
  const data = atob(canvas.toDataURL("image/jpeg", QUALITY).split(",")[1]);
  const bytes = Uint8Array.from(data, (letter) => letter.charCodeAt(0));
  return new File([bytes], "photo.jpg", { type: "image/jpeg" });
}

async function shrink(file) {
  const canvas = await draw(file);
  return canvas ? toFile(canvas) : file;
}

const put = (input, files) => {
  const carrier = new DataTransfer();
  for (const file of files) carrier.items.add(file);
  input.files = carrier.files;
};

/** Wire the form's photo fields; one for the city's answer where it has that. `say` gets a sentence, or "" where all is well. */
export function wirePhotos(form, say) {
  const input = form.elements.photos;
  const city = form.elements.city_photo;
  const list = document.getElementById("previews");
  const template = document.getElementById("photo-row");
  const most = Number(input.dataset.most);
  let chosen = []; // entries { file, row }: a file is replaced by its smaller or wiped self
  let work = Promise.resolve();

  function change(entry, file) {
    entry.file = file;
    const image = entry.row.querySelector("img");
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(file);
    hand();
  }

  const tell = () => input.dispatchEvent(new Event("input", { bubbles: true }));
  const hand = () => put(input, chosen.map(({ file }) => file));

  function makeEntry(file) {
    const entry = { row: template.content.cloneNode(true).firstElementChild };
    entry.row.querySelector("[data-smear]").addEventListener("click", async () => {
      await work;
      const canvas = await draw(entry.file);
      if (!canvas) say(input.dataset.unreadable);
      const wiped = canvas && (await openSmear(canvas));
      if (!wiped) return;
      change(entry, toFile(wiped));
      tell();
    });
    entry.row.querySelector("[data-remove]").addEventListener("click", () => {
      chosen = chosen.filter((one) => one !== entry);
      entry.row.remove();
      say("");
      hand();
      tell();
      input.focus();
    });
    change(entry, file);
    return entry;
  }

  async function add(files) {
    const fresh = files.slice(0, most - chosen.length).map(makeEntry);
    say(fresh.length < files.length ? input.dataset.tooMany : "");
    chosen = [...chosen, ...fresh];
    list.append(...fresh.map(({ row }) => row));
    hand();
    for (const entry of fresh) change(entry, await shrink(entry.file));
  }

  const take = () => {
    const files = [...input.files];
    work = work.then(() => add(files));
  };
  input.addEventListener("change", take);
  if (input.files.length) take(); // chosen before this script was there
  city?.addEventListener("change", () => {
    const files = [...city.files];
    work = work.then(async () => put(city, await Promise.all(files.map(shrink))));
  });
  return { ready: () => work };
}
