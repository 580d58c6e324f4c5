/** The interaction that is offered, held, or whose notes are written: who asks, for what, and what is known of them. */

import { h } from "./dom.js";
import { named, t } from "./texts.js";
import * as clock from "./clock.js";
import { who } from "./live.js";

/** `act` is what the agent can do with it: transfer. */
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
    contact.outgoing ? null : h("div", { class: "card" }, h("h2", {}, t("card")), card(contact)),
  ];
}

function chip(name, value) {
  return value ? h("div", {}, h("dt", {}, t(`chip.${name}`)), h("dd", {}, value)) : null;
}

function card(contact) {
  const { record } = contact;
  if (!record) return h("p", { class: "nothing" }, t(`found.${contact.found || "none"}`));
  if (record.state !== "here") return h("p", { class: "nothing" }, t(`found.${record.state}`));
  return [
    h("p", { class: "name" }, who(contact)),
    h("p", { class: "born" }, [
      record.birth_name && record.birth_name !== record.last_name ? t("born.name", { name: record.birth_name }) : "",
      record.birth_date ? t("born.on", { date: clock.date(record.birth_date) }) : "",
      record.commune,
    ].filter(Boolean).join(" · ")),
    record.protected_address ? h("p", { class: "warn" }, t("protected")) : null,
    record.shared_number ? h("p", { class: "warn" }, t("shared")) : null,
    h("ul", { class: "files" }, record.files.map(file)),
    record.files.length ? null : h("p", { class: "nothing" }, t("files.none")),
    h("p", { class: "source" }, t("source", { source: record.source || t("source.unknown"), date: record.updated_at_ms ? clock.short(record.updated_at_ms) : "?" })),
  ];
}

function file(one) {
  return h("li", { class: one.own ? "mine" : "" },
    h("p", { class: "file" }, h("strong", {}, one.title), one.status ? h("span", { class: "status" }, one.status) : null),
    h("p", {}, [
      one.referent ? t("file.referent", { name: one.referent }) : t("file.nobody"),
      one.next_appointment_at_ms ? t("file.next", { date: clock.at(one.next_appointment_at_ms) }) : "",
    ].filter(Boolean).join(" · ")),
    one.own ? (one.summary ? h("p", { class: "summary" }, one.summary) : null) : h("p", { class: "closed" }, t("file.closed")));
}
