/** The interaction that is offered, held, or whose notes are written: who asks, for what, and what is known of them. */

import { h } from "./dom.js";
import { named, t } from "./texts.js";
import * as clock from "./clock.js";
import { card } from "./card.js";

/** `act` is what the agent can do with it: transfer, seek. */
export function call(contact, act) {
  const time = h("span", { class: "time" });
  clock.every(time, () => {
    if (contact.phase === "wrap_up" || contact.phase === "over") time.textContent = "";
    else time.textContent = clock.clock(clock.now() - (contact.phase === "talking" ? contact.connected_at_ms ?? clock.now() : contact.queued_at_ms ?? contact.arrived_at_ms));
  });
  return [
    h("div", { class: `banner ${contact.phase}` },
      h("p", { class: "phase" }, h("span", { class: "dot", "aria-hidden": "true" }), t(`phase.${contact.phase}`), contact.urgent ? h("strong", { class: "urgent" }, t("urgent")) : null, time),
      h("h1", { id: "stage" }, contact.service),
      h("p", { class: "tenant" }, contact.tenant),
      contact.phase !== "wrap_up" && contact.phase !== "over" ? h("blockquote", {}, h("span", { class: "unseen" }, t("say")), `« ${contact.greeting} »`) : null,
      h("dl", { class: "chips" },
        chip("topic", contact.topic ? named(`topic.${contact.topic}`, contact.topic) : null),
        chip("queue", contact.queue),
        chip(contact.outgoing ? "dialled" : "number", contact.number ? clock.number(contact.number) : t("withheld"))),
      contact.handed ? h("p", { class: "handed" }, t(`handed.${contact.handed.state}`, contact.handed)) : null,
      contact.phase === "talking" ? h("div", { class: "acts" }, h("button", { type: "button", on: { click: act.transfer } }, t("transfer"))) : null),
    contact.outgoing ? null : h("div", { class: "card" }, h("h2", {}, t("card")), card(contact.record, contact.found), seekers(contact, act)),
  ];
}

/** Who is asked who they are, is searched for: once there is somebody to ask. */
function seekers(contact, act) {
  if (contact.phase !== "talking" && contact.phase !== "wrap_up") return null;
  return h("div", { class: "acts" }, h("button", { type: "button", on: { click: act.seek } }, t(contact.record?.state === "here" ? "seek.another" : "seek")));
}

function chip(name, value) {
  return value ? h("div", {}, h("dt", {}, t(`chip.${name}`)), h("dd", {}, value)) : null;
}
