/** Time as the centre has it: browsers' clocks are not trusted, only how evenly they run. */

import { t } from "./texts.js";

let ahead = Date.now() - performance.now();
/** @type {Map<Node, () => void>} */
const ticking = new Map();

/** The centre says that it is `nowMs`. */
export function set(nowMs) {
  ahead = nowMs - performance.now();
}

export function now() {
  return ahead + performance.now();
}

/** Calls `tick` now and each second, for as long as `place` is on the page. */
export function every(place, tick) {
  ticking.set(place, tick);
  tick();
}

setInterval(() => {
  for (const [place, tick] of ticking) {
    if (place.isConnected) tick();
    else ticking.delete(place);
  }
}, 1000);

/** 83000 → 1:23, as a clock on the page. */
export function clock(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

/** 83000 → 1 min 23 s, as one says it. */
export function spoken(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.floor(s / 60)} min`;
  return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
}

const day = new Intl.DateTimeFormat("fr-FR", { dateStyle: "long", timeZone: "Europe/Paris" });
const weekday = new Intl.DateTimeFormat("fr-FR", { weekday: "long", day: "numeric", month: "long", timeZone: "Europe/Paris" });
const figures = new Intl.DateTimeFormat("fr-FR", { day: "2-digit", month: "2-digit", timeZone: "Europe/Paris" });
const parts = new Intl.DateTimeFormat("fr-FR", { hour: "numeric", minute: "2-digit", timeZone: "Europe/Paris" });

export const date = (iso) => day.format(new Date(`${iso}T12:00:00Z`)).replaceAll(" ", "\u00a0");

/** 14 h 05, which no line end may cut. */
export function hours(ms) {
  const found = Object.fromEntries(parts.formatToParts(new Date(ms)).map((part) => [part.type, part.value]));
  return `${Number(found.hour)}\u00a0h\u00a0${found.minute}`;
}

/** 9 h 30, of minutes since midnight */
export const written = (minutes) => `${Math.floor(minutes / 60)}\u00a0h${minutes % 60 ? `\u00a0${minutes % 60}` : ""}`;

/** mercredi 2 décembre à 10 h 30 */
export const at = (ms) => `${weekday.format(new Date(ms))} à\u00a0${hours(ms)}`;

/** 14 h 05 if it is today, else le 18/11 à 14 h 05 */
export const short = (ms) => (figures.format(new Date(ms)) === figures.format(new Date(now())) ? hours(ms) : `le\u00a0${figures.format(new Date(ms))} à\u00a0${hours(ms)}`);

/** jusqu’à 14 h 05 if it is today, else jusqu’au 18/11 à 14 h 05 */
export const until = (ms) => {
  const day = figures.format(new Date(ms));
  return day === figures.format(new Date(now())) ? t("until.today", { hour: hours(ms) }) : t("until.day", { day, hour: hours(ms) });
};

/** +33639980000 → 06 39 98 00 00; an extension stays as it is. */
export function number(e164) {
  return e164.startsWith("+33") && e164.length === 12
    ? `0${e164.slice(3)}`.replace(/(\d\d)(?=\d)/g, "$1\u00a0")
    : e164.replaceAll(" ", "\u00a0");
}
