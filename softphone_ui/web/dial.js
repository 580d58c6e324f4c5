/** Calling somebody: from the keypad, for one of the services that the agent answers for. */

import { ask } from "./net.js";
import { h } from "./dom.js";
import { t } from "./texts.js";

/** Asks for a call; gives what to tell if there is none. */
export async function dial(body) {
  const answer = await ask("POST", "/api/dial", body);
  const placed = answer.status === 200 && answer.body.done !== false;
  return placed ? "" : t(`refused.${answer.body?.reason ?? "away"}`);
}

/**
 * @param {HTMLElement} place
 * @param {any} me
 * @param {() => void} later asks for a callback at an hour
 */
export function keypad(place, me, later) {
  const said = h("p", { class: "said", role: "status" });
  const service = h("select", { id: "service" }, me.services.map((one) => h("option", { value: one.name }, one.title)));
  const number = h("input", { id: "number", autocomplete: "off", inputmode: "tel", maxlength: 30 });
  const form = h("form", { on: { submit: async (event) => {
    event.preventDefault();
    said.textContent = await dial({ service: service.value, number: number.value });
    if (!said.textContent) number.value = "";
  } } },
    h("label", { for: "service" }, t("dial.service")), service,
    h("label", { for: "number" }, t("dial.number")), number,
    said, h("div", { class: "acts" }, h("button", { type: "submit" }, t("dial.call")), h("button", { type: "button", on: { click: later } }, t("callback.number"))));
  place.replaceChildren(h("details", {}, h("summary", {}, h("h2", { id: "dial" }, t("dial"))), form));
}
