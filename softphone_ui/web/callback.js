/** A callback at an hour: for whoever speaks, somebody of the list, or a number that is typed.  One dialogue for all. */

import { ask } from "./net.js";
import { h } from "./dom.js";
import { t } from "./texts.js";
import * as clock from "./clock.js";

const HALVES = Array.from({ length: 24 }, (_, at) => 8 * 60 + at * 30);
const two = (n) => String(n).padStart(2, "0");
const hour = (minutes) => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris" });
const DAY_MS = 86_400_000;

/** @param {any} me */
export function callback(me) {
  const element = h("dialog", { class: "order", "aria-labelledby": "callback-title" });
  /** @param {string} title @param {any} who what is sent of them @param {{number?: string, typed?: boolean}} [shown] */
  function open(title, who, shown = {}) {
    element.replaceChildren(h("h2", { id: "callback-title" }, title), form(me, who, shown, element));
    element.showModal();
  }
  return {
    element,
    contact: (contact) => open(t("callback.contact"), { interaction: contact.interaction }, { typed: true, number: contact.number }),
    task: (task) => open(t(task.from_at_ms ? "callback.change" : "callback.task"), { task: task.task }),
    number: () => open(t("callback.number"), null, { typed: true }),
  };
}

function form(me, who, shown, dialog) {
  const today = clock.now();
  const date = h("input", { id: "callback-day", type: "date", required: true, value: day.format(new Date(today + DAY_MS)), min: day.format(new Date(today)) });
  const times = h("select", { id: "callback-hours" },
    h("option", { value: "09:00-12:00" }, t("callback.morning")),
    h("option", { value: "14:00-17:00" }, t("callback.afternoon")),
    HALVES.map((at) => h("option", { value: `${hour(at)}-${hour(at + 30)}` }, t("callback.at", { from: clock.written(at), to: clock.written(at + 30) }))));
  const service = who ? null : h("select", { id: "callback-service" }, me.services.map((one) => h("option", { value: one.name }, one.title)));
  const number = shown.typed ? h("input", { id: "callback-number", autocomplete: "off", inputmode: "tel", maxlength: 30, required: !shown.number }) : null;
  const said = h("p", { class: "said", role: "alert" });
  const confirm = h("button", { type: "submit", class: "main" }, t("callback.note"));
  async function send(event) {
    event.preventDefault();
    const [after, before] = times.value.split("-");
    confirm.disabled = true;
    const answer = await ask("POST", "/api/callback", {
      ...(who ?? { service: service.value }), ...(number?.value ? { number: number.value } : {}), day: date.value, after, before,
    });
    confirm.disabled = false;
    if (answer.status === 200 && answer.body.done !== false) dialog.close();
    else said.textContent = t(`refused.${answer.body?.reason ?? "away"}`);
  }
  const field = (label, input) => input && h("div", {}, h("label", { for: input.id }, label), input);
  return h("form", { method: "dialog", on: { submit: send } },
    field(t("dial.service"), service),
    field(shown.number ? t("callback.other_number", { number: clock.number(shown.number) }) : t("dial.number"), number),
    field(t("callback.day"), date), field(t("callback.hours"), times),
    said,
    h("div", { class: "acts" }, confirm, h("button", { type: "button", on: { click: () => dialog.close() } }, t("callback.leave"))));
}
