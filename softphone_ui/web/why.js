/** Why somebody waits, or why this agent has them: who could, what they do, what was given way on, what comes next. */

import { ask } from "./net.js";
import { h } from "./dom.js";
import { t } from "./texts.js";
import * as clock from "./clock.js";

/**
 * A part of a page that asks when it is opened.
 * @param {string} interaction
 * @returns {HTMLElement}
 */
export function why(interaction) {
  const told = h("div", { class: "told", "aria-live": "polite" });
  const place = h("details", { class: "why" }, h("summary", {}, t("why")), told);
  place.addEventListener("toggle", async () => {
    if (!place.open) return;
    told.replaceChildren(h("p", {}, t("why.asking")));
    const answer = await ask("GET", `/api/contact/${encodeURIComponent(interaction)}/why`);
    told.replaceChildren(...(answer.status === 200 ? explained(answer.body) : [h("p", {}, t(`order.refused.${answer.body?.reason ?? "away"}`))]));
  });
  return place;
}

function explained({ waiting, history }) {
  const lines = (title, words) => [h("h3", {}, title), h("ul", {}, words.map((line) => h("li", {}, line)))];
  return [
    ...(waiting ? lines(t("why.waiting"), waiting.lines) : []),
    ...(history.gone ? lines(t("why.gone"), history.gone.lines) : []),
    ...history.turns.toReversed().flatMap((turn) => lines(t("why.turned", { at: clock.hours(turn.at_ms), what: turn.words }), turn.lines)),
    ...history.choices.toReversed().flatMap((choice) => lines(t("why.choice", { at: clock.hours(choice.at_ms), became: t(`why.${choice.became || "ringing"}`) }), choice.lines)),
    ...(history.orders.length ? lines(t("why.orders"), history.orders.map((order) => `${clock.hours(order.at_ms)} : ${order.words} (« ${order.reason} »)`)) : []),
  ];
}
