// Photos chosen for a report: made smaller on the phone, shown, wiped over, taken off again.
//
// A photo is drawn anew before it leaves the phone: a slow line carries it in seconds, and where
// it was taken stays behind. What this browser cannot read goes as it is: the service has the word.

import { openSmear } from "./smear.js";

const MOST_SIDE_PX = 2048;
const QUALITY = 0.85;

/** The photo as a canvas of at most 2048 pixels, upright; null where the browser cannot read it. */
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

/** A canvas as the file that is sent; the name says nothing. */
export async function toFile(canvas) {
  const blob = await new Promise((take) => canvas.toBlob(take, "image/jpeg", QUALITY));
  return new File([blob], "photo.jpg", { type: "image/jpeg" });
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

/** Wire the form's photo fields. `say` gets a sentence, or "" where all is well. */
export function wirePhotos(form, say) {
  const input = form.elements.photos;
  const city = form.elements.city_photo;
  const list = document.getElementById("previews");
  const row = document.getElementById("photo-row");
  const most = Number(input.dataset.most);
  let chosen = [];
  let work = Promise.resolve();

  function show() {
    for (const old of list.querySelectorAll("img")) URL.revokeObjectURL(old.src);
    list.replaceChildren(...chosen.map((file, number) => makeRow(file, number)));
    put(input, chosen);
  }

  function makeRow(file, number) {
    const made = row.content.cloneNode(true).firstElementChild;
    made.querySelector("img").src = URL.createObjectURL(file);
    made.querySelector("[data-smear]").addEventListener("click", async () => {
      const canvas = await draw(file);
      const wiped = canvas && (await openSmear(canvas));
      if (wiped) chosen = await replaced(number, toFile(wiped));
      show();
      list.children[number].querySelector("[data-smear]").focus();
    });
    made.querySelector("[data-remove]").addEventListener("click", () => {
      chosen = chosen.filter((_, at) => at !== number);
      show();
      input.focus();
    });
    return made;
  }

  async function replaced(number, making) {
    const made = await making;
    return chosen.map((file, at) => (at === number ? made : file));
  }

  async function add(files) {
    const fresh = [];
    for (const file of files.slice(0, most - chosen.length)) fresh.push(await shrink(file));
    say(chosen.length + files.length > most ? input.dataset.tooMany : "");
    chosen = [...chosen, ...fresh];
    show();
  }

  input.addEventListener("change", () => {
    const files = [...input.files];
    work = work.then(() => add(files));
  });
  city.addEventListener("change", () => {
    const files = [...city.files];
    work = work.then(async () => put(city, await Promise.all(files.map(shrink))));
  });
  return { ready: () => work };
}
