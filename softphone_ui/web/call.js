/** The interaction that is offered, held, or whose notes are written: who asks, for what, and what is known of them. */

import { h } from "./dom.js";
import { named, t, tongue } from "./texts.js";
import * as clock from "./clock.js";
import { card } from "./card.js";
import { heard } from "./heard.js";

/** `act` is what the agent can do with it: transfer, consult, help, helped, seek, later; `me` who they are. */
export function call(contact, act, me) {
  const time = h("span", { class: "time" });
  clock.every(time, () => {
    if (contact.phase === "wrap_up" || contact.phase === "over") time.textContent = "";
    else time.textContent = clock.clock(clock.now() - (contact.phase === "talking" ? contact.connected_at_ms ?? clock.now() : contact.queued_at_ms ?? contact.arrived_at_ms));
  });
  return [
    h("div", { class: `banner ${contact.phase}` },
      h("p", { class: "phase" }, h("span", { class: "dot", "aria-hidden": "true" }), t(`phase.${stage(contact)}`), contact.urgent ? h("strong", { class: "urgent" }, t("urgent")) : null, time),
      h("h1", { id: "stage" }, contact.service),
      h("p", { class: "tenant" }, contact.tenant),
      contact.phase !== "wrap_up" && contact.phase !== "over" ? h("blockquote", {}, h("span", { class: "unseen" }, t("say")), `«\u00a0${contact.greeting}\u00a0»`) : null,
      h("div", { class: "row" }, h("dl", { class: "chips" },
        chip("topic", contact.topic ? contact.topic_title || named(`topic.${contact.topic}`, contact.topic) : null),
        chip("queue", contact.queue),
        chip("language", contact.language ? capital(tongue(contact.language)) : null),
        chip("interpreter", contact.interpreter),
        chip(contact.outgoing ? "dialled" : "number", contact.number ? clock.number(contact.number) : t("withheld"))), way(contact, act)),
      became(contact, act), beside(contact, act)),
    heard(contact, me),
    contact.outgoing && !contact.found ? null : h("div", { class: "card" }, h("div", { class: "row" }, h("h2", {}, t("card")), seekers(contact, act)), card(contact.record, contact.found)),
  ];
}

/** Where they stand, as texts are named: whom we called before their agent is being called, or on the line already. */
export function stage({ phase, citizen_first }) {
  return citizen_first && (phase === "placed" || phase === "offered") ? `${phase}.citizen` : phase;
}

const NARROW = "\u00a0";
const button = (name, click) => h("button", { type: "button", on: { click } }, t(name));
const consults = ({ phase, handed }) => phase === "talking" && handed && handed.state !== "back";
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const whom = ({ to, number }) => to || (number ? t("handed.this", { number: clock.number(number) }) : t("handed.number"));

/** The way on to somebody else, while there is a conversation to hand on; a callback as long as one writes of it. */
function way(contact, act) {
  const talks = contact.phase === "talking" && !consults(contact);
  const later = talks || contact.phase === "wrap_up";
  const helped = ["ringing", "joined"].includes(contact.help.state);
  return later ? h("div", { class: "acts" },
    talks && contact.help.there && !helped ? h("button", { type: "button", class: contact.urgent ? "main" : null, on: { click: act.help } }, t("help")) : null,
    talks && !helped ? button("transfer", act.transfer) : null,
    button("callback.contact", act.later)) : null;
}

/** The emergency service that was called into the conversation: nobody is parted by it, and nobody left alone. */
function beside(contact, act) {
  const { state, to, why } = contact.help;
  if (!state || contact.phase !== "talking") return null;
  const told = state === "ended" ? named(`help.ended.${why}`, "") || t("help.ended") : t(`help.${state}`);
  return h("div", {},
    h("p", { class: "handed", role: "status" }, `${to}${NARROW}: ${told}`),
    state === "ended" ? null : h("div", { class: "acts" },
      state === "joined" ? button("help.leave", () => act.helped("leave")) : null,
      button("help.cancel", () => act.helped("dismiss"))));
}

/** What became of handing on; and how a word with somebody else ends. */
function became(contact, act) {
  const { handed } = contact;
  if (!handed) return null;
  return h("div", {},
    h("p", { class: "handed", role: "status" }, capital(t(`${contact.phase === "talking" ? "consult" : "handed"}.${handed.state}`, { to: whom(handed) }))),
    consults(contact) && handed.state !== "asks" ? h("div", { class: "acts" },
      handed.state === "joined" ? button("consult.join", () => act.consult("join")) : null,
      button("consult.take_back", () => act.consult("take_back"))) : null);
}

/** Who is asked who they are, is searched for: once there is somebody to ask. */
function seekers(contact, act) {
  if (contact.found === "elsewhere" || (contact.phase !== "talking" && contact.phase !== "wrap_up")) return null;
  return h("div", { class: "acts" }, button(contact.record?.state === "here" ? "seek.another" : "seek", act.seek));
}

function chip(name, value) {
  return value ? h("div", {}, h("dt", {}, t(`chip.${name}`)), h("dd", {}, value)) : null;
}
