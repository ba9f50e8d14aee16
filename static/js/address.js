// The page's own address: it always shows what a reload or a shared link would show.

const DECIMALS = 5;

export const round = (n) => Number(n).toFixed(DECIMALS);

export function writeAddress(map, { show, overlays }, extra = null) {
  const address = new URL(extra ?? location.href, location.href);
  const { lat, lng } = map.getCenter();
  address.searchParams.set("layers", [show, ...overlays].join(","));
  address.searchParams.set("at", `${round(lat)},${round(lng)},${map.getZoom()}`);
  address.search = address.search.replaceAll("%2C", ",");
  history.replaceState(history.state, "", address);
}

/** An address of the service, in the page's language when the address bar names one, and of the
 *  page's district where that is not the first. */
export function serviceAddress(path, values) {
  const query = new URLSearchParams(values);
  const lang = new URLSearchParams(location.search).get("lang");
  if (lang) query.set("lang", lang);
  const { district } = document.documentElement.dataset;
  if (district) query.set("district", district);
  return `${path}?${query}`.replaceAll("%2C", ",");
}

/** A server's HTML fragment as a node of this page: parsed without running anything. */
export async function fetchFragment(address, signal) {
  const answer = await fetch(address, { signal, headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`${address} ${answer.status}`);
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  const node = parsed.body.firstElementChild;
  if (!node) throw new Error(`${address} was empty`);
  return document.adoptNode(node);
}
