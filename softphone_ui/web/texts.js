/** The texts of the pages, in the language of the catalogue. */

let catalogue = {};

/** Reads the catalogue once. */
export async function learn(language) {
  const written = await (await fetch(`/web/${language}.json`)).json();
  catalogue = Object.fromEntries(Object.entries(written).map(([key, text]) => [key, set(text)]));
}

/** As French is set: nothing that ends a sentence or closes a quotation begins a line. */
const set = (text) => text.replace(/ (?=[:%»])|(?<=«) /g, "\u00a0").replace(/ (?=[;?!])/g, "\u202f");

/**
 * The text `key`, its {places} filled; a key that nobody wrote shows itself.
 * @param {string} key
 * @param {Record<string, string|number>} [places]
 */
export function t(key, places = {}) {
  const text = key in catalogue ? catalogue[key] : key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(places[name] ?? ""));
}

/** The text `key` if it is in the catalogue, else `name` made readable: integrators choose reasons and topics. */
export function named(key, name) {
  if (key in catalogue) return catalogue[key];
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The name of a language ("en": anglais), as the browser knows it in French. */
export const tongue = (code) => new Intl.DisplayNames(["fr"], { type: "language" }).of(code);
