/** The interaction that is offered, held, or whose notes are written: who asks, for what, and what is known of them. */

import { h } from "./dom.js";
import { named, t } from "./texts.js";
import * as clock from "./clock.js";
import { card } from "./card.js";

/** `act` is what the agent can do with it: transfer, consult, seek. */
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
      ...onward(contact, act)),
    contact.outgoing ? null : h("div", { class: "card" }, h("h2", {}, t("card")), card(contact.record, contact.found), seekers(contact, act)),
  ];
}

/** Where the conversation goes: the way there, a word with them first, what became of it. */
function onward(contact, act) {
  const { handed } = contact;
  const talks = contact.phase === "talking";
  const consults = talks && handed && handed.state !== "back";
  const to = handed?.to || t("handed.number");
  const button = (name, click) => h("button", { type: "button", on: { click } }, t(name));
  return [
    handed ? h("p", { class: "handed" }, t(`${talks ? "consult" : "handed"}.${handed.state}`, { to })) : null,
    consults ? h("div", { class: "acts" },
      handed.state === "joined" ? button("consult.join", () => act.consult("join")) : null,
      button("consult.take_back", () => act.consult("take_back"))) : null,
    talks && !consults ? h("div", { class: "acts" }, button("transfer", act.transfer)) : null,
  ].filter(Boolean);
}

/** Who is asked who they are, is searched for: once there is somebody to ask. */
function seekers(contact, act) {
  if (contact.phase !== "talking" && contact.phase !== "wrap_up") return null;
  return h("div", { class: "acts" }, h("button", { type: "button", on: { click: act.seek } }, t(contact.record?.state === "here" ? "seek.another" : "seek")));
}

function chip(name, value) {
  return value ? h("div", {}, h("dt", {}, t(`chip.${name}`)), h("dd", {}, value)) : null;
}
