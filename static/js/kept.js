// What this phone keeps of its own reports; the service knows of no list.

const NAME = "geoapp.reports";
const MOST = 200;

export function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(NAME) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => one && typeof one.code === "string") : [];
  } catch {
    return []; // a phone that keeps nothing, or kept something broken
  }
}

function write(reports) {
  try {
    localStorage.setItem(NAME, JSON.stringify(reports.slice(0, MOST)));
    return true;
  } catch {
    return false;
  }
}

export const keep = (report) => write([report, ...read().filter(({ code }) => code !== report.code)]);

export const forget = (code) => write(read().filter((one) => one.code !== code));

export function forgetAll() {
  try {
    localStorage.removeItem(NAME);
  } catch {
    // Nothing could be kept, so there is nothing to forget.
  }
}

export const linkOf = ({ code, secret }) =>
  `/defects/${encodeURIComponent(code)}?secret=${encodeURIComponent(secret)}`;

/** Call `act` when another page of this browser keeps or forgets a report. */
export const onKept = (act) =>
  addEventListener("storage", ({ key }) => {
    if (key === NAME || key === null) act();
  });
