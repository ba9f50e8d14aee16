// Wiping over a part of a photo: a finger, a mouse, or single taps.

const BLOCKS = 18; // coarse squares along the longer side: no face survives them
const BRUSH = 0.045; // of the longer side
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** A copy of the canvas in coarse squares. */
function coarsen(canvas) {
  const scale = BLOCKS / Math.max(canvas.width, canvas.height);
  const small = document.createElement("canvas");
  small.width = Math.max(1, Math.round(canvas.width * scale));
  small.height = Math.max(1, Math.round(canvas.height * scale));
  const pencil = small.getContext("2d");
  pencil.imageSmoothingQuality = "high"; // each square the mean of its part, not a few pixels of it
  pencil.drawImage(canvas, 0, 0, small.width, small.height);
  const coarse = document.createElement("canvas");
  coarse.width = canvas.width;
  coarse.height = canvas.height;
  const paper = coarse.getContext("2d");
  paper.imageSmoothingEnabled = false;
  paper.drawImage(small, 0, 0, coarse.width, coarse.height);
  return coarse;
}

/** Let the visitor wipe over `photo`. Resolves to a canvas, or to null where nothing changes. */
export function openSmear(photo) {
  const dialog = document.getElementById("smear");
  const sheet = dialog.querySelector("canvas");
  const ring = dialog.querySelector(".brush");
  const coarse = coarsen(photo);
  const radius = Math.max(photo.width, photo.height) * BRUSH;
  const stop = new AbortController();
  const on = (target, name, act) => target.addEventListener(name, act, { signal: stop.signal });
  let last = null;

  sheet.width = photo.width;
  sheet.height = photo.height;
  const paper = sheet.getContext("2d");
  const restart = () => paper.drawImage(photo, 0, 0);
  restart();

  function place({ clientX, clientY }) {
    const box = sheet.getBoundingClientRect();
    const scale = sheet.width / box.width;
    return { x: (clientX - box.left) * scale, y: (clientY - box.top) * scale };
  }

  function wipe(to) {
    const from = last ?? to;
    const steps = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / (radius / 2)) || 1;
    for (let step = 1; step <= steps; step += 1) {
      const part = step / steps;
      paper.save();
      paper.beginPath();
      paper.arc(from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part, radius, 0, 7);
      paper.clip();
      paper.drawImage(coarse, 0, 0);
      paper.restore();
    }
    last = to;
  }

  on(sheet, "pointerdown", (event) => {
    sheet.setPointerCapture(event.pointerId);
    last = null;
    wipe(place(event));
  });

  // The ring of the keyboard: arrows move it, the space bar wipes under it.
  const at = { x: photo.width / 2, y: photo.height / 2 };
  function showRing() {
    const scale = sheet.clientWidth / sheet.width;
    ring.hidden = false;
    ring.style.left = `${sheet.offsetLeft + (at.x - radius) * scale}px`;
    ring.style.top = `${sheet.offsetTop + (at.y - radius) * scale}px`;
    ring.style.width = ring.style.height = `${radius * 2 * scale}px`;
  }
  on(sheet, "keydown", (event) => {
    const step = STEPS[event.key];
    if (!step && event.key !== " ") return;
    event.preventDefault();
    last = null;
    if (!step) wipe({ ...at });
    else {
      at.x = Math.min(photo.width, Math.max(0, at.x + step[0] * radius));
      at.y = Math.min(photo.height, Math.max(0, at.y + step[1] * radius));
    }
    showRing();
  });
  on(sheet, "blur", () => {
    ring.hidden = true;
  });
  on(sheet, "pointermove", (event) => {
    if (event.buttons) wipe(place(event));
  });
  on(dialog.querySelector("[data-again]"), "click", restart);
  on(dialog.querySelector("[data-done]"), "click", () => dialog.close("done"));
  on(dialog.querySelector("[data-cancel]"), "click", () => dialog.close(""));
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((take) => {
    on(dialog, "close", () => {
      stop.abort();
      take(dialog.returnValue === "done" ? sheet : null);
    });
  });
}
